// Owns what an account marks on statuses of anybody: favourites, boosts, bookmarks, muted threads.
// The other side, counting at the status's author, is received.ts.

import { dropMember, putMember } from "../../base/changes.js";
import { rankOf } from "../../base/ids.js";
import { bookmarksOf, favouritesOf, reblogsOf, threadMutesOf } from "../../domain/collections.js";
import type { StatusDoc } from "../../domain/status.js";
import type { Visibility } from "../../domain/visibility.js";
import type { Change } from "../../ports/storage.js";
import { type DecideContext, type Decision, type Need, record } from "../behaviour.js";
import type { Effect } from "../effects.js";
import { profileChanges, touch } from "./profile.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";
import { deleted, posted } from "./statuses-index.js";
import { eventOf, fanOutOf, publish, tell } from "./statuses-react.js";

export type Command =
  | { type: "favourite" | "unfavourite"; statusId: string; authorId: string }
  | {
      type: "reblog";
      statusId: string;
      authorId: string;
      visibility: Visibility;
      language: string | null;
    }
  | { type: "unreblog"; statusId: string; authorId: string }
  | { type: "bookmark" | "unbookmark"; statusId: string }
  | { type: "mute-thread" | "unmute-thread"; conversationId: string };

export type Fact =
  | { type: "favourited"; statusId: string; authorId: string; markId: string; atMs: number }
  | { type: "unfavourited"; statusId: string; authorId: string }
  | { type: "boosted"; status: StatusDoc }
  | { type: "unboosted"; boost: StatusDoc["id"]; statusId: string; authorId: string }
  | { type: "bookmarked"; statusId: string; markId: string }
  | { type: "unbookmarked"; statusId: string }
  | { type: "thread-muted"; conversationId: string; markId: string }
  | { type: "thread-unmuted"; conversationId: string };

export const marksSlice: Slice<Command, Fact> = {
  commands: [
    "favourite",
    "unfavourite",
    "reblog",
    "unreblog",
    "bookmark",
    "unbookmark",
    "mute-thread",
    "unmute-thread",
  ],
  facts: [
    "favourited",
    "unfavourited",
    "boosted",
    "unboosted",
    "bookmarked",
    "unbookmarked",
    "thread-muted",
    "thread-unmuted",
  ],
  always: ["unfavourite", "unreblog"],
  needs: (account, command) => [placeOf(account, command)],
  decide,
  evolve,
  index,
  react,
};

/** The one member that tells whether the mark is set already. */
function placeOf(account: Account, command: Command): Extract<Need, { collection: string }> {
  switch (command.type) {
    case "favourite":
    case "unfavourite":
      return { collection: favouritesOf(account.id), member: command.statusId };
    case "reblog":
    case "unreblog":
      return { collection: reblogsOf(account.id), member: command.statusId };
    case "bookmark":
    case "unbookmark":
      return { collection: bookmarksOf(account.id), member: command.statusId };
    case "mute-thread":
    case "unmute-thread":
      return { collection: threadMutesOf(account.id), member: command.conversationId };
  }
}

function decide(account: Account, command: Command, context: DecideContext): Decision<Fact> {
  const place = placeOf(account, command);
  const marked = context.reads.member(place.collection, place.member);
  const { nowMs: atMs, nextId } = context;
  switch (command.type) {
    case "favourite": {
      const { statusId, authorId } = command;
      const markId = nextId();
      if (marked !== null) return record<Fact>([], { markId: marked });
      const fact: Fact = { type: "favourited", statusId, authorId, markId, atMs };
      return record<Fact>([fact], { markId });
    }
    case "unfavourite":
      return record<Fact>(marked === null ? [] : [{ ...command, type: "unfavourited" }]);
    case "reblog":
      if (marked !== null) return record<Fact>([], { reblogId: marked });
      return boost(account, command, context);
    case "unreblog": {
      if (marked === null) return record<Fact>([]);
      const { statusId, authorId } = command;
      return record<Fact>([{ type: "unboosted", boost: marked, statusId, authorId }]);
    }
    case "bookmark":
      if (marked !== null) return record<Fact>([]);
      return record<Fact>([{ type: "bookmarked", statusId: command.statusId, markId: nextId() }]);
    case "unbookmark":
      return record<Fact>(marked === null ? [] : [{ ...command, type: "unbookmarked" }]);
    case "mute-thread": {
      if (marked !== null) return record<Fact>([]);
      const { conversationId } = command;
      return record<Fact>([{ type: "thread-muted", conversationId, markId: nextId() }]);
    }
    case "unmute-thread":
      return record<Fact>(marked === null ? [] : [{ ...command, type: "thread-unmuted" }]);
  }
}

