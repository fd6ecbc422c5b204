// The whole documents of the serializers: as in test/golden, and as the table of entities has them.

import t from "tap";
import { DEFAULT_POLICY } from "../../../src/domain/notification.js";
import {
  account,
  credentialAccount,
  mutedAccount,
  partialAccount,
} from "../../../src/gateway/entities/account.js";
import {
  application,
  credentialApplication,
  token,
} from "../../../src/gateway/entities/application.js";
import { conversationFields } from "../../../src/gateway/entities/conversation.js";
import { customEmoji } from "../../../src/gateway/entities/custom-emoji.js";
import {
  filter,
  filterKeyword,
  filterResult,
  filterStatus,
  v1Filter,
} from "../../../src/gateway/entities/filter.js";
import { list } from "../../../src/gateway/entities/list.js";
import { marker } from "../../../src/gateway/entities/marker.js";
import { mediaAttachment } from "../../../src/gateway/entities/media-attachment.js";
import {
  notificationFields,
  notificationGroupJson,
} from "../../../src/gateway/entities/notification.js";
import {
  notificationPolicy,
  v1NotificationPolicy,
} from "../../../src/gateway/entities/notification-policy.js";
import { notificationRequestFields } from "../../../src/gateway/entities/notification-request.js";
import { poll } from "../../../src/gateway/entities/poll.js";
import { preferences } from "../../../src/gateway/entities/preferences.js";
import { profile } from "../../../src/gateway/entities/profile.js";
import { quoteJson, shallowQuote } from "../../../src/gateway/entities/quote.js";
import { quoteApproval } from "../../../src/gateway/entities/quote-approval.js";
import { relationship } from "../../../src/gateway/entities/relationship.js";
import { reportFields } from "../../../src/gateway/entities/report.js";
import { accountRole, role } from "../../../src/gateway/entities/role.js";
import { scheduledStatusJson } from "../../../src/gateway/entities/scheduled-status.js";
import { statusBase, statusParts, viewerFlags } from "../../../src/gateway/entities/status.js";
import { statusEdit } from "../../../src/gateway/entities/status-edit.js";
import { statusSource } from "../../../src/gateway/entities/status-source.js";
import { suggestionFields } from "../../../src/gateway/entities/suggestion.js";
import { featuredTag, tag } from "../../../src/gateway/entities/tag.js";
import {
  APP_ID,
  alice,
  aliceUser,
  bob,
  boostDoc,
  filterDoc,
  frank,
  mediaDoc,
  mentionOf,
  NOON_MS,
  pollDoc,
  replyDoc,
  statusDoc,
  statusId,
  thingId,
} from "../../cast/cast.js";
import { EMOJIS, SITE } from "../../cast/site.js";
import { checkEntity, unknownTypes } from "../../entities-table.js";
import { isEntity } from "./is-entity.js";

const view = { site: SITE, emojis: EMOJIS };

t.test("the checker knows every type of the table", async (t) => {
  t.same(unknownTypes(), []);
});

t.test("accounts", async (t) => {
  isEntity(t, "Account", account({ account: alice, ...view }), "account-local");
  isEntity(t, "Account", account({ account: frank, ...view }), "account-remote");
  const moved = { account: { ...bob, movedTo: frank.id, memorial: true, limited: true }, ...view };
  isEntity(t, "Account", account({ ...moved, movedTo: frank }), "account-moved");
  const gone = { ...alice, suspended: true, avatar: "avatars/alice.png" };
  isEntity(t, "Account", account({ account: gone, ...view }), "account-suspended");
  const own = { account: alice, user: aliceUser, followRequestsCount: 3, ...view };
  isEntity(t, "CredentialAccount", credentialAccount(own), "account-own");
  isEntity(t, "MutedAccount", mutedAccount({ account: bob, ...view }, NOON_MS), "account-muted");
  isEntity(
    t,
    "PartialAccountWithAvatar",
    partialAccount({ account: bob, ...view }),
    "account-partial",
  );
  isEntity(t, "Role", role("owner"), "role-owner");
  isEntity(t, "AccountRole", accountRole("moderator"), "role-shown");
  const edited = { account: alice, featuredTags: [featured], site: SITE };
  isEntity(t, "Profile", profile(edited), "profile");
  isEntity(t, "Preferences", preferences(aliceUser), "preferences");
});

