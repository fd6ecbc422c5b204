// Owns parameters: gathering those of path, query and body into one object, and the pieces that
// routes describe them with. The pieces are as lenient as Mastodon's: clients send booleans as
// "1", numbers as text, lists as one value. An error names the parameter.

import { z } from "zod";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { isId } from "../../base/ids.js";
import { readBody, type UploadedFile } from "./body.js";
import { nestPairs, type Params, readPairs } from "./form.js";
import type { HttpRequest } from "./server.js";

/** Bytes of a body, where the route does not say otherwise. */
export const BODY_BYTES_MAX = 1_048_576;

/** The parameters of the query. Faults: bad-request. */
export function queryParams(query: string): Params | Fault {
  if (query === "") return {};
  const pairs = readPairs(query);
  return isFault(pairs) ? pairs : nestPairs(pairs);
}

/** The parameters of the body. Faults: too-large, bad-request. */
export async function bodyParams(
  request: HttpRequest,
  limitBytes: number,
): Promise<Params | Fault> {
  const bytes = await request.body(limitBytes);
  if (isFault(bytes)) return bytes;
  return readBody(bytes, request.header("content-type") ?? "");
}

/** The parameters that a schema makes of what was sent, or a fault that names the wrong one. */
export function checkParams<Schema extends z.ZodType>(
  schema: Schema,
  sent: Params,
): z.output<Schema> | Fault {
  const result = schema.safeParse(sent);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  return issue === undefined ? fault("invalid") : faultOf(issue, sent);
}

function faultOf(issue: z.core.$ZodIssue, sent: Params): Fault {
  const name = issue.path.map(String).join(".").slice(0, 100);
  if (issue.message === NOT_FOUND) return fault("not-found");
  if (issue.path.length > 0 && isMissing(issue.path, sent)) {
    return fault("bad-request", `param is missing or the value is empty: ${name}`);
  }
  const label = name === "" ? "The request" : name.charAt(0).toUpperCase() + name.slice(1);
  const says = OWN_WORDS.test(issue.message) ? issue.message : "is invalid";
  return fault("invalid", `Validation failed: ${label} ${says}`);
}

function isMissing(path: readonly PropertyKey[], sent: Params): boolean {
  let at: unknown = sent;
  for (const step of path) {
    if (typeof at !== "object" || at === null) return true;
    at = (at as Record<PropertyKey, unknown>)[step];
  }
  return at === undefined || at === null;
}

