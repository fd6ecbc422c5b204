// Owns the arithmetic from an id to its shard. Pure and frozen: the answer decides where a cell
// lives, on every node and in every release, so golden values guard it (test/runtime/shard.test.ts).

export const SHARDS = 1024;

/** The shard of an id, 0 to 1023. */
export const shardOf = (id: string): number => hashOf(id) % SHARDS;

/** 32 bits of a text: FNV-1a over its UTF-16 units, then a final mix of all bits. */
export function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at++) {
    const unit = id.charCodeAt(at);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    if (unit > 0xff) hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
