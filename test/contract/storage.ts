// Owns what every store must keep to, whatever it is made of. Run over each adapter by
// test/contract/storage-*.test.ts. `open` gives an empty store; the suite disposes of it.

import fc from "fast-check";
import t, { type Test } from "tap";
import { rankOf } from "../../src/base/ids.js";
import type { Append, Change, Member } from "../../src/ports/storage.js";
import { textsContract } from "./storage-texts.js";
import { type OpenStore, withStore } from "./with-store.js";

const SEED = 20_240_311;

const put = (kind: string, id: string, doc: string): Change => ({
  do: "put-record",
  kind,
  id,
  doc,
});
const member = (collection: string, name: string, rank: string, value?: string): Change =>
  value === undefined
    ? { do: "put-member", collection, member: name, rank }
    : { do: "put-member", collection, member: name, rank, value };
const append = (cell: string, epoch: number, afterSeq: number, more: Partial<Append>): Append => ({
  cell,
  epoch,
  afterSeq,
  facts: [],
  changes: [],
  ...more,
});
const names = (members: readonly Member[]) => members.map((it) => it.member);

/** Runs the suite as one tap test called `name`. */
export function storageContract(name: string, open: OpenStore): void {
  void t.test(name, async (t) => {
    for (const part of [
      journal,
      snapshots,
      records,
      pages,
      members,
      registers,
      commits,
      textsContract,
    ]) {
      await part(t, open);
    }
  });
}

async function journal(t: Test, open: OpenStore): Promise<void> {
  await withStore(t, "opens a new cell at fact 0 without a snapshot", open, async (t, store) => {
    t.same(await store.journal.open("account:1", 3), { lastSeq: 0, snapshot: null });
    t.same(await store.journal.read("account:1", 0, 10), []);
    t.same(await store.journal.read("account:never", 0, 10), []);
  });
  await withStore(t, "refuses a cell that was not opened", open, async (t, store) => {
    const answer = await store.journal.append(append("account:1", 1, 0, { facts: ["{}"] }));
    t.match(answer, { fault: "fence-lost" });
  });
  await withStore(t, "refuses the epochs that a higher one displaced", open, async (t, store) => {
    await store.journal.open("account:1", 1);
    t.equal(await store.journal.append(append("account:1", 1, 0, { facts: ['"a"'] })), null);
    t.same(await store.journal.open("account:1", 2), { lastSeq: 1, snapshot: null });
    const late = append("account:1", 1, 1, { facts: ['"late"'], changes: [put("k", "late", "1")] });
    t.match(await store.journal.append(late), { fault: "fence-lost" });
    t.match(await store.journal.open("account:1", 1), { fault: "fence-lost" });
    t.equal(await store.records.get("k", "late"), null, "nothing of a refused append is written");
    t.equal(await store.journal.append(append("account:1", 2, 1, { facts: ['"b"'] })), null);
    t.same(await store.journal.open("account:1", 2), { lastSeq: 2, snapshot: null });
    t.same(await store.journal.read("account:1", 0, 10), [
      { seq: 1, fact: '"a"' },
      { seq: 2, fact: '"b"' },
    ]);
  });
  await withStore(t, "refuses an append after any but the newest fact", open, async (t, store) => {
    await store.journal.open("account:1", 1);
    await store.journal.append(append("account:1", 1, 0, { facts: ["1", "2"] }));
    for (const afterSeq of [0, 1, 3]) {
      const answer = await store.journal.append(append("account:1", 1, afterSeq, { facts: ["9"] }));
      t.match(answer, { fault: "fence-lost" }, `after ${afterSeq}`);
    }
    t.equal((await store.journal.read("account:1", 0, 10)).length, 2);
  });
  await withStore(t, "lets one of many appends in one moment win", open, async (t, store) => {
    await store.journal.open("account:1", 1);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        store.journal.append(
          append("account:1", 1, 0, { facts: [`${at}`], changes: [member("c", `${at}`, "1")] }),
        ),
      ),
    );
    t.equal(answers.filter((answer) => answer === null).length, 1);
    t.equal((await store.journal.read("account:1", 0, 10)).length, 1);
    t.equal(await store.collections.count("c"), 1, "the losers' changes are not applied");
  });
  await withStore(t, "replays densely, page by page", open, async (t, store) => {
    await store.journal.open("account:1", 1);
    await store.journal.open("account:2", 1);
    const facts = Array.from({ length: 250 }, (_, at) => JSON.stringify({ at, text: "é日\n" }));
    for (let at = 0; at < facts.length; at += 50) {
      const some = facts.slice(at, at + 50);
      t.equal(await store.journal.append(append("account:1", 1, at, { facts: some })), null);
      await store.journal.append(append("account:2", 1, at, { facts: some }));
    }
    const seen: string[] = [];
    for (let page = 0; page < 4; page++) {
      const rows = await store.journal.read("account:1", seen.length, 100);
      rows.forEach((row, at) => {
        t.equal(row.seq, seen.length + 1, `page ${page}, row ${at}`);
        seen.push(row.fact);
      });
    }
    t.same(seen, facts);
  });
  await withStore(t, "takes changes without facts, fenced alike", open, async (t, store) => {
    await store.journal.open("account:1", 2);
    t.equal(
      await store.journal.append(append("account:1", 2, 0, { changes: [put("k", "1", "1")] })),
      null,
    );
    const stale = append("account:1", 1, 0, { changes: [put("k", "2", "2")] });
    t.match(await store.journal.append(stale), { fault: "fence-lost" });
    t.same([...(await store.records.getMany("k", ["1", "2"])).keys()], ["1"]);
  });
}

