import t from "tap";
import type { Filter, V1Filter } from "../../../src/gateway/entities/filter.js";
import { filtersRoutes } from "../../../src/gateway/rest/filters.js";
import { filtersV1Routes } from "../../../src/gateway/rest/filters-v1.js";
import { RelationsBench } from "./relations-bench.js";

const v2 = "/api/v2/filters";
const v1 = "/api/v1/filters";

async function cast() {
  const bench = await RelationsBench.open((parts) => [
    ...filtersRoutes(parts),
    ...filtersV1Routes(parts),
  ]);
  await bench.join("alice");
  await bench.join("bob");
  const ask = <Body = Filter>(line: string, body?: unknown) =>
    bench.call<Body>(line, { as: "alice", body });
  return { bench, ask };
}

const wanted = {
  title: "Spoilers",
  context: ["home", "thread"],
  filter_action: "hide",
  expires_in: "3600",
  keywords_attributes: [{ keyword: "dragon", whole_word: "false" }, { keyword: "egg" }],
};

t.test("a filter is made, changed and deleted with its keywords", async (t) => {
  const { bench, ask } = await cast();
  await using _ = bench;
  const made = (await ask(`POST ${v2}`, wanted)).body;
  const [dragon, egg] = made.keywords ?? [];
  t.same(made, {
    id: made.id,
    title: "Spoilers",
    context: ["home", "thread"],
    expires_at: new Date(bench.parts.clock.at + 3_600_000).toISOString(),
    filter_action: "hide",
    keywords: [
      { id: dragon?.id, keyword: "dragon", whole_word: false },
      { id: egg?.id, keyword: "egg", whole_word: true },
    ],
    statuses: [],
  });
  const changed = await ask(`PUT ${v2}/${made.id}`, {
    expires_in: "",
    keywords_attributes: {
      0: { id: dragon?.id, _destroy: "true" },
      1: { id: egg?.id, whole_word: false },
      2: { keyword: "sword" },
    },
  });
  t.match(changed.body, { title: "Spoilers", expires_at: null, filter_action: "hide" });
  t.match(changed.body.keywords, [
    { id: egg?.id, keyword: "egg", whole_word: false },
    { keyword: "sword", whole_word: true },
  ]);
  t.same((await ask<Filter[]>(`GET ${v2}`)).body, [changed.body]);
  t.same((await ask(`GET ${v2}/${made.id}`)).body, changed.body);
  for (const line of [`GET ${v2}/${made.id}`, `DELETE ${v2}/${made.id}`]) {
    t.equal((await bench.call(line, { as: "bob" })).status, 404, "somebody else's");
  }
  t.same((await ask(`DELETE ${v2}/${made.id}`)).body, {});
  t.same((await ask<Filter[]>(`GET ${v2}`)).body, []);
});

t.test("bad filters are refused", async (t) => {
  const { bench, ask } = await cast();
  await using _ = bench;
  const rows: object[] = [
    { ...wanted, title: "" },
    { ...wanted, context: [] },
    { ...wanted, context: ["everywhere"] },
    { ...wanted, filter_action: "burn" },
    { ...wanted, expires_in: "tomorrow" },
    { ...wanted, expires_in: { a: 1 } },
    { ...wanted, keywords_attributes: [{ keyword: "" }] },
  ];
  for (const row of rows) {
    t.equal((await ask(`POST ${v2}`, row)).status, 422, JSON.stringify(row).slice(0, 80));
  }
  t.equal((await ask(`POST ${v2}`, { ...wanted, keywords_attributes: "x" })).status, 400);
  t.same((await ask<Filter[]>(`GET ${v2}`)).body, []);
});

t.test("keywords have routes of their own", async (t) => {
  const { bench, ask } = await cast();
  await using _ = bench;
  const made = (await ask(`POST ${v2}`, { title: "T", context: "home" })).body;
  const body = { keyword: "tea", whole_word: false };
  const keyword = (await ask<{ id: string }>(`POST ${v2}/${made.id}/keywords`, body)).body;
  t.same(keyword, { id: keyword.id, ...body });
  t.same((await ask<unknown>(`GET ${v2}/${made.id}/keywords`)).body, [keyword]);
  const one = `${v2}/keywords/${keyword.id}`;
  t.same((await ask<unknown>(`GET ${one}`)).body, keyword);
  t.match((await ask<unknown>(`PUT ${one}`, { keyword: "coffee" })).body, { keyword: "coffee" });
  t.equal((await bench.call(`GET ${one}`, { as: "bob" })).status, 404);
  t.same((await ask<unknown>(`DELETE ${one}`)).body, {});
  t.equal((await ask(`GET ${one}`)).status, 404);
  t.equal((await ask(`POST ${v2}/${made.id}/keywords`, {})).status, 422);
});

t.test("a post that cannot be seen cannot be filtered", async (t) => {
  const { bench, ask } = await cast();
  await using _ = bench;
  const made = (await ask(`POST ${v2}`, { title: "T", context: "home" })).body;
  t.equal((await ask(`POST ${v2}/${made.id}/statuses`, { status_id: "42" })).status, 404);
  t.equal((await ask(`POST ${v2}/${made.id}/statuses`, {})).status, 400);
  const added = { type: "add-filter-status", filterId: made.id, statusId: "99" };
  await bench.tell("alice", added);
  const entries = (await ask<{ id: string }[]>(`GET ${v2}/${made.id}/statuses`)).body;
  t.match(entries, [{ status_id: "99" }]);
  const one = `${v2}/statuses/${entries[0]?.id}`;
  t.match((await ask<unknown>(`GET ${one}`)).body, { status_id: "99" });
  t.equal((await bench.call(`DELETE ${one}`, { as: "bob" })).status, 404);
  t.same((await ask<unknown>(`DELETE ${one}`)).body, {});
  t.equal((await ask(`GET ${one}`)).status, 404);
});

t.test("the old form writes the same filters, one entry a keyword", async (t) => {
  const { bench, ask } = await cast();
  await using _ = bench;
  const sent = { phrase: "tea", context: ["home"], irreversible: true, whole_word: false };
  const answer = await ask<V1Filter>(`POST ${v1}`, sent);
  const made = answer.body;
  t.same(made, { id: made.id, expires_at: null, ...sent });
  t.match(answer.headers, { deprecation: "@1668384000" });
  const [filter] = (await ask<Filter[]>(`GET ${v2}`)).body;
  t.match(filter, { title: "tea", filter_action: "hide", keywords: [{ id: made.id }] });
  t.same((await ask<V1Filter>(`GET ${v1}/${made.id}`)).body, made);
  const change = { phrase: "coffee", context: ["public"], irreversible: false };
  t.match((await ask<V1Filter>(`PUT ${v1}/${made.id}`, change)).body, change);
  await ask(`POST ${v2}/${filter?.id}/keywords`, { keyword: "cocoa" });
  t.equal((await ask<V1Filter[]>(`GET ${v1}`)).body.length, 2);
  const shared = await ask(`PUT ${v1}/${made.id}`, { phrase: "coffee", context: ["home"] });
  t.equal(shared.status, 422, "what other keywords share is not changed here");
  t.equal((await bench.call(`GET ${v1}/${made.id}`, { as: "bob" })).status, 404);
  for (const it of (await ask<V1Filter[]>(`GET ${v1}`)).body) await ask(`DELETE ${v1}/${it.id}`);
  t.same((await ask<Filter[]>(`GET ${v2}`)).body, [], "the last keyword takes the filter with it");
  t.equal((await ask(`POST ${v1}`, { context: ["home"] })).status, 400, "no phrase");
});
