// The client library masto against a real server: what people keep for themselves (lists, filters,
// blocks, mutes, notes, markers, tags), what they are told of, and what the server says about itself.

import { createRestAPIClient, type mastodon } from "masto";
import t from "tap";
import { eventually, startServer } from "./server.js";

type Client = mastodon.rest.Client;

/** The library's own type leaves out some types of groups. */
type Group = {
  type: string;
  groupKey: string;
  notificationsCount: number;
  sampleAccountIds: string[];
};

const server = await startServer(t, { rate_limits_enabled: "false" });
const { url } = server;
for (const name of ["ann", "bob", "carol"]) await server.makeUser(name);
const clientOf = async (name: string): Promise<Client> =>
  createRestAPIClient({ url, accessToken: await server.makeToken(name) });
const ann = await clientOf("ann");
const bob = await clientOf("bob");
const carol = await clientOf("carol");
const me = await ann.v1.accounts.verifyCredentials();
const him = await bob.v1.accounts.verifyCredentials();
const her = await carol.v1.accounts.verifyCredentials();
await ann.v1.accounts.$select(him.id).follow();
await bob.v1.accounts.$select(me.id).follow();

const idsOf = (list: readonly { id: string }[]): string[] => list.map((it) => it.id);
const refusedWith = (statusCode: number) => ({ name: "MastoHttpError", statusCode });
const relation = async (id: string) => (await ann.v1.accounts.relationships.fetch({ id: [id] }))[0];
const notified = (client: Client, isRight: (list: mastodon.v1.Notification[]) => boolean) =>
  eventually(async () => await client.v1.notifications.list({ limit: 40 }), isRight);

t.test("a list has its members' posts, and can keep them out of home", async (t) => {
  const list = await ann.v1.lists.create({ title: "Friends", exclusive: false });
  t.match(list, { title: "Friends", repliesPolicy: "list", exclusive: false });
  const it = ann.v1.lists.$select(list.id);
  await it.accounts.create({ accountIds: [him.id] });
  t.same(idsOf(await it.accounts.list()), [him.id]);
  t.same(idsOf(await ann.v1.accounts.$select(him.id).lists.list()), [list.id]);
  await t.rejects(it.accounts.create({ accountIds: [her.id] }), refusedWith(404));
  const post = await bob.v1.statuses.create({ status: "To the list" });
  await eventually(
    async () => idsOf(await ann.v1.timelines.list.$select(list.id).list()),
    (ids) => ids.includes(post.id),
  );
  t.match(await it.update({ title: "Best", exclusive: true }), { title: "Best", exclusive: true });
  const apart = await bob.v1.statuses.create({ status: "To the list alone" });
  await eventually(
    async () => idsOf(await ann.v1.timelines.list.$select(list.id).list()),
    (ids) => ids.includes(apart.id),
  );
  t.notOk(idsOf(await ann.v1.timelines.home.list()).includes(apart.id));
  await t.rejects(bob.v1.lists.$select(list.id).fetch(), refusedWith(404));
  await it.accounts.remove({ accountIds: [him.id] });
  t.same(await it.accounts.list(), []);
  // Its type wants a body, the API has none.
  await it.remove(undefined as unknown as string);
  t.same(await ann.v1.lists.list(), []);
});

t.test("a filter marks what it finds in home, and hides nothing by itself", async (t) => {
  const filter = await ann.v2.filters.create({
    title: "No trains",
    context: ["home", "notifications"],
    filterAction: "warn",
    keywordsAttributes: [{ keyword: "trains", wholeWord: true }],
  });
  t.match(filter.keywords, [{ keyword: "trains", wholeWord: true }]);
  const post = await bob.v1.statuses.create({ status: "Trains again" });
  const plain = await bob.v1.statuses.create({ status: "Restrainst nothing" });
  const home = await eventually(
    async () => await ann.v1.timelines.home.list(),
    (it) => idsOf(it).includes(post.id) && idsOf(it).includes(plain.id),
  );
  const [found] = home.find((it) => it.id === post.id)?.filtered ?? [];
  t.match(found, { filter: { title: "No trains" }, keywordMatches: [/trains/i] });
  t.same(home.find((it) => it.id === plain.id)?.filtered, []);
  const its = ann.v2.filters.$select(filter.id);
  await its.statuses.create({ statusId: plain.id });
  const marked = await eventually(
    async () => await ann.v1.statuses.$select(plain.id).fetch(),
    (it) => it.filtered?.length !== undefined,
  );
  t.equal(marked.filtered?.length ?? 0, 0, "but one post by itself is in no context");
  t.match(await its.update({ filterAction: "hide" }), { filterAction: "hide" });
  t.match(await its.fetch(), { filterAction: "hide", statuses: [{ statusId: plain.id }] });
  await its.remove();
  t.same(await ann.v2.filters.list(), []);
});

