import t from "tap";
import { putMember } from "../../../src/base/changes.js";
import { idAt, rankOf } from "../../../src/base/ids.js";
import { statusesOf, taggedWith } from "../../../src/domain/collections.js";
import type { FeaturedTag, Tag } from "../../../src/gateway/entities/tag.js";
import { tagsRoutes } from "../../../src/gateway/rest/tags.js";
import { RelationsBench } from "./relations-bench.js";

const DAY_MS = 86_400_000;

async function cast() {
  const bench = await RelationsBench.open((parts) => tagsRoutes(parts));
  await bench.join("alice");
  await bench.join("bob");
  const post = (tag: string, verb: string) =>
    bench.call<Tag>(`POST /api/v1/tags/${encodeURIComponent(tag)}/${verb}`, { as: "alice" });
  /** A status of that age, as the statuses slice lists it. */
  const status = async (author: string, daysAgo: number, tags: string[], v = "public") => {
    const id = idAt(bench.parts.clock.at - daysAgo * DAY_MS, Number(author === "bob"));
    const flags = { v, a: bench.id(author), t: tags };
    const listed = tags.map((tag) => putMember(taggedWith(tag), id, rankOf(id), flags));
    const own = putMember(statusesOf(bench.id(author)), id, rankOf(id), flags);
    await bench.parts.store.write(v === "public" ? [own, ...listed] : [own]);
  };
  return { bench, post, status };
}

t.test("a tag shows its week, and how the viewer stands to it", async (t) => {
  const { bench, post, status } = await cast();
  await using _ = bench;
  await status("alice", 0, ["birds"]);
  await status("bob", 0, ["birds"]);
  await status("alice", 1, ["birds"]);
  await status("alice", 9, ["birds"]);
  const { body } = await bench.call<Tag>("GET /api/v1/tags/Birds");
  t.match(body, { name: "birds", url: "https://social.example/tags/birds" });
  t.notOk("following" in body, "nobody is signed in");
  t.equal(body.history.length, 7);
  const today = Math.floor(bench.parts.clock.at / DAY_MS) * 86_400;
  t.same(body.history.slice(0, 3), [
    { day: String(today), accounts: "2", uses: "2" },
    { day: String(today - 86_400), accounts: "1", uses: "1" },
    { day: String(today - 2 * 86_400), accounts: "0", uses: "0" },
  ]);
  const followed = (await post("bIRDS", "follow")).body;
  t.match(followed, { id: body.id, following: true, featuring: false });
  t.match((await post("birds", "feature")).body, { following: true, featuring: true });
  t.match((await post("birds", "unfollow")).body, { following: false, featuring: true });
});

t.test("what cannot be a tag is not found", async (t) => {
  const { bench, post } = await cast();
  await using _ = bench;
  for (const tag of ["123", "a b", "<script>", "_"]) {
    t.equal((await post(tag, "follow")).status, 404, tag);
    const path = `GET /api/v1/tags/${encodeURIComponent(tag)}`;
    t.equal((await bench.call(path)).status, 404, tag);
  }
});

t.test("followed tags are paged by the ids of the follows", async (t) => {
  const { bench, post } = await cast();
  await using _ = bench;
  for (const tag of ["a1", "b2", "c3"]) await post(tag, "follow");
  const page = (path: string) => bench.call<Tag[]>(`GET ${path}`, { as: "alice" });
  const first = await page("/api/v1/followed_tags?limit=2");
  t.match(first.body, [
    { name: "c3", following: true },
    { name: "b2", following: true },
  ]);
  const next = /<https:\/\/social\.example([^>]+)>; rel="next"/.exec(first.headers["link"] ?? "");
  t.match((await page(next?.[1] ?? "")).body, [{ name: "a1" }]);
});

t.test("featured tags count the account's own posts", async (t) => {
  const { bench, status } = await cast();
  await using _ = bench;
  await status("alice", 3, ["tea"]);
  await status("alice", 1, ["tea", "milk"], "unlisted");
  await status("alice", 0, ["tea"], "private");
  const base = "/api/v1/featured_tags";
  const ask = <Body>(line: string, body?: unknown) => bench.call<Body>(line, { as: "alice", body });
  const made = (await ask<FeaturedTag>(`POST ${base}`, { name: "#Tea" })).body;
  const last = new Date(bench.parts.clock.at - DAY_MS).toISOString().slice(0, 10);
  t.same(made, {
    id: made.id,
    name: "tea",
    url: "https://social.example/@alice/tagged/tea",
    statuses_count: "2",
    last_status_at: last,
  });
  t.same((await ask<FeaturedTag[]>(`GET ${base}`)).body, [made]);
  t.match((await ask<Tag[]>(`GET ${base}/suggestions`)).body, [{ name: "milk" }]);
  t.equal((await bench.call(`DELETE ${base}/${made.id}`, { as: "bob" })).status, 404);
  t.same((await ask(`DELETE ${base}/${made.id}`)).body, {});
  t.equal((await ask(`DELETE ${base}/${made.id}`)).status, 404);
  t.equal((await ask(`POST ${base}`, { name: "1" })).status, 422);
});
