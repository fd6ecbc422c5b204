// Owns how both server adapters turn a reply into bytes.

import { STATUS_CODES } from "node:http";
import type { HttpReply } from "./server.js";

const NOTHING = Buffer.alloc(0);

/** The body as one piece. */
export function bodyOf(reply: HttpReply): string | Uint8Array {
  const body = reply.body;
  if (body === undefined) return NOTHING;
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  return body.length === 1 ? (body[0] as Uint8Array) : Buffer.concat(body);
}

/** Bytes that the body takes on the wire. */
export function bodyBytes(body: string | Uint8Array): number {
  return typeof body === "string" ? Buffer.byteLength(body) : body.length;
}

/** True for answers that never have a body (RFC 9110 §6.4.1). */
export const isBodiless = (status: number): boolean =>
  status === 204 || status === 304 || status < 200;

/** Such as `404 Not Found`. */
export function statusLine(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? "Unknown"}`;
}

/** What a request gets whose head is refused before anybody looks at it. */
export const refusal = (says: string): HttpReply => ({
  status: 400,
  headers: { "content-type": "application/json; charset=utf-8" },
  body: JSON.stringify({ error: says }),
});

/** What a request gets whose handler broke without answering. */
export const BROKEN: HttpReply = {
  status: 500,
  headers: { "content-type": "application/json; charset=utf-8" },
  body: '{"error":"An unexpected error occurred"}',
};

/** True for a path that holds only visible ASCII, as RFC 3986 wants it. */
export const isPlainPath = (path: string): boolean => /^\/[\x21-\x7e]*$/.test(path);