async function snapshots(t: Test, open: OpenStore): Promise<void> {
  await withStore(t, "opens with the newest snapshot", open, async (t, store) => {
    await store.journal.open("account:1", 1);
    const facts = Array.from({ length: 30 }, (_, at) => `${at}`);
    await store.journal.append(append("account:1", 1, 0, { facts }));
    for (const seq of [10, 20, 30]) {
      const saved = { seq, version: 7, state: JSON.stringify({ seq }) };
      t.equal(await store.journal.saveSnapshot("account:1", 1, saved), null);
    }
    t.same(await store.journal.open("account:1", 2), {
      lastSeq: 30,
      snapshot: { seq: 30, version: 7, state: '{"seq":30}' },
    });
    const late = await store.journal.saveSnapshot("account:1", 1, {
      seq: 30,
      version: 8,
      state: "{}",
    });
    t.match(late, { fault: "fence-lost" });
  });
  await withStore(t, "replaces a snapshot of the same fact", open, async (t, store) => {
    await store.journal.open("account:1", 1);
    await store.journal.append(append("account:1", 1, 0, { facts: ["1"] }));
    await store.journal.saveSnapshot("account:1", 1, { seq: 1, version: 1, state: "old" });
    await store.journal.saveSnapshot("account:1", 1, { seq: 1, version: 2, state: "new" });
    const opened = await store.journal.open("account:1", 1);
    t.match(opened, { snapshot: { seq: 1, version: 2, state: "new" } });
  });
}

async function records(t: Test, open: OpenStore): Promise<void> {
  await withStore(t, "puts, replaces and drops records", open, async (t, store) => {
    t.equal(await store.records.get("status", "1"), null);
    t.equal(await store.write([put("status", "1", '{"a":"é日本\\u0000"}')]), null);
    t.equal(await store.records.get("status", "1"), '{"a":"é日本\\u0000"}');
    t.equal(await store.records.get("account", "1"), null, "kinds are apart");
    await store.write([put("status", "1", "2"), put("status", "1", "3")]);
    t.equal(await store.records.get("status", "1"), "3");
    await store.write([{ do: "drop-record", kind: "status", id: "1" }]);
    await store.write([{ do: "drop-record", kind: "status", id: "1" }]);
    t.equal(await store.records.get("status", "1"), null);
  });
  await withStore(t, "reads a thousand records in one batch", open, async (t, store) => {
    const ids = Array.from({ length: 1_000 }, (_, at) => `${at}`);
    await store.write(ids.map((id) => put("status", id, `"doc ${id}"`)));
    const found = await store.records.getMany("status", [...ids.slice(0, 999), "none", "7"]);
    t.equal(found.size, 999);
    t.equal(found.get("998"), '"doc 998"');
    t.equal(found.has("none"), false);
    t.equal((await store.records.getMany("status", [])).size, 0);
  });
  await withStore(t, "scans a kind in text order", open, async (t, store) => {
    await store.write(["b", "a", "c", "d"].map((id) => put("k", id, `"${id}"`)));
    await store.write([put("j", "a", "0"), put("l", "a", "0")]);
    t.same(await store.records.scan("k", "", 2), [
      { id: "a", doc: '"a"' },
      { id: "b", doc: '"b"' },
    ]);
    t.same(await store.records.scan("k", "b", 10), [
      { id: "c", doc: '"c"' },
      { id: "d", doc: '"d"' },
    ]);
  });
}

