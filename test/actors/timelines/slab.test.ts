import fc from "fast-check";
import t from "tap";
import { Slab } from "../../../src/actors/timelines/slab.js";

const SEED = 20_261_124;

/** Ids of a ring, newest first. */
function idsOf(slab: Slab, handle: number): number[] {
  const length = slab.length(handle);
  return Array.from({ length }, (_, at) => {
    return slab.high(handle, at) * 2 ** 32 + slab.low(handle, at);
  });
}

t.test(
  "a ring keeps the newest ids, each once, newest first, in whatever order they come",
  async (t) => {
    t.comment(`seed ${SEED}`);
    const size = 8;
    const property = fc.property(
      fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }),
      (arriving) => {
        const slab = new Slab(size);
        const handle = slab.acquire();
        const model = new Set<number>();
        for (const id of arriving) {
          const newest = [...model].sort((a, b) => b - a);
          const lowest = newest[size - 1];
          const fits = !model.has(id) && (lowest === undefined || id > lowest);
          if (slab.insert(handle, 0, id) !== fits) return false;
          if (fits) model.add(id);
          if (model.size > size && lowest !== undefined) model.delete(lowest);
        }
        const expected = [...model].sort((a, b) => b - a);
        return JSON.stringify(idsOf(slab, handle)) === JSON.stringify(expected);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 500 });
  },
);

t.test("ids are compared by both halves", async (t) => {
  const slab = new Slab(4);
  const handle = slab.acquire();
  slab.insert(handle, 1, 0xffff_ffff);
  slab.insert(handle, 2, 0);
  slab.insert(handle, 1, 1);
  t.same(idsOf(slab, handle), [2 * 2 ** 32, 2 ** 32 + 0xffff_ffff, 2 ** 32 + 1]);
});

t.test("a released ring comes back empty, and rings never mix", async (t) => {
  const slab = new Slab(2);
  const handles = Array.from({ length: 600 }, () => slab.acquire());
  t.equal(new Set(handles).size, 600);
  for (const [at, handle] of handles.entries()) slab.insert(handle, 0, at + 1);
  t.ok(handles.every((handle, at) => idsOf(slab, handle).join() === String(at + 1)));
  const [first = 0] = handles;
  slab.release(first);
  t.equal(slab.used, 599);
  t.equal(slab.acquire(), first);
  t.same(idsOf(slab, first), []);
});

t.test("a full ring of 400 takes 3.2 KB", async (t) => {
  const slab = new Slab(400);
  for (let n = 0; n < 256; n++) slab.acquire();
  t.ok(slab.bytes / 256 <= 3_210, `${slab.bytes / 256} bytes`);
});