t.test("a block parts both, a mute one, and both end", async (t) => {
  const post = await carol.v1.statuses.create({ status: "Hello from carol" });
  await ann.v1.accounts.$select(her.id).follow();
  t.match(await ann.v1.accounts.$select(her.id).mute({ duration: 3600 }), { muting: true });
  t.match(await ann.v1.mutes.list(), [{ id: her.id, muteExpiresAt: String }]);
  t.notOk(idsOf(await ann.v1.timelines.public.list()).includes(post.id), "the muted are not shown");
  t.match(await ann.v1.accounts.$select(her.id).unmute(), { muting: false });
  t.ok(idsOf(await ann.v1.timelines.public.list()).includes(post.id));
  const blocking = await ann.v1.accounts.$select(her.id).block();
  t.match(blocking, { blocking: true, following: false });
  t.same(idsOf(await ann.v1.blocks.list()), [her.id]);
  await t.rejects(carol.v1.accounts.$select(me.id).follow(), refusedWith(403));
  t.match(await ann.v1.accounts.$select(her.id).unblock(), { blocking: false });
  t.match(await carol.v1.accounts.$select(me.id).follow(), { following: true });
  await ann.v1.accounts.$select(her.id).removeFromFollowers();
  t.match(await relation(her.id), { followedBy: false });
  const note = await ann.v1.accounts.$select(her.id).note.create({ comment: "from school" });
  t.equal(note.note, "from school");
  t.match(await relation(her.id), { note: "from school" });
});

t.test("notifications come flat and in groups, and are dismissed", async (t) => {
  const post = await ann.v1.statuses.create({ status: "Look here" });
  await ann.v1.accounts.$select(her.id).follow();
  for (const client of [bob, carol]) await client.v1.statuses.$select(post.id).favourite();
  await bob.v1.statuses.$select(post.id).reblog({ visibility: "public" });
  await bob.v1.statuses.create({ status: "@ann seen", inReplyToId: post.id });
  const flat = await notified(ann, (list) => {
    const of = list.filter((it) => it.type === "favourite" && it.status?.id === post.id);
    return of.length === 2 && list.some((it) => it.type === "mention");
  });
  t.ok(flat.some((it) => it.type === "reblog" && it.account.id === him.id));
  const grouped = await ann.v2.notifications.list();
  const groups = grouped.notificationGroups as unknown as Group[];
  const stars = groups.find((it) => it.type === "favourite");
  t.match(stars, { notificationsCount: 2 });
  t.same([...(stars?.sampleAccountIds ?? [])].sort(), [him.id, her.id].sort());
  t.ok(idsOf(grouped.statuses).includes(post.id));
  t.ok(idsOf(grouped.accounts).includes(him.id));
  t.ok((await ann.v1.notifications.unreadCount.fetch()).count >= 4);
  const only = await ann.v1.notifications.list({ types: ["reblog"] });
  t.ok(only.length === 1 && only[0]?.type === "reblog");
  await ann.v2.notifications.$select(stars?.groupKey ?? "").dismiss();
  t.same(await ann.v1.notifications.list({ types: ["favourite"] }), []);
  const first = await ann.v1.notifications.$select(only[0]?.id ?? "").fetch();
  t.match(first, { type: "reblog" });
  await ann.v1.notifications.$select(first.id).dismiss();
  t.same(await ann.v1.notifications.list({ types: ["reblog"] }), []);
  await ann.v1.notifications.clear();
  t.same(await ann.v1.notifications.list(), []);
});

t.test("strangers wait in requests where the policy says so", async (t) => {
  const policy = await bob.v2.notifications.policy.update({ forNotFollowing: "filter" });
  t.match(policy, { forNotFollowing: "filter", forNotFollowers: "accept" });
  const post = await carol.v1.statuses.create({ status: "@bob you do not know me" });
  const [request] = await eventually(
    async () => await bob.v1.notifications.requests.list(),
    (it) => it.length > 0,
  );
  t.match(request, { account: { id: her.id }, lastStatus: { id: post.id } });
  t.notOk((await bob.v1.notifications.list()).some((it) => it.account.id === her.id));
  const counted = await bob.v2.notifications.policy.fetch();
  t.match(counted, { summary: { pendingRequestsCount: 1, pendingNotificationsCount: 1 } });
  await bob.v1.notifications.requests.$select(request?.id ?? "").accept();
  await notified(bob, (list) => list.some((it) => it.status?.id === post.id));
  await eventually(
    () => bob.v1.notifications.requests.merged.fetch(),
    (it) => it.merged,
  );
  await carol.v1.statuses.create({ status: "@bob and again" });
  await notified(bob, (list) => list.filter((it) => it.account.id === her.id).length === 2);
});

