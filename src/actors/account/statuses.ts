// Owns what an account writes: statuses, their edits, deletion and pins. A draft comes
// prepared by the gateway (text formatted, mentions resolved, limits checked); the cell decides
// once per idempotency key, gives the id, and records.

import { fault } from "../../base/faults.js";
import type { QuotePolicy } from "../../domain/account.js";
import { monthOf } from "../../domain/collections.js";
import { PINS_MAX } from "../../domain/limits.js";
import type { PollDoc, StatusDoc, StatusEditDoc } from "../../domain/status.js";
import type { Change } from "../../ports/storage.js";
import { type DecideContext, type Decision, type Need, record, refuse } from "../behaviour.js";
import type { Effect } from "../effects.js";
import { keepKey, keyed, replyOf } from "./idempotency.js";
import { touch } from "./profile.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";
import type { DeletedStatus, Draft, Edit, PollDraft, StatusFact } from "./status-facts.js";
import { indexStatuses } from "./statuses-index.js";
import { reactStatuses } from "./statuses-react.js";

export type Command =
  | { type: "post"; draft: Draft; idempotencyKey: string | null }
  | { type: "edit-status"; statusId: string; edit: Edit }
  | { type: "delete-status"; statusId: string }
  | { type: "pin" | "unpin"; statusId: string }
  | { type: "set-quote-policy"; statusId: string; policy: QuotePolicy }
  | { type: "quote-revoked"; statusId: string; quotedId: string };

export const statusesSlice: Slice<Command, StatusFact> = {
  commands: [
    "post",
    "edit-status",
    "delete-status",
    "pin",
    "unpin",
    "set-quote-policy",
    "quote-revoked",
  ],
  facts: ["posted", "edited", "status-deleted", "pinned", "unpinned", "status-changed"],
  always: ["delete-status"],
  needs,
  decide,
  evolve,
  index: (account: Account, fact: StatusFact): readonly Change[] => indexStatuses(account, fact),
  react: (account: Account, fact: StatusFact): readonly Effect[] => reactStatuses(account, fact),
};

function needs(_account: Account, command: Command): readonly Need[] {
  switch (command.type) {
    case "edit-status":
      return [
        { record: "status", id: command.statusId },
        { record: "poll", id: command.statusId },
      ];
    case "delete-status":
    case "pin":
    case "unpin":
    case "set-quote-policy":
    case "quote-revoked":
      return [{ record: "status", id: command.statusId }];
    default:
      return [];
  }
}

function decide(account: Account, command: Command, context: DecideContext): Decision<StatusFact> {
  switch (command.type) {
    case "post":
      return post(account, command.draft, command.idempotencyKey, context);
    default:
      return decideOwn(account, command, context);
  }
}

/** Commands on an own status. Another's id is answered as one that does not exist. */
function decideOwn(
  account: Account,
  command: Exclude<Command, { type: "post" }>,
  context: DecideContext,
): Decision<StatusFact> {
  const status = context.reads.record<StatusDoc>("status", command.statusId);
  if (status === null || status.accountId !== account.id) return refuse(fault("not-found"));
  switch (command.type) {
    case "edit-status":
      return edit(status, command.edit, context);
    case "delete-status":
      return record<StatusFact>(
        [
          {
            type: "status-deleted",
            status: deletedOf(status),
            counted: status.visibility !== "direct",
          },
        ],
        status,
      );
    case "pin":
      return pin(account, status, context);
    case "unpin":
      if (!account.statuses.pinned.includes(status.id)) return record<StatusFact>([]);
      return record<StatusFact>([{ type: "unpinned", statusId: status.id, atMs: context.nowMs }]);
    case "set-quote-policy":
      if (status.quotePolicy === command.policy) return record<StatusFact>([]);
      return record<StatusFact>([changed({ ...status, quotePolicy: command.policy })]);
    case "quote-revoked":
      if (status.quoteOfId !== command.quotedId || status.quoteState === "revoked") {
        return record<StatusFact>([]);
      }
      return record<StatusFact>([changed({ ...status, quoteState: "revoked" })]);
  }
}

const changed = (status: StatusDoc): StatusFact => ({
  type: "status-changed",
  status: { ...status, revision: status.revision + 1 },
});

function post(
  account: Account,
  draft: Draft,
  key: string | null,
  context: DecideContext,
): Decision<StatusFact> {
  const before = keyed(account, key, context.nowMs);
  if (before !== undefined) return record<StatusFact>([], replyOf(before));
  const posted = postedOf(account, draft, key, context);
  return record<StatusFact>([posted], { statusId: posted.status.id });
}

/** The fact of a new status. Also used when a scheduled one is due. */
export function postedOf(
  account: Account,
  draft: Draft,
  key: string | null,
  { nowMs, nextId }: DecideContext,
): Extract<StatusFact, { type: "posted" }> {
  const id = nextId();
  // A poll has the id of its status: it is found without reading the status first.
  const pollId = draft.poll === null ? null : id;
  const status: StatusDoc = {
    id,
    accountId: account.id,
    createdAtMs: nowMs,
    editedAtMs: null,
    visibility: draft.visibility,
    text: draft.text,
    html: draft.html,
    spoiler: draft.spoiler,
    sensitive: draft.sensitive,
    language: draft.language,
    inReplyToId: draft.inReplyToId,
    inReplyToAccountId: draft.inReplyToAccountId,
    conversationId: draft.conversationId ?? id,
    reblogOfId: null,
    reblogOfAccountId: null,
    quoteOfId: draft.quoteOfId,
    quoteState: draft.quoteOfId === null ? null : "accepted",
    quotePolicy: draft.quotePolicy,
    mentions: draft.mentions,
    tags: draft.tags,
    emojis: draft.emojis,
    media: draft.media,
    pollId,
    application: draft.application,
    uri: null,
    url: null,
    local: true,
    revision: 1,
  };
  const poll =
    draft.poll === null || pollId === null ? null : pollOf(status, pollId, draft.poll, nowMs);
  const { quoteOfAccountId, answersId } = draft;
  return { type: "posted", status, poll, quoteOfAccountId, answersId, key };
}

