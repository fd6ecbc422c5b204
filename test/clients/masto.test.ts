// The client library masto against a real server: from registering an app to everything that people do,
// over REST. Streams are in masto-streaming.test.ts.

import { createOAuthAPIClient, createRestAPIClient, type mastodon } from "masto";
import t from "tap";
import {
  eventually,
  OUT_OF_BAND,
  SCOPES,
  type Signed,
  signInTo,
  startServer,
  WebBrowser,
} from "./server.js";

type Client = mastodon.rest.Client;
type Status = mastodon.v1.Status;

const server = await startServer(t, { sign_ups: "open", rate_limits_enabled: "false" });
const { url } = server;
const people = { ann: await server.makeUser("ann", "owner"), bob: await server.makeUser("bob") };

const clientOf = (accessToken: string): Client => createRestAPIClient({ url, accessToken });

/** Registers an app with masto and takes it to a token through the pages. */
async function enter(name: "ann" | "bob"): Promise<Signed> {
  const made = await createRestAPIClient({ url }).v1.apps.create({
    clientName: `Masto of ${name}`,
    redirectUris: OUT_OF_BAND,
    scopes: SCOPES,
    website: "https://app.example.org",
  });
  const app = { client_id: made.clientId ?? "", client_secret: made.clientSecret ?? "" };
  return signInTo(url, app, people[name]);
}

const annsApp = await enter("ann");
const ann = clientOf(annsApp.token);
const bob = clientOf((await enter("bob")).token);
const me = await ann.v1.accounts.verifyCredentials();
const him = await bob.v1.accounts.verifyCredentials();

const idsOf = (list: readonly { id: string }[]): string[] => list.map((it) => it.id);
const homeOf = async (client: Client): Promise<string[]> =>
  idsOf(await client.v1.timelines.home.list({ limit: 40 }));
const refusedWith = (statusCode: number) => ({ name: "MastoHttpError", statusCode });

/** Waits for a notification of the type from the account. */
const told = (client: Client, type: string, from: string) =>
  eventually(
    async () => await client.v1.notifications.list({ limit: 40 }),
    (list) => list.some((it) => it.type === type && it.account.id === from),
  );

t.test("the way in: wrong password, code used twice, and who one is", async (t) => {
  t.equal(annsApp.scope, SCOPES);
  t.match(me, { username: "ann", acct: "ann", source: { privacy: "public" } });
  const browser = new WebBrowser(url);
  const page = await browser.go("/auth/sign_in");
  const refused = await browser.submit(page, { username: "ann", password: "a wrong one" });
  t.not(refused.status, 303, "a wrong password is refused");
  t.match(refused.text, /<form/);
  const { client_id: clientId, client_secret: clientSecret } = annsApp.app;
  const oauth = createOAuthAPIClient({ url });
  const again = oauth.token.create({
    ...{ grantType: "authorization_code", clientId, clientSecret, code: "x".repeat(43) },
    redirectUri: OUT_OF_BAND,
  });
  await t.rejects(again, refusedWith(400));
  const appOnly = await oauth.token.create({
    ...{ grantType: "client_credentials", clientId, clientSecret, redirectUri: OUT_OF_BAND },
  });
  const app = await clientOf(appOnly.accessToken).v1.apps.verifyCredentials();
  t.match(app, { name: "Masto of ann", website: "https://app.example.org" });
  const asApp = clientOf(appOnly.accessToken).v1.timelines.home.list();
  await t.rejects(Promise.resolve(asApp), refusedWith(422));
});

t.test("a third person joins through an app", async (t) => {
  const { client_id: clientId, client_secret: clientSecret } = annsApp.app;
  const app = await createOAuthAPIClient({ url }).token.create({
    ...{ grantType: "client_credentials", clientId, clientSecret, redirectUri: OUT_OF_BAND },
    scope: "read write",
  });
  const token = await clientOf(app.accessToken).v1.accounts.create({
    ...{ username: "carol", email: "carol@example.org", password: "quite a long one" },
    ...{ agreement: true, locale: "en" },
  });
  const carol = await clientOf(token.accessToken).v1.accounts.verifyCredentials();
  t.match(carol, { username: "carol" });
  const taken = clientOf(app.accessToken).v1.accounts.create({
    ...{ username: "carol", email: "c2@example.org", password: "quite a long one" },
    ...{ agreement: true, locale: "en" },
  });
  await t.rejects(taken, {
    ...refusedWith(422),
    details: { username: [{ error: "ERR_TAKEN" }] },
  });
});