t.test("posts, people and tags are found", async (t) => {
  const post = await ann.v1.statuses.create({ status: "Zebras are #striped horses" });
  const byWord = await eventually(
    async () => await ann.v2.search.list({ q: "zebras" }),
    (it) => it.statuses.length > 0,
  );
  t.same(idsOf(byWord.statuses), [post.id]);
  const people = await ann.v2.search.list({ q: "bob", type: "accounts" });
  t.same(idsOf(people.accounts), [him.id]);
  const tags = await ann.v2.search.list({ q: "#strip", type: "hashtags" });
  t.match(tags.hashtags, [{ name: "striped" }]);
  t.match(await ann.v1.accounts.lookup({ acct: "@bob" }), { id: him.id });
  t.same(idsOf(await ann.v1.accounts.search.list({ q: "car" })), [her.id]);
});

t.test(
  "a followed tag brings strangers' posts home, a featured one is on the profile",
  async (t) => {
    t.match(await bob.v1.tags.$select("striped").follow(), { name: "striped", following: true });
    t.match(await bob.v1.followedTags.list(), [{ name: "striped" }]);
    const post = await carol.v1.statuses.create({ status: "My #striped socks" });
    await eventually(
      async () => idsOf(await bob.v1.timelines.home.list()),
      (ids) => ids.includes(post.id),
    );
    t.match(await bob.v1.tags.$select("striped").unfollow(), { following: false });
    t.same(await bob.v1.followedTags.list(), []);
    const featured = await carol.v1.featuredTags.create({ name: "striped" });
    t.match(featured, { name: "striped" });
    t.match(await ann.v1.accounts.$select(her.id).featuredTags.list(), [{ name: "striped" }]);
    await carol.v1.featuredTags.$select(featured.id).remove();
    t.same(await carol.v1.featuredTags.list(), []);
  },
);

t.test("markers are kept, and only move with their version", async (t) => {
  const marked = await ann.v1.markers.create({ home: { lastReadId: "103194548672408537" } });
  t.match(marked.home, { lastReadId: "103194548672408537", version: Number });
  await ann.v1.markers.create({ home: { lastReadId: "103194548672408538" } });
  const read = await ann.v1.markers.fetch({ timeline: ["home", "notifications"] });
  t.match(read.home, { lastReadId: "103194548672408538" });
  t.ok((read.home?.version ?? 0) > (marked.home?.version ?? 0));
});

t.test("profile and preferences are changed together", async (t) => {
  const changed = await carol.v1.accounts.updateCredentials({
    displayName: "Carol",
    note: "Knits #socks",
    source: { privacy: "unlisted", sensitive: true, language: "de" },
    fieldsAttributes: [{ name: "Web", value: "https://carol.example.org" }],
  });
  t.match(changed, { displayName: "Carol", source: { privacy: "unlisted", note: "Knits #socks" } });
  t.match(changed.fields, [{ name: "Web", value: /<a href="https:\/\/carol\.example\.org\/?"/ }]);
  const preferences = await carol.v1.preferences.fetch();
  t.match(preferences, { "posting:default:visibility": "unlisted" });
  const post = await carol.v1.statuses.create({ status: "As I like it" });
  t.match(post, { visibility: "unlisted", sensitive: true, language: "de" });
});

t.test("the server says what it is, in both versions", async (t) => {
  const two = await createRestAPIClient({ url }).v2.instance.fetch();
  t.match(two, { domain: new URL(url).host, configuration: { statuses: { maxCharacters: 500 } } });
  t.match(two.configuration.urls.streaming, /^ws:\/\/localhost:\d+$/);
  t.match(two.registrations, { enabled: false });
  const one = await createRestAPIClient({ url }).v1.instance.fetch();
  t.match(one, { uri: new URL(url).host, registrations: false, stats: { userCount: 3 } });
  t.match(await ann.v1.customEmojis.list(), []);
});
