import t from "tap";
import { accountActionRoutes } from "../../../src/gateway/rest/account-actions.js";
import { accountsRoutes } from "../../../src/gateway/rest/accounts.js";
import { listsRoutes } from "../../../src/gateway/rest/lists.js";
import { type Answer, RelationsBench } from "./relations-bench.js";

const open = () =>
  RelationsBench.open((parts) => [
    ...accountsRoutes(parts),
    ...accountActionRoutes(parts),
    ...listsRoutes(parts),
  ]);

type Named = { id: string; username: string };
const names = (answer: Answer<Named[]>) => answer.body.map((it) => it.username);

async function cast() {
  const bench = await open();
  for (const name of ["alice", "bob", "carol", "dave"]) await bench.join(name);
  const act = (as: string, verb: string, other: string) =>
    bench.call(`POST /api/v1/accounts/${bench.id(other)}/${verb}`, { as });
  const list = (path: string, as?: string) =>
    bench.call<Named[]>(`GET /api/v1/accounts/${path}`, as === undefined ? {} : { as });
  return { bench, act, list };
}

t.test("accounts are found by id, by ids and by name", async (t) => {
  const { bench, list } = await cast();
  await using _ = bench;
  await bench.join("ghost", {}, false);
  const get = (path: string) => bench.call<Named>(`GET /api/v1/accounts/${path}`);
  const alice = await get(bench.id("alice"));
  t.match(alice.body, { id: bench.id("alice"), username: "alice", acct: "alice" });
  t.equal((await get("42")).status, 404);
  t.equal((await get(bench.id("ghost"))).status, 404, "not ready for use");
  t.same(names(await list(`?id[]=${bench.id("bob")}&id[]=42&id[]=${bench.id("alice")}`)), [
    "bob",
    "alice",
  ]);
  const many = Array.from({ length: 41 }, (_, n) => `id[]=${n + 1}`).join("&");
  t.equal((await bench.call(`GET /api/v1/accounts?${many}`)).status, 422);
  for (const acct of ["bob", "BOB", "@bob", "bob@social.example"]) {
    t.match((await get(`lookup?acct=${acct}`)).body, { username: "bob" }, acct);
  }
  for (const acct of ["", "nobody", "bob@other.example", "ghost"]) {
    t.equal((await get(`lookup?acct=${acct}`)).status, 404, acct);
  }
});

t.test("search finds the exact name first, then beginnings of names", async (t) => {
  const { bench, act } = await cast();
  await using _ = bench;
  await bench.join("bobby", { displayName: "Robert Tables" });
  const search = async (query: string) =>
    names(await bench.call<Named[]>(`GET /api/v1/accounts/search?${query}`, { as: "alice" }));
  t.same(await search("q=bob"), ["bob", "bobby"]);
  t.same(await search("q=@bob@social.example"), ["bob", "bobby"]);
  t.same(await search("q=tab"), ["bobby"]);
  t.same(await search("q=bob&limit=1&offset=1"), ["bobby"]);
  t.same(await search("q="), []);
  t.same(await search(`q=${encodeURIComponent('" OR * NEAR(')}`), []);
  t.same(await search("q=bob&following=true"), []);
  await act("alice", "follow", "bobby");
  t.same(await search("q=bob&following=true"), ["bobby"]);
  t.equal((await bench.call("GET /api/v1/accounts/search?q=bob")).status, 401);
});

t.test("followers are shown newest first, without those the viewer avoids", async (t) => {
  const { bench, act, list } = await cast();
  await using _ = bench;
  for (const name of ["alice", "carol", "dave"]) await act(name, "follow", "bob");
  const path = `${bench.id("bob")}/followers`;
  t.same(names(await list(path)), ["dave", "carol", "alice"]);
  t.same(names(await list(`${bench.id("alice")}/following`)), ["bob"]);
  await act("alice", "mute", "carol");
  t.same(names(await list(path, "alice")), ["dave", "alice"]);
  await act("dave", "block", "alice");
  t.same(names(await list(path, "alice")), ["alice"]);
  t.same(names(await list(path, "bob")), ["dave", "carol", "alice"], "one's own are complete");
  t.same(names(await list(`${path}?limit=1`)), ["dave"]);
  t.same(names(await list(`${path}?limit=0`)), []);
});

