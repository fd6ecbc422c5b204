// The client library megalodon against a real server: its own way through registering and the pages to a
// token, what people do with it, and its streams.

import type { MegalodonInterface, WebSocketInterface } from "megalodon";
import megalodon from "megalodon";
import t from "tap";
import { codeOf, eventually, letIn, type Person, startServer, WebBrowser } from "./server.js";

const server = await startServer(t, { rate_limits_enabled: "false" });
const { url } = server;

type Inside = { client: MegalodonInterface; app: [id: string, secret: string]; token: string };

/** Registers an app, lets it in through the pages of the address it gives, and fetches a token. */
async function enter(person: Person): Promise<Inside> {
  const outside = megalodon.default("mastodon", url);
  const scopes = ["read", "write", "follow"];
  const app = await outside.registerApp(`Megalodon of ${person.username}`, { scopes });
  const ask = new URL(app.url ?? "");
  const browser = new WebBrowser(url);
  const page = await letIn(browser, `${ask.pathname}${ask.search}`, person);
  const code = await codeOf(browser, page);
  const token = await outside.fetchAccessToken(app.client_id, app.client_secret, code);
  return {
    client: megalodon.default("mastodon", url, token.access_token),
    app: [app.client_id, app.client_secret],
    token: token.access_token,
  };
}

const annsWay = await enter(await server.makeUser("ann", "owner"));
const ann = annsWay.client;
const { client: bob } = await enter(await server.makeUser("bob"));
const me = (await ann.verifyAccountCredentials()).data;
const him = (await bob.verifyAccountCredentials()).data;
await ann.followAccount(him.id);

type Posted = { id: string; content: string; poll: { id: string } | null };

const post = async (
  client: MegalodonInterface,
  status: string,
  options: Parameters<MegalodonInterface["postStatus"]>[1] = {},
): Promise<Posted> => (await client.postStatus(status, options)).data as unknown as Posted;
const idsOf = ({ data }: { data: readonly { id: string }[] }): string[] => data.map((it) => it.id);
/** The status of the refusal; 200 if it was done. */
const refusal = (done: Promise<unknown>): Promise<number> =>
  done.then(
    () => 200,
    (error: { response?: { status: number } }) => error.response?.status ?? 0,
  );
const comes = (ask: () => Promise<{ data: { id: string }[] }>, id: string) =>
  eventually(
    async () => idsOf(await ask()),
    (ids) => ids.includes(id),
  );

t.test("one is who one is, and follows, asks and is let in", async (t) => {
  t.match(me, { username: "ann", acct: "ann" });
  t.match((await ann.getRelationship(him.id)).data, { following: true });
  await bob.updateCredentials({ locked: true, display_name: "Bob" });
  await ann.unfollowAccount(him.id);
  t.match((await ann.followAccount(him.id)).data, { following: false, requested: true });
  t.same(idsOf((await bob.getFollowRequests()) as { data: { id: string }[] }), [me.id]);
  t.match((await bob.acceptFollowRequest(me.id)).data, { followed_by: true });
  await bob.updateCredentials({ locked: false });
  t.same(idsOf(await ann.getAccountFollowing(me.id)), [him.id]);
  t.same(idsOf(await ann.getAccountFollowers(him.id)), [me.id]);
  t.match((await ann.lookupAccount("bob")).data, { id: him.id, display_name: "Bob" });
  t.same(idsOf(await ann.searchAccount("bob")), [him.id]);
});

t.test("posts of each visibility are written, read, edited and deleted", async (t) => {
  for (const visibility of ["public", "unlisted", "private"] as const) {
    const { id } = await post(bob, `${visibility} #birds`, { visibility });
    await comes(() => ann.getHomeTimeline({ limit: 40 }), id);
    t.match((await ann.getStatus(id)).data, { visibility });
  }
  const secret = await post(bob, "@ann between us", { visibility: "direct" });
  const { data: conversations } = await eventually(
    () => ann.getConversationTimeline(),
    (it) => it.data.length > 0,
  );
  t.match(conversations[0], { unread: true, last_status: { id: secret.id } });
  t.match((await ann.readConversation(conversations[0]?.id ?? "")).data, { unread: false });
  await ann.deleteConversation(conversations[0]?.id ?? "");
  const warned = await post(ann, "Frist", { spoiler_text: "typo", sensitive: true });
  const edited = await ann.editStatus(warned.id, { status: "First" });
  t.match(edited.data, { content: "<p>First</p>", edited_at: String });
  t.match((await ann.getStatusSource(warned.id)).data, { text: "First" });
  const reply = await post(bob, "@ann hi", { in_reply_to_id: warned.id });
  const { data: thread } = await ann.getStatusContext(warned.id);
  t.same(idsOf({ data: thread.descendants }), [reply.id]);
  t.equal(await refusal(bob.deleteStatus(warned.id)), 404);
  await ann.deleteStatus(warned.id);
  t.equal(await refusal(ann.getStatus(warned.id)), 404);
});

