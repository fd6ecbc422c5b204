// Owns what an account writes: statuses, their edits, deletion, pins and schedule. A draft comes
// prepared by the gateway (text formatted, mentions resolved, limits checked); the cell decides
// once per idempotency key, gives the id, and records.

import { fault } from "../../base/faults.js";
import type { QuotePolicy } from "../../domain/account.js";
import {
  IDEMPOTENCY_MS,
  PINS_MAX,
  SCHEDULED_A_DAY_MAX,
  SCHEDULED_DAY_MS,
  SCHEDULED_MAX,
} from "../../domain/limits.js";
import type { ScheduledDoc, ScheduledParams } from "../../domain/scheduled.js";
import type {
  MediaDoc,
  PollDoc,
  StatusDoc,
  StatusEditDoc,
  StatusMention,
} from "../../domain/status.js";
import type { Visibility } from "../../domain/visibility.js";
import type { Change } from "../../ports/storage.js";
import { type DecideContext, type Decision, type Need, record, refuse } from "../behaviour.js";
import type { Effect } from "../effects.js";
import { touch } from "./profile.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";
import { indexStatuses } from "./statuses-index.js";
import { reactStatuses } from "./statuses-react.js";

/** Above what the posting limit lets through in an hour. */
export const IDEMPOTENCY_KEYS_MAX = 512;

export type PollDraft = {
  options: string[];
  multiple: boolean;
  hideTotals: boolean;
  expiresInS: number;
};

/** A status ready to be recorded. */
export type Draft = {
  text: string;
  html: string;
  spoiler: string;
  sensitive: boolean;
  language: string | null;
  visibility: Visibility;
  inReplyToId: string | null;
  inReplyToAccountId: string | null;
  /** The parent's author, if the parent mentions whoever answers now. */
  answersId: string | null;
  /** Of the parent; null starts a conversation. */
  conversationId: string | null;
  quoteOfId: string | null;
  quoteOfAccountId: string | null;
  quotePolicy: QuotePolicy;
  mentions: StatusMention[];
  tags: { name: string; shown: string }[];
  emojis: string[];
  media: MediaDoc[];
  poll: PollDraft | null;
  application: StatusDoc["application"];
};

/** What an edit replaces. */
export type Edit = Pick<
  Draft,
  "text" | "html" | "spoiler" | "sensitive" | "language" | "mentions" | "tags" | "emojis" | "media"
> & { poll: PollDraft | null; quotePolicy?: QuotePolicy };

export type Command =
  | { type: "post"; draft: Draft; idempotencyKey: string | null }
  | { type: "edit-status"; statusId: string; edit: Edit }
  | { type: "delete-status"; statusId: string }
  | { type: "pin" | "unpin"; statusId: string }
  | { type: "set-quote-policy"; statusId: string; policy: QuotePolicy }
  | { type: "quote-revoked"; statusId: string; quotedId: string }
  | {
      type: "schedule-status";
      atMs: number;
      draft: Draft;
      params: ScheduledParams;
      idempotencyKey: string | null;
    }
  | { type: "reschedule"; id: string; atMs: number }
  | { type: "cancel-scheduled"; id: string }
  | { type: "publish-due"; id: string };

/** What remains of a deleted status in its fact: enough to take it off every list. */
export type DeletedStatus = Pick<
  StatusDoc,
  | "id"
  | "visibility"
  | "inReplyToId"
  | "inReplyToAccountId"
  | "reblogOfId"
  | "reblogOfAccountId"
  | "quoteOfId"
  | "pollId"
  | "conversationId"
> & { mentionIds: string[]; tags: string[]; hasMedia: boolean };

/** Record "scheduled": what clients see of it, and the draft that will be posted. */
export type ScheduledRecord = ScheduledDoc & { draft: Draft };

export type Fact =
  | {
      type: "posted";
      status: StatusDoc;
      poll: PollDoc | null;
      quoteOfAccountId: string | null;
      answersId: string | null;
      key: string | null;
    }
  | {
      type: "edited";
      status: StatusDoc;
      before: StatusEditDoc;
      poll: PollDoc | null;
      pollChanged: boolean;
      droppedTags: string[];
    }
  | { type: "status-deleted"; status: DeletedStatus; counted: boolean }
  | { type: "pinned" | "unpinned"; statusId: string; atMs: number }
  | { type: "status-changed"; status: StatusDoc }
  | { type: "scheduled"; scheduled: ScheduledRecord; key: string | null; nowMs: number }
  | { type: "rescheduled"; scheduled: ScheduledRecord; wasAtMs: number }
  | { type: "unscheduled"; id: string; atMs: number };

