import t from "tap";
import { dismissedSuggestionsOf, endorsementsOf } from "../../../src/domain/collections.js";
import { Cells, faultOf, typesOf } from "./cells.js";

function setUp() {
  const cells = new Cells();
  return { cells, alice: cells.add("alice"), bob: cells.add("bob") };
}
const note = (targetId: string, comment: string) => ({ type: "note", targetId, comment });

t.test("a note is kept, changed and taken away", async (t) => {
  const { cells, alice, bob } = setUp();
  t.same(typesOf(cells.act(alice, note(bob, "from work"))), ["noted"]);
  t.equal(cells.relation(alice, bob).note, "from work");
  t.same(cells.send(alice, note(bob, "from work")).facts, []);
  cells.act(alice, note(bob, ""));
  t.same(cells.relation(alice, bob), {});
  t.notOk(cells.records.has(`relation/${alice}:${bob}`), "an empty relation is no record");
});

t.test("a note is bounded in graphemes", async (t) => {
  const { cells, alice, bob } = setUp();
  t.equal(faultOf(cells.send(alice, note(bob, "👩‍👩‍👧".repeat(2_000)))), null);
  t.equal(faultOf(cells.send(alice, note(bob, "a".repeat(2_001)))), "invalid");
});

t.test("only who is followed can be featured", async (t) => {
  const { cells, alice, bob } = setUp();
  const endorse = { type: "endorse", targetId: bob } as never;
  t.equal(faultOf(cells.send(alice, endorse)), "invalid");
  cells.act(alice, { type: "follow", targetId: bob } as never);
  t.same(typesOf(cells.act(alice, endorse)), ["endorsed"]);
  t.same(cells.send(alice, endorse).facts, []);
  t.same(cells.members(endorsementsOf(alice)), [bob]);
  t.equal(cells.state(alice).counts.endorsements, 1);
  t.same(typesOf(cells.act(alice, { type: "unendorse", targetId: bob } as never)), ["unendorsed"]);
  t.same(cells.members(endorsementsOf(alice)), []);
  t.equal(cells.state(alice).counts.endorsements, 0);
  t.ok(cells.relation(alice, bob).following);
});

t.test("a suggestion is put away once", async (t) => {
  const { cells, alice, bob } = setUp();
  const dismiss = { type: "dismiss-suggestion", targetId: bob } as never;
  t.same(typesOf(cells.act(alice, dismiss)), ["suggestion-dismissed"]);
  t.same(cells.members(dismissedSuggestionsOf(alice)), [bob]);
  t.same(cells.send(alice, dismiss).facts, []);
});