async function pages(t: Test, open: OpenStore): Promise<void> {
  await withStore(t, "pages both ways, within bounds", open, async (t, store) => {
    await store.write([5, 3, 9, 1, 7].map((n) => member("c", `m${n}`, rankOf(`${n}`), `v${n}`)));
    await store.write([member("d", "other", rankOf("4"))]);
    const page = async (more: object) =>
      names(await store.collections.page("c", { limit: 9, ...more }));
    t.same(await page({}), ["m9", "m7", "m5", "m3", "m1"]);
    t.same(await page({ from: "low" }), ["m1", "m3", "m5", "m7", "m9"]);
    t.same(await page({ below: rankOf("7") }), ["m5", "m3", "m1"]);
    t.same(await page({ above: rankOf("3") }), ["m9", "m7", "m5"]);
    t.same(await page({ above: rankOf("3"), from: "low" }), ["m5", "m7", "m9"]);
    t.same(await page({ above: rankOf("1"), below: rankOf("9") }), ["m7", "m5", "m3"]);
    t.same(await page({ above: rankOf("1"), below: rankOf("9"), from: "low", limit: 2 }), [
      "m3",
      "m5",
    ]);
    t.same(await page({ limit: 0 }), []);
    t.same(await store.collections.page("none", { limit: 9 }), []);
    t.same(await store.collections.page("c", { limit: 1 }), [
      { member: "m9", rank: rankOf("9"), value: "v9" },
    ]);
  });
  await withStore(
    t,
    "orders members of one rank, and bounds by rank alone",
    open,
    async (t, store) => {
      await store.write(["b", "a", "c"].map((name) => member("c", name, "5")));
      await store.write([member("c", "z", "1"), member("c", "y", "9")]);
      t.same(names(await store.collections.page("c", { limit: 9 })), ["y", "c", "b", "a", "z"]);
      t.same(names(await store.collections.page("c", { limit: 9, from: "low" })), [
        "z",
        "a",
        "b",
        "c",
        "y",
      ]);
      t.same(names(await store.collections.page("c", { limit: 9, below: "5" })), ["z"]);
      t.same(names(await store.collections.page("c", { limit: 9, above: "5" })), ["y"]);
    },
  );
  await withStore(t, "walks any collection whole, in any page size", open, async (t, store) => {
    let round = 0;
    t.comment(`seed ${SEED}`);
    const ranks = fc.uniqueArray(fc.integer({ min: 1, max: 10_000 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(ranks, fc.integer({ min: 1, max: 11 }), async (numbers, limit) => {
        const collection = `walk:${++round}`;
        await store.write(numbers.map((n) => member(collection, `${n}`, rankOf(`${n}`))));
        const walked: string[] = [];
        for (let below: string | undefined; ; ) {
          const bound = below === undefined ? {} : { below };
          const page = await store.collections.page(collection, { limit, ...bound });
          walked.push(...names(page));
          below = page.at(-1)?.rank;
          if (page.length < limit) break;
        }
        const wanted = [...numbers].sort((a, b) => b - a).map(String);
        return JSON.stringify(walked) === JSON.stringify(wanted);
      }),
      { seed: SEED, numRuns: 40 },
    );
  });
}

async function members(t: Test, open: OpenStore): Promise<void> {
  await withStore(
    t,
    "picks members and looks them up in the asked order",
    open,
    async (t, store) => {
      await store.write([member("c", "a", "1", "x"), member("c", "b", "2"), member("d", "a", "3")]);
      const picked = await store.collections.pick("c", ["b", "none", "a", "a"]);
      t.same([...picked.keys()].sort(), ["a", "b"]);
      t.same(picked.get("a"), { member: "a", rank: "1", value: "x" });
      const found = await store.collections.lookup([
        { collection: "d", member: "a" },
        { collection: "c", member: "none" },
        { collection: "c", member: "a" },
        { collection: "none", member: "a" },
        { collection: "d", member: "a" },
      ]);
      t.same(
        found.map((it) => it?.rank ?? null),
        ["3", null, "1", null, "3"],
      );
      t.same(await store.collections.lookup([]), []);
      t.equal((await store.collections.pick("c", [])).size, 0);
    },
  );
  await withStore(t, "moves a member that is put with another rank", open, async (t, store) => {
    await store.write([member("c", "a", "1"), member("c", "b", "2")]);
    await store.write([member("c", "a", "3", "new")]);
    t.same(names(await store.collections.page("c", { limit: 9 })), ["a", "b"]);
    t.equal(await store.collections.count("c"), 2);
    t.equal((await store.collections.pick("c", ["a"])).get("a")?.value, "new");
  });
  await withStore(t, "counts exactly, whatever is put and dropped", open, async (t, store) => {
    t.comment(`seed ${SEED}`);
    let round = 0;
    const name = fc.constantFrom("a", "b", "c", "d", "e");
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant("put"),
          name,
          rank: fc.constantFrom("1", "2", "3"),
        }),
      },
      { weight: 4, arbitrary: fc.record({ do: fc.constant("drop"), name, rank: fc.constant("") }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant("clear"), name, rank: fc.constant("") }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const collection = `count:${++round}`;
        const model = new Map<string, string>();
        const changes = steps.map((it): Change => {
          if (it.do === "put") {
            model.set(it.name, it.rank);
            return member(collection, it.name, it.rank);
          }
          if (it.do === "clear") {
            model.clear();
            return { do: "drop-collection", collection };
          }
          model.delete(it.name);
          return { do: "drop-member", collection, member: it.name };
        });
        const half = Math.floor(changes.length / 2);
        await store.write(changes.slice(0, half));
        await store.write(changes.slice(half));
        await store.write(changes.slice(half));
        const page = await store.collections.page(collection, { limit: 99 });
        const counted = await store.collections.count(collection);
        return counted === page.length && (steps.length === 0 || counted === model.size);
      }),
      { seed: SEED, numRuns: 60 },
    );
  });
}

