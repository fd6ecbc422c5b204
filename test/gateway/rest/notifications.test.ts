import t from "tap";
import { assert } from "../../../src/base/assert.js";
import { putMember } from "../../../src/base/changes.js";
import { rankOf } from "../../../src/base/ids.js";
import { notificationsOf, notifiedOf } from "../../../src/domain/collections.js";
import { NOTIFICATIONS_MAX, NOTIFICATIONS_SLACK } from "../../../src/domain/notification-rows.js";
import { markersRoutes } from "../../../src/gateway/rest/markers.js";
import { notificationJson } from "../../../src/gateway/rest/notification-reads.js";
import { createNotificationTrimmer } from "../../../src/gateway/rest/notification-trim.js";
import { notificationRoutes } from "../../../src/gateway/rest/notifications.js";
import { checkEntity } from "../../entities-table.js";
import { RelationsBench } from "./relations-bench.js";
import { like, say } from "./write.js";

type Notification = {
  id: string;
  type: string;
  group_key: string;
  account: { id: string; username: string };
  status?: { id: string };
  filtered?: true;
};

const bench = () =>
  RelationsBench.open((parts) => [...notificationRoutes(parts), ...markersRoutes(parts)]);

/** mia's post, and what bob and eve did about it: favourite, favourite, mention. */
async function story() {
  const it = await bench();
  for (const name of ["mia", "bob", "eve"]) await it.join(name);
  const post = await say(it, "mia");
  await like(it, "bob", post, "mia");
  await like(it, "eve", post, "mia");
  const mention = await say(it, "bob", { to: ["mia"] });
  return { it, post, mention };
}

const list = (it: RelationsBench, query = "") =>
  it.call<Notification[]>(`GET /api/v1/notifications${query}`, { as: "mia" });
const types = (body: readonly Notification[]) => body.map((one) => one.type);

t.test("lists what happened, newest first, as the entity says", async (t) => {
  await using it = (await story()).it;
  const { status, body, headers } = await list(it);
  t.equal(status, 200);
  t.same(
    body.map((one) => `${one.account.username} ${one.type}`),
    ["bob mention", "eve favourite", "bob favourite"],
  );
  t.same(checkEntity("Notification[]", body), []);
  t.match(headers["link"], /max_id=\d+>; rel="next", .*min_id=\d+>; rel="prev"/);
});

t.test("pages down and up without gaps or repeats", async (t) => {
  await using it = (await story()).it;
  const { body: all } = await list(it);
  const ids = all.map((one) => one.id);
  const page = async (query: string) => (await list(it, query)).body.map((one) => one.id);
  t.same(await page("?limit=1"), [ids[0]]);
  t.same(await page(`?limit=1&max_id=${ids[0]}`), [ids[1]]);
  t.same(await page(`?limit=1&min_id=${ids[2]}`), [ids[1]]);
  t.same(await page(`?limit=1&since_id=${ids[2]}`), [ids[0]]);
  t.same(await page("?limit=0"), []);
});

t.test("chooses by type and by sender", async (t) => {
  await using it = (await story()).it;
  const got = async (query: string) => types((await list(it, query)).body);
  t.same(await got("?types[]=mention"), ["mention"]);
  t.same(await got("?exclude_types[]=favourite"), ["mention"]);
  t.same(await got("?types[]=nonsense"), []);
  t.same(await got(`?account_id=${it.id("eve")}`), ["favourite"]);
});

t.test("what the policy holds back is shown only to who asks for it", async (t) => {
  const { it: opened, post } = await story();
  await using it = opened;
  await it.tell("mia", { type: "set-notification-policy", patch: { forNotFollowing: "filter" } });
  await it.tell("bob", {
    type: "reblog",
    statusId: post,
    authorId: it.id("mia"),
    visibility: "public",
    language: null,
  });
  t.same(types((await list(it)).body), ["mention", "favourite", "favourite"]);
  const { body } = await list(it, "?include_filtered=true");
  t.match(body[0], { type: "reblog", filtered: true });
  t.same(checkEntity("Notification[]", body), []);
  await it.tell("mia", { type: "accept-notification-requests", accountIds: [it.id("bob")] });
  const { body: after } = await list(it);
  t.equal(after[0]?.type, "reblog");
  t.notOk(after[0]?.filtered, "accepting merges what was held");
});

t.test("a deleted post takes its notifications away, also those by other people", async (t) => {
  const { it: opened, post, mention } = await story();
  await using it = opened;
  await it.tell("bob", { type: "delete-status", statusId: mention });
  t.same(types((await list(it)).body), ["favourite", "favourite"]);
  await it.tell("mia", { type: "delete-status", statusId: post });
  t.same(types((await list(it)).body), []);
  const left = await it.parts.collections.count(`notifications/${it.id("mia")}`);
  t.equal(left, 0, "what nobody will see again is swept");
});

t.test("a blocked sender's notifications are gone", async (t) => {
  await using it = (await story()).it;
  await it.tell("mia", { type: "block", targetId: it.id("bob"), accountId: it.id("bob") });
  const senders = new Set((await list(it)).body.map((one) => one.account.username));
  t.notOk(senders.has("bob"));
  t.ok(senders.has("eve"));
});

