// Owns what follows from the facts of the statuses slice: fan-out, notifications, messages to the
// cells of other authors, events for streams and caches.

import { rebloggedBy } from "../../domain/collections.js";
import type { Notify } from "../../domain/notification.js";
import type { StatusDoc } from "../../domain/status.js";
import { accountCell } from "../../ports/actors.js";
import type { DomainEvent } from "../../ports/events.js";
import type { Effect } from "../effects.js";
import type { Account } from "./state.js";
import type { DeletedStatus, StatusFact } from "./status-facts.js";

export function reactStatuses(account: Account, fact: StatusFact): readonly Effect[] {
  switch (fact.type) {
    case "posted":
      return reactPosted(account, fact.status, fact);
    case "edited":
      return reactEdited(account, fact.status);
    case "status-deleted":
      return reactDeleted(account, fact.status);
    case "status-changed":
      return [publish(eventOf("status-edited", fact.status))];
    default:
      return [];
  }
}

export const publish = (event: DomainEvent): Effect => ({ ask: "publish", durable: false, event });

export const tell = <Command extends { type: string }>(
  accountId: string,
  command: Command,
): Effect => ({
  ask: "tell",
  durable: true,
  to: accountCell(accountId),
  command,
});

/** What listeners need to know of a status to route it. */
export function eventOf(
  type: "status-created" | "status-edited" | "status-deleted",
  status: StatusDoc,
): DomainEvent {
  return {
    type,
    statusId: status.id,
    authorId: status.accountId,
    visibility: status.visibility,
    local: status.local,
    isBoost: status.reblogOfId !== null,
    isReplyToOther: status.inReplyToId !== null && status.inReplyToAccountId !== status.accountId,
    hasMedia: status.media.length > 0,
    tags: status.tags.map((tag) => tag.name),
    mentionIds: status.mentions.map((mention) => mention.accountId),
  };
}

/** The fan-out of a new status or boost. */
export function fanOutOf(status: StatusDoc): Effect {
  const toOther =
    status.inReplyToAccountId !== null && status.inReplyToAccountId !== status.accountId;
  return {
    ask: "fan-out",
    durable: true,
    post: {
      statusId: status.id,
      authorId: status.accountId,
      ofAuthorId: status.reblogOfAccountId,
      replyToAccountId: toOther ? status.inReplyToAccountId : null,
      isBoost: status.reblogOfId !== null,
      visibility: status.visibility,
      language: status.language,
      mentionIds: status.mentions.map((mention) => mention.accountId),
      tags: status.tags.map((tag) => tag.name),
    },
  };
}

const localMentions = (status: StatusDoc): string[] => {
  const ids = status.mentions.filter((it) => !it.acct.includes("@")).map((it) => it.accountId);
  return [...new Set(ids)].filter((id) => id !== status.accountId);
};

function mention(status: StatusDoc, type: "mention" | "quote"): Notify {
  return {
    type: "notify",
    notification: type,
    fromId: status.accountId,
    statusId: status.id,
    conversationId: status.conversationId,
    visibility: status.visibility,
    atMs: status.createdAtMs,
  };
}

function reactPosted(
  account: Account,
  status: StatusDoc,
  {
    quoteOfAccountId,
    answersId,
  }: Pick<Extract<StatusFact, { type: "posted" }>, "quoteOfAccountId" | "answersId">,
): Effect[] {
  const mentioned = localMentions(status);
  const effects: Effect[] = [publish(eventOf("status-created", status)), fanOutOf(status)];
  for (const id of mentioned) {
    const inResponse = id === answersId;
    effects.push(tell(id, { ...mention(status, "mention"), inResponse }));
  }
  if (status.visibility === "direct") {
    const participantIds = [...new Set([account.id, ...status.mentions.map((m) => m.accountId)])];
    for (const id of [account.id, ...mentioned]) {
      effects.push(
        tell(id, {
          type: "direct-received",
          statusId: status.id,
          conversationId: status.conversationId,
          authorId: account.id,
          participantIds,
        }),
      );
    }
  }
  if (status.inReplyToId !== null && status.inReplyToAccountId !== null) {
    const counts = status.visibility === "public" || status.visibility === "unlisted";
    if (counts) {
      effects.push(tell(status.inReplyToAccountId, reply("reply-received", status)));
    }
  }
  if (status.quoteOfId !== null && quoteOfAccountId !== null) {
    effects.push(
      tell(quoteOfAccountId, {
        type: "quote-received",
        byId: account.id,
        statusId: status.quoteOfId,
        quotingId: status.id,
      }),
    );
    if (quoteOfAccountId !== account.id) {
      effects.push(tell(quoteOfAccountId, mention(status, "quote")));
    }
  }
  return effects;
}

const reply = (
  type: "reply-received" | "reply-removed",
  status: Pick<StatusDoc, "id" | "inReplyToId">,
) => ({ type, statusId: status.inReplyToId, replyId: status.id });

function reactEdited(account: Account, status: StatusDoc): Effect[] {
  const update: Notify = {
    type: "notify",
    notification: "update",
    fromId: account.id,
    statusId: status.id,
    conversationId: status.conversationId,
    visibility: status.visibility,
    atMs: status.editedAtMs ?? status.createdAtMs,
  };
  return [
    publish(eventOf("status-edited", status)),
    ...localMentions(status).map((id) => tell(id, mention(status, "mention"))),
    { ask: "notify-each", durable: true, collection: rebloggedBy(status.id), notify: update },
  ];
}

function reactDeleted(account: Account, status: DeletedStatus): Effect[] {
  const event: DomainEvent = {
    type: "status-deleted",
    statusId: status.id,
    authorId: account.id,
    visibility: status.visibility,
    local: true,
    isBoost: status.reblogOfId !== null,
    isReplyToOther: status.inReplyToId !== null && status.inReplyToAccountId !== account.id,
    hasMedia: status.hasMedia,
    tags: status.tags,
    mentionIds: status.mentionIds,
  };
  const gone = { type: "unnotify", notification: null, fromId: null, statusId: status.id };
  const told = new Set([account.id, ...status.mentionIds]);
  const effects: Effect[] = [
    publish(event),
    ...[...told].map((id) => tell(id, id === account.id ? gone : { ...gone, fromId: account.id })),
  ];
  if (status.reblogOfAccountId !== null) {
    effects.push(
      tell(status.reblogOfAccountId, {
        type: "unreblog-received",
        byId: account.id,
        statusId: status.reblogOfId,
      }),
    );
  }
  if (status.visibility === "direct") {
    const removed = {
      type: "direct-removed",
      statusId: status.id,
      conversationId: status.conversationId,
    };
    for (const id of told) effects.push(tell(id, removed));
  }
  if (status.inReplyToAccountId !== null && status.inReplyToId !== null) {
    effects.push(tell(status.inReplyToAccountId, reply("reply-removed", status)));
  }
  return effects;
}
