// Owns the tree of OAuth scopes: which there are, which open which others, and what each means in
// plain words. Pure. A parent opens its children; children never add up to their parent.
// Source: Mastodon API 4.6, scopes.

import { type Fault, fault } from "../../base/faults.js";

const READ = [
  "accounts",
  "blocks",
  "bookmarks",
  "collections",
  "favourites",
  "filters",
  "follows",
  "lists",
  "mutes",
  "notifications",
  "search",
  "statuses",
] as const;

const WRITE = [
  "accounts",
  "blocks",
  "bookmarks",
  "collections",
  "conversations",
  "favourites",
  "filters",
  "follows",
  "lists",
  "media",
  "mutes",
  "notifications",
  "reports",
  "statuses",
] as const;

const ADMIN = [
  "accounts",
  "reports",
  "domain_allows",
  "domain_blocks",
  "ip_blocks",
  "email_domain_blocks",
  "canonical_email_blocks",
] as const;

/** What the old scope `follow` opens, for reading and for writing. */
const FOLLOW = ["blocks", "follows", "mutes"] as const;

/** Every scope there is, parents first. */
export const ALL_SCOPES: readonly string[] = [
  "profile",
  "read",
  ...READ.map((name) => `read:${name}`),
  "write",
  ...WRITE.map((name) => `write:${name}`),
  "follow",
  "push",
  "admin:read",
  ...ADMIN.map((name) => `admin:read:${name}`),
  "admin:write",
  ...ADMIN.map((name) => `admin:write:${name}`),
];

const KNOWN = new Set(ALL_SCOPES);
const OPENED_BY_FOLLOW = new Set(FOLLOW.flatMap((name) => [`read:${name}`, `write:${name}`]));

/** What an app gets that names no scope. */
export const DEFAULT_SCOPES: readonly string[] = ["read"];
const SCOPE_TEXT_MAX = 4_000;

/** Whether a token that was granted `granted` may do what needs `wanted`. */
export function scopeCovers(granted: readonly string[], wanted: string): boolean {
  for (const scope of granted) {
    if (scope === wanted) return true;
    if (scope === "follow" ? OPENED_BY_FOLLOW.has(wanted) : opens(scope, wanted)) return true;
  }
  return false;
}

const opens = (parent: string, child: string): boolean =>
  child.length > parent.length &&
  child.charCodeAt(parent.length) === 58 && // ":"
  child.startsWith(parent);

/** Whether each of `wanted` is opened by `granted`. */
export function scopesWithin(granted: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((scope) => scopeCovers(granted, scope));
}

/** Whether both name the same scopes, whatever the order. */
export function sameScopes(a: readonly string[], b: readonly string[]): boolean {
  return [...a].sort().join(" ") === [...b].sort().join(" ");
}

/**
 * The scopes named in `text`, separated by spaces (or "+"), each once, in the order given. Blank
 * text is the default, `read`. Fault: invalid, for a name that is no scope.
 */
export function parseScopes(text: string): string[] | Fault {
  if (text.length > SCOPE_TEXT_MAX)
    return fault("invalid", "Validation failed: Scopes is too long");
  const names = [...new Set(text.split(/[\s+]+/).filter((name) => name !== ""))];
  if (names.length === 0) return [...DEFAULT_SCOPES];
  if (!names.every((name) => KNOWN.has(name))) {
    return fault("invalid", "Validation failed: Scopes doesn't match configured on the server.");
  }
  return names;
}

const WORDS: Record<string, string> = {
  profile: "See your name and picture",
  read: "Read everything in your account",
  write: "Change everything in your account, and post for you",
  follow: "Read and change whom you follow, block and mute",
  push: "Receive your notifications as push messages",
  "admin:read": "Read all data on this server, as a moderator",
  "admin:write": "Change all data on this server, as a moderator",
  "read:accounts": "See accounts' information",
  "read:blocks": "See whom you block",
  "read:bookmarks": "See your bookmarks",
  "read:collections": "See your collections",
  "read:favourites": "See your favourites",
  "read:filters": "See your filters",
  "read:follows": "See whom you follow",
  "read:lists": "See your lists",
  "read:mutes": "See whom you mute",
  "read:notifications": "See your notifications",
  "read:search": "Search for you",
  "read:statuses": "See all posts that you can see",
  "write:accounts": "Change your profile",
  "write:blocks": "Block accounts and servers",
  "write:bookmarks": "Bookmark posts",
  "write:collections": "Change your collections",
  "write:conversations": "Mute and delete conversations",
  "write:favourites": "Favourite posts",
  "write:filters": "Change your filters",
  "write:follows": "Follow and unfollow people",
  "write:lists": "Change your lists",
  "write:media": "Upload files",
  "write:mutes": "Mute people and conversations",
  "write:notifications": "Clear your notifications",
  "write:reports": "Report others",
  "write:statuses": "Publish, change and delete posts",
};

/** What the scope lets an app do, for the person who is asked. */
export function scopeInWords(scope: string): string {
  const words = WORDS[scope];
  if (words !== undefined) return words;
  const [, verb, what] = scope.split(":");
  const object = (what ?? "everything").replaceAll("_", " ");
  return `As a moderator, ${verb === "write" ? "change" : "read"} ${object}`;
}
