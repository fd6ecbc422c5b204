// Owns what an account is: the public document, the private user document, and how two accounts
// stand to each other. Record kinds: "account" (by account id), "user" (by account id), "relation"
// (by `relationId(owner, other)`). Each is written only by the account's own cell.

import type { Visibility } from "./visibility.js";

export type QuotePolicy = "public" | "followers" | "nobody";

export type ProfileField = {
  name: string;
  /** As typed. */
  value: string;
  /** Sanitised HTML. */
  html: string;
  verifiedAtMs: number | null;
};

/** What everybody may know of an account. Record "account". */
export type AccountDoc = {
  id: string;
  username: string;
  /** Null for a local account, else the host in lower case (punycode). */
  domain: string | null;
  displayName: string;
  /** As typed. */
  note: string;
  /** Sanitised HTML. */
  noteHtml: string;
  fields: ProfileField[];
  /** Blob keys; null shows the default picture. Remote accounts hold the remote address instead. */
  avatar: string | null;
  avatarStatic: string | null;
  avatarDescription: string;
  header: string | null;
  headerStatic: string | null;
  headerDescription: string;
  /** Shortcodes of custom emoji used in name, note and fields. */
  emojis: string[];
  locked: boolean;
  bot: boolean;
  group: boolean;
  discoverable: boolean | null;
  indexable: boolean;
  hideCollections: boolean | null;
  showMedia: boolean;
  showMediaReplies: boolean;
  showFeatured: boolean;
  attributionDomains: string[];
  memorial: boolean;
  suspended: boolean;
  /** Silenced: reachable, but kept off public places. */
  limited: boolean;
  /** Every medium is marked sensitive, by moderators. */
  sensitized: boolean;
  /** Account id it moved to. */
  movedTo: string | null;
  createdAtMs: number;
  lastStatusAtMs: number | null;
  statusesCount: number;
  followersCount: number;
  followingCount: number;
  /** Name of the role if it is to be shown on the profile, else null. */
  shownRole: RoleName | null;
  /** For remote accounts; null for local ones, whose addresses follow from the public URL. */
  uri: string | null;
  url: string | null;
  /** Grows with each change of this document. */
  revision: number;
};

export type RoleName = "owner" | "admin" | "moderator" | "user";

/** What only the account itself, its app and moderators may know. Record "user". */
export type UserDoc = {
  accountId: string;
  username: string;
  email: string;
  /** Null until the address is confirmed. */
  emailConfirmedAtMs: number | null;
  /** argon2id, PHC string. */
  passwordHash: string;
  /** Sessions and tokens made before this are dead. */
  passwordChangedAtMs: number;
  role: RoleName;
  approved: boolean;
  disabled: boolean;
  /** Why they want to join, when approval is on. */
  reason: string | null;
  locale: string;
  createdAtMs: number;
  createdByAppId: string | null;
  /** Time zone name, when told. */
  timeZone: string | null;
  settings: UserSettings;
};

export type UserSettings = {
  privacy: Visibility;
  sensitive: boolean;
  /** ISO 639 code, or null for the locale's. */
  language: string | null;
  quotePolicy: QuotePolicy;
  expandMedia: "default" | "show_all" | "hide_all";
  expandSpoilers: boolean;
  autoplayGifs: boolean;
  /** Languages shown on public timelines; empty for all. */
  chosenLanguages: string[];
  showApplication: boolean;
};

export const DEFAULT_SETTINGS: UserSettings = {
  privacy: "public",
  sensitive: false,
  language: null,
  quotePolicy: "public",
  expandMedia: "default",
  expandSpoilers: false,
  autoplayGifs: false,
  chosenLanguages: [],
  showApplication: true,
};

export type FollowOptions = {
  reblogs: boolean;
  notify: boolean;
  /** Null or empty: all languages. */
  languages: string[] | null;
};

/** How `owner` stands to `other`, as the owner's cell knows. Record "relation". Keys are absent when untrue. */
export type RelationDoc = {
  /** The owner follows the other (accepted). `id` is the id of the relation, for paging. */
  following?: FollowOptions & { id: string };
  /** The owner has asked to follow the other. */
  requested?: FollowOptions & { id: string };
  /** The other follows the owner (accepted): the id of the relation. */
  followedBy?: string;
  /** The other has asked to follow the owner. */
  requestedBy?: string;
  blocking?: string;
  muting?: { id: string; notifications: boolean; expiresAtMs: number | null };
  note?: string;
  endorsed?: true;
  /** Notifications of the other are let through whatever the policy says (accepted request). */
  notificationsAllowed?: true;
};

export const relationId = (owner: string, other: string): string => `${owner}:${other}`;

/** True while the mute has not run out. */
export function isMuting(relation: RelationDoc | null, nowMs: number): boolean {
  const mute = relation?.muting;
  return mute !== undefined && (mute.expiresAtMs === null || mute.expiresAtMs > nowMs);
}

/** `user` for a local account, `user@host` for a remote one. */
export const acctOf = (it: { username: string; domain: string | null }): string =>
  it.domain === null ? it.username : `${it.username}@${it.domain}`;

/** Register keys that make names and addresses unique. The value is the account id. */
export const usernameKey = (username: string): string => `username/${username.toLowerCase()}`;
export const emailKey = (email: string): string => `email/${email.trim().toLowerCase()}`;