t.test("marks are made and taken back", async (t) => {
  const { id } = await post(ann, "Worth a star");
  t.match((await bob.favouriteStatus(id)).data, { favourited: true, favourites_count: 1 });
  t.match((await bob.reblogStatus(id)).data, { reblogged: true, reblog: { id } });
  t.match((await bob.bookmarkStatus(id)).data, { bookmarked: true });
  t.same(idsOf(await ann.getStatusFavouritedBy(id)), [him.id]);
  t.same(idsOf(await ann.getStatusRebloggedBy(id)), [him.id]);
  t.same(idsOf(await bob.getBookmarks()), [id]);
  t.same(idsOf(await bob.getFavourites()), [id]);
  const kinds = async () => (await ann.getNotifications()).data.map((it) => it.type);
  const seen = await eventually(kinds, (it) => it.includes("favourite") && it.includes("reblog"));
  t.ok(seen.includes("mention"));
  t.match((await bob.unfavouriteStatus(id)).data, { favourited: false });
  t.match((await bob.unreblogStatus(id)).data, { reblogged: false });
  t.match((await bob.unbookmarkStatus(id)).data, { bookmarked: false });
  t.match((await ann.pinStatus(id)).data, { pinned: true });
  t.same(idsOf(await bob.getAccountStatuses(me.id, { pinned: true })), [id]);
  t.match((await ann.unpinStatus(id)).data, { pinned: false });
  t.match((await ann.muteStatus(id)).data, { muted: true });
  t.match((await ann.unmuteStatus(id)).data, { muted: false });
  await ann.dismissNotifications();
  t.same((await ann.getNotifications()).data, []);
});

t.test("polls are voted in, scheduled posts wait", async (t) => {
  const poll = { options: ["yes", "no"], expires_in: 600 };
  const asked = await post(ann, "Tea?", { poll });
  const voted = await bob.votePoll(asked.poll?.id ?? "", [1]);
  t.match(voted.data, { votes_count: 1, voted: true, options: [{}, { votes_count: 1 }] });
  const later = { scheduled_at: "2199-01-01T00:00:00.000Z" };
  const waiting = await post(ann, "Later", later);
  t.same(idsOf(await ann.getScheduledStatuses()), [waiting.id]);
  await ann.scheduleStatus(waiting.id, "2199-02-01T00:00:00.000Z");
  const { data: moved } = await ann.getScheduledStatus(waiting.id);
  t.match(moved, { scheduled_at: "2199-02-01T00:00:00.000Z" });
  await ann.cancelScheduledStatus(waiting.id);
  t.same((await ann.getScheduledStatuses()).data, []);
});

t.test("lists, filters, markers and tags are kept", async (t) => {
  const { data: list } = await ann.createList("Friends");
  await ann.addAccountsToList(list.id, [him.id]);
  t.same(idsOf(await ann.getAccountsInList(list.id)), [him.id]);
  const { id } = await post(bob, "To the list, about #birds");
  await comes(() => ann.getListTimeline(list.id), id);
  await comes(() => ann.getTagTimeline("birds"), id);
  await comes(() => ann.getLocalTimeline(), id);
  t.match((await ann.updateList(list.id, "Best")).data, { title: "Best" });
  await ann.deleteAccountsFromList(list.id, [him.id]);
  await ann.deleteList(list.id);
  t.same((await ann.getLists()).data, []);
  const { data: filter } = await ann.createFilter("trains", ["home"], { whole_word: true });
  t.match(filter, { phrase: "trains", whole_word: true });
  t.match((await ann.updateFilter(filter.id, "trams", ["home"])).data, { phrase: "trams" });
  await ann.deleteFilter(filter.id);
  t.same((await ann.getFilters()).data, []);
  await ann.saveMarkers({ home: { last_read_id: id } });
  t.match((await ann.getMarkers(["home"])).data, { home: { last_read_id: id } });
  t.match((await ann.followTag("birds")).data, { name: "birds", following: true });
  t.match((await ann.getFollowedTags()).data, [{ name: "birds" }]);
  t.match((await ann.unfollowTag("birds")).data, { following: false });
  const { data: tag } = await ann.createFeaturedTag("birds");
  t.match((await ann.getFeaturedTags()).data, [{ id: tag.id, name: "birds" }]);
  await ann.deleteFeaturedTag(tag.id);
  const found = await eventually(
    () => bob.search("list", { type: "statuses" }),
    (it) => it.data.statuses.length > 0,
  );
  t.same(idsOf({ data: found.data.statuses }), [id]);
});