const pollOf = (status: StatusDoc, id: string, draft: PollDraft, nowMs: number): PollDoc => ({
  id,
  statusId: status.id,
  accountId: status.accountId,
  options: draft.options.map((title) => ({ title, votes: 0 })),
  multiple: draft.multiple,
  hideTotals: draft.hideTotals,
  expiresAtMs: nowMs + draft.expiresInS * 1000,
  votersCount: 0,
  closed: false,
});

function edit(status: StatusDoc, change: Edit, context: DecideContext): Decision<StatusFact> {
  if (status.reblogOfId !== null) return refuse(fault("not-found"));
  const { poll, ...content } = change;
  const oldPoll = context.reads.record<PollDoc>("poll", status.id);
  const pollChanged = !samePoll(oldPoll, poll);
  const next: StatusDoc = { ...status, ...content, revision: status.revision + 1 };
  next.quotePolicy = change.quotePolicy ?? status.quotePolicy;
  if (!pollChanged && sameContent(status, next))
    return record<StatusFact>([], { statusId: status.id });
  next.editedAtMs = context.nowMs;
  next.pollId = poll === null ? null : status.id;
  const newPoll =
    pollChanged && poll !== null && next.pollId !== null
      ? pollOf(next, next.pollId, poll, context.nowMs)
      : null;
  const kept = new Set(next.tags.map((tag) => tag.name));
  const droppedTags = status.tags.map((tag) => tag.name).filter((name) => !kept.has(name));
  const before: StatusEditDoc = {
    html: status.html,
    text: status.text,
    spoiler: status.spoiler,
    sensitive: status.sensitive,
    createdAtMs: status.editedAtMs ?? status.createdAtMs,
    media: status.media,
    emojis: status.emojis,
    pollOptions: oldPoll === null ? null : oldPoll.options.map((option) => option.title),
  };
  const fact: StatusFact = {
    type: "edited",
    status: next,
    before,
    poll: newPoll,
    pollChanged,
    droppedTags,
  };
  return record<StatusFact>([fact], { statusId: status.id });
}

function samePoll(old: PollDoc | null, draft: PollDraft | null): boolean {
  if (old === null || draft === null) return old === null && draft === null;
  const titles = old.options.map((option) => option.title);
  return (
    old.multiple === draft.multiple && JSON.stringify(titles) === JSON.stringify(draft.options)
  );
}

const contentOf = (it: StatusDoc) =>
  JSON.stringify([
    it.text,
    it.spoiler,
    it.sensitive,
    it.language,
    it.quotePolicy,
    it.media.map((media) => [media.id, media.description, media.meta]),
  ]);

const sameContent = (a: StatusDoc, b: StatusDoc): boolean => contentOf(a) === contentOf(b);

const deletedOf = (status: StatusDoc): DeletedStatus => ({
  id: status.id,
  visibility: status.visibility,
  inReplyToId: status.inReplyToId,
  inReplyToAccountId: status.inReplyToAccountId,
  reblogOfId: status.reblogOfId,
  reblogOfAccountId: status.reblogOfAccountId,
  quoteOfId: status.quoteOfId,
  pollId: status.pollId,
  conversationId: status.conversationId,
  mentionIds: status.mentions.map((mention) => mention.accountId),
  tags: status.tags.map((tag) => tag.name),
  hasMedia: status.media.length > 0,
});

function pin(account: Account, status: StatusDoc, context: DecideContext): Decision<StatusFact> {
  if (account.statuses.pinned.includes(status.id)) return record<StatusFact>([]);
  if (status.reblogOfId !== null) {
    return refuse(fault("invalid", "Validation failed: A boost cannot be pinned"));
  }
  if (status.visibility === "direct") {
    return refuse(
      fault("invalid", "Validation failed: Posts for mentioned people only cannot be pinned"),
    );
  }
  if (account.statuses.pinned.length >= PINS_MAX) {
    return refuse(
      fault("invalid", "Validation failed: You have already pinned the maximum number of posts"),
    );
  }
  return record<StatusFact>([{ type: "pinned", statusId: status.id, atMs: context.nowMs }]);
}

function evolve(account: Account, fact: StatusFact): void {
  const { statuses, profile } = account;
  switch (fact.type) {
    case "posted": {
      const month = monthOf(fact.status.createdAtMs);
      statuses.firstOfMonth = month !== statuses.activeMonth;
      statuses.activeMonth = month;
      keepKey(account, fact.key, fact.status.id, fact.status.createdAtMs, false);
      if (profile !== null && fact.status.visibility !== "direct") {
        profile.statusesCount++;
        profile.lastStatusAtMs = fact.status.createdAtMs;
        touch(account);
      }
      break;
    }
    case "status-deleted":
      statuses.pinned = statuses.pinned.filter((id) => id !== fact.status.id);
      statuses.recentKeys = statuses.recentKeys.filter((it) => it.statusId !== fact.status.id);
      if (profile !== null && fact.counted) {
        profile.statusesCount = Math.max(0, profile.statusesCount - 1);
        touch(account);
      }
      break;
    case "pinned":
      statuses.pinned.push(fact.statusId);
      break;
    case "unpinned":
      statuses.pinned = statuses.pinned.filter((id) => id !== fact.statusId);
      break;
    case "edited":
    case "status-changed":
      break;
  }
}
