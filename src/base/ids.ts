// Owns ids: 64-bit, upper 48 bits milliseconds since 1970, lower 16 bits node and sequence, written
// as decimal strings. They grow with time, never run backwards, and never repeat on one node.
// Clients sort by length, then by text (Mastodon API); so does `compareIds`.

const SEQUENCE_BITS = 16n;
const SEQUENCES = 1 << 16;
/** Bits of the low half that name the node, so that nodes never make the same id. */
const NODE_BITS = 6;
const PER_NODE = 1 << (16 - NODE_BITS);
export const ID_DIGITS_MAX = 20;

export type Ids = {
  /** A fresh id for now. If the clock ran backwards, goes on from the newest id made. */
  next(): string;
};

/** Makes ids for one node. `node` is 0 to 63. `nowMs` is the clock's milliseconds since 1970. */
export function createIds(options: { nowMs: () => number; node?: number }): Ids {
  const node = (options.node ?? 0) % (1 << NODE_BITS);
  let lastMs = 0;
  let sequence = 0;
  return {
    next() {
      const nowMs = Math.floor(options.nowMs());
      if (nowMs > lastMs) {
        lastMs = nowMs;
        sequence = 0;
      } else if (++sequence >= PER_NODE) {
        lastMs++;
        sequence = 0;
      }
      return idAt(lastMs, node * PER_NODE + sequence);
    },
  };
}

/** The id of a moment: `atMs` milliseconds since 1970, `low` 0 to 65,535 (lowest of that moment: 0). */
export function idAt(atMs: number, low = 0): string {
  return ((BigInt(Math.floor(atMs)) << SEQUENCE_BITS) | BigInt(low % SEQUENCES)).toString();
}

/** Milliseconds since 1970 at which the id was made. */
export function idTimeMs(id: string): number {
  return Number(BigInt(id) >> SEQUENCE_BITS);
}

/** True for what can be an id of ours: 1 to 20 decimal digits without a leading zero, below 2^64. */
export function isId(text: unknown): text is string {
  if (typeof text !== "string" || !/^[1-9][0-9]{0,19}$/.test(text)) return false;
  return text.length < ID_DIGITS_MAX || text <= "18446744073709551615";
}

/** Negative if `a` is older than `b`. By length, then text, as clients do. */
export function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The id padded so that plain text order is id order: for the rank of a collection member. */
export function rankOf(id: string): string {
  return id.padStart(ID_DIGITS_MAX, "0");
}

/** The id of a rank made by `rankOf`. */
export function idOfRank(rank: string): string {
  return rank.replace(/^0+(?=.)/, "");
}

/** The two 32-bit halves of an id, for typed arrays. */
export function halvesOf(id: string): { high: number; low: number } {
  const value = BigInt(id);
  return { high: Number(value >> 32n), low: Number(value & 0xffffffffn) };
}

/** The id of two 32-bit halves. */
export function idOfHalves(high: number, low: number): string {
  return ((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString();
}
