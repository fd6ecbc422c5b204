// Owns the people of the tests and what they write: fixed ids, names and times, so that a failure
// reads like a story. Builders fill in whatever a test does not care about.

import { idAt } from "../../src/base/ids.js";
import {
  type AccountDoc,
  DEFAULT_SETTINGS,
  type ProfileField,
  type UserDoc,
} from "../../src/domain/account.js";
import type { FilterDoc } from "../../src/domain/filter.js";
import type { MediaDoc, PollDoc, StatusDoc } from "../../src/domain/status.js";

export const PUBLIC_URL = "https://social.example";

/** Noon of the first day of the story; accounts were made before, statuses from here on. */
export const NOON_MS = Date.UTC(2026, 0, 31, 12);
const JOINED_MS = Date.UTC(2026, 0, 1, 9);

const accountId = (place: number): string => idAt(JOINED_MS + place * 60_000);

/** Id of the n-th status of the story: one a minute from NOON_MS on. */
export const statusId = (place: number): string => idAt(NOON_MS + place * 60_000);

/** Id of anything else (relations, notifications, lists): one a second from NOON_MS on. */
export const thingId = (place: number): string => idAt(NOON_MS + place * 1_000, 7);

export const APP_ID = idAt(JOINED_MS, 1);

export function accountDoc(
  more: Partial<AccountDoc> & { id: string; username: string },
): AccountDoc {
  return {
    domain: null,
    displayName: "",
    note: "",
    noteHtml: "",
    fields: [],
    avatar: null,
    avatarStatic: null,
    avatarDescription: "",
    header: null,
    headerStatic: null,
    headerDescription: "",
    emojis: [],
    locked: false,
    bot: false,
    group: false,
    discoverable: null,
    indexable: false,
    hideCollections: null,
    showMedia: true,
    showMediaReplies: true,
    showFeatured: true,
    attributionDomains: [],
    memorial: false,
    suspended: false,
    limited: false,
    sensitized: false,
    movedTo: null,
    createdAtMs: JOINED_MS,
    lastStatusAtMs: null,
    statusesCount: 0,
    followersCount: 0,
    followingCount: 0,
    shownRole: null,
    uri: null,
    url: null,
    revision: 1,
    ...more,
  };
}

export function userDoc(account: AccountDoc, more: Partial<UserDoc> = {}): UserDoc {
  return {
    accountId: account.id,
    username: account.username,
    email: `${account.username}@mail.example`,
    emailConfirmedAtMs: account.createdAtMs,
    passwordHash: "",
    passwordChangedAtMs: account.createdAtMs,
    role: "user",
    approved: true,
    disabled: false,
    reason: null,
    locale: "en",
    createdAtMs: account.createdAtMs,
    createdByAppId: null,
    timeZone: null,
    ...more,
    settings: { ...DEFAULT_SETTINGS, ...more.settings },
  };
}

const homepage: ProfileField = {
  name: "Home page",
  value: "https://alice.example/",
  html:
    '<a href="https://alice.example/" target="_blank" rel="nofollow noopener me" translate="no">' +
    '<span class="invisible">https://</span><span class="">alice.example/</span>' +
    '<span class="invisible"></span></a>',
  verifiedAtMs: Date.UTC(2026, 0, 2, 10),
};

/** The owner of the server; writes most. */
export const alice = accountDoc({
  id: accountId(1),
  username: "alice",
  displayName: "Alice",
  note: "Hello",
  noteHtml: "<p>Hello</p>",
  fields: [homepage],
  discoverable: true,
  indexable: true,
  shownRole: "owner",
});

/** Follows alice. */
export const bob = accountDoc({ id: accountId(2), username: "bob", displayName: "Bob" });

/** Approves her followers by hand. */
export const carol = accountDoc({
  id: accountId(3),
  username: "carol",
  displayName: "Carol",
  locked: true,
});

/** Is blocked by some. */
export const dave = accountDoc({ id: accountId(4), username: "dave", displayName: "Dave" });

/** Knows nobody. */
export const erin = accountDoc({ id: accountId(5), username: "erin" });