const featured = featuredTag({
  id: thingId(4),
  name: "cafe",
  shown: "Café",
  account: alice,
  statuses: 3,
  lastStatusAtMs: NOON_MS,
  site: SITE,
});

t.test("relationships", async (t) => {
  const options = { reblogs: true, notify: false, languages: ["de"] };
  const own = {
    following: { ...options, id: thingId(1) },
    followedBy: thingId(2),
    muting: { id: thingId(3), notifications: true, expiresAtMs: NOON_MS + 1 },
    endorsed: true as const,
    note: "met at the tea house",
  };
  const theirs = { blocking: thingId(5) };
  const known = { otherId: bob.id, own, theirs, domainBlocking: false, nowMs: NOON_MS };
  isEntity(t, "Relationship", relationship(known), "relationship-full");
  t.equal(relationship({ ...known, nowMs: NOON_MS + 1 }).muting, false, "a mute runs out");
  const strangers = { otherId: bob.id, own: null, theirs: null, domainBlocking: true, nowMs: 0 };
  isEntity(t, "Relationship", relationship(strangers), "relationship-strangers");
  const asked = { ...strangers, own: { requested: { ...options, id: "1", languages: [] } } };
  t.match(relationship(asked), { requested: true, showing_reblogs: true, languages: null });
});

const written = statusDoc(alice, 1, {
  text: "Tea with @frank@remote.example #Tea :blobtea:",
  html: "<p>Tea</p>",
  spoiler: "tea",
  mentions: [mentionOf(frank), mentionOf(bob)],
  tags: [{ name: "tea", shown: "Tea" }],
  emojis: ["blobtea", "unknown"],
  media: [mediaDoc(alice, 20)],
  application: { id: APP_ID, name: "Teapot", website: null },
  editedAtMs: NOON_MS + 90_000,
});
const stats = { favourites: 1, reblogs: 2, replies: 3, quotes: 4 };
const statusView = { status: written, stats, author: alice, showApplication: true, ...view };

/** What the read side does with the parts, for a signed-in viewer. */
function spliced(of: typeof statusView, flags: string): unknown {
  const { beforeAccount, afterAccount } = statusParts(of);
  const author = JSON.stringify(account({ account: of.author, ...view }));
  const approval = quoteApproval({
    policy: of.status.quotePolicy,
    viewer: { isAuthor: false, followsAuthor: false },
    quotable: of.status.reblogOfId === null,
  });
  return JSON.parse(
    `${beforeAccount}${author}${afterAccount},"reblog":null,"poll":null,"quote":null,` +
      `"quote_approval":${JSON.stringify(approval)}${flags}}`,
  );
}