function boost(
  account: Account,
  command: Extract<Command, { type: "reblog" }>,
  { nowMs, nextId }: DecideContext,
): Decision<Fact> {
  const id = nextId();
  const status: StatusDoc = {
    id,
    accountId: account.id,
    createdAtMs: nowMs,
    editedAtMs: null,
    visibility: command.visibility,
    text: "",
    html: "",
    spoiler: "",
    sensitive: false,
    language: command.language,
    inReplyToId: null,
    inReplyToAccountId: null,
    conversationId: id,
    reblogOfId: command.statusId,
    reblogOfAccountId: command.authorId,
    quoteOfId: null,
    quoteState: null,
    quotePolicy: "nobody",
    mentions: [],
    tags: [],
    emojis: [],
    media: [],
    pollId: null,
    application: null,
    uri: null,
    url: null,
    local: true,
    revision: 1,
  };
  return record<Fact>([{ type: "boosted", status }], { reblogId: id });
}

function evolve(account: Account, fact: Fact): void {
  const { profile } = account;
  if (profile === null) return;
  if (fact.type === "boosted") {
    profile.statusesCount++;
    profile.lastStatusAtMs = fact.status.createdAtMs;
    touch(account);
  } else if (fact.type === "unboosted") {
    profile.statusesCount = Math.max(0, profile.statusesCount - 1);
    touch(account);
  }
}

function index(account: Account, fact: Fact): readonly Change[] {
  const { id } = account;
  switch (fact.type) {
    case "favourited":
      return [putMember(favouritesOf(id), fact.statusId, rankOf(fact.markId), fact.markId)];
    case "unfavourited":
      return [dropMember(favouritesOf(id), fact.statusId)];
    case "boosted": {
      const of = fact.status.reblogOfId ?? "";
      const mark = putMember(reblogsOf(id), of, rankOf(fact.status.id), fact.status.id);
      return [...posted(fact.status, null), mark, ...profileChanges(account)];
    }
    case "unboosted":
      return [...deleted(id, goneBoost(fact)), ...profileChanges(account)];
    case "bookmarked":
      return [putMember(bookmarksOf(id), fact.statusId, rankOf(fact.markId))];
    case "unbookmarked":
      return [dropMember(bookmarksOf(id), fact.statusId)];
    case "thread-muted":
      return [putMember(threadMutesOf(id), fact.conversationId, rankOf(fact.markId))];
    case "thread-unmuted":
      return [dropMember(threadMutesOf(id), fact.conversationId)];
  }
}

const goneBoost = (fact: Extract<Fact, { type: "unboosted" }>) => ({
  id: fact.boost,
  visibility: "public" as const,
  inReplyToId: null,
  inReplyToAccountId: null,
  reblogOfId: fact.statusId,
  reblogOfAccountId: fact.authorId,
  quoteOfId: null,
  pollId: null,
  conversationId: fact.boost,
  mentionIds: [],
  tags: [],
  hasMedia: false,
});

function react(account: Account, fact: Fact): readonly Effect[] {
  const byId = account.id;
  switch (fact.type) {
    case "favourited": {
      const { statusId, markId, atMs, authorId } = fact;
      return [tell(authorId, { type: "favourite-received", byId, statusId, markId, atMs })];
    }
    case "unfavourited": {
      const { statusId, authorId } = fact;
      return [tell(authorId, { type: "unfavourite-received", byId, statusId })];
    }
    case "boosted": {
      const { status } = fact;
      return [
        publish(eventOf("status-created", status)),
        fanOutOf(status),
        tell(status.reblogOfAccountId ?? "", reblogReceived(byId, status)),
      ];
    }
    case "unboosted": {
      const { statusId, authorId } = fact;
      return [
        publish({
          type: "status-deleted",
          statusId: fact.boost,
          authorId: byId,
          visibility: "public",
          local: true,
          isBoost: true,
          isReplyToOther: false,
          hasMedia: false,
          tags: [],
          mentionIds: [],
        }),
        tell(authorId, { type: "unreblog-received", byId, statusId }),
      ];
    }
    default:
      return [];
  }
}

export const reblogReceived = (byId: string, status: StatusDoc) => ({
  type: "reblog-received" as const,
  byId,
  statusId: status.reblogOfId ?? "",
  reblogId: status.id,
  visibility: status.visibility,
  atMs: status.createdAtMs,
});
