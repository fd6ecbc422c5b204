// Owns what both server adapters must agree on about headers: how a list of them is read, which
// requests are refused before anybody looks at them, and how a reply's headers are written safely.

/** Names and values one after the other, names in lower case, in the order they came. */
export type HeaderList = readonly string[];

/** The value of a header; values of repeated ones are joined, as RFC 9110 says. */
export function findHeader(headers: HeaderList, name: string): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < headers.length; at += 2) {
    if (headers[at] !== name) continue;
    const value = headers[at + 1] as string;
    found = found === undefined ? value : `${found}${name === "cookie" ? "; " : ", "}${value}`;
  }
  return found;
}

/** Headers that mean two different things when they come twice. */
const ONCE: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "content-type",
  "authorization",
  "sec-websocket-key",
  "upgrade",
]);

/** What the head of a request tells of its body, or why the request is refused. */
export type BodyHead = { lengthBytes: number | null; hasBody: boolean } | { flaw: string };

const NO_BODY: BodyHead = { lengthBytes: 0, hasBody: false };

/**
 * Looks for the shapes that make a proxy and a server disagree on where a request ends (request
 * smuggling), and for headers that must not come twice. `lengthBytes` null: chunked.
 */
export function readBodyHead(headers: HeaderList): BodyHead {
  let length: string | null = null;
  let coding: string | null = null;
  let seen = 0;
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] as string;
    if (!ONCE.has(name)) continue;
    for (let before = 0; before < at; before += 2) {
      if (headers[before] === name) return { flaw: `The header ${name} may be sent only once` };
    }
    if (name === "host") seen++;
    else if (name === "content-length") length = headers[at + 1] as string;
    else if (name === "transfer-encoding") coding = headers[at + 1] as string;
  }
  if (seen === 0) return { flaw: "The header host is missing" };
  if (coding !== null) {
    if (length !== null) return { flaw: "A body has a length or is chunked, not both" };
    if (coding.toLowerCase() !== "chunked") return { flaw: "Unknown transfer coding" };
    return { lengthBytes: null, hasBody: true };
  }
  if (length === null || length === "0") return NO_BODY;
  if (!/^[0-9]{1,15}$/.test(length)) return { flaw: "The content length is not a number" };
  return { lengthBytes: Number(length), hasBody: true };
}

/** What must never be inside a header: it would start a new one. */
const BREAKS = /[\r\n\0]/;
const BREAKS_ALL = /[\r\n\0]+/g;

/** The value with line breaks and NUL taken out. */
export function safeValue(value: string): string {
  return BREAKS.test(value) ? value.replace(BREAKS_ALL, " ") : value;
}
