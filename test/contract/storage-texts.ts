// Owns what the text index of every store must keep to: part of test/contract/storage.ts.

import type { Test } from "tap";
import { isFault } from "../../src/base/faults.js";
import type { Change, Store } from "../../src/ports/storage.js";
import { type OpenStore, withStore } from "./with-store.js";

const text = (id: string, words: string, facets?: string): Change =>
  facets === undefined
    ? { do: "put-text", index: "statuses", id, text: words }
    : { do: "put-text", index: "statuses", id, text: words, facets };

/** The text index's part of the storage contract. */
export async function textsContract(t: Test, open: OpenStore): Promise<void> {
  const finder = (store: Store) => (more: object) =>
    store.texts.find({ index: "statuses", words: [], limit: 20, ...more });
  await withStore(
    t,
    "finds words, prefixes, phrases and denials, newest first",
    open,
    async (t, store) => {
      await store.write([
        text("9", "The quick brown fox"),
        text("10", "the slow brown dog"),
        text("11", "a quick dog, and a fox"),
      ]);
      const find = finder(store);
      t.same(await find({ words: ["brown"] }), ["10", "9"]);
      t.same(await find({ words: ["QUICK", "fox"] }), ["11", "9"]);
      t.same(await find({ words: ["qui*"] }), ["11", "9"]);
      t.same(await find({ words: ["qui*", "fox"] }), [], "only a last word is a prefix");
      t.same(await find({ words: ["fox", "qui*"] }), ["11", "9"]);
      t.same(await find({ phrases: ["brown fox"] }), ["9"]);
      t.same(await find({ phrases: ["quick fox"] }), []);
      t.same(await find({ words: ["quick"], notWords: ["brown"] }), ["11"]);
      t.same(await find({ notWords: ["quick"] }), ["10"], "a denial alone is a question too");
      t.same(await find({ words: ["brown"], below: "10" }), ["9"]);
      t.same(await find({ words: ["brown"], above: "9" }), ["10"]);
      t.same(await find({ words: ["the"], limit: 1, offset: 1 }), ["9"]);
      t.same(await find({}), [], "no question, no hits");
    },
  );
  await withStore(t, "keeps facets apart from words", open, async (t, store) => {
    await store.write([
      text("1", "hello", "from:123 has:media"),
      text("2", "hello", "from:1234"),
      text("3", "hello from 123"),
    ]);
    const find = finder(store);
    t.same(await find({ words: ["hello"], facets: ["from:123"] }), ["1"]);
    t.same(await find({ words: ["hello"], facets: ["-from:123"] }), ["3", "2"]);
    t.same(await find({ facets: ["has:media"] }), ["1"], "a facet alone is a question too");
    t.same(await find({ facets: ["-has:media", "-from:1234"] }), ["3"]);
    t.same(await find({ words: ["media"] }), []);
    t.same(await find({ words: ["every"] }), []);
  });
  await withStore(t, "replaces and drops by id", open, async (t, store) => {
    const find = finder(store);
    await store.write([text("1", "before", "from:1")]);
    await store.write([text("1", "after", "from:2")]);
    t.same(await find({ words: ["before"] }), []);
    t.same(await find({ facets: ["from:1"] }), []);
    t.same(await find({ words: ["after"] }), ["1"]);
    await store.write([{ do: "drop-text", index: "statuses", id: "1" }]);
    await store.write([{ do: "drop-text", index: "statuses", id: "1" }]);
    t.same(await find({ words: ["after"] }), []);
    t.same(await find({ facets: ["from:2"] }), []);
  });
  await withStore(
    t,
    "finds across diacritics, widths and scripts without spaces",
    open,
    async (t, store) => {
      await store.write([
        text("1", "Café crème à la carte"),
        text("2", "東京都に住んでいます。ラーメン大好き"),
        text("3", "京都のお寺"),
        text("4", "ﾗｰﾒﾝ ＡＢＣ"),
        text("5", "안녕하세요 여러분"),
        text("6", "สวัสดีชาวโลก"),
        text("7", "Straße e\u0301cole"),
      ]);
      const find = finder(store);
      t.same(await find({ words: ["cafe", "creme"] }), ["1"]);
      t.same(await find({ words: ["CAFÉ"] }), ["1"]);
      t.same(await find({ words: ["東京"] }), ["2"]);
      t.same(await find({ words: ["京都"] }), ["3", "2"]);
      t.same(await find({ words: ["都京"] }), [], "the order of characters counts");
      t.same(await find({ words: ["ラーメン"] }), ["4", "2"]);
      t.same(await find({ words: ["abc"] }), ["4"]);
      t.same(await find({ words: ["大好*"] }), ["2"]);
      t.same(await find({ words: ["안녕"] }), ["5"]);
      t.same(await find({ words: ["ชาวโลก"] }), ["6"]);
      t.same(await find({ words: ["école"] }), ["7"]);
      t.same(await find({ words: ["京都"], notWords: ["東京"] }), ["3"]);
    },
  );
  await withStore(t, "takes nobody's text for syntax", open, async (t, store) => {
    await store.write([text("1", "plain words OR NOT near body facets"), text("2", "other")]);
    const find = finder(store);
    const hostile = [
      ...['"', '""', "'", "*", "**", "^", "(", ")", "-", ":", "a:b", "body:words", "facets : x"],
      ...['x" OR body : "plain', "NEAR(a b)", "{a b}:c", "a AND", "\u0000", "a\u0000b", "\ud800"],
      ...["'; DROP TABLE records; --", "%", "_", "+", "a + b", "x".repeat(5_000), "((((((("],
    ];
    for (const word of hostile) {
      for (const asked of [
        { words: [word] },
        { phrases: [word] },
        { notWords: [word] },
        { facets: [word] },
      ]) {
        const hits = await find(asked);
        t.ok(Array.isArray(hits), JSON.stringify(asked).slice(0, 60));
        if (!("notWords" in asked)) t.notOk(hits.includes("2"), "and finds no stranger");
      }
    }
    t.same(await find({ words: ["OR"] }), ["1"]);
    t.same(await find({ words: ["NOT", "near"] }), ["1"]);
    t.same(await find({ words: ["plain", "!!!"] }), ["1"], "a word of punctuation is no word");
    t.ok(Array.isArray(await find({ words: Array.from({ length: 2_000 }, (_, at) => `w${at}`) })));
  });
  await withStore(t, "ranks accounts and tags by match", open, async (t, store) => {
    const account = (id: string, words: string, facets = ""): Change => ({
      do: "put-text",
      index: "accounts",
      id,
      text: words,
      facets,
    });
    await store.write([
      account("1", "bob bob bob", "local:yes"),
      account("22", "alice who once met bob in a very long and winding introduction"),
      account("3", "alice alison"),
      { do: "put-text", index: "tags", id: "caturday", text: "caturday" },
      { do: "put-text", index: "tags", id: "cats", text: "cats" },
    ]);
    const find = (more: object) =>
      store.texts.find({ index: "accounts", words: [], limit: 20, ...more });
    t.same(await find({ words: ["bob"] }), ["1", "22"]);
    t.same((await find({ words: ["ali*"] })).toSorted(), ["22", "3"]);
    t.same(await find({ words: ["bob"], facets: ["local:yes"] }), ["1"]);
    t.same(await find({ words: ["bob"], below: "3" }), ["1"], "ids compare by length first");
    t.same(await find({ words: ["alice"], above: "3" }), ["22"]);
    t.same(await find({ words: ["bob"], limit: 1, offset: 1 }), ["22"]);
    t.same((await store.texts.find({ index: "tags", words: ["cat*"], limit: 9 })).toSorted(), [
      "cats",
      "caturday",
    ]);
    t.same(await store.texts.find({ index: "statuses", words: ["bob"], limit: 9 }), []);
    await store.write([{ do: "drop-text", index: "tags", id: "cats" }, account("1", "carol")]);
    t.same(await store.texts.find({ index: "tags", words: ["cat*"], limit: 9 }), ["caturday"]);
    t.same(await find({ words: ["bob"] }), ["22"]);
    t.notOk(isFault(await store.write([{ do: "drop-text", index: "accounts", id: "none" }])));
  });
}