t.test("statuses", async (t) => {
  const results = [filterResult(filterDoc(30), { keywordMatches: ["tea"], statusMatches: [] })];
  const marks = { favourited: true, reblogged: false, muted: false, bookmarked: true };
  const flags = viewerFlags({ ...marks, pinned: false, filtered: results });
  isEntity(t, "Status", spliced(statusView, flags), "status-full");
  const plain = { ...statusView, status: statusDoc(bob, 2), author: bob, showApplication: false };
  isEntity(t, "Status", spliced(plain, ""), "status-plain");
  const boost = { ...plain, status: boostDoc(bob, 3, written) };
  isEntity(t, "Status", spliced(boost, ""), "status-boost");
  const reply = replyDoc(frank, 4, { status: written, author: alice });
  const remote = {
    ...reply,
    uri: "https://remote.example/s/4",
    url: "https://remote.example/@frank/4",
  };
  isEntity(t, "Status", spliced({ ...plain, status: remote, author: frank }, ""), "status-remote");

  t.test("are the same in parts and as a value", async (t) => {
    const { beforeAccount, afterAccount } = statusParts(statusView);
    t.same(JSON.parse(`${beforeAccount}0${afterAccount}}`), {
      ...JSON.parse(JSON.stringify(statusBase(statusView))),
      account: 0,
    });
  });
  t.test("answer what was typed when they are deleted", async (t) => {
    const base = statusBase({ ...statusView, asTyped: true });
    t.equal(base.text, written.text);
    t.equal("content" in base, false);
  });
  t.test("hide the app from readers, and media of accounts marked sensitive", async (t) => {
    const author = { ...alice, sensitized: true };
    const base = statusBase({ ...statusView, author, showApplication: false });
    t.equal("application" in base, false);
    t.equal(base.sensitive, true);
  });
  t.test("leave out `pinned` where it says nothing", async (t) => {
    t.equal(
      viewerFlags({ ...marks, filtered: [] }),
      ',"favourited":true,"reblogged":false,"muted":false,"bookmarked":true,"filtered":[]',
    );
  });
});

t.test("what goes with statuses", async (t) => {
  const version = {
    html: "<p>Tea</p>",
    text: "Tea",
    spoiler: "",
    sensitive: false,
    createdAtMs: NOON_MS,
    media: [mediaDoc(alice, 20)],
    emojis: ["blobtea"],
    pollOptions: ["Tea", "Coffee"],
  };
  const by = { account: account({ account: alice, ...view }) };
  isEntity(t, "StatusEdit", { ...statusEdit(version, SITE, EMOJIS), ...by }, "status-edit");
  isEntity(t, "StatusSource", statusSource(written), "status-source");
  isEntity(t, "MediaAttachment", mediaAttachment(mediaDoc(alice, 21), SITE), "media-attachment");
  const waiting = mediaDoc(alice, 22, { url: null, previewUrl: null, meta: null, type: "video" });
  isEntity(t, "MediaAttachment", mediaAttachment(waiting, SITE), "media-attachment-waiting");
  isEntity(t, "CustomEmoji", customEmoji(EMOJIS.get("blobtea")!, SITE), "custom-emoji");
  const shallow = shallowQuote("accepted", written.id);
  isEntity(t, "ShallowQuote", shallow, "quote-shallow");
  isEntity(t, "Quote", JSON.parse(quoteJson("pending", null)), "quote-pending");
  const quoted = JSON.stringify(spliced(statusView, ""));
  t.same(checkEntity("Quote", JSON.parse(quoteJson("accepted", quoted))), []);
});

t.test("a scheduled status keeps every digit of its ids", async (t) => {
  const scheduled = {
    id: thingId(8),
    atMs: NOON_MS + 3_600_000,
    params: {
      text: "Later",
      poll: { options: ["Tea", "Coffee"], expiresInS: 3600, multiple: false, hideTotals: true },
      mediaIds: null,
      sensitive: false,
      spoiler: null,
      visibility: "public" as const,
      inReplyToId: statusId(1),
      language: "en",
      applicationId: APP_ID,
      idempotencyKey: "key",
      quotedStatusId: null,
      quotePolicy: "public" as const,
    },
    media: [mediaDoc(alice, 20)],
  };
  const json = scheduledStatusJson(scheduled, SITE);
  t.match(json, `"in_reply_to_id":${statusId(1)},"application_id":${APP_ID}}`);
  isEntity(t, "ScheduledStatus", JSON.parse(json), "scheduled-status");
});

