// Owns the secrets of a site: made on first run, kept in one file that only its owner may read,
// never logged. Promises to refuse a file that others may read or that holds weak, empty or
// unknown things, rather than to run with it.

import { createECDH, generateKeyPairSync, randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";

const KEY_BYTES = 32;
const hex = z.string().regex(/^[0-9a-f]{64,}$/);
const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);

const shape = z.strictObject({
  /** Signs sessions, form tokens and the like: 32 bytes or more, hex. */
  sessionKey: hex,
  /** For web push (RFC 8292): P-256, base64url; the public half is the uncompressed point. */
  vapid: z.strictObject({ publicKey: base64url, privateKey: base64url }),
});

export type Secrets = z.infer<typeof shape>;

/** Why the secrets cannot be used, and what to do. */
export type SecretsProblem = { problem: string; fix: string };

/**
 * Reads the secrets, or makes them if there is no file yet. Two processes that start at once end up
 * with the same ones.
 */
export function readOrMakeSecrets(
  path: string,
): { secrets: Secrets; made: boolean } | SecretsProblem {
  const before = readSecrets(path);
  if (before !== null) return "problem" in before ? before : { secrets: before, made: false };
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const made = writeNew(path, JSON.stringify(makeSecrets(), null, 2));
    const after = readSecrets(path);
    if (after === null)
      return { problem: `${path} vanished while it was read`, fix: "start again" };
    return "problem" in after ? after : { secrets: after, made };
  } catch (error) {
    return {
      problem: `${path} cannot be written (${codeOf(error)})`,
      fix: "let this user write there",
    };
  }
}

/** The secrets of the file; null if there is no file. */
export function readSecrets(path: string): Secrets | SecretsProblem | null {
  let text: string;
  try {
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) !== 0 && process.platform !== "win32") {
      const problem = `${path} may be read by others (mode ${mode.toString(8)})`;
      return { problem, fix: `run: chmod 600 ${path}` };
    }
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    return { problem: `${path} cannot be read (${codeOf(error)})`, fix: "let this user read it" };
  }
  return parseSecrets(text, path);
}

function parseSecrets(text: string, path: string): Secrets | SecretsProblem {
  const fix = "put it back from a backup; deleting it ends all sessions and push subscriptions";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: `${path} is not JSON`, fix };
  }
  const result = shape.safeParse(value);
  if (!result.success) {
    const where = result.error.issues.map((it) => it.path.join(".") || it.message).join(", ");
    return { problem: `${path} is not usable at: ${where}`, fix };
  }
  if (isWeak(result.data.sessionKey)) {
    return { problem: `${path} holds a weak sessionKey`, fix };
  }
  if (!isPair(result.data.vapid))
    return { problem: `${path} holds a vapid pair that is none`, fix };
  return result.data;
}

/** True for what nobody drew by lot: fewer than 8 different bytes. */
function isWeak(key: string): boolean {
  return new Set(Buffer.from(key, "hex")).size < 8;
}

function isPair(vapid: Secrets["vapid"]): boolean {
  try {
    const curve = createECDH("prime256v1");
    curve.setPrivateKey(Buffer.from(vapid.privateKey, "base64url"));
    return curve.getPublicKey().equals(Buffer.from(vapid.publicKey, "base64url"));
  } catch {
    return false;
  }
}

function makeSecrets(): Secrets {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const jwk = privateKey.export({ format: "jwk" });
  const point = [jwk.x ?? "", jwk.y ?? ""].map((it) => Buffer.from(it, "base64url"));
  return {
    sessionKey: randomBytes(KEY_BYTES).toString("hex"), // edge: chance is the whole point here
    vapid: {
      publicKey: Buffer.concat([Buffer.from([4]), ...point]).toString("base64url"),
      privateKey: jwk.d ?? "",
    },
  };
}

/** Puts the text at `path` whole and durable, unless another process was first (false). */
function writeNew(path: string, text: string): boolean {
  const draft = `${path}.${process.pid}.new`;
  const file = openSync(draft, "wx", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(draft, path);
    syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(join(path, "."), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