export const statusesSlice: Slice<Command, Fact> = {
  commands: [
    "post",
    "edit-status",
    "delete-status",
    "pin",
    "unpin",
    "set-quote-policy",
    "quote-revoked",
    "schedule-status",
    "reschedule",
    "cancel-scheduled",
    "publish-due",
  ],
  facts: [
    "posted",
    "edited",
    "status-deleted",
    "pinned",
    "unpinned",
    "status-changed",
    "scheduled",
    "rescheduled",
    "unscheduled",
  ],
  always: ["delete-status"],
  needs,
  decide,
  evolve,
  index: (account: Account, fact: Fact): readonly Change[] => indexStatuses(account, fact),
  react: (account: Account, fact: Fact): readonly Effect[] => reactStatuses(account, fact),
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
    case "reschedule":
    case "cancel-scheduled":
    case "publish-due":
      return [{ record: "scheduled", id: command.id }];
    default:
      return [];
  }
}

function decide(account: Account, command: Command, context: DecideContext): Decision<Fact> {
  switch (command.type) {
    case "post":
      return post(account, command.draft, command.idempotencyKey, context);
    case "schedule-status":
      return schedule(account, command, context);
    case "reschedule":
    case "cancel-scheduled":
    case "publish-due":
      return decideScheduled(account, command, context);
    default:
      return decideOwn(account, command, context);
  }
}