t.test(
  "hidden followers are shown to their owner only, and to nobody who is blocked",
  async (t) => {
    const { bench, act, list } = await cast();
    await using _ = bench;
    await act("alice", "follow", "bob");
    const path = `${bench.id("bob")}/followers`;
    await act("bob", "block", "carol");
    t.same(names(await list(path, "carol")), []);
    await bench.tell("bob", { type: "update-profile", patch: { hideCollections: true } });
    t.same(names(await list(path)), []);
    t.same(names(await list(path, "alice")), []);
    t.same(names(await list(path, "bob")), ["alice"]);
  },
);

t.test("familiar followers are those one follows who follow the other", async (t) => {
  const { bench, act } = await cast();
  await using _ = bench;
  await act("alice", "follow", "bob");
  await act("alice", "follow", "carol");
  await act("bob", "follow", "dave");
  await act("carol", "follow", "dave");
  const path = `GET /api/v1/accounts/familiar_followers?id[]=${bench.id("dave")}&id[]=42`;
  type Familiar = { id: string; accounts: Named[] }[];
  const look = async () => (await bench.call<Familiar>(path, { as: "alice" })).body;
  const [found, ...more] = await look();
  t.same(more, []);
  t.equal(found?.id, bench.id("dave"));
  t.same(found?.accounts.map((it) => it.username).sort(), ["bob", "carol"]);
  await bench.tell("carol", { type: "update-profile", patch: { hideCollections: true } });
  t.same(
    (await look())[0]?.accounts.map((it) => it.username),
    ["bob"],
    "who hides whom they follow is not named",
  );
});

t.test("featured accounts are on the profile, under both names of the route", async (t) => {
  const { bench, act, list } = await cast();
  await using _ = bench;
  await act("alice", "follow", "bob");
  await act("alice", "follow", "carol");
  t.match((await act("alice", "endorse", "bob")).body, { endorsed: true });
  t.match((await act("alice", "pin", "carol")).body, { endorsed: true });
  t.same(names(await list(`${bench.id("alice")}/endorsements`)), ["carol", "bob"]);
  t.match((await act("alice", "unpin", "carol")).body, { endorsed: false });
  await act("alice", "unfollow", "bob");
  t.same((await bench.call("GET /api/v1/endorsements", { as: "alice" })).body, []);
});

t.test("the lists that hold an account are only one's own", async (t) => {
  const { bench, act, list } = await cast();
  await using _ = bench;
  await act("alice", "follow", "bob");
  const body = { title: "Friends" };
  const made = await bench.call<{ id: string }>("POST /api/v1/lists", { as: "alice", body });
  const ids = { account_ids: [bench.id("bob")] };
  await bench.call(`POST /api/v1/lists/${made.body.id}/accounts`, { as: "alice", body: ids });
  const path = `${bench.id("bob")}/lists`;
  t.match((await list(path, "alice")).body, [{ id: made.body.id, title: "Friends" }]);
  t.same((await list(path, "carol")).body, []);
  t.equal((await list(path)).status, 401);
});

t.test("a suspended account shows nothing of its relations", async (t) => {
  const { bench, act, list } = await cast();
  await using _ = bench;
  await act("alice", "follow", "bob");
  await act("bob", "follow", "alice");
  await bench.tell("bob", { type: "set-moderation", suspended: true });
  t.same((await list(`${bench.id("bob")}/followers`)).body, []);
  t.same(names(await list(`${bench.id("alice")}/followers`)), []);
  t.equal((await list(`lookup?acct=bob`)).status, 404);
  t.equal((await act("carol", "follow", "bob")).status, 404);
});
