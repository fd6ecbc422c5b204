// Owns reading the parameters of a request body: JSON, forms, multipart. Everything is bounded
// before it is walked. The only importer of busboy.

import busboy from "busboy";
import { type Fault, fault, isFault } from "../../base/faults.js";
import {
  cleanText,
  DEPTH_MAX,
  isForbiddenKey,
  KEYS_MAX,
  nestPairs,
  type Params,
  readPairs,
} from "./form.js";

/** A file of a multipart body, whole and in memory: bodies are bounded by their route. */
export type UploadedFile = { filename: string; mimeType: string; bytes: Uint8Array };

export const FILES_MAX = 4;
const FIELD_BYTES_MAX = 1_048_576;
const FIELD_NAME_BYTES_MAX = 1_000;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
const NOT_UTF8 = "The request holds text that is not UTF-8";

/**
 * The parameters of a body. A body of another type than JSON, form or multipart has none. Faults:
 * bad-request.
 */
export async function readBody(bytes: Uint8Array, contentType: string): Promise<Params | Fault> {
  if (bytes.length === 0) return {};
  const type = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type === "application/json" || type.endsWith("+json")) return readJson(bytes);
  if (type === "application/x-www-form-urlencoded") return readForm(bytes);
  if (type === "multipart/form-data") return readMultipart(bytes, contentType);
  return {};
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}

function readForm(bytes: Uint8Array): Params | Fault {
  const text = textOf(bytes);
  if (text === null) return fault("bad-request", NOT_UTF8);
  const pairs = readPairs(text);
  return isFault(pairs) ? pairs : nestPairs(pairs);
}

/** Parses JSON whose root is an object, after looking that it is not too deep. */
export function readJson(bytes: Uint8Array): Params | Fault {
  if (isTooDeep(bytes)) return fault("bad-request", "The JSON is nested too deeply");
  const text = textOf(bytes);
  if (text === null) return fault("bad-request", NOT_UTF8);
  if (text.trim() === "") return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return fault("bad-request", "The JSON could not be read");
  }
  if (parsed === null) return {};
  // Some clients send "" where they have nothing to say.
  if (parsed === "") return {};
  if (typeof parsed !== "object" || Array.isArray(parsed)) {
    return fault("bad-request", "The JSON must be an object");
  }
  const budget = { keys: 0 };
  const cleaned = clean(parsed, budget);
  if (budget.keys > KEYS_MAX) return fault("bad-request", "The request has too many parameters");
  return cleaned as Params;
}

/** Walks the bytes, not the document: a document that is too deep is never built. */
function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inText) {
      if (byte === 0x5c) at++;
      else if (byte === 0x22) inText = false;
    } else if (byte === 0x22) inText = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > DEPTH_MAX) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}

/** A copy with clean text and without names that are dangerous as keys. Depth is bounded already. */
function clean(value: unknown, budget: { keys: number }): unknown {
  if (typeof value === "string") return cleanText(value);
  if (typeof value !== "object" || value === null) return value;
  if (budget.keys > KEYS_MAX) return null;
  if (Array.isArray(value)) {
    budget.keys += value.length;
    return budget.keys > KEYS_MAX ? null : value.map((it) => clean(it, budget));
  }
  const copy: Params = {};
  for (const [key, it] of Object.entries(value)) {
    budget.keys++;
    if (!isForbiddenKey(key)) copy[key] = clean(it, budget);
  }
  return copy;
}

function readMultipart(bytes: Uint8Array, contentType: string): Promise<Params | Fault> {
  const pairs: [string, unknown][] = [];
  const broken = fault("bad-request", "The multipart body could not be read");
  return new Promise((resolve) => {
    let parser: busboy.Busboy;
    let problem: Fault | null = null;
    try {
      parser = busboy({
        headers: { "content-type": contentType },
        defParamCharset: "utf8",
        limits: {
          fieldNameSize: FIELD_NAME_BYTES_MAX,
          fieldSize: FIELD_BYTES_MAX,
          fields: KEYS_MAX,
          files: FILES_MAX,
          parts: KEYS_MAX + FILES_MAX,
          headerPairs: 50,
        },
      });
    } catch {
      resolve(broken);
      return;
    }
    const tooMany = () => {
      problem = fault("bad-request", "The request has too many parameters");
    };
    parser.on("fieldsLimit", tooMany);
    parser.on("filesLimit", tooMany);
    parser.on("partsLimit", tooMany);
    parser.on("field", (name, value, info) => {
      if (info.valueTruncated || info.nameTruncated) problem = fault("too-large");
      else if (value.includes("\ufffd") && !holdsReplacement(bytes)) {
        problem = fault("bad-request", NOT_UTF8);
      } else pairs.push([name, cleanText(value)]);
    });
    parser.on("file", (name, stream, info) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("close", () => {
        const file: UploadedFile = {
          filename: cleanText(info.filename ?? "").slice(0, 255),
          mimeType: cleanText(info.mimeType ?? "").slice(0, 255),
          bytes: Buffer.concat(chunks),
        };
        pairs.push([name, file]);
      });
    });
    parser.on("error", () => resolve(broken));
    parser.on("close", () => resolve(problem ?? nestPairs(pairs)));
    parser.end(bytes);
  });
}

/** True if the client itself sent U+FFFD, so that finding it means nothing. */
const holdsReplacement = (bytes: Uint8Array): boolean => Buffer.from(bytes).includes("\ufffd");
