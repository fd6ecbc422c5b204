import t from "tap";
import { listedBy } from "../../../src/domain/collections.js";
import { listsRoutes } from "../../../src/gateway/rest/lists.js";
import { RelationsBench } from "./relations-bench.js";

type List = { id: string; title: string; replies_policy: string; exclusive: boolean };
type Named = { id: string; username: string };
const base = "/api/v1/lists";

async function cast() {
  const bench = await RelationsBench.open((parts) => listsRoutes(parts));
  for (const name of ["alice", "bob", "carol"]) await bench.join(name);
  await bench.tell("alice", { type: "follow", targetId: bench.id("bob") });
  const create = (body: unknown) => bench.call<List>(`POST ${base}`, { as: "alice", body });
  return { bench, create };
}

t.test("a list is made, changed in part, shown and deleted", async (t) => {
  const { bench, create } = await cast();
  await using _ = bench;
  const made = await create({ title: "Friends", exclusive: "true" });
  const { id } = made.body;
  t.same(made.body, { id, title: "Friends", replies_policy: "list", exclusive: true });
  for (const method of ["PUT", "PATCH"]) {
    const body = { replies_policy: "none" };
    const changed = await bench.call<List>(`${method} ${base}/${id}`, { as: "alice", body });
    t.same(changed.body, { ...made.body, replies_policy: "none" }, method);
  }
  t.same((await bench.call<List[]>(`GET ${base}`, { as: "alice" })).body.length, 1);
  t.match((await bench.call<List>(`GET ${base}/${id}`, { as: "alice" })).body, { id });
  for (const method of ["GET", "PUT", "DELETE"]) {
    const other = await bench.call(`${method} ${base}/${id}`, { as: "bob", body: { title: "x" } });
    t.equal(other.status, 404, `${method} of somebody else's list`);
  }
  t.same((await bench.call(`DELETE ${base}/${id}`, { as: "alice" })).body, {});
  t.equal((await bench.call(`GET ${base}/${id}`, { as: "alice" })).status, 404);
});

t.test("bad lists are refused with a sentence", async (t) => {
  const { bench, create } = await cast();
  await using _ = bench;
  for (const body of [{}, { title: "" }, { title: "x".repeat(257) }, { title: ["a"] }]) {
    const answer = await create(body);
    t.equal(answer.status, 422, JSON.stringify(body).slice(0, 30));
    t.match(answer.body, { error: /^Validation failed: Title / });
  }
  t.equal((await create({ title: "L", replies_policy: "everybody" })).status, 422);
});

t.test("members are added, paged, and removed by body or query", async (t) => {
  const { bench, create } = await cast();
  await using _ = bench;
  const { id } = (await create({ title: "L" })).body;
  const path = `${base}/${id}/accounts`;
  const add = (...ids: string[]) =>
    bench.call(`POST ${path}`, { as: "alice", body: { account_ids: ids } });
  t.equal((await add(bench.id("carol"))).status, 404, "not followed");
  await bench.tell("alice", { type: "follow", targetId: bench.id("carol") });
  t.same((await add(bench.id("bob"), bench.id("carol"))).body, {});
  t.equal((await add(bench.id("bob"))).status, 422, "on the list already");
  const members = async (query = "") =>
    (await bench.call<Named[]>(`GET ${path}${query}`, { as: "alice" })).body.map(
      (it) => it.username,
    );
  t.same(await members(), ["carol", "bob"]);
  t.same(await members("?limit=1"), ["carol"]);
  t.same(await members("?limit=0"), ["carol", "bob"], "0 shows all");
  t.equal((await bench.call(`GET ${path}`, { as: "bob" })).status, 404);
  const remove = { as: "alice", body: { account_ids: bench.id("carol") } };
  t.same((await bench.call(`DELETE ${path}`, remove)).body, {});
  t.same(await members(), ["bob"]);
  await bench.call(`DELETE ${base}/${id}`, { as: "alice" });
  t.equal(await bench.parts.collections.count(listedBy(bench.id("alice"))), 0, "no row is left");
});
