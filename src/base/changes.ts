// Owns short ways to write the changes of the read side.

/** A record put with its document as JSON. */
export const putRecord = (kind: string, id: string, doc: unknown) =>
  ({ do: "put-record", kind, id, doc: JSON.stringify(doc) }) as const;

export const dropRecord = (kind: string, id: string) => ({ do: "drop-record", kind, id }) as const;

/** A member put. `value` is JSON-encoded unless it is a string already. */
export const putMember = (collection: string, member: string, rank: string, value?: unknown) =>
  ({
    do: "put-member",
    collection,
    member,
    rank,
    value: value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value),
  }) as const;

export const dropMember = (collection: string, member: string) =>
  ({ do: "drop-member", collection, member }) as const;

export const dropCollection = (collection: string) =>
  ({ do: "drop-collection", collection }) as const;
