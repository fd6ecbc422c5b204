// Owns blocks. A block ends both follows and all requests between the two, takes the other off the
// owner's lists, and takes back what the other caused to be notified. The blocked account's cell is
// told which relations ended, and drops its side of them.

import type { Unnotify } from "../../domain/notification.js";
import type { Change } from "../../ports/storage.js";
import type { DecideContext, Decision, Need } from "../behaviour.js";
import { record } from "../behaviour.js";
import type { Effect } from "../effects.js";
import type { RelationChange } from "./relation-change.js";
import {
  accountChanged,
  counterNeed,
  counterOf,
  endFollowing,
  evolveRelation,
  listNeeds,
  refreshHome,
  relationChanges,
  relationNeed,
  relationOf,
  tellAccount,
  withoutFollower,
  withoutFollowing,
} from "./relation-change.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";

export type Command =
  /** Blocking oneself records nothing. */
  | { type: "block"; targetId: string }
  | { type: "unblock"; targetId: string }
  /** `byId` blocked the owner. The ids name the relations that ended with it, if there were any. */
  | {
      type: "blocked-received";
      byId: string;
      /** Of the owner's follow or request. */
      followId: string | null;
      /** Of the blocker's follow or request. */
      followerId: string | null;
    };

export type Fact =
  | ({ type: "blocked" } & RelationChange)
  | ({ type: "unblocked" } & RelationChange)
  | ({ type: "blocked-by" } & RelationChange);

function needs(account: Account, command: Command): readonly Need[] {
  switch (command.type) {
    case "block":
      return [relationNeed(account, command.targetId), ...listNeeds(account, command.targetId)];
    case "unblock":
      return [relationNeed(account, command.targetId)];
    case "blocked-received":
      return [
        relationNeed(account, command.byId),
        counterNeed(account, command.byId),
        ...listNeeds(account, command.byId),
      ];
  }
}

function decide(account: Account, command: Command, context: DecideContext): Decision<Fact> {
  switch (command.type) {
    case "block": {
      if (command.targetId === account.id) return record<Fact>([]);
      const change = endFollowing(account, context, command.targetId);
      if (change.was.blocking) return record<Fact>([]);
      const now = { ...withoutFollower(change.now), blocking: context.nextId() };
      return record<Fact>([{ type: "blocked", ...change, now }]);
    }
    case "unblock": {
      const was = relationOf(account, context.reads, command.targetId);
      if (!was.blocking) return record<Fact>([]);
      const { blocking: _b, ...now } = was;
      const change = { otherId: command.targetId, was, now, atMs: context.nowMs };
      return record<Fact>([{ type: "unblocked", ...change }]);
    }
    case "blocked-received":
      return decideBlockedBy(account, command, context);
  }
}

function decideBlockedBy(
  account: Account,
  command: Extract<Command, { type: "blocked-received" }>,
  context: DecideContext,
): Decision<Fact> {
  const change = endFollowing(account, context, command.byId);
  const { was } = change;
  // A block that stands ends everything; one that was lifted since ends only what it named.
  const stands = counterOf(account, context.reads, command.byId).blocking !== undefined;
  const follow = (was.following ?? was.requested)?.id;
  const follower = was.followedBy ?? was.requestedBy;
  const endsFollow = follow !== undefined && (stands || follow === command.followId);
  const endsFollower = follower !== undefined && (stands || follower === command.followerId);
  if (!endsFollow && !endsFollower) return record<Fact>([]);
  const offLists = endsFollow ? (change.offLists ?? []) : [];
  const kept = endsFollow ? withoutFollowing(was) : was;
  const now = endsFollower ? withoutFollower(kept) : kept;
  return record<Fact>([{ type: "blocked-by", ...change, offLists, now }]);
}

/** Takes back everything that the other caused to be notified. */
function unnotifyAll(account: Account, fromId: string): Effect {
  const command: Unnotify = { type: "unnotify", notification: null, fromId, statusId: null };
  return tellAccount(account.id, command);
}

function react(account: Account, fact: Fact): readonly Effect[] {
  const both = [refreshHome(account.id), accountChanged(account.id)];
  if (fact.type !== "blocked") return both;
  const { was } = fact;
  const told: Command = {
    type: "blocked-received",
    byId: account.id,
    followId: was.followedBy ?? was.requestedBy ?? null,
    followerId: (was.following ?? was.requested)?.id ?? null,
  };
  return [tellAccount(fact.otherId, told), unnotifyAll(account, fact.otherId), ...both];
}

const index = (account: Account, fact: Fact): readonly Change[] => relationChanges(account, fact);

export const blocksSlice: Slice<Command, Fact> = {
  commands: ["block", "unblock", "blocked-received"],
  facts: ["blocked", "unblocked", "blocked-by"],
  always: ["blocked-received"],
  needs,
  decide,
  evolve: evolveRelation,
  index,
  react,
};
