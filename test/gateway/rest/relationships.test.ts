import t from "tap";
import type { Relationship } from "../../../src/gateway/entities/relationship.js";
import { accountActionRoutes } from "../../../src/gateway/rest/account-actions.js";
import { blocksRoutes } from "../../../src/gateway/rest/blocks.js";
import { domainBlocksRoutes } from "../../../src/gateway/rest/domain-blocks.js";
import { followRequestsRoutes } from "../../../src/gateway/rest/follow-requests.js";
import { relationshipsRoutes } from "../../../src/gateway/rest/relationships.js";
import { type Answer, RelationsBench } from "./relations-bench.js";

const open = () =>
  RelationsBench.open((parts) => [
    ...relationshipsRoutes(parts),
    ...accountActionRoutes(parts),
    ...followRequestsRoutes(parts),
    ...blocksRoutes(parts),
    ...domainBlocksRoutes(parts),
  ]);

type Named = { id: string; username: string; mute_expires_at?: string | null };
const names = (answer: Answer<Named[]>) => answer.body.map((it) => it.username);

async function cast() {
  const bench = await open();
  await bench.join("alice");
  await bench.join("bob");
  await bench.join("carol", { locked: true });
  const act = (as: string, verb: string, other: string, body?: unknown) =>
    bench.call<Relationship>(`POST /api/v1/accounts/${bench.id(other)}/${verb}`, { as, body });
  return { bench, act };
}

const NOTHING = {
  following: false,
  showing_reblogs: false,
  notifying: false,
  languages: null,
  followed_by: false,
  blocking: false,
  blocked_by: false,
  muting: false,
  muting_notifications: false,
  muting_expires_at: null,
  requested: false,
  requested_by: false,
  domain_blocking: false,
  endorsed: false,
  note: "",
};

t.test("a follow answers with the whole relationship, as it is afterwards", async (t) => {
  const { bench, act } = await cast();
  await using _ = bench;
  const followed = await act("alice", "follow", "bob", { notify: true, languages: ["de", "en"] });
  t.equal(followed.status, 200);
  t.same(followed.body, {
    ...NOTHING,
    id: bench.id("bob"),
    following: true,
    showing_reblogs: true,
    notifying: true,
    languages: ["de", "en"],
  });
  const changed = await act("alice", "follow", "bob", { reblogs: "false", languages: [] });
  t.match(changed.body, { showing_reblogs: false, notifying: true, languages: null });
  const back = await act("bob", "follow", "alice");
  t.match(back.body, { following: true, followed_by: true });
  const removed = await act("alice", "remove_from_followers", "bob");
  t.match(removed.body, { following: true, followed_by: false });
  const ended = await act("alice", "unfollow", "bob");
  t.same(ended.body, { ...NOTHING, id: bench.id("bob") });
});

t.test("a locked account's requests are listed, and taken or turned down", async (t) => {
  const { bench, act } = await cast();
  await using _ = bench;
  t.match((await act("alice", "follow", "carol")).body, { following: false, requested: true });
  await act("bob", "follow", "carol");
  const list = await bench.call<Named[]>("GET /api/v1/follow_requests", { as: "carol" });
  t.same(names(list), ["bob", "alice"]);
  const decide = (name: string, word: string) =>
    bench.call<Relationship>(`POST /api/v1/follow_requests/${bench.id(name)}/${word}`, {
      as: "carol",
    });
  t.match((await decide("alice", "authorize")).body, { followed_by: true, requested_by: false });
  t.match((await decide("bob", "reject")).body, { followed_by: false, requested_by: false });
  t.equal((await decide("bob", "reject")).status, 404);
  t.same((await bench.call<Named[]>("GET /api/v1/follow_requests", { as: "carol" })).body, []);
});

t.test("relationships come in the order asked, only for accounts that exist", async (t) => {
  const { bench, act } = await cast();
  await using _ = bench;
  await act("alice", "note", "carol", { comment: " from the choir " });
  const query = `id[]=${bench.id("carol")}&id[]=42&id[]=x&id[]=${bench.id("bob")}`;
  const path = `GET /api/v1/accounts/relationships?${query}`;
  const answer = await bench.call<Relationship[]>(path, { as: "alice" });
  t.same(
    answer.body.map((it) => [it.id, it.note]),
    [
      [bench.id("carol"), "from the choir"],
      [bench.id("bob"), ""],
    ],
  );
  const single = `GET /api/v1/accounts/relationships?id=${bench.id("bob")}`;
  t.equal((await bench.call<Relationship[]>(single, { as: "alice" })).body.length, 1);
  t.equal((await bench.call(single)).status, 401);
  t.equal((await bench.call(single, { as: "alice", scopes: ["write"] })).status, 403);
  const many = Array.from({ length: 401 }, (_, n) => `id[]=${n + 1}`).join("&");
  const tooMany = await bench.call(`GET /api/v1/accounts/relationships?${many}`, { as: "alice" });
  t.equal(tooMany.status, 422);
});