/** Commands on an own status. Another's id is answered as one that does not exist. */
function decideOwn(
  account: Account,
  command: Exclude<
    Command,
    {
      type: "post" | "schedule-status" | "reschedule" | "cancel-scheduled" | "publish-due";
    }
  >,
  context: DecideContext,
): Decision<Fact> {
  const status = context.reads.record<StatusDoc>("status", command.statusId);
  if (status === null || status.accountId !== account.id) return refuse(fault("not-found"));
  switch (command.type) {
    case "edit-status":
      return edit(status, command.edit, context);
    case "delete-status":
      return record<Fact>(
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
      if (!account.statuses.pinned.includes(status.id)) return record<Fact>([]);
      return record<Fact>([{ type: "unpinned", statusId: status.id, atMs: context.nowMs }]);
    case "set-quote-policy":
      if (status.quotePolicy === command.policy) return record<Fact>([]);
      return record<Fact>([changed({ ...status, quotePolicy: command.policy })]);
    case "quote-revoked":
      if (status.quoteOfId !== command.quotedId || status.quoteState === "revoked") {
        return record<Fact>([]);
      }
      return record<Fact>([changed({ ...status, quoteState: "revoked" })]);
  }
}

const changed = (status: StatusDoc): Fact => ({
  type: "status-changed",
  status: { ...status, revision: status.revision + 1 },
});

function keyed(account: Account, key: string | null, nowMs: number) {
  if (key === null) return undefined;
  return account.statuses.recentKeys.find(
    (it) => it.key === key && nowMs - it.atMs < IDEMPOTENCY_MS,
  );
}

function post(
  account: Account,
  draft: Draft,
  key: string | null,
  context: DecideContext,
): Decision<Fact> {
  const before = keyed(account, key, context.nowMs);
  if (before !== undefined) return record<Fact>([], replyOf(before));
  const posted = postedOf(account, draft, key, context);
  return record<Fact>([posted], { statusId: posted.status.id });
}

const replyOf = (it: { statusId: string; scheduled: boolean }) =>
  it.scheduled ? { scheduledId: it.statusId } : { statusId: it.statusId };

function postedOf(
  account: Account,
  draft: Draft,
  key: string | null,
  { nowMs, nextId }: DecideContext,
): Extract<Fact, { type: "posted" }> {
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

function edit(status: StatusDoc, change: Edit, context: DecideContext): Decision<Fact> {
  if (status.reblogOfId !== null) return refuse(fault("not-found"));
  const { poll, ...content } = change;
  const oldPoll = context.reads.record<PollDoc>("poll", status.id);
  const pollChanged = !samePoll(oldPoll, poll);
  const next: StatusDoc = { ...status, ...content, revision: status.revision + 1 };
  next.quotePolicy = change.quotePolicy ?? status.quotePolicy;
  if (!pollChanged && sameContent(status, next)) return record<Fact>([], { statusId: status.id });
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
  const fact: Fact = {
    type: "edited",
    status: next,
    before,
    poll: newPoll,
    pollChanged,
    droppedTags,
  };
  return record<Fact>([fact], { statusId: status.id });
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

function pin(account: Account, status: StatusDoc, context: DecideContext): Decision<Fact> {
  if (account.statuses.pinned.includes(status.id)) return record<Fact>([]);
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
  return record<Fact>([{ type: "pinned", statusId: status.id, atMs: context.nowMs }]);
}

function schedule(
  account: Account,
  command: Extract<Command, { type: "schedule-status" }>,
  context: DecideContext,
): Decision<Fact> {
  const before = keyed(account, command.idempotencyKey, context.nowMs);
  if (before !== undefined) return record<Fact>([], replyOf(before));
  const waiting = account.statuses.scheduled;
  if (waiting.length >= SCHEDULED_MAX) {
    return refuse(
      fault("invalid", "Validation failed: The limit of scheduled posts has been reached"),
    );
  }
  const day = Math.floor(command.atMs / SCHEDULED_DAY_MS);
  if (
    waiting.filter((it) => Math.floor(it.atMs / SCHEDULED_DAY_MS) === day).length >=
    SCHEDULED_A_DAY_MAX
  ) {
    return refuse(
      fault("invalid", "Validation failed: The limit of scheduled posts for that day is reached"),
    );
  }
  const id = context.nextId();
  const { atMs, params, draft } = command;
  const { media } = draft;
  const scheduled: ScheduledRecord = { id, accountId: account.id, atMs, params, draft, media };
  return record<Fact>(
    [{ type: "scheduled", scheduled, key: command.idempotencyKey, nowMs: context.nowMs }],
    { scheduledId: id },
  );
}

function decideScheduled(
  account: Account,
  command: Extract<Command, { type: "reschedule" | "cancel-scheduled" | "publish-due" }>,
  context: DecideContext,
): Decision<Fact> {
  const own = account.statuses.scheduled.some((it) => it.id === command.id);
  const scheduled = context.reads.record<ScheduledRecord>("scheduled", command.id);
  if (!own || scheduled === null) return refuse(fault("not-found"));
  const gone: Fact = { type: "unscheduled", id: command.id, atMs: scheduled.atMs };
  switch (command.type) {
    case "reschedule": {
      const moved = { ...scheduled, atMs: command.atMs };
      return record<Fact>([{ type: "rescheduled", scheduled: moved, wasAtMs: scheduled.atMs }], {
        scheduledId: command.id,
      });
    }
    case "cancel-scheduled":
      return record<Fact>([gone]);
    case "publish-due": {
      if (scheduled.atMs > context.nowMs) return record<Fact>([]);
      const posted = postedOf(account, scheduled.draft, null, context);
      return record<Fact>([gone, posted], { statusId: posted.status.id });
    }
  }
}

function evolve(account: Account, fact: Fact): void {
  const { statuses, profile } = account;
  switch (fact.type) {
    case "posted":
      keep(account, fact.key, fact.status.id, fact.status.createdAtMs, false);
      if (profile !== null && fact.status.visibility !== "direct") {
        profile.statusesCount++;
        profile.lastStatusAtMs = fact.status.createdAtMs;
        touch(account);
      }
      break;
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
    case "scheduled":
      keep(account, fact.key, fact.scheduled.id, fact.nowMs, true);
      statuses.scheduled.push({ id: fact.scheduled.id, atMs: fact.scheduled.atMs });
      break;
    case "rescheduled":
      for (const it of statuses.scheduled) {
        if (it.id === fact.scheduled.id) it.atMs = fact.scheduled.atMs;
      }
      break;
    case "unscheduled":
      statuses.scheduled = statuses.scheduled.filter((it) => it.id !== fact.id);
      break;
    case "edited":
    case "status-changed":
      break;
  }
}

function keep(
  account: Account,
  key: string | null,
  statusId: string,
  atMs: number,
  scheduled: boolean,
): void {
  if (key === null) return;
  const keys = account.statuses.recentKeys;
  keys.push({ key, statusId, atMs, scheduled });
  while (keys.length > IDEMPOTENCY_KEYS_MAX || isOld(keys[0], atMs)) keys.shift();
}

const isOld = (key: { atMs: number } | undefined, nowMs: number): boolean =>
  key !== undefined && nowMs - key.atMs >= IDEMPOTENCY_MS;