t.test("following: at once, on request, back again, and the counters with it", async (t) => {
  const follow = await ann.v1.accounts.$select(him.id).follow();
  t.match(follow, { following: true, requested: false });
  t.match(await bob.v1.accounts.$select(me.id).follow(), { following: true, followedBy: true });
  await told(ann, "follow", him.id);
  await eventually(
    async () => await ann.v1.accounts.$select(him.id).fetch(),
    (it) => it.followersCount === 1 && it.followingCount === 1,
  );
  t.same(idsOf(await ann.v1.accounts.$select(him.id).followers.list()), [me.id]);
  t.same(idsOf(await ann.v1.accounts.$select(me.id).following.list()), [him.id]);
  t.match(await bob.v1.accounts.$select(me.id).unfollow(), { following: false });
  await bob.v1.accounts.updateCredentials({ locked: true });
  await ann.v1.accounts.$select(him.id).unfollow();
  const asked = await ann.v1.accounts.$select(him.id).follow();
  t.match(asked, { following: false, requested: true });
  await told(bob, "follow_request", me.id);
  t.same(idsOf(await bob.v1.followRequests.list()), [me.id]);
  t.match(await bob.v1.followRequests.$select(me.id).authorize(), { followedBy: true });
  t.same(await bob.v1.followRequests.list(), []);
  const [relation] = await ann.v1.accounts.relationships.fetch({ id: [him.id] });
  t.match(relation, { following: true, requested: false });
  await ann.v1.accounts.$select(him.id).unfollow();
  await ann.v1.accounts.$select(him.id).follow();
  t.match(await bob.v1.followRequests.$select(me.id).reject(), { followedBy: false });
  await bob.v1.accounts.updateCredentials({ locked: false });
  t.match(await ann.v1.accounts.$select(him.id).follow(), { following: true });
  await bob.v1.accounts.$select(me.id).follow();
});

t.test("each visibility reaches whom it should, and nobody else", async (t) => {
  const sent = new Map<string, Status>();
  for (const visibility of ["public", "unlisted", "private", "direct"] as const) {
    const status = visibility === "direct" ? "for @bob only" : `${visibility} of the day`;
    sent.set(visibility, await ann.v1.statuses.create({ status, visibility }));
  }
  const idOf = (it: string) => sent.get(it)?.id ?? "";
  await eventually(
    () => homeOf(bob),
    (ids) => [...sent.values()].every((it) => ids.includes(it.id)),
  );
  const stranger = createRestAPIClient({ url });
  const seen = idsOf(await stranger.v1.timelines.public.list({ limit: 40 }));
  t.ok(seen.includes(idOf("public")));
  t.notOk(["unlisted", "private", "direct"].some((it) => seen.includes(idOf(it))));
  for (const it of ["public", "unlisted"]) {
    t.match(await stranger.v1.statuses.$select(idOf(it)).fetch(), { visibility: it });
  }
  for (const it of ["private", "direct"]) {
    await t.rejects(stranger.v1.statuses.$select(idOf(it)).fetch(), refusedWith(404));
    t.match(await bob.v1.statuses.$select(idOf(it)).fetch(), { visibility: it });
  }
  const [conversation] = await eventually(
    async () => await bob.v1.conversations.list(),
    (it) => it.length > 0,
  );
  t.match(conversation, { unread: true, lastStatus: { id: idOf("direct") } });
  t.same(idsOf(conversation?.accounts ?? []), [me.id]);
  const read = bob.v1.conversations.$select(conversation?.id ?? "");
  t.match(await read.read(), { unread: false });
  await read.remove();
  t.same(await bob.v1.conversations.list(), []);
});