/** Lives on another server. */
export const frank = accountDoc({
  id: accountId(6),
  username: "frank",
  domain: "remote.example",
  displayName: "Frank",
  uri: "https://remote.example/users/frank",
  url: "https://remote.example/@frank",
});

export const aliceUser = userDoc(alice, { role: "owner" });
export const bobUser = userDoc(bob);
export const carolUser = userDoc(carol);
export const daveUser = userDoc(dave);
export const erinUser = userDoc(erin);

/** A public post; `place` gives its id and time (see statusId). */
export function statusDoc(
  author: AccountDoc,
  place: number,
  more: Partial<StatusDoc> = {},
): StatusDoc {
  const id = more.id ?? statusId(place);
  const text = more.text ?? `Post ${place}`;
  return {
    id,
    accountId: author.id,
    createdAtMs: NOON_MS + place * 60_000,
    editedAtMs: null,
    visibility: "public",
    text,
    html: text === "" ? "" : `<p>${text}</p>`,
    spoiler: "",
    sensitive: false,
    language: "en",
    inReplyToId: null,
    inReplyToAccountId: null,
    conversationId: id,
    reblogOfId: null,
    reblogOfAccountId: null,
    quoteOfId: null,
    quoteState: null,
    quotePolicy: "public",
    mentions: [],
    tags: [],
    emojis: [],
    media: [],
    pollId: null,
    application: null,
    uri: null,
    url: null,
    local: author.domain === null,
    revision: 1,
    ...more,
  };
}

/** A reply; it is in the same conversation and mentions the author of the parent. */
export function replyDoc(
  author: AccountDoc,
  place: number,
  to: { status: StatusDoc; author: AccountDoc },
  more: Partial<StatusDoc> = {},
): StatusDoc {
  return statusDoc(author, place, {
    inReplyToId: to.status.id,
    inReplyToAccountId: to.author.id,
    conversationId: to.status.conversationId,
    mentions: to.author.id === author.id ? [] : [mentionOf(to.author)],
    ...more,
  });
}

export function boostDoc(author: AccountDoc, place: number, of: StatusDoc): StatusDoc {
  return statusDoc(author, place, {
    text: "",
    language: null,
    reblogOfId: of.id,
    reblogOfAccountId: of.accountId,
  });
}

export function mentionOf(account: AccountDoc): StatusDoc["mentions"][number] {
  const { id, username, domain, url } = account;
  const acct = domain === null ? username : `${username}@${domain}`;
  return { accountId: id, username, acct, url };
}

/** Two options, ends a day after NOON_MS. Its id is the status's own. */
export function pollDoc(status: StatusDoc, more: Partial<PollDoc> = {}): PollDoc {
  return {
    id: status.id,
    statusId: status.id,
    accountId: status.accountId,
    options: [
      { title: "Tea", votes: 0 },
      { title: "Coffee", votes: 0 },
    ],
    multiple: false,
    hideTotals: false,
    expiresAtMs: NOON_MS + 86_400_000,
    votersCount: 0,
    closed: false,
    ...more,
  };
}

export function mediaDoc(owner: AccountDoc, place: number, more: Partial<MediaDoc> = {}): MediaDoc {
  const id = thingId(place);
  return {
    id,
    accountId: owner.id,
    type: "image",
    url: `media/${id}/original.png`,
    previewUrl: `media/${id}/small.png`,
    remoteUrl: null,
    previewRemoteUrl: null,
    meta: {
      original: { width: 640, height: 480, size: "640x480", aspect: 1.3333333333333333 },
      small: { width: 320, height: 240, size: "320x240", aspect: 1.3333333333333333 },
      focus: { x: 0, y: 0.5 },
    },
    description: "A cup of tea",
    blurhash: "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
    ...more,
  };
}

/** Warns at home about the whole word "tea". */
export function filterDoc(place: number, more: Partial<FilterDoc> = {}): FilterDoc {
  return {
    id: thingId(place),
    title: "Tea",
    contexts: ["home"],
    action: "warn",
    expiresAtMs: null,
    keywords: [{ id: thingId(place + 1), keyword: "tea", wholeWord: true }],
    statuses: [],
    ...more,
  };
}
