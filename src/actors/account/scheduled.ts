// Owns statuses that wait for their time. When one is due it is posted and taken off the list in one
// durable step, so it goes out once.

import { dropMember, dropRecord, putMember, putRecord } from "../../base/changes.js";
import { fault } from "../../base/faults.js";
import { rankOf } from "../../base/ids.js";
import { DUE, dueRank, scheduledOf } from "../../domain/collections.js";
import { SCHEDULED_A_DAY_MAX, SCHEDULED_DAY_MS, SCHEDULED_MAX } from "../../domain/limits.js";
import type { ScheduledDoc, ScheduledParams } from "../../domain/scheduled.js";
import type { Change } from "../../ports/storage.js";
import { type DecideContext, type Decision, type Need, record, refuse } from "../behaviour.js";
import { keepKey, keyed, replyOf } from "./idempotency.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";
import type { Draft, StatusFact } from "./status-facts.js";
import { postedOf } from "./statuses.js";

/** Record "scheduled": what clients see of it, and the draft that will be posted. */
export type ScheduledRecord = ScheduledDoc & { draft: Draft };

export type Command =
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

type Own =
  | { type: "scheduled"; scheduled: ScheduledRecord; key: string | null; nowMs: number }
  | { type: "rescheduled"; scheduled: ScheduledRecord; wasAtMs: number }
  | { type: "unscheduled"; id: string; atMs: number };

export type Fact = Own | Extract<StatusFact, { type: "posted" }>;

export const scheduledSlice: Slice<Command, Fact> = {
  commands: ["schedule-status", "reschedule", "cancel-scheduled", "publish-due"],
  facts: ["scheduled", "rescheduled", "unscheduled"],
  needs,
  decide,
  evolve,
  index,
  react: () => [],
};

function needs(_account: Account, command: Command): readonly Need[] {
  return command.type === "schedule-status" ? [] : [{ record: "scheduled", id: command.id }];
}

function decide(account: Account, command: Command, context: DecideContext): Decision<Fact> {
  if (command.type === "schedule-status") return schedule(account, command, context);
  return decideScheduled(account, command, context);
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
  const { statuses } = account;
  switch (fact.type) {
    case "scheduled":
      keepKey(account, fact.key, fact.scheduled.id, fact.nowMs, true);
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
    case "posted":
      break;
  }
}

function index({ id: owner }: Account, fact: Fact): readonly Change[] {
  switch (fact.type) {
    case "posted":
      return [];
    case "unscheduled":
      return [
        dropRecord("scheduled", fact.id),
        dropMember(scheduledOf(owner), fact.id),
        dropMember(DUE, `scheduled:${owner}:${fact.id}`),
      ];
    default: {
      const { scheduled } = fact;
      return [
        putRecord("scheduled", scheduled.id, scheduled),
        putMember(scheduledOf(owner), scheduled.id, rankOf(scheduled.id)),
        putMember(DUE, `scheduled:${owner}:${scheduled.id}`, dueRank(scheduled.atMs)),
      ];
    }
  }
}
