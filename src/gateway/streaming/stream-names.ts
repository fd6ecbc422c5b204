// Owns the names of streams: what a client may ask for, which scope it takes, and which channel of
// the hub it listens to. Source: Mastodon API 4.6, streaming.

import { tagName } from "../../domain/text/tag-name.js";
import { scopeCovers } from "../oauth/scopes.js";

export type StreamKind = "user" | "user:notification" | "direct" | "list" | "hashtag" | "public";

export type Stream = {
  kind: StreamKind;
  /** Where the hub delivers what this stream carries. */
  channel: string;
  /** The JSON of `stream` in each frame: the name, and for list and tag which one. */
  label: string;
  /** Of a list stream. */
  listId: string | null;
};

/** What the client is told instead of getting a stream. */
export type StreamProblem = { error: string; status: number };

export const UNKNOWN_STREAM: StreamProblem = { error: "Unknown stream type", status: 400 };
export const NO_TAG: StreamProblem = { error: "Missing tag name parameter", status: 400 };
export const NO_LIST: StreamProblem = { error: "Missing list name parameter", status: 400 };
export const FOREIGN_LIST: StreamProblem = {
  error: "Not authorized to stream this list",
  status: 401,
};
export const SMALL_SCOPE: StreamProblem = {
  error: "Access token does not have the required scopes",
  status: 401,
};
export const BROKEN_INSIDE: StreamProblem = {
  error: "An unexpected error occurred",
  status: 500,
};

/** All streams of one account share a channel: what carries to which is told apart by kind. */
export const accountChannel = (accountId: string): string => `account/${accountId}`;
export const listChannel = (listId: string): string => `list/${listId}`;
export const tagChannel = (tag: string, localOnly: boolean): string =>
  `${localOnly ? "local-tag" : "tag"}/${tag}`;

const PUBLIC_NAMES = [
  "public",
  "public:media",
  "public:local",
  "public:local:media",
  "public:remote",
  "public:remote:media",
] as const;

const PUBLIC: ReadonlyMap<string, Stream> = new Map(
  PUBLIC_NAMES.map((name) => [
    name,
    { kind: "public", channel: name, label: JSON.stringify([name]), listId: null },
  ]),
);

/** Longer ones are no tags. */
const TAG_CHARACTERS_MAX = 500;

/** The public channels that carry a status with these properties. */
export function publicChannels(post: { local: boolean; hasMedia: boolean }): string[] {
  const side = post.local ? "public:local" : "public:remote";
  return post.hasMedia ? ["public", side, "public:media", `${side}:media`] : ["public", side];
}

/** The stream that the name and parameters ask for, for this account. */
export function readStream(
  asked: { stream: string; tag?: string | undefined; list?: string | undefined },
  accountId: string,
): Stream | StreamProblem {
  const open = PUBLIC.get(asked.stream);
  if (open !== undefined) return open;
  switch (asked.stream) {
    case "user":
    case "user:notification":
    case "direct":
      return {
        kind: asked.stream,
        channel: accountChannel(accountId),
        label: `["${asked.stream}"]`,
        listId: null,
      };
    case "list":
      return asked.list === undefined || asked.list === "" ? NO_LIST : listStream(asked.list);
    case "hashtag":
    case "hashtag:local":
      return tagStream(asked.stream, asked.tag ?? "");
    default:
      return UNKNOWN_STREAM;
  }
}

const listStream = (listId: string): Stream => ({
  kind: "list",
  channel: listChannel(listId),
  label: JSON.stringify(["list", listId]),
  listId,
});

function tagStream(name: "hashtag" | "hashtag:local", shown: string): Stream | StreamProblem {
  const tag = tagName(shown.slice(0, TAG_CHARACTERS_MAX));
  if (tag === "") return NO_TAG;
  return {
    kind: "hashtag",
    channel: tagChannel(tag, name === "hashtag:local"),
    label: JSON.stringify([name, shown.slice(0, TAG_CHARACTERS_MAX)]),
    listId: null,
  };
}

export const isProblem = (it: Stream | StreamProblem): it is StreamProblem => "error" in it;

/** Whether the scopes open a stream of this kind at all. */
export function mayStream(scopes: readonly string[], kind: StreamKind): boolean {
  return scopeCovers(scopes, kind === "user:notification" ? "read:notifications" : "read:statuses");
}

/** Whether notifications go along on the `user` stream. */
export const maySeeNotifications = (scopes: readonly string[]): boolean =>
  scopeCovers(scopes, "read:notifications");