t.test("text, warning, mention, hashtag, reply and thread", async (t) => {
  const root = await ann.v1.statuses.create({
    status: "Hello @bob and #Birds <b>not bold</b> https://example.org/a?b=1&c=2",
    spoilerText: "greeting",
    language: "en",
  });
  t.match(root, { spoilerText: "greeting", sensitive: true, language: "en" });
  t.match(root.mentions, [{ id: him.id, acct: "bob" }]);
  t.match(root.tags, [{ name: "birds" }]);
  t.match(root.content, /&lt;b&gt;not bold&lt;\/b&gt;/);
  t.match(root.application, { name: "Masto of ann" });
  await told(bob, "mention", me.id);
  const reply = await bob.v1.statuses.create({ status: "@ann hi", inReplyToId: root.id });
  t.match(reply, { inReplyToId: root.id, inReplyToAccountId: me.id });
  t.same(idsOf((await ann.v1.statuses.$select(root.id).context.fetch()).descendants), [reply.id]);
  t.same(idsOf((await ann.v1.statuses.$select(reply.id).context.fetch()).ancestors), [root.id]);
  t.equal((await ann.v1.statuses.$select(root.id).fetch()).repliesCount, 1);
  t.same(idsOf(await bob.v1.timelines.tag.$select("birds").list()), [root.id]);
  const muted = await ann.v1.statuses.$select(root.id).mute();
  t.equal(muted.muted, true);
  await bob.v1.statuses.create({ status: "@ann hi again", inReplyToId: root.id });
  await bob.v1.statuses.$select(root.id).favourite();
  const mentions = await ann.v1.notifications.list({ types: ["mention", "favourite"] });
  t.same(
    mentions.map((it) => it.status?.id),
    [reply.id],
    "a muted thread is quiet",
  );
  t.equal((await ann.v1.statuses.$select(root.id).unmute()).muted, false);
});

t.test("a post is edited, its history and source are there, and it goes", async (t) => {
  const first = await ann.v1.statuses.create({ status: "Frist" });
  const changed = await ann.v1.statuses.$select(first.id).update({ status: "First" });
  t.match(changed, { id: first.id, content: "<p>First</p>", editedAt: String });
  const history = await ann.v1.statuses.$select(first.id).history.list();
  t.same(
    history.map((it) => it.content),
    ["<p>Frist</p>", "<p>First</p>"],
  );
  t.match(await ann.v1.statuses.$select(first.id).source.fetch(), { text: "First" });
  await t.rejects(bob.v1.statuses.$select(first.id).update({ status: "Mine" }), refusedWith(404));
  await t.rejects(bob.v1.statuses.$select(first.id).remove(), refusedWith(404));
  t.match(await ann.v1.statuses.$select(first.id).remove(), { id: first.id, text: "First" });
  await t.rejects(ann.v1.statuses.$select(first.id).fetch(), refusedWith(404));
  await eventually(
    () => homeOf(bob),
    (ids) => !ids.includes(first.id),
  );
});

t.test("boosts, favourites, bookmarks and pins are done, counted and undone", async (t) => {
  const post = await ann.v1.statuses.create({ status: "Worth a star" });
  const his = bob.v1.statuses.$select(post.id);
  t.match(await his.favourite(), { favourited: true, favouritesCount: 1 });
  t.match(await his.reblog({ visibility: "public" }), {
    reblogged: true,
    reblog: { id: post.id, reblogsCount: 1 },
  });
  t.match(await his.bookmark(), { bookmarked: true });
  for (const type of ["favourite", "reblog"]) await told(ann, type, him.id);
  t.same(idsOf(await ann.v1.statuses.$select(post.id).favouritedBy.list()), [him.id]);
  t.same(idsOf(await ann.v1.statuses.$select(post.id).rebloggedBy.list()), [him.id]);
  t.ok(idsOf(await bob.v1.favourites.list()).includes(post.id));
  t.same(idsOf(await bob.v1.bookmarks.list()), [post.id]);
  t.match(await his.unfavourite(), { favourited: false, favouritesCount: 0 });
  t.match(await his.unreblog(), { reblogged: false, reblogsCount: 0 });
  t.match(await his.unbookmark(), { bookmarked: false });
  t.same(await bob.v1.bookmarks.list(), []);
  t.match(await ann.v1.statuses.$select(post.id).pin(), { pinned: true });
  const pinned = await bob.v1.accounts.$select(me.id).statuses.list({ pinned: true });
  t.same(idsOf(pinned), [post.id]);
  await t.rejects(his.pin(), refusedWith(422));
  t.match(await ann.v1.statuses.$select(post.id).unpin(), { pinned: false });
});

