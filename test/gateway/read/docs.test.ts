import t from "tap";
import { dropRecord, putRecord } from "../../../src/base/changes.js";
import { Docs } from "../../../src/gateway/read/docs.js";

/** Records whose reads end when the test says so. */
function slowRecords() {
  const held = new Map<string, string>();
  const waiting: (() => void)[] = [];
  let reads = 0;
  return {
    held,
    reads: () => reads,
    release: () => {
      for (const go of waiting.splice(0)) go();
    },
    records: {
      get: async () => null,
      scan: async () => [],
      getMany: async (_kind: string, ids: readonly string[]) => {
        reads++;
        const seen = new Map(ids.flatMap((id) => (held.has(id) ? [[id, held.get(id) ?? ""]] : [])));
        await new Promise<void>((resume) => waiting.push(resume));
        return seen as Map<string, string>;
      },
    },
  };
}

t.test("a document is read and parsed once, until a commit changes it", async (t) => {
  const slow = slowRecords();
  const docs = new Docs({ records: slow.records, docsMax: 10 });
  slow.held.set("1", '{"n":1}');
  const first = docs.one("thing", "1");
  slow.release();
  t.same(await first, { n: 1 });
  t.equal(await docs.one("thing", "1"), await docs.one("thing", "1"), "the same object");
  t.equal(slow.reads(), 1);
  slow.held.set("1", '{"n":2}');
  docs.seen([putRecord("thing", "1", { n: 2 })]);
  t.same(await docs.one("thing", "1"), { n: 2 });
});

t.test("that a document does not exist is remembered too", async (t) => {
  const slow = slowRecords();
  const docs = new Docs({ records: slow.records, docsMax: 10 });
  const first = docs.one("thing", "1");
  slow.release();
  t.equal(await first, null);
  t.equal(await docs.one("thing", "1"), null);
  t.equal(slow.reads(), 1);
  t.equal(docs.peek("thing", "1"), null);
  t.equal(docs.peek("thing", "2"), undefined);
});

t.test("a read that began before a commit never fills the cache with what it saw", async (t) => {
  const slow = slowRecords();
  const docs = new Docs({ records: slow.records, docsMax: 10 });
  slow.held.set("1", '{"n":1}');
  const early = docs.one("thing", "1");
  slow.held.delete("1");
  docs.seen([dropRecord("thing", "1")]);
  slow.release();
  t.same(await early, { n: 1 }, "it may answer what it saw");
  const late = docs.one("thing", "1");
  slow.release();
  t.equal(await late, null, "but nobody after it");
});

t.test("when nothing is known for sure, everything is read again", async (t) => {
  const slow = slowRecords();
  const docs = new Docs({ records: slow.records, docsMax: 10 });
  slow.held.set("1", '{"n":1}');
  const first = docs.one("thing", "1");
  slow.release();
  await first;
  docs.forget();
  t.equal(docs.peek("thing", "1"), undefined);
});

t.test(
  "what a commit brings takes the place of what is held, without being read back",
  async (t) => {
    const slow = slowRecords();
    const docs = new Docs({ records: slow.records, docsMax: 10 });
    slow.held.set("1", '{"n":1}');
    const first = docs.one("thing", "1");
    slow.release();
    await first;
    docs.seen([putRecord("thing", "1", { n: 2 })]);
    t.same(await docs.one("thing", "1"), { n: 2 });
    t.equal(slow.reads(), 1);
    docs.seen([putRecord("status", "9", { id: "9" })]);
    t.same(await docs.one("status", "9"), { id: "9" }, "a new status is wanted at once");
    docs.seen([putRecord("thing", "7", { n: 7 })]);
    t.equal(docs.peek("thing", "7"), undefined, "what nobody asked for is not kept");
    docs.seen([dropRecord("thing", "1")]);
    t.equal(docs.peek("thing", "1"), undefined);
    t.equal(slow.reads(), 1);
  },
);
