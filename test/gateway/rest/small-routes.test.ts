import t from "tap";
import { pushesOf } from "../../../src/domain/collections.js";
import { healthRoutes } from "../../../src/gateway/rest/health.js";
import { oembedRoutes } from "../../../src/gateway/rest/oembed.js";
import { preferenceRoutes } from "../../../src/gateway/rest/preferences.js";
import { profileRoutes } from "../../../src/gateway/rest/profile.js";
import { pushRoutes } from "../../../src/gateway/rest/push.js";
import { trendRoutes } from "../../../src/gateway/rest/trends.js";
import { EMOJIS, SITE } from "../../cast/site.js";
import { checkEntity } from "../../entities-table.js";
import { RelationsBench } from "./relations-bench.js";
import { like, say } from "./write.js";

const open = () =>
  RelationsBench.open((parts) => {
    const all = { ...parts, site: SITE, emojis: () => EMOJIS, vapidKey: "VAPID" };
    return [
      ...preferenceRoutes(all),
      ...profileRoutes(all),
      ...pushRoutes(all),
      ...oembedRoutes(all),
      ...trendRoutes(all),
    ];
  });

t.test("is alive, in plain text", async (t) => {
  const [route] = healthRoutes();
  t.match(await route?.run({} as never), { status: 200, body: "OK" });
});

t.test("preferences are the account's own settings", async (t) => {
  await using it = await open();
  await it.join("mia");
  await it.tell("mia", {
    type: "update-profile",
    settings: { privacy: "unlisted", language: "de" },
  });
  const { body } = await it.call("GET /api/v1/preferences", { as: "mia" });
  t.same(checkEntity("Preferences", body), []);
  t.match(body, { "posting:default:visibility": "unlisted", "posting:default:language": "de" });
});

const P256DH = Buffer.alloc(65, 4).toString("base64url");
const AUTH = Buffer.alloc(16, 7).toString("base64url");
const subscription = (endpoint = "https://push.example/1") => ({
  subscription: { endpoint, keys: { p256dh: P256DH, auth: AUTH }, standard: true },
  data: { alerts: { mention: "true", poll: false }, policy: "followed" },
});
const PUSH = "/api/v1/push/subscription";

t.test("a push subscription is kept, changed and removed as asked, one a token", async (t) => {
  await using it = await open();
  await it.join("mia");
  await it.join("bob");
  const ask = (method: string, body?: unknown, as = "mia") =>
    it.call(`${method} ${PUSH}`, { as, body, scopes: ["push"] });
  t.equal((await ask("GET")).status, 404);
  t.equal((await ask("PUT", { data: {} })).status, 404);
  const { body } = await ask("POST", subscription());
  t.same(checkEntity("WebPushSubscription", body), []);
  t.match(body, {
    endpoint: "https://push.example/1",
    standard: true,
    alerts: { mention: true, poll: false },
    policy: "followed",
    server_key: "VAPID",
  });
  t.same((await ask("GET")).body, body);
  t.equal((await ask("GET", undefined, "bob")).status, 404, "another token has none");
  const { body: changed } = await ask("PUT", { data: { alerts: { follow: true } } });
  t.same((changed as { alerts: unknown }).alerts, { follow: true });
  await ask("POST", subscription("https://push.example/2"));
  t.equal(await it.parts.collections.count(pushesOf(it.id("mia"))), 1);
  t.equal((await ask("DELETE")).status, 200);
  t.equal((await ask("GET")).status, 404);
  t.equal(await it.parts.collections.count(pushesOf(it.id("mia"))), 0);
  t.equal((await ask("DELETE")).status, 200, "twice is no mistake");
});

t.test("refuses push endpoints and keys that cannot work", async (t) => {
  await using it = await open();
  await it.join("mia");
  const ask = async (body: unknown) =>
    (await it.call(`POST ${PUSH}`, { as: "mia", body, scopes: ["push"] })).status;
  t.equal(await ask({}), 400);
  t.equal(await ask(subscription("http://push.example/1")), 422);
  t.equal(await ask(subscription("https://user:word@push.example/1")), 422);
  t.equal(await ask(subscription("nonsense")), 422);
  const short = { endpoint: "https://push.example/1", keys: { p256dh: "AA", auth: AUTH } };
  t.equal(await ask({ subscription: short }), 422);
  const other = { as: "mia", body: subscription(), scopes: ["read", "write"] };
  t.equal((await it.call(`POST ${PUSH}`, other)).status, 403);
});

