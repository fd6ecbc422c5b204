// Owns the golden values of shardOf: a changed one would move cells away from their journals' nodes.

import t from "tap";
import { SHARDS, shardOf } from "../../src/actors/runtime/shard.js";

const GOLDEN: Record<string, number> = {
  "1": 399,
  "2": 351,
  site: 132,
  "109876543210123456": 363,
  "113500000000065536": 548,
  "https://example.org/inbox": 748,
  zürich: 520,
  日本: 361,
  "": 11,
};

t.test("gives the same shard in every release", async (t) => {
  for (const [id, shard] of Object.entries(GOLDEN)) t.equal(shardOf(id), shard, id);
});

t.test("spreads ids that differ in their last digits evenly", async (t) => {
  const counts = new Uint32Array(SHARDS);
  const ids = 102_400;
  for (let n = 0; n < ids; n++) {
    const shard = shardOf(String(113_500_000_000_000_000n + BigInt(n) * 65_536n));
    counts[shard] = (counts[shard] ?? 0) + 1;
  }
  t.ok(
    Math.min(...counts) > 50 && Math.max(...counts) < 160,
    `${Math.min(...counts)} to ${Math.max(...counts)}`,
  );
});