t.test("polls", async (t) => {
  const asked = {
    poll: pollDoc(written, { multiple: true, votersCount: 2 }),
    emojiCodes: ["blobtea"],
  };
  const open = { ...asked, ...view, nowMs: NOON_MS };
  const voter = { isAuthor: false, votes: [1] };
  isEntity(t, "Poll", poll({ ...open, viewer: voter }), "poll-voted");
  const hidden = { ...open, poll: { ...open.poll, hideTotals: true } };
  isEntity(t, "Poll", poll(hidden), "poll-hidden");
  const over = poll({ ...hidden, nowMs: NOON_MS + 86_400_000 });
  t.match(over, { expired: true, options: [{ votes_count: 0 }, { votes_count: 0 }] });
  t.match(poll({ ...open, viewer: { isAuthor: true, votes: [] } }), { voted: true, own_votes: [] });
});

t.test("who may quote", async (t) => {
  const reader = { isAuthor: false, followsAuthor: false };
  const asks = (policy: "public" | "followers" | "nobody", viewer: typeof reader | null) =>
    quoteApproval({ policy, viewer, quotable: true }).current_user;
  t.equal(asks("public", reader), "automatic");
  t.equal(asks("public", null), "denied", "nobody is signed in");
  t.equal(asks("followers", reader), "denied");
  t.equal(asks("followers", { ...reader, followsAuthor: true }), "automatic");
  t.equal(asks("nobody", { ...reader, followsAuthor: true }), "denied");
  t.equal(asks("nobody", { ...reader, isAuthor: true }), "automatic", "authors quote themselves");
  const approval = quoteApproval({ policy: "public", viewer: reader, quotable: false });
  isEntity(t, "QuoteApproval", approval, "quote-approval");
});

t.test("filters", async (t) => {
  const statuses = [{ id: thingId(40), statusId: statusId(9) }];
  const doc = filterDoc(30, { statuses, expiresAtMs: NOON_MS, action: "hide" });
  isEntity(t, "Filter", filter(doc), "filter");
  isEntity(t, "FilterKeyword", filterKeyword(doc.keywords[0]!), "filter-keyword");
  isEntity(t, "FilterStatus", filterStatus(statuses[0]!), "filter-status");
  isEntity(t, "V1::Filter", v1Filter(doc, doc.keywords[0]!), "filter-v1");
  const matches = { keywordMatches: [], statusMatches: [statusId(9)] };
  isEntity(t, "FilterResult", filterResult(doc, matches), "filter-result");
});

t.test("notifications", async (t) => {
  const doc = {
    id: thingId(50),
    type: "favourite" as const,
    createdAtMs: NOON_MS,
    fromId: bob.id,
    statusId: written.id,
    reportId: null,
    groupKey: `favourite-${written.id}-1`,
    filtered: true,
  };
  const from = { account: account({ account: bob, ...view }) };
  const single = { ...notificationFields(doc), ...from, status: spliced(statusView, "") };
  isEntity(t, "Notification", single, "notification");
  const alone = notificationFields({ ...doc, groupKey: "", filtered: false });
  t.equal(alone.group_key, `ungrouped-${doc.id}`);
  t.equal("filtered" in alone, false);
  const group = {
    groupKey: doc.groupKey,
    type: doc.type,
    count: 2,
    mostRecentId: doc.id,
    sampleAccountIds: [bob.id],
    statusId: written.id,
    page: { minId: thingId(49), maxId: doc.id, latestAtMs: NOON_MS },
  };
  const json = `${notificationGroupJson(group)}}`;
  t.match(json, `"most_recent_notification_id":${doc.id}}`);
  isEntity(t, "NotificationGroup", JSON.parse(json), "notification-group");
  const policy = { policy: DEFAULT_POLICY, pendingRequests: 1, pendingNotifications: 2 };
  isEntity(t, "NotificationPolicy", notificationPolicy(policy), "notification-policy");
  isEntity(t, "V1::NotificationPolicy", v1NotificationPolicy(policy), "notification-policy-v1");
  const held = { id: thingId(1), createdAtMs: 0, updatedAtMs: NOON_MS, notifications: 2 };
  const request = { ...notificationRequestFields(held), ...from, last_status: null };
  isEntity(t, "NotificationRequest", request, "notification-request");
});

