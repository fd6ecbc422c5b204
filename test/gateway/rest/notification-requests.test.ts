import t from "tap";
import { notificationPolicyRoutes } from "../../../src/gateway/rest/notification-policy.js";
import { notificationRequestRoutes } from "../../../src/gateway/rest/notification-requests.js";
import { notificationRoutes } from "../../../src/gateway/rest/notifications.js";
import { checkEntity } from "../../entities-table.js";
import { RelationsBench } from "./relations-bench.js";
import { like, say } from "./write.js";

type Request = {
  id: string;
  notifications_count: string;
  account: { id: string };
  last_status: { id: string } | null;
};

const open = () =>
  RelationsBench.open((parts) => [
    ...notificationRoutes(parts),
    ...notificationRequestRoutes(parts),
    ...notificationPolicyRoutes(parts),
  ]);

const PATH = "/api/v1/notifications/requests";

/** mia holds back whom she does not follow: bob likes and mentions, eve likes. */
async function story() {
  const it = await open();
  for (const name of ["mia", "bob", "eve"]) await it.join(name);
  await it.tell("mia", { type: "set-notification-policy", patch: { forNotFollowing: "filter" } });
  const post = await say(it, "mia");
  await like(it, "bob", post, "mia");
  const mention = await say(it, "bob", { to: ["mia"] });
  await like(it, "eve", post, "mia");
  return { it, post, mention };
}

const list = (it: RelationsBench, query = "", as = "mia") =>
  it.call<Request[]>(`GET ${PATH}${query}`, { as });
const act = async (it: RelationsBench, line: string, as = "mia", body?: unknown) =>
  (await it.call(line, { as, body })).status;
const shown = async (it: RelationsBench) =>
  (await it.call<unknown[]>("GET /api/v1/notifications?include_filtered=1", { as: "mia" })).body;

t.test("lists held senders with their count and newest post, paged by request", async (t) => {
  const { it: opened, mention } = await story();
  await using it = opened;
  const { body } = await list(it);
  t.same(checkEntity("NotificationRequest[]", body), []);
  t.same(
    body.map((one) => [one.account.id, one.notifications_count]),
    [
      [it.id("eve"), "1"],
      [it.id("bob"), "2"],
    ],
  );
  t.equal(body[1]?.last_status?.id, mention);
  t.same((await list(it, `?max_id=${body[0]?.id}`)).body, [body[1]]);
  t.same((await list(it, "", "bob")).body, []);
});

t.test("one is found by its id, by its owner alone", async (t) => {
  await using it = (await story()).it;
  const { body } = await list(it);
  const id = body[0]?.id;
  t.same((await it.call(`GET ${PATH}/${id}`, { as: "mia" })).body, body[0]);
  t.equal(await act(it, `GET ${PATH}/${id}`, "bob"), 404);
  t.equal(await act(it, `POST ${PATH}/${id}/accept`, "bob"), 404);
  t.equal(await act(it, `POST ${PATH}/${id}/dismiss`, "bob"), 404);
  t.equal(await act(it, `GET ${PATH}/1`), 404);
});

t.test("accepting lets a sender through, for good", async (t) => {
  const { it: opened, post } = await story();
  await using it = opened;
  const bob = (await list(it)).body.find((one) => one.account.id === it.id("bob"));
  t.equal(await act(it, `POST ${PATH}/${bob?.id}/accept`), 200);
  const { body: flat } = await it.call<unknown[]>("GET /api/v1/notifications", { as: "mia" });
  t.equal(flat.length, 2);
  t.equal((await list(it)).body.length, 1);
  await it.tell("bob", {
    type: "reblog",
    statusId: post,
    authorId: it.id("mia"),
    visibility: "public",
    language: null,
  });
  const { body: later } = await it.call<unknown[]>("GET /api/v1/notifications", { as: "mia" });
  t.equal(later.length, 3);
  t.same((await it.call(`GET ${PATH}/merged`, { as: "mia" })).body, { merged: true });
});

t.test("putting a sender away drops what was held, and nothing else", async (t) => {
  await using it = (await story()).it;
  const bob = (await list(it)).body.find((one) => one.account.id === it.id("bob"));
  t.equal(await act(it, `POST ${PATH}/${bob?.id}/dismiss`), 200);
  t.equal((await shown(it)).length, 1);
  t.equal((await list(it)).body.length, 1);
});

t.test("many are accepted or put away at once; unknown ids are passed over", async (t) => {
  await using it = (await story()).it;
  const id = [...(await list(it)).body.map((one) => one.id), "1"];
  t.equal(await act(it, `POST ${PATH}/dismiss`, "mia", { id }), 200);
  t.same(await shown(it), []);
  t.same((await list(it)).body, []);
  t.equal(await act(it, `POST ${PATH}/accept`, "mia", { id }), 200);
});

t.test("the policy shows its choices and what waits, in both forms", async (t) => {
  await using it = (await story()).it;
  const v2 = "/api/v2/notifications/policy";
  const v1 = "/api/v1/notifications/policy";
  const { body } = await it.call<Record<string, unknown>>(`GET ${v2}`, { as: "mia" });
  t.same(checkEntity("NotificationPolicy", body), []);
  t.match(body, {
    for_not_following: "filter",
    for_private_mentions: "filter",
    for_bots: "accept",
    summary: { pending_requests_count: 2, pending_notifications_count: 3 },
  });
  const patch = { for_not_following: "drop", for_bots: "filter" };
  const { body: changed } = await it.call(`PATCH ${v2}`, { as: "mia", body: patch });
  t.match(changed, patch);
  const { body: old } = await it.call(`GET ${v1}`, { as: "mia" });
  t.same(checkEntity("V1::NotificationPolicy", old), []);
  t.match(old, { filter_not_following: true, filter_not_followers: false, filter_bots: true });
  await it.call(`PUT ${v1}`, { as: "mia", body: { filter_not_following: "false" } });
  const { body: last } = await it.call(`GET ${v2}`, { as: "mia" });
  t.match(last, { for_not_following: "accept", for_bots: "filter" });
  const wrong = { for_bots: "maybe" };
  t.equal((await it.call(`PATCH ${v2}`, { as: "mia", body: wrong })).status, 422);
});