async function registers(t: Test, open: OpenStore): Promise<void> {
  await withStore(t, "sets a register only at the expected version", open, async (t, store) => {
    const { registers } = store;
    t.equal(await registers.read("lease"), null);
    t.equal(await registers.compareAndSet("lease", 1, "x"), null, "it does not exist");
    t.equal(await registers.compareAndSet("lease", 0, "a"), 1);
    t.equal(await registers.compareAndSet("lease", 0, "b"), null, "it exists");
    t.same(await registers.read("lease"), { value: "a", version: 1 });
    t.equal(await registers.compareAndSet("lease", 1, "b"), 2);
    t.equal(await registers.compareAndSet("lease", 1, "c"), null);
    t.same(await registers.read("lease"), { value: "b", version: 2 });
  });
  await withStore(
    t,
    "never repeats a version, even of a removed register",
    open,
    async (t, store) => {
      const { registers } = store;
      await registers.compareAndSet("lease", 0, "a");
      const removed = await registers.compareAndSet("lease", 1, null);
      t.equal(removed, 2);
      t.equal(await registers.read("lease"), null);
      t.equal(await registers.compareAndSet("lease", 2, "late"), null, "removed is removed");
      t.equal(await registers.compareAndSet("lease", 0, "b"), 3);
      t.equal(
        await registers.compareAndSet("lease", 1, "late"),
        null,
        "version 1 is gone for good",
      );
    },
  );
  await withStore(t, "lets one of many racers win each round", open, async (t, store) => {
    for (let version = 0; version < 5; version++) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          store.registers.compareAndSet("race", version, `${version}:${at}`),
        ),
      );
      t.same(
        answers.filter((answer) => answer !== null),
        [version + 1],
      );
    }
  });
}

async function commits(t: Test, open: OpenStore): Promise<void> {
  await withStore(
    t,
    "tells listeners of changes in order, before writers",
    open,
    async (t, store) => {
      const told: string[] = [];
      const stop = store.onCommit((changes) => {
        for (const change of changes) if (change.do === "put-record") told.push(change.id);
      });
      await store.journal.open("account:1", 1);
      const toldWhenResolved: boolean[] = [];
      const note = (id: string) => () => toldWhenResolved.push(told.includes(id));
      await Promise.all([
        store.write([put("k", "1", "1"), put("k", "2", "2")]).then(note("2")),
        store.journal
          .append(append("account:1", 1, 0, { facts: ["1"], changes: [put("k", "3", "3")] }))
          .then(note("3")),
        store.journal.append(
          append("account:1", 1, 0, { facts: ["1"], changes: [put("k", "lost", "3")] }),
        ),
        store.write([put("k", "4", "4")]).then(note("4")),
      ]);
      t.same(told, ["1", "2", "3", "4"], "and never of a refused append");
      t.same(toldWhenResolved, [true, true, true]);
      stop();
      await store.write([put("k", "5", "5")]);
      t.equal(told.length, 4, "a listener that stopped hears no more");
    },
  );
  await withStore(t, "survives a listener that throws", open, async (t, store) => {
    const told: number[] = [];
    store.onCommit(() => {
      throw new Error("a listener's mistake");
    });
    store.onCommit((changes) => told.push(changes.length));
    t.equal(await store.write([put("k", "1", "1")]), null);
    t.same(told, [1]);
  });
  await withStore(t, "reads see every acknowledged write", open, async (t, store) => {
    await Promise.all(
      Array.from({ length: 20 }, async (_, writer) => {
        for (let at = 0; at < 10; at++) {
          const id = `${writer}`;
          await store.write([put("k", id, `${at}`), member("c", `${writer}:${at}`, "1")]);
          t.equal(await store.records.get("k", id), `${at}`);
          t.equal((await store.collections.pick("c", [`${writer}:${at}`])).size, 1);
        }
      }),
    );
    t.equal(await store.collections.count("c"), 200);
  });
  await withStore(t, "answers stopping once it is disposed of", open, async (t, store) => {
    const taken = store.write([put("k", "1", "1")]);
    const closing = store[Symbol.asyncDispose]();
    t.match(await store.write([put("k", "2", "2")]), { fault: "stopping" });
    t.equal(await taken, null, "what was taken before is written");
    await closing;
  });
}
