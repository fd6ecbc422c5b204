import t from "tap";
import { notificationRoutes } from "../../../src/gateway/rest/notifications.js";
import { groupedRoutes } from "../../../src/gateway/rest/notifications-grouped.js";
import { SITE } from "../../cast/site.js";
import { checkEntity } from "../../entities-table.js";
import { RelationsBench } from "./relations-bench.js";
import { like, say } from "./write.js";

type Group = {
  group_key: string;
  notifications_count: number;
  type: string;
  most_recent_notification_id: number;
  page_min_id?: string;
  page_max_id?: string;
  sample_account_ids: string[];
  status_id?: string;
};
type Results = {
  accounts: { id: string }[];
  partial_accounts?: { id: string }[];
  statuses: { id: string }[];
  notification_groups: Group[];
};

const FANS = ["ann", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ida", "jon"];

/** mia's two posts: all fans like the first, ann likes the second, bob mentions her between. */
async function story() {
  const it = await RelationsBench.open((parts) => {
    const more = { ...parts, site: SITE };
    return [...notificationRoutes(more), ...groupedRoutes(more)];
  });
  for (const name of ["mia", ...FANS]) await it.join(name);
  const first = await say(it, "mia", { text: "first" });
  const second = await say(it, "mia", { text: "second" });
  for (const fan of FANS) await like(it, fan, first, "mia");
  await say(it, "bob", { to: ["mia"] });
  await like(it, "ann", second, "mia");
  return { it, first, second };
}

const list = (it: RelationsBench, query = "", as = "mia") =>
  it.call<Results>(`GET /api/v2/notifications${query}`, { as });

t.test("gathers favourites of one post, with eight accounts at most as samples", async (t) => {
  const { it: opened, first, second } = await story();
  await using it = opened;
  const { status, body, headers } = await list(it);
  t.equal(status, 200);
  t.same(checkEntity("GroupedNotificationsResults", body), []);
  t.same(
    body.notification_groups.map((group) => [group.type, group.notifications_count]),
    [
      ["favourite", 1],
      ["mention", 1],
      ["favourite", FANS.length],
    ],
  );
  const [, , big] = body.notification_groups;
  t.equal(big?.sample_account_ids.length, 8);
  t.equal(big?.sample_account_ids[0], it.id("jon"), "the newest first");
  t.equal(big?.status_id, first);
  t.ok(body.statuses.some((one) => one.id === second));
  t.equal(new Set(body.accounts.map((one) => one.id)).size, body.accounts.length);
  t.match(headers["link"], /rel="next".*rel="prev"/);
});

t.test("a page of so many groups goes on where it ended", async (t) => {
  await using it = (await story()).it;
  const { body, headers } = await list(it, "?limit=2");
  t.equal(body.notification_groups.length, 2);
  const next = /<[^>]*\?([^>]*)>; rel="next"/.exec(headers["link"] ?? "")?.[1];
  const { body: more } = await list(it, `?${next}`);
  t.same(
    more.notification_groups.map((group) => group.notifications_count),
    [FANS.length],
  );
});

t.test("a group that a page cuts counts its older members, not its newer ones", async (t) => {
  await using it = (await story()).it;
  const { body: flat } = await it.call<{ id: string }[]>("GET /api/v1/notifications", {
    as: "mia",
  });
  const { body } = await list(it, `?max_id=${flat[4]?.id}`);
  t.equal(body.notification_groups[0]?.notifications_count, FANS.length - 3);
  const { body: cut } = await list(it, `?limit=1&max_id=${flat[4]?.id}`);
  t.equal(cut.notification_groups[0]?.notifications_count, FANS.length - 3);
  t.equal(cut.notification_groups[0]?.sample_account_ids.length, FANS.length - 3);
  t.equal(cut.notification_groups[0]?.page_max_id, flat[5]?.id);
});

t.test("types that are not to be grouped stand alone", async (t) => {
  await using it = (await story()).it;
  const { body } = await list(it, "?grouped_types[]=follow");
  t.equal(body.notification_groups.length, FANS.length + 2);
  t.ok(body.notification_groups.every((group) => group.group_key.startsWith("ungrouped-")));
});

t.test("partial avatars: one whole account a group, the others in part", async (t) => {
  await using it = (await story()).it;
  const { body } = await list(it, "?expand_accounts=partial_avatars");
  t.same(checkEntity("GroupedNotificationsResults", body), []);
  const whole = body.accounts.map((one) => one.id);
  for (const group of body.notification_groups)
    t.ok(whole.includes(group.sample_account_ids[0] ?? ""));
  t.ok((body.partial_accounts?.length ?? 0) > 0);
  t.notOk(body.partial_accounts?.some((one) => whole.includes(one.id)));
  t.equal((await list(it, "?expand_accounts=everything")).status, 400);
});

t.test("shows one group, its accounts page by page, and dismisses all of it", async (t) => {
  await using it = (await story()).it;
  const { body } = await list(it);
  const key = body.notification_groups[2]?.group_key ?? "";
  const path = `/api/v2/notifications/${key}`;
  const { body: one } = await it.call<Results>(`GET ${path}`, { as: "mia" });
  t.same(checkEntity("GroupedNotificationsResults", one), []);
  t.equal(one.notification_groups[0]?.notifications_count, FANS.length);
  const seen: string[] = [];
  let query = "?limit=4";
  for (let page = 0; page < 3; page++) {
    const answer = await it.call<{ id: string }[]>(`GET ${path}/accounts${query}`, { as: "mia" });
    t.same(checkEntity("Account[]", answer.body), []);
    seen.push(...answer.body.map((account) => account.id));
    query = `?${/\?([^>]*)>; rel="next"/.exec(answer.headers["link"] ?? "")?.[1]}`;
  }
  t.same(seen.sort(), FANS.map((fan) => it.id(fan)).sort());
  t.equal((await it.call(`GET ${path}`, { as: "bob" })).status, 404, "not another's");
  t.equal((await it.call("GET /api/v2/notifications/nonsense", { as: "mia" })).status, 404);
  t.equal((await it.call(`POST ${path}/dismiss`, { as: "mia" })).status, 200);
  t.equal((await list(it)).body.notification_groups.length, 2);
});

t.test("counts unread groups", async (t) => {
  await using it = (await story()).it;
  const path = "GET /api/v2/notifications/unread_count";
  t.same((await it.call(path, { as: "mia" })).body, { count: 3 });
  t.same((await it.call(`${path}?limit=2`, { as: "mia" })).body, { count: 2 });
  await it.call("POST /api/v2/notifications/clear", { as: "mia" });
  t.same((await it.call(path, { as: "mia" })).body, { count: 0 });
});