t.test("a repeat with the same key is the same post", async (t) => {
  const meta = { requestInit: { headers: { "Idempotency-Key": "once-1" } } } as const;
  const one = await ann.v1.statuses.create({ status: "Only once" }, meta);
  const two = await ann.v1.statuses.create({ status: "Only once" }, meta);
  t.equal(two.id, one.id);
  const his = await bob.v1.statuses.create({ status: "Only once" }, meta);
  t.not(his.id, one.id, "a key is one person's");
});

t.test("polls are asked, voted in once, and scheduled posts wait", async (t) => {
  const asked = await ann.v1.statuses.create({
    status: "Tea?",
    poll: { options: ["yes", "no", "milk"], expiresIn: 600, multiple: true },
  });
  const id = asked.poll?.id ?? "";
  t.match(asked.poll, { multiple: true, votesCount: 0, voted: true, ownVotes: [] });
  const voted = await bob.v1.polls.$select(id).votes.create({ choices: [0, 2] });
  t.match(voted, { votesCount: 2, votersCount: 1, voted: true, ownVotes: [0, 2] });
  await t.rejects(bob.v1.polls.$select(id).votes.create({ choices: [2] }), refusedWith(422));
  await t.rejects(ann.v1.polls.$select(id).votes.create({ choices: [1] }), refusedWith(422));
  const seen = await ann.v1.polls.$select(id).fetch();
  t.same(
    seen.options.map((it) => it.votesCount),
    [1, 0, 1],
  );
  const scheduledAt = "2199-01-01T00:00:00.000Z";
  const waiting = await ann.v1.statuses.create({ status: "Later", scheduledAt });
  t.match(waiting, { scheduledAt, params: { text: "Later" } });
  const its = ann.v1.scheduledStatuses.$select(waiting.id);
  const moved = await its.update({ scheduledAt: "2199-02-01T00:00:00.000Z" });
  t.match(moved, { id: waiting.id, scheduledAt: "2199-02-01T00:00:00.000Z" });
  t.same(idsOf(await ann.v1.scheduledStatuses.list()), [waiting.id]);
  await its.remove();
  t.same(await ann.v1.scheduledStatuses.list(), []);
});

t.test("pages lead on to all of a timeline, each post once", async (t) => {
  for (let n = 0; n < 7; n++) await bob.v1.statuses.create({ status: `Page me ${n}` });
  const all = idsOf(await ann.v1.accounts.$select(him.id).statuses.list({ limit: 40 }));
  const paged: string[] = [];
  for await (const page of ann.v1.accounts.$select(him.id).statuses.list({ limit: 3 })) {
    t.ok(page.length <= 3);
    paged.push(...idsOf(page));
  }
  t.same(paged, all);
  t.ok(all.length >= 9);
});

t.test("a revoked token is worth nothing", async (t) => {
  const extra = await signInTo(url, annsApp.app, people.ann, "read");
  const client = clientOf(extra.token);
  t.match(await client.v1.accounts.verifyCredentials(), { username: "ann" });
  await t.rejects(client.v1.statuses.create({ status: "no" }), refusedWith(403));
  const { client_id: clientId, client_secret: clientSecret } = annsApp.app;
  await createOAuthAPIClient({ url }).revoke({ clientId, clientSecret, token: extra.token });
  await t.rejects(client.v1.accounts.verifyCredentials(), refusedWith(401));
  t.match(await ann.v1.accounts.verifyCredentials(), { username: "ann" }, "the other one is good");
});