t.test("blocks, mutes, notes and reports", async (t) => {
  t.match((await bob.muteAccount(me.id, true)).data, { muting: true });
  t.same(idsOf(await bob.getMutes()), [me.id]);
  t.match((await bob.unmuteAccount(me.id)).data, { muting: false });
  t.match((await bob.blockAccount(me.id)).data, { blocking: true });
  t.same(idsOf(await bob.getBlocks()), [me.id]);
  t.match((await bob.unblockAccount(me.id)).data, { blocking: false });
  // The library forgets to send the comment, so that nothing is noted.
  t.match((await bob.setAccountNote(me.id, "a friend")).data, { id: me.id, note: "" });
  await bob.blockDomain("bad.example");
  t.same((await bob.getDomainBlocks()).data, ["bad.example"]);
  await bob.unblockDomain("bad.example");
  t.match((await bob.report(me.id, { comment: "spam" })).data, { action_taken: false });
  t.match((await bob.getPreferences()).data, { "posting:default:visibility": "public" });
  t.match((await bob.getInstance()).data, { uri: new URL(url).host });
  t.same((await bob.getInstanceCustomEmojis()).data, []);
  await ann.followAccount(him.id);
});

/** What a stream brings, by event, once the poke shows that it is live. */
async function listen(
  t: { teardown(run: () => unknown): void },
  stream: WebSocketInterface,
  poke: () => Promise<unknown>,
): Promise<Record<string, unknown[]>> {
  const heard: Record<string, unknown[]> = {};
  t.teardown(() => stream.stop());
  stream.on("error", () => {});
  for (const name of ["update", "notification", "delete", "conversation", "status_update"]) {
    heard[name] = [];
    stream.on(name, (it: unknown) => heard[name]?.push(it));
  }
  await eventually(
    async () => {
      await poke();
      return Object.values(heard).flat();
    },
    (it) => it.length > 0,
  );
  return heard;
}

const brings = (heard: Record<string, unknown[]>, name: string, id: string) =>
  eventually(
    async () => (heard[name] ?? []).map((it) => (typeof it === "string" ? it : idOf(it))),
    (ids) => ids.includes(id),
  );
const idOf = (it: unknown): string => {
  const { id, status } = it as { id: string; status?: { id: string } };
  return status?.id ?? id;
};
const poke = () => post(bob, "Are you there? #birds");

t.test("its streams bring posts, edits, deletes, notifications and threads", async (t) => {
  const { data: list } = await ann.createList("Live");
  await ann.addAccountsToList(list.id, [him.id]);
  const user = await listen(t, await ann.userStreaming(), poke);
  const others = [
    await listen(t, await ann.publicStreaming(), poke),
    await listen(t, await ann.localStreaming(), poke),
    await listen(t, await ann.tagStreaming("birds"), poke),
    await listen(t, await ann.listStreaming(list.id), poke),
  ];
  const direct = await listen(t, await ann.directStreaming(), () =>
    post(bob, "@ann psst", { visibility: "direct" }),
  );
  t.match(direct["conversation"]?.[0], { unread: true, accounts: [{ id: him.id }] });
  const { id } = await post(bob, "Hello @ann, #birds");
  for (const heard of [user, ...others]) await brings(heard, "update", id);
  await brings(user, "notification", id);
  await bob.editStatus(id, { status: "Hello again, #birds" });
  for (const heard of [user, ...others]) await brings(heard, "status_update", id);
  await bob.deleteStatus(id);
  for (const heard of [user, ...others]) await brings(heard, "delete", id);
  t.pass("all of it");
});

t.test("a token that is given back is worth nothing", async (t) => {
  await ann.revokeToken(...annsWay.app, annsWay.token);
  t.equal(await refusal(ann.verifyAccountCredentials()), 401);
});
