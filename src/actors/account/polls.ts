// Owns the polls of an account's statuses: one writer tallies each poll, so no vote is lost or
// counted twice. The voter's right to see the post is checked by the caller.

import { dropMember, putMember, putRecord } from "../../base/changes.js";
import { fault, isFault } from "../../base/faults.js";
import { rankOf } from "../../base/ids.js";
import { DUE, votesOf } from "../../domain/collections.js";
import type { Notify } from "../../domain/notification.js";
import { applyVote, pollChoices } from "../../domain/poll.js";
import type { PollDoc } from "../../domain/status.js";
import type { Change } from "../../ports/storage.js";
import { type DecideContext, type Decision, type Need, record, refuse } from "../behaviour.js";
import type { Effect } from "../effects.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";
import { tell } from "./statuses-react.js";

export type Command =
  | { type: "vote"; pollId: string; voterId: string; choices: number[] }
  | { type: "poll-due"; pollId: string };

export type Fact =
  | { type: "voted"; poll: PollDoc; voterId: string; choices: number[] }
  | { type: "poll-closed"; poll: PollDoc; atMs: number };

export const pollsSlice: Slice<Command, Fact> = {
  commands: ["vote", "poll-due"],
  facts: ["voted", "poll-closed"],
  needs,
  decide,
  evolve: () => {},
  index,
  react,
};

function needs(_account: Account, command: Command): readonly Need[] {
  const poll: Need = { record: "poll", id: command.pollId };
  if (command.type === "poll-due") return [poll];
  return [poll, { collection: votesOf(command.pollId), member: command.voterId }];
}

function decide(account: Account, command: Command, context: DecideContext): Decision<Fact> {
  const poll = context.reads.record<PollDoc>("poll", command.pollId);
  if (poll === null || poll.accountId !== account.id) return refuse(fault("not-found"));
  if (command.type === "poll-due") {
    const over = poll.expiresAtMs !== null && poll.expiresAtMs <= context.nowMs;
    if (!over || poll.closed) return record<Fact>([]);
    const closed = { ...poll, closed: true };
    return record<Fact>([{ type: "poll-closed", poll: closed, atMs: context.nowMs }]);
  }
  return vote(account, poll, command, context);
}

function vote(
  account: Account,
  poll: PollDoc,
  command: Extract<Command, { type: "vote" }>,
  context: DecideContext,
): Decision<Fact> {
  const { voterId } = command;
  if (voterId === account.id) {
    return refuse(fault("invalid", "Validation failed: You cannot vote in your own polls"));
  }
  const kept = context.reads.member(votesOf(poll.id), voterId);
  const earlier = kept === null ? [] : (JSON.parse(kept) as number[]);
  const choices = pollChoices(poll, command.choices, earlier, context.nowMs);
  if (isFault(choices)) return refuse(choices);
  const next = applyVote(poll, choices, kept === null);
  return record<Fact>([{ type: "voted", poll: next, voterId, choices: [...earlier, ...choices] }]);
}

function index(account: Account, fact: Fact): readonly Change[] {
  const { poll } = fact;
  if (fact.type === "voted") {
    return [
      putRecord("poll", poll.id, poll),
      putMember(votesOf(poll.id), fact.voterId, rankOf(fact.voterId), fact.choices),
    ];
  }
  return [putRecord("poll", poll.id, poll), dropMember(DUE, `poll:${account.id}:${poll.id}`)];
}

function react(account: Account, fact: Fact): readonly Effect[] {
  if (fact.type === "voted") return [];
  const notify: Notify = {
    type: "notify",
    notification: "poll",
    fromId: account.id,
    statusId: fact.poll.statusId,
    conversationId: null,
    visibility: null,
    atMs: fact.atMs,
  };
  return [
    tell(account.id, notify),
    { ask: "notify-each", durable: true, collection: votesOf(fact.poll.id), notify },
  ];
}
