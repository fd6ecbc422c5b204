// Owns joining JSON documents that are bytes already, without parsing them again.

const OPEN = Buffer.from("[");
const COMMA = Buffer.from(",");
const CLOSE = Buffer.from("]");

/** The pieces of a JSON array of the documents, to be sent one after the other. */
export function jsonArrayParts(documents: readonly Uint8Array[]): Uint8Array[] {
  const parts: Uint8Array[] = [OPEN];
  for (let at = 0; at < documents.length; at++) {
    if (at > 0) parts.push(COMMA);
    parts.push(documents[at] as Uint8Array);
  }
  parts.push(CLOSE);
  return parts;
}

/** The bytes of a JSON array of the documents. */
export function jsonArray(documents: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(jsonArrayParts(documents));
}

/**
 * The bytes of `fields` as a JSON object, with `embedded` documents added under their keys. A null
 * is embedded as `null`, an array of documents as an array.
 */
export function jsonObject(
  fields: Record<string, unknown>,
  embedded: Record<string, Uint8Array | readonly Uint8Array[] | null>,
): Uint8Array {
  const head = JSON.stringify(fields);
  const parts: Uint8Array[] = [Buffer.from(head.slice(0, -1))];
  let first = head === "{}";
  for (const [key, document] of Object.entries(embedded)) {
    parts.push(Buffer.from(`${first ? "" : ","}${JSON.stringify(key)}:`));
    first = false;
    if (document === null) parts.push(Buffer.from("null"));
    else if (document instanceof Uint8Array) parts.push(document);
    else parts.push(jsonArray(document));
  }
  parts.push(Buffer.from("}"));
  return Buffer.concat(parts);
}