t.test("counts as unread what is newer than the marker", async (t) => {
  await using it = (await story()).it;
  const count = async (query = "") =>
    (await it.call(`GET /api/v1/notifications/unread_count${query}`, { as: "mia" })).body;
  t.same(await count(), { count: 3 });
  t.same(await count("?limit=2"), { count: 2 });
  t.same(checkEntity("NotificationsCount", await count()), []);
  const { body } = await list(it);
  await it.call("POST /api/v1/markers", {
    as: "mia",
    body: { notifications: { last_read_id: body[1]?.id } },
  });
  t.same(await count(), { count: 1 });
});

t.test("shows, dismisses and clears only one's own", async (t) => {
  await using it = (await story()).it;
  const { body } = await list(it);
  const id = body[0]?.id ?? "";
  const ask = async (line: string, as: string) => (await it.call(line, { as })).status;
  t.equal(await ask(`GET /api/v1/notifications/${id}`, "mia"), 200);
  t.equal(await ask(`GET /api/v1/notifications/${id}`, "bob"), 404);
  t.equal(await ask(`POST /api/v1/notifications/${id}/dismiss`, "bob"), 404);
  t.equal(await ask("GET /api/v1/notifications/abc", "mia"), 404);
  t.equal(await ask(`POST /api/v1/notifications/${id}/dismiss`, "mia"), 200);
  t.equal(await ask(`GET /api/v1/notifications/${id}`, "mia"), 404);
  t.equal((await list(it)).body.length, 2);
  t.equal(await ask("POST /api/v1/notifications/clear", "mia"), 200);
  t.equal((await list(it)).body.length, 0);
});

t.test("asks for a token with the scope", async (t) => {
  await using it = (await story()).it;
  t.equal((await it.call("GET /api/v1/notifications")).status, 401);
  const scopes = ["read:statuses"];
  t.equal((await it.call("GET /api/v1/notifications", { as: "mia", scopes })).status, 403);
});

t.test("streams get the same bytes, and nothing that is another's", async (t) => {
  await using it = (await story()).it;
  const { body } = await list(it);
  const read = notificationJson(it.parts);
  const bytes = await read(it.id("mia"), body[0]?.id ?? "");
  t.same(JSON.parse(Buffer.from(bytes ?? []).toString()), body[0]);
  t.equal(await read(it.id("bob"), body[0]?.id ?? ""), null);
});

/** Writes `count` old notifications past the cell. */
async function fill(it: RelationsBench, count: number): Promise<void> {
  const me = it.id("mia");
  const row = JSON.stringify({ t: "follow", f: it.id("bob"), at: 1 });
  const changes = Array.from({ length: count }, (_, at) => [
    putMember(notificationsOf(me), `${at + 1}`, rankOf(`${at + 1}`), row),
    putMember(notifiedOf(me), `follow:${at + 1}`, rankOf(`${at + 1}`), `{"id":"${at + 1}"}`),
  ]).flat();
  assert((await it.parts.store.write(changes)) === null, "the store refused a change");
}

t.test(
  `keeps ${NOTIFICATIONS_MAX} notifications: the oldest go when the owner looks`,
  async (t) => {
    await using it = await bench();
    for (const name of ["mia", "bob"]) await it.join(name);
    const count = () => it.parts.collections.count(notificationsOf(it.id("mia")));
    await fill(it, NOTIFICATIONS_MAX + NOTIFICATIONS_SLACK);
    await list(it);
    t.equal(await count(), NOTIFICATIONS_MAX + NOTIFICATIONS_SLACK, "at the bound nothing goes");
    await it.tell("mia", { ...mention, fromId: it.id("bob") });
    const { body } = await list(it, "?limit=1");
    t.equal(await count(), NOTIFICATIONS_MAX + 1);
    t.equal(body[0]?.type, "follow_request", "the newest stays");
  },
);

const mention = {
  type: "notify",
  notification: "follow_request",
  statusId: null,
  conversationId: null,
  visibility: null,
  atMs: 1,
};

t.test("those who never look are trimmed after so many new ones", async (t) => {
  await using it = await bench();
  for (const name of ["mia", "bob"]) await it.join(name);
  await fill(it, NOTIFICATIONS_MAX + NOTIFICATIONS_SLACK + 1);
  const seen = createNotificationTrimmer(it.parts);
  const accountId = it.id("mia");
  const event = { type: "notification-created", accountId, notificationId: "1" } as const;
  const count = () => it.parts.collections.count(notificationsOf(accountId));
  for (let at = 1; at < NOTIFICATIONS_SLACK; at++) await seen(event);
  t.equal(await count(), NOTIFICATIONS_MAX + NOTIFICATIONS_SLACK + 1);
  await seen(event);
  t.equal(await count(), NOTIFICATIONS_MAX + 1);
});

t.test(
  "a follow is told and taken back; a request becomes a follow when it is let in",
  async (t) => {
    await using it = await bench();
    for (const name of ["mia", "bob"]) await it.join(name);
    const got = async () => types((await list(it)).body);
    const follow = { type: "follow", targetId: it.id("mia") };
    await it.tell("bob", follow);
    t.same(await got(), ["follow"]);
    await it.tell("bob", { type: "unfollow", targetId: it.id("mia") });
    t.same(await got(), []);
    await it.tell("mia", { type: "update-profile", patch: { locked: true } });
    await it.tell("bob", follow);
    t.same(await got(), ["follow_request"]);
    await it.tell("mia", { type: "authorize-request", targetId: it.id("bob") });
    t.same(await got(), ["follow"]);
  },
);