t.test("lists, tags, conversations and the like", async (t) => {
  const friends = {
    id: thingId(1),
    title: "Friends",
    repliesPolicy: "list" as const,
    exclusive: true,
  };
  isEntity(t, "List", list(friends), "list");
  const read = { lastReadId: written.id, version: 4, updatedAtMs: NOON_MS };
  isEntity(t, "Marker", marker(read), "marker");
  const today = Math.floor(NOON_MS / 86_400_000);
  const days = [
    { day: today, accounts: 1, uses: 2 },
    { day: today - 6, accounts: 3, uses: 4 },
    { day: today - 7, accounts: 9, uses: 9 },
  ];
  const used = { id: thingId(2), name: "café", shown: "Café", days, nowMs: NOON_MS, site: SITE };
  const viewer = { following: true, featuring: false };
  isEntity(t, "Tag", tag({ ...used, viewer }), "tag");
  isEntity(t, "FeaturedTag", featured, "featured-tag");
  const by = { account: account({ account: bob, ...view }) };
  const suggested = { ...suggestionFields(["friends_of_friends", "featured"]), ...by };
  isEntity(t, "Suggestion", suggested, "suggestion");
  const thread = { ...conversationFields(thingId(3), true), accounts: [], last_status: null };
  isEntity(t, "Conversation", thread, "conversation");
  const report = {
    id: thingId(5),
    accountId: alice.id,
    targetId: bob.id,
    statusIds: [statusId(2)],
    ruleIds: ["1"],
    category: "violation" as const,
    comment: "Too much coffee",
    forwarded: false,
    createdAtMs: NOON_MS,
    actionTakenAtMs: null,
  };
  const target = { target_account: by.account };
  isEntity(t, "Report", { ...reportFields(report), ...target }, "report");
});

t.test("apps and tokens", async (t) => {
  const app = {
    id: APP_ID,
    name: "Teapot",
    website: null,
    scopes: ["read", "write"],
    redirectUris: ["urn:ietf:wg:oauth:2.0:oob", "teapot://signed-in"],
    vapidKey: "",
  };
  isEntity(t, "Application", application(app), "application");
  const secrets = { clientId: "id", clientSecret: "secret" };
  isEntity(
    t,
    "CredentialApplication",
    credentialApplication({ ...app, ...secrets }),
    "application-own",
  );
  const granted = { token: "t0ken", scopes: ["read", "follow"], createdAtMs: NOON_MS + 999 };
  isEntity(t, "Token", token(granted), "token");
});

t.test("the checker finds what is wrong", async (t) => {
  const right = JSON.parse(JSON.stringify(account({ account: alice, ...view })));
  const { note: _, ...lacking } = right;
  t.same(checkEntity("Account", lacking), ["Account.note is missing"]);
  t.same(checkEntity("Account", { ...right, note: null }), ["Account.note is null"]);
  t.same(checkEntity("Account", { ...right, id: 7 }), ["Account.id is 7, not id"]);
  t.same(checkEntity("Account", { ...right, made_up: 1 }), ["Account.made_up is not in the table"]);
  t.match(checkEntity("Account", { ...right, created_at: "2026-01-31T12:00:00.000Z" }), [
    /midnight/,
  ]);
  t.match(checkEntity("Account[]", [right, { ...right, fields: [{ name: "a" }] }]), [
    "Account[1].fields[0].value is missing",
    "Account[1].fields[0].verified_at is missing",
  ]);
  t.match(checkEntity("Filter", { ...filter(filterDoc(1)), filter_action: "shout" }), [/enum/]);
  t.throws(() => checkEntity("Teapot", {}));
});