t.test("the own profile is shown raw and formatted, and edited", async (t) => {
  await using it = await open();
  await it.join("mia", { avatar: "pictures/mia.png", avatarDescription: "a rook" });
  const path = "/api/v1/profile";
  const { body } = await it.call(`GET ${path}`, { as: "mia" });
  t.same(checkEntity("Profile", body), []);
  t.match(body, { avatar: `${SITE.filesUrl}/pictures/mia.png`, header: null });
  const patch = { display_name: "Mia", note: "I am <b>mia</b>", bot: "true" };
  const { body: changed } = await it.call(`PATCH ${path}`, { as: "mia", body: patch });
  t.match(changed, { display_name: "Mia", note: "I am <b>mia</b>", bot: true });
  t.match(changed, { formatted_note: "<p>I am &lt;b&gt;mia&lt;/b&gt;</p>" });
  const tooLong = { display_name: "x".repeat(41) };
  t.equal((await it.call(`PATCH ${path}`, { as: "mia", body: tooLong })).status, 422);
  const { body: account } = await it.call(`DELETE ${path}/avatar`, { as: "mia" });
  t.same(checkEntity("CredentialAccount", account), []);
  t.match(account, { avatar: SITE.defaultAvatarUrl, avatar_description: "" });
  t.equal((await it.call(`DELETE ${path}/header`, { as: "mia" })).status, 200);
});

t.test("oEmbed quotes posts that everybody may see, without markup of the asker", async (t) => {
  await using it = await open();
  await it.join("mia", { displayName: 'Mia "<b>"' });
  const shown = await say(it, "mia", { text: "caw" });
  const closed = await say(it, "mia", { visibility: "private" });
  const direct = await say(it, "mia", { visibility: "direct" });
  const embed = (url: string, more = "") =>
    it.call<{ html: string }>(`GET /api/oembed?url=${encodeURIComponent(url)}${more}`);
  const url = (id: string) => `${SITE.publicUrl}/@mia/${id}`;
  const { body } = await embed(url(shown), "&maxwidth=300");
  t.same(checkEntity("OEmbed", body), []);
  t.match(body, { author_url: `${SITE.publicUrl}/@mia`, width: 300, height: null });
  t.match(body.html, /caw/);
  t.notMatch(body.html, /<b>/);
  t.equal((await embed(`${SITE.publicUrl}/users/mia/statuses/${shown}`)).status, 200);
  for (const hidden of [url(closed), url(direct), url("1"), "https://other.example/@mia/1"]) {
    t.equal((await embed(hidden)).status, 404, hidden);
  }
  t.equal((await it.call("GET /api/oembed")).status, 400);
});

t.test("tags trend by people, posts by marks, of people who want to be found", async (t) => {
  await using it = await open();
  await it.join("mia", { discoverable: true });
  await it.join("bob", { discoverable: true });
  await it.join("shy", { discoverable: false });
  const plain = await say(it, "mia", { tags: ["rooks"] });
  const loved = await say(it, "bob", { tags: ["rooks", "tea"] });
  const hidden = await say(it, "shy", { tags: ["tea", "quiet"] });
  await say(it, "mia", { tags: ["tea"] });
  await say(it, "mia", { tags: ["secret"], visibility: "unlisted" });
  for (const name of ["mia", "shy"]) await like(it, name, loved, "bob");
  await like(it, "bob", plain, "mia");
  await like(it, "bob", hidden, "shy");
  const { body: tags } = await it.call<{ name: string }[]>("GET /api/v1/trends/tags");
  t.same(checkEntity("Tag[]", tags), []);
  t.same(
    tags.map((tag) => tag.name),
    ["tea", "rooks", "quiet"],
  );
  t.match(tags[0], { history: [{ accounts: "3", uses: "3" }] });
  const { body: posts } = await it.call<{ id: string }[]>("GET /api/v1/trends/statuses");
  t.same(checkEntity("Status[]", posts), []);
  t.same(
    posts.map((post) => post.id),
    [loved, plain],
  );
  const { body: second, headers } = await it.call<{ name: string }[]>(
    "GET /api/v1/trends/tags?limit=1&offset=1",
  );
  t.same(
    second.map((tag) => tag.name),
    ["rooks"],
  );
  t.match(headers["link"], /limit=1&offset=2>; rel="next", .*limit=1&offset=0>; rel="prev"/);
  t.same((await it.call("GET /api/v1/trends/links")).body, []);
  t.same((await it.call("GET /api/v1/trends")).body, tags);
});

t.test("trends are counted again after a minute", async (t) => {
  await using it = await open();
  await it.join("mia");
  const names = async () =>
    (await it.call<{ name: string }[]>("GET /api/v1/trends/tags")).body.map((tag) => tag.name);
  t.same(await names(), []);
  await say(it, "mia", { tags: ["rooks"] });
  t.same(await names(), []);
  it.parts.clock.at += 60_000;
  t.same(await names(), ["rooks"]);
  it.parts.clock.at += 8 * 86_400_000;
  t.same(await names(), [], "a week later nobody talks of it");
});