t.test("a block ends the follows and is seen from both sides", async (t) => {
  const { bench, act } = await cast();
  await using _ = bench;
  await act("alice", "follow", "bob");
  await act("bob", "follow", "alice");
  t.same((await act("alice", "block", "bob")).body, {
    ...NOTHING,
    id: bench.id("bob"),
    blocking: true,
  });
  const path = `GET /api/v1/accounts/relationships?id=${bench.id("alice")}`;
  const seen = await bench.call<Relationship[]>(path, { as: "bob" });
  t.same(seen.body, [{ ...NOTHING, id: bench.id("alice"), blocked_by: true }]);
  t.equal((await act("bob", "follow", "alice")).status, 403);
  const blocks = await bench.call<Named[]>("GET /api/v1/blocks", { as: "alice" });
  t.same(names(blocks), ["bob"]);
  t.same((await bench.call<Named[]>("GET /api/v1/blocks", { as: "bob" })).body, []);
  t.match((await act("alice", "unblock", "bob")).body, { blocking: false });
});

t.test("a mute says when it ends, and is over then", async (t) => {
  const { bench, act } = await cast();
  await using _ = bench;
  const muted = await act("alice", "mute", "bob", { duration: 3600, notifications: "0" });
  const until = new Date(bench.parts.clock.at + 3_600_000).toISOString();
  t.match(muted.body, { muting: true, muting_notifications: false, muting_expires_at: until });
  await act("alice", "mute", "carol");
  const list = () => bench.call<Named[]>("GET /api/v1/mutes", { as: "alice" });
  t.same(
    (await list()).body.map((it) => [it.username, it.mute_expires_at]),
    [
      ["carol", null],
      ["bob", until],
    ],
  );
  bench.parts.clock.at += 3_600_000;
  t.same(names(await list()), ["carol"], "also before its cell has ended it");
  t.match((await act("alice", "unmute", "carol")).body, { muting: false });
  t.equal((await act("alice", "mute", "bob", { duration: "soon" })).status, 422);
});

t.test("pages of blocks follow the ids of the blocks", async (t) => {
  const { bench, act } = await cast();
  await using _ = bench;
  for (const name of ["dave", "erin", "frank"]) {
    await bench.join(name);
    await act("alice", "block", name);
  }
  const first = await bench.call<Named[]>("GET /api/v1/blocks?limit=2", { as: "alice" });
  t.same(names(first), ["frank", "erin"]);
  const link = first.headers["link"] ?? "";
  const next = /<https:\/\/social\.example([^>]+)>; rel="next"/.exec(link)?.[1];
  t.match(next, /limit=2&max_id=\d+/);
  const second = await bench.call<Named[]>(`GET ${next}`, { as: "alice" });
  t.same(names(second), ["dave"]);
  t.notMatch(second.headers["link"], /rel="next"/);
  const prev = /<https:\/\/social\.example([^>]+)>; rel="prev"/.exec(second.headers["link"] ?? "");
  t.match(prev?.[1], /since_id=/);
  t.same(names(await bench.call<Named[]>(`GET ${prev?.[1]}`, { as: "alice" })), ["frank", "erin"]);
});

t.test("what cannot be done is answered with the right status", async (t) => {
  const { bench, act } = await cast();
  await using _ = bench;
  await bench.join("ghost", {}, false);
  t.equal((await act("alice", "follow", "alice")).status, 403, "oneself");
  t.equal((await act("alice", "follow", "ghost")).status, 404, "an account that is not ready");
  t.equal((await act("alice", "endorse", "bob")).status, 422, "not followed");
  t.equal((await act("alice", "note", "bob", { comment: "x".repeat(2_001) })).status, 422);
  t.equal((await act("alice", "note", "bob", { comment: { a: 1 } })).status, 422);
  const unknown = (id: string) => bench.call(`POST /api/v1/accounts/${id}/block`, { as: "alice" });
  t.equal((await unknown("42")).status, 404);
  t.equal((await unknown("%3Bdrop")).status, 404);
  t.equal((await act("alice", "block", "alice")).status, 200, "changes nothing");
});

t.test("domains are normalised, listed, and unblocked by query or body", async (t) => {
  const { bench } = await cast();
  await using _ = bench;
  const path = "/api/v1/domain_blocks";
  const add = (domain: unknown) => bench.call(`POST ${path}`, { as: "alice", body: { domain } });
  t.same((await add("BAD.Example")).body, {});
  t.equal((await add("bad.example")).status, 200);
  t.equal((await add("bücher.example")).status, 200);
  t.equal((await add("no spaces here")).status, 422);
  t.equal((await add(undefined)).status, 400);
  const list = () => bench.call<string[]>(`GET ${path}`, { as: "alice" });
  t.same((await list()).body, ["xn--bcher-kva.example", "bad.example"]);
  const preview = await bench.call(`GET ${path}/preview?domain=bad.example`, { as: "alice" });
  t.same(preview.body, { following_count: 0, followers_count: 0 });
  await bench.call(`DELETE ${path}?domain=bad.example`, { as: "alice" });
  await bench.call(`DELETE ${path}`, { as: "alice", body: { domain: "bücher.example" } });
  t.same((await list()).body, []);
});