/** A message that means: the thing is not there, rather than: the request is wrong. */
const NOT_FOUND = "not-found";
/** Messages made here read on after the name; zod's own do not. */
const OWN_WORDS = /^(is|must|can't|has|may) /;

const FALSE: ReadonlySet<string> = new Set(["0", "f", "F", "false", "FALSE", "off", "OFF", ""]);

const absent = (value: unknown): boolean => value === undefined || value === null;

const scalar = (value: unknown): unknown =>
  typeof value === "number" || typeof value === "boolean" ? String(value) : value;

/** True or false as Mastodon reads them; undefined if absent. */
export const bool = () =>
  z
    .unknown()
    .transform((value) => (absent(value) ? undefined : !FALSE.has(String(value))))
    .optional();

/**
 * A whole number; its sign is dropped, and it is brought between `min` and `max`. Undefined if
 * absent or empty. Text that is no number is refused.
 */
export const int = (bounds: { min?: number; max?: number } = {}) =>
  z
    .unknown()
    .transform((value, context) => {
      if (absent(value) || value === "") return undefined;
      const number = Number(scalar(value));
      if (!Number.isFinite(number)) {
        context.addIssue({ code: "custom", message: "must be a number" });
        return z.NEVER;
      }
      const whole = Math.abs(Math.trunc(number));
      const { min = 0, max = Number.MAX_SAFE_INTEGER } = bounds;
      return Math.min(Math.max(whole, min), max);
    })
    .optional();

/** An id that must be there; one that cannot be an id of ours is not found. */
export const idParam = () => z.preprocess(scalar, z.string().refine(isId, { message: NOT_FOUND }));

/** An id, or undefined if absent or empty; one that cannot be an id of ours is not found. */
export const optionalId = () =>
  z
    .unknown()
    .transform((value, context) => {
      const text = scalar(value);
      if (absent(text) || text === "") return undefined;
      if (isId(text)) return text;
      context.addIssue({ code: "custom", message: NOT_FOUND });
      return z.NEVER;
    })
    .optional();

/** Ids, each once; one value counts as a list of one, what cannot be an id is left out. */
export const idList = (max = 1_000) =>
  z
    .unknown()
    .transform((value, context) => {
      const ids = [...new Set(asList(value).map(scalar).filter(isId))];
      if (ids.length <= max) return ids;
      context.addIssue({ code: "custom", message: `may hold at most ${max} ids` });
      return z.NEVER;
    })
    .optional()
    .transform((ids) => ids ?? []);

/** Texts; one value counts as a list of one. */
export const textList = (bounds: { max: number; lengthMax?: number }) =>
  z
    .unknown()
    .transform((value, context) => {
      const texts = asList(value).map(scalar);
      const lengthMax = bounds.lengthMax ?? 1_000;
      if (texts.length > bounds.max) {
        context.addIssue({ code: "custom", message: `may hold at most ${bounds.max} items` });
        return z.NEVER;
      }
      const strings = texts.filter((it): it is string => typeof it === "string");
      if (strings.length === texts.length && strings.every((it) => it.length <= lengthMax)) {
        return strings;
      }
      context.addIssue({ code: "custom", message: "is invalid" });
      return z.NEVER;
    })
    .optional()
    .transform((texts) => texts ?? []);

/** A list of what `item` describes: sent as a list, or as an object with numbers as names. */
export const listOf = <Item extends z.ZodType>(item: Item, max: number) =>
  z.preprocess(
    (value) => (absent(value) ? [] : asList(value)),
    z.array(item).max(max, { message: `may hold at most ${max} items` }),
  );

function asList(value: unknown): unknown[] {
  if (absent(value)) return [];
  if (Array.isArray(value)) return value;
  if (typeof value !== "object" || value instanceof Uint8Array) return [value];
  const entries = Object.entries(value as object);
  const isIndexed = entries.length > 0 && entries.every(([key]) => /^[0-9]{1,6}$/.test(key));
  if (!isIndexed) return [value];
  return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, it]) => it);
}

/** Text that must be there, at most `max` characters. */
export const text = (max: number) =>
  z.preprocess(
    scalar,
    z
      .string({ message: "must be text" })
      .min(1, { message: "can't be blank" })
      .refine((it) => isWithin(it, max), { message: `is too long (maximum is ${max} characters)` }),
  );

/** Text of at most `max` characters, which may be empty; undefined if absent. */
export const optionalText = (max: number) =>
  z
    .unknown()
    .transform((value, context) => {
      const it = scalar(value);
      if (absent(it)) return undefined;
      if (typeof it === "string" && isWithin(it, max)) return it;
      const message =
        typeof it === "string" ? `is too long (maximum is ${max} characters)` : "must be text";
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    })
    .optional();

/** Counts characters, not halves of them; long text is not spread out to be counted. */
function isWithin(value: string, max: number): boolean {
  if (value.length <= max) return true;
  if (value.length > 2 * max) return false;
  let count = 0;
  for (const _ of value) if (++count > max) return false;
  return true;
}

/** One of the values; undefined if absent or empty. */
export const enumOf = <const Value extends string>(values: readonly Value[]) =>
  z
    .unknown()
    .transform((value, context) => {
      const it = scalar(value);
      if (absent(it) || it === "") return undefined;
      const found = values.find((one) => one === it);
      if (found !== undefined) return found;
      context.addIssue({ code: "custom", message: "is not included in the list" });
      return z.NEVER;
    })
    .optional();

/** A file of a multipart body; undefined if absent. */
export const file = () =>
  z
    .unknown()
    .transform((value, context) => {
      if (absent(value) || value === "") return undefined;
      if (isFile(value)) return value;
      context.addIssue({ code: "custom", message: "must be a file" });
      return z.NEVER;
    })
    .optional();

function isFile(value: unknown): value is UploadedFile {
  if (typeof value !== "object" || value === null) return false;
  return "bytes" in value && value.bytes instanceof Uint8Array && "mimeType" in value;
}
