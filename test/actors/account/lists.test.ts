import t from "tap";
import { listedBy, listMembers } from "../../../src/domain/collections.js";
import type { ListDoc } from "../../../src/domain/list.js";
import { Cells, faultOf, typesOf } from "./cells.js";

function setUp() {
  const cells = new Cells();
  const alice = cells.add("alice");
  const bob = cells.add("bob");
  cells.act(alice, { type: "follow", targetId: bob } as never);
  return { cells, alice, bob };
}
const create = (title: string, more: object = {}) =>
  ({ type: "create-list", title, ...more }) as never;

t.test("a list has Mastodon's defaults and keeps what a change does not name", async (t) => {
  const { cells, alice } = setUp();
  const list = cells.act(alice, create(" Friends ")).reply as ListDoc;
  t.match(list, { title: "Friends", repliesPolicy: "list", exclusive: false });
  const change = { type: "update-list", listId: list.id, exclusive: true } as never;
  t.same(typesOf(cells.act(alice, change)), ["list-saved"]);
  t.same(cells.send(alice, change).facts, [], "a repeat records nothing");
  const held = JSON.parse(cells.records.get(`lists/${alice}`) ?? "");
  t.same(held, [{ ...list, exclusive: true }]);
  t.same(cells.replayed(alice).lists, held);
});

t.test("titles and the number of lists are bounded", async (t) => {
  const { cells, alice } = setUp();
  t.equal(faultOf(cells.send(alice, create(" "))), "invalid");
  t.equal(faultOf(cells.send(alice, create("x".repeat(257)))), "invalid");
  for (let n = 0; n < 50; n++) t.equal(faultOf(cells.send(alice, create(`L${n}`))), null);
  t.equal(faultOf(cells.send(alice, create("one more"))), "invalid");
});

t.test("members must be followed, are on a list once, and leave with it", async (t) => {
  const { cells, alice, bob } = setUp();
  const carol = cells.add("carol");
  const { id } = cells.act(alice, create("L")).reply as ListDoc;
  const add = (...accountIds: string[]) => ({ type: "list-add", listId: id, accountIds }) as never;
  t.equal(faultOf(cells.send(alice, add(bob, carol))), "not-found", "all or none");
  t.same(cells.members(listMembers(id)), []);
  t.same(typesOf(cells.act(alice, add(bob, bob, alice))), ["list-joined"]);
  t.same(cells.members(listMembers(id)), [alice, bob]);
  t.equal(faultOf(cells.send(alice, add(bob))), "invalid");
  t.equal(faultOf(cells.send(bob, add(alice))), "not-found", "somebody else's list");
  const remove = { type: "list-remove", listId: id, accountIds: [alice, carol] } as never;
  t.same(typesOf(cells.act(alice, remove)), ["list-left"]);
  t.same(cells.send(alice, remove).facts, []);
  t.same(cells.members(listedBy(alice)), [`${bob}:${id}`]);
  cells.act(alice, { type: "delete-list", listId: id } as never);
  t.same(cells.members(listMembers(id)), []);
  t.same(cells.state(alice).lists, []);
  t.equal(faultOf(cells.send(alice, { type: "delete-list", listId: id } as never)), "not-found");
});

t.test("a call that names too many accounts is refused", async (t) => {
  const { cells, alice } = setUp();
  const { id } = cells.act(alice, create("L")).reply as ListDoc;
  const accountIds = Array.from({ length: 91 }, (_, n) => String(n + 1));
  const sent = cells.send(alice, { type: "list-add", listId: id, accountIds } as never);
  t.equal(faultOf(sent), "invalid");
});
