import t from "tap";
import type { FilterDoc } from "../../../src/domain/filter.js";
import { Cells, faultOf, typesOf } from "./cells.js";

function setUp() {
  const cells = new Cells();
  return { cells, alice: cells.add("alice"), bob: cells.add("bob") };
}
const create = (more: object) => ({
  type: "create-filter",
  title: "Spoilers",
  contexts: ["home", "home"],
  ...more,
});

t.test("a filter is made with its keywords, changed in part, and removed", async (t) => {
  const { cells, alice } = setUp();
  const sent = cells.act(alice, create({ keywords: [{ keyword: " dragon " }] }));
  const made = sent.reply as FilterDoc;
  t.match(made, {
    title: "Spoilers",
    contexts: ["home"],
    action: "warn",
    expiresAtMs: null,
    keywords: [{ keyword: "dragon", wholeWord: true }],
    statuses: [],
  });
  t.ok(sent.effects.some((it) => it.ask === "publish" && it.event.type === "filters-changed"));
  const keywordId = made.keywords[0]?.id;
  const update = {
    type: "update-filter",
    filterId: made.id,
    action: "hide",
    keywords: [
      { keyword: "egg", wholeWord: false },
      { id: keywordId, destroy: true },
    ],
  };
  const after = cells.act(alice, update).reply as FilterDoc;
  t.equal(after.action, "hide");
  t.match(after.keywords, [{ keyword: "egg", wholeWord: false }]);
  t.equal(after.keywords.length, 1);
  t.same(JSON.parse(cells.records.get(`filters/${alice}`) ?? ""), [after]);
  const same = { type: "update-filter", filterId: made.id, action: "hide" };
  t.same(cells.send(alice, same).facts, []);
  t.same(typesOf(cells.act(alice, { type: "delete-filter", filterId: made.id } as never)), [
    "filter-deleted",
  ]);
  t.same(cells.state(alice).filters, []);
  t.same(cells.replayed(alice).filters, []);
});

t.test("filters that make no sense are refused", async (t) => {
  const { cells, alice, bob } = setUp();
  const made = cells.act(alice, create({})).reply as FilterDoc;
  const update = (more: object) => ({ type: "update-filter", filterId: made.id, ...more });
  const rows: [string, string, object, string][] = [
    ["no title", alice, create({ title: " " }), "invalid"],
    ["a long title", alice, create({ title: "x".repeat(257) }), "invalid"],
    ["no context", alice, create({ contexts: [] }), "invalid"],
    ["a blank keyword", alice, update({ keywords: [{ keyword: "" }] }), "invalid"],
    ["a long keyword", alice, update({ keywords: [{ keyword: "x".repeat(513) }] }), "invalid"],
    ["an unknown keyword", alice, update({ keywords: [{ id: "7", keyword: "x" }] }), "not-found"],
    ["somebody else's filter", bob, update({ title: "mine" }), "not-found"],
  ];
  for (const [name, who, command, expected] of rows) {
    t.equal(faultOf(cells.send(who, command as never)), expected, name);
  }
  const many = Array.from({ length: 201 }, (_, n) => ({ keyword: `k${n}` }));
  t.equal(faultOf(cells.send(alice, update({ keywords: many }))), "invalid", "too many keywords");
});

t.test("single posts are filtered once each", async (t) => {
  const { cells, alice } = setUp();
  const { id } = cells.act(alice, create({})).reply as FilterDoc;
  const add = { type: "add-filter-status", filterId: id, statusId: "99" };
  const after = cells.act(alice, add).reply as FilterDoc;
  t.match(after.statuses, [{ statusId: "99" }]);
  t.equal(faultOf(cells.send(alice, add)), "invalid");
  const entryId = after.statuses[0]?.id;
  const remove = { type: "remove-filter-status", filterId: id, entryId };
  t.same((cells.act(alice, remove).reply as FilterDoc).statuses, []);
  t.equal(faultOf(cells.send(alice, remove)), "not-found");
});
