// Owns who follows whom, as the owner's cell knows it: own follows and requests, followers, and
// requests of others. Two cells each write their own side of a pair and tell each other. The
// follower's side is the truth: the followed checks a claim against it, so a claim that arrives
// late or twice changes nothing. Promises: each follow is notified once; an unfollow or a refusal
// that names another relation id than the present one is passed over.

import { fault } from "../../base/faults.js";
import type { AccountDoc, FollowOptions, RelationDoc } from "../../domain/account.js";
import { followersOf, followRequestsOf } from "../../domain/collections.js";
import { FOLLOWS_MAX, FOLLOWS_PER_FOLLOWER_MAX } from "../../domain/limits.js";
import type { NotificationType, Notify, Unnotify } from "../../domain/notification.js";
import type { Change } from "../../ports/storage.js";
import type { DecideContext, Decision, Need, Reads } from "../behaviour.js";
import { record, refuse } from "../behaviour.js";
import type { Effect } from "../effects.js";
import type { RelationChange } from "./relation-change.js";
import {
  accountChanged,
  counterNeed,
  counterOf,
  endFollowing,
  evolveRelation,
  listNeeds,
  optionsOf,
  refreshHome,
  relationChanges,
  relationNeed,
  relationOf,
  sameOptions,
  tellAccount,
  withoutFollower,
} from "./relation-change.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";
import { invalid } from "./validation.js";

export type Follow = {
  type: "follow";
  targetId: string;
  /** Absent options stay as they are; on a new follow: boosts yes, notify no, all languages. */
  reblogs?: boolean | undefined;
  notify?: boolean | undefined;
  /** Null or empty: all languages. */
  languages?: readonly string[] | null | undefined;
};

/** Reply of `follow`. */
export type FollowReply = { state: "following" | "requested" };

export type Command =
  | Follow
  | { type: "unfollow"; targetId: string }
  /** The target takes a request, turns one down, or ends a follow of itself. */
  | { type: "authorize-request"; targetId: string }
  | { type: "reject-request"; targetId: string }
  | { type: "remove-follower"; targetId: string }
  /** From other cells: about the relation that `relationId` names. */
  | {
      type: "follow-received";
      byId: string;
      relationId: string;
      options: FollowOptions;
      accepted: boolean;
    }
  | { type: "unfollow-received"; byId: string; relationId: string }
  | { type: "follow-accepted"; byId: string; relationId: string }
  | { type: "follow-rejected"; byId: string; relationId: string };

export type Fact =
  | ({ type: "followed" } & RelationChange)
  | ({ type: "follow-requested" } & RelationChange)
  | ({ type: "follow-options-changed" } & RelationChange)
  | ({ type: "unfollowed"; relationId: string } & RelationChange)
  | ({ type: "follow-request-accepted" } & RelationChange)
  | ({ type: "follow-ended" } & RelationChange)
  | ({ type: "followed-by" } & RelationChange)
  | ({ type: "follow-asked" } & RelationChange)
  | ({ type: "follower-options-changed" } & RelationChange)
  | ({ type: "follower-gone" } & RelationChange)
  | ({ type: "request-authorized"; relationId: string } & RelationChange)
  | ({ type: "request-rejected"; relationId: string } & RelationChange)
  | ({ type: "follower-removed"; relationId: string } & RelationChange)
  /** A follow came from someone who is blocked; nothing changes but that they are told. */
  | { type: "follow-refused"; otherId: string; relationId: string };

function needs(account: Account, command: Command): readonly Need[] {
  const otherId = "byId" in command ? command.byId : command.targetId;
  const mine = relationNeed(account, otherId);
  switch (command.type) {
    case "follow":
      return [mine, counterNeed(account, otherId), { record: "account", id: otherId }];
    case "follow-received":
      return [
        mine,
        counterNeed(account, otherId),
        { record: "account", id: otherId },
        { collection: followersOf(account.id), member: otherId },
        { collection: followRequestsOf(account.id), member: otherId },
      ];
    case "authorize-request":
      return [mine, { collection: followRequestsOf(account.id), member: otherId }];
    case "unfollow":
    case "follow-rejected":
      return [mine, ...listNeeds(account, otherId)];
    default:
      return [mine];
  }
}

function decide(account: Account, command: Command, context: DecideContext): Decision<Fact> {
  switch (command.type) {
    case "follow":
      return decideFollow(account, command, context);
    case "unfollow":
      return decideUnfollow(account, command.targetId, context);
    case "follow-received":
      return decideReceived(account, command, context);
    case "authorize-request":
      return decideAuthorize(account, command.targetId, context);
    case "reject-request":
      return decideReject(account, command.targetId, context);
    case "remove-follower":
      return decideRemoveFollower(account, command.targetId, context);
    default:
      return decideTold(account, command, context);
  }
}

function decideFollow(account: Account, command: Follow, context: DecideContext): Decision<Fact> {
  const { targetId } = command;
  if (targetId === account.id) return refuse(fault("forbidden"));
  const target = context.reads.record<AccountDoc>("account", targetId);
  if (target === null || target.suspended) return refuse(fault("not-found"));
  const was = relationOf(account, context.reads, targetId);
  const theirs = counterOf(account, context.reads, targetId);
  if (was.blocking || theirs.blocking || target.movedTo !== null) {
    return refuse(fault("forbidden"));
  }
  const held = was.following ?? was.requested;
  const options = wantedOptions(held, command);
  const base = { otherId: targetId, was, atMs: context.nowMs };
  if (held !== undefined) {
    const state: FollowReply["state"] = was.following ? "following" : "requested";
    if (sameOptions(held, options)) return record<Fact>([], { state });
    const key = was.following ? "following" : "requested";
    const now = { ...was, [key]: { id: held.id, ...options } };
    return record<Fact>([{ type: "follow-options-changed", ...base, now }], { state });
  }
  const tooMany = overLimit(account);
  if (tooMany !== null) return invalid(tooMany);
  const claim = { id: context.nextId(), ...options };
  // A remote server decides for itself; a silenced follower always asks first.
  if (target.locked || target.domain !== null || account.profile?.limited) {
    const now = { ...was, requested: claim };
    return record<Fact>([{ type: "follow-requested", ...base, now }], { state: "requested" });
  }
  const now = { ...was, following: claim };
  return record<Fact>([{ type: "followed", ...base, now }], { state: "following" });
}

function wantedOptions(held: FollowOptions | undefined, command: Follow): FollowOptions {
  const languages = command.languages === undefined ? held?.languages : command.languages;
  return {
    reblogs: command.reblogs ?? held?.reblogs ?? true,
    notify: command.notify ?? held?.notify ?? false,
    languages: languages && languages.length > 0 ? [...languages] : null,
  };
}

function overLimit(account: Account): string | null {
  const profile = account.profile;
  if (profile === null) return null;
  const most = Math.max(FOLLOWS_MAX, Math.round(profile.followersCount * FOLLOWS_PER_FOLLOWER_MAX));
  if (profile.followingCount < most) return null;
  return `You cannot follow more than ${most} people`;
}

function decideUnfollow(
  account: Account,
  targetId: string,
  context: DecideContext,
): Decision<Fact> {
  const change = endFollowing(account, context, targetId);
  const held = change.was.following ?? change.was.requested;
  if (held === undefined) return record<Fact>([]);
  return record<Fact>([{ type: "unfollowed", relationId: held.id, ...change }]);
}

/**
 * A follow or request of someone else. A local follower's own record says whether the claim still
 * stands, and with which options; only a remote one's is taken as told.
 */
function decideReceived(
  account: Account,
  command: Extract<Command, { type: "follow-received" }>,
  context: DecideContext,
): Decision<Fact> {
  const { byId, relationId } = command;
  const { reads, nowMs } = context;
  const was = relationOf(account, reads, byId);
  let options = command.options;
  let accepted = command.accepted;
  if (isLocal(reads, byId)) {
    const theirs = counterOf(account, reads, byId);
    const claim = theirs.following ?? theirs.requested;
    if (claim?.id !== relationId) return record<Fact>([]);
    options = optionsOf(claim);
    accepted = theirs.following !== undefined;
  }
  if (was.blocking) {
    return record<Fact>([{ type: "follow-refused", otherId: byId, relationId }]);
  }
  const base = { otherId: byId, was, options, atMs: nowMs };
  if (was.followedBy === relationId || was.requestedBy === relationId) {
    const collection = was.followedBy ? followersOf(account.id) : followRequestsOf(account.id);
    const kept = parseOptions(reads.member(collection, byId));
    const settled = !accepted || was.followedBy === relationId;
    if (settled && kept !== null && sameOptions(kept, options)) return record<Fact>([]);
    if (settled) return record<Fact>([{ type: "follower-options-changed", ...base, now: was }]);
  }
  const rest = withoutFollower(was);
  if (accepted) {
    return record<Fact>([
      { type: "followed-by", ...base, now: { ...rest, followedBy: relationId } },
    ]);
  }
  return record<Fact>([
    { type: "follow-asked", ...base, now: { ...rest, requestedBy: relationId } },
  ]);
}

const isLocal = (reads: Reads, id: string): boolean =>
  reads.record<AccountDoc>("account", id)?.domain === null;

function parseOptions(value: string | null): FollowOptions | null {
  return value ? (JSON.parse(value) as FollowOptions) : null;
}

function decideAuthorize(
  account: Account,
  targetId: string,
  context: DecideContext,
): Decision<Fact> {
  const was = relationOf(account, context.reads, targetId);
  if (was.requestedBy === undefined) {
    return was.followedBy === undefined ? refuse(fault("not-found")) : record<Fact>([]);
  }
  const options = parseOptions(context.reads.member(followRequestsOf(account.id), targetId)) ?? {
    reblogs: true,
    notify: false,
    languages: null,
  };
  const relationId = was.requestedBy;
  const now = { ...withoutFollower(was), followedBy: relationId };
  return record<Fact>([
    {
      type: "request-authorized",
      otherId: targetId,
      relationId,
      was,
      now,
      options,
      atMs: context.nowMs,
    },
  ]);
}

function decideReject(account: Account, targetId: string, context: DecideContext): Decision<Fact> {
  const was = relationOf(account, context.reads, targetId);
  if (was.requestedBy === undefined) return refuse(fault("not-found"));
  const fact = { otherId: targetId, was, now: withoutFollower(was), atMs: context.nowMs };
  return record<Fact>([{ type: "request-rejected", relationId: was.requestedBy, ...fact }]);
}

function decideRemoveFollower(
  account: Account,
  targetId: string,
  context: DecideContext,
): Decision<Fact> {
  const was = relationOf(account, context.reads, targetId);
  const relationId = was.followedBy;
  if (relationId === undefined) return record<Fact>([]);
  const fact = { otherId: targetId, was, now: withoutFollower(was), atMs: context.nowMs };
  return record<Fact>([{ type: "follower-removed", relationId, ...fact }]);
}

/** What another cell did to a follow that both know. */
function decideTold(
  account: Account,
  command: Extract<Command, { type: "unfollow-received" | "follow-accepted" | "follow-rejected" }>,
  context: DecideContext,
): Decision<Fact> {
  const { byId, relationId } = command;
  const was = relationOf(account, context.reads, byId);
  const base = { otherId: byId, was, atMs: context.nowMs };
  switch (command.type) {
    case "unfollow-received": {
      if (was.followedBy !== relationId && was.requestedBy !== relationId) return record<Fact>([]);
      return record<Fact>([{ type: "follower-gone", ...base, now: withoutFollower(was) }]);
    }
    case "follow-accepted": {
      const { requested, ...rest } = was;
      if (requested?.id !== relationId) return record<Fact>([]);
      const now: RelationDoc = { ...rest, following: requested };
      return record<Fact>([{ type: "follow-request-accepted", ...base, now }]);
    }
    case "follow-rejected": {
      if ((was.following ?? was.requested)?.id !== relationId) return record<Fact>([]);
      return record<Fact>([{ type: "follow-ended", ...endFollowing(account, context, byId) }]);
    }
  }
}

function index(account: Account, fact: Fact): readonly Change[] {
  return fact.type === "follow-refused" ? [] : relationChanges(account, fact);
}

function evolve(account: Account, fact: Fact): void {
  if (fact.type !== "follow-refused") evolveRelation(account, fact);
}

const claimOf = (fact: RelationChange): (FollowOptions & { id: string }) | undefined =>
  fact.now.following ?? fact.now.requested;

/** Tells the followed account of a new or changed follow. */
function claim(account: Account, fact: RelationChange): Effect[] {
  const held = claimOf(fact);
  if (held === undefined) return [];
  return [
    tellAccount(fact.otherId, {
      type: "follow-received",
      byId: account.id,
      relationId: held.id,
      options: optionsOf(held),
      accepted: fact.now.following !== undefined,
    } as Command),
  ];
}

const answer = (
  account: Account,
  fact: { otherId: string; relationId: string },
  type: "follow-accepted" | "follow-rejected" | "unfollow-received",
): Effect =>
  tellAccount(fact.otherId, {
    type,
    byId: account.id,
    relationId: fact.relationId,
  } as Command);

function notify(account: Account, fact: RelationChange, notification: NotificationType): Effect {
  const command: Notify = {
    type: "notify",
    notification,
    fromId: fact.otherId,
    statusId: null,
    conversationId: null,
    visibility: null,
    atMs: fact.atMs,
  };
  return tellAccount(account.id, command);
}

/** Takes back what the account was told of the other's follow or request. */
function unnotify(account: Account, fact: RelationChange): Effect[] {
  const taken: NotificationType[] = [];
  if (fact.was.followedBy && !fact.now.followedBy) taken.push("follow");
  if (fact.was.requestedBy && !fact.now.requestedBy) taken.push("follow_request");
  return taken.map((notification) => {
    const command: Unnotify = {
      type: "unnotify",
      notification,
      fromId: fact.otherId,
      statusId: null,
    };
    return tellAccount(account.id, command);
  });
}

function react(account: Account, fact: Fact): readonly Effect[] {
  const me = account.id;
  switch (fact.type) {
    case "followed":
    case "follow-options-changed":
      return [...claim(account, fact), refreshHome(me), accountChanged(me)];
    case "follow-requested":
      return [...claim(account, fact), accountChanged(me)];
    case "unfollowed":
      return [answer(account, fact, "unfollow-received"), refreshHome(me), accountChanged(me)];
    case "follow-request-accepted":
    case "follow-ended":
      return [refreshHome(me), accountChanged(me)];
    case "followed-by":
      return [...unnotify(account, fact), notify(account, fact, "follow"), accountChanged(me)];
    case "follow-asked":
      return [notify(account, fact, "follow_request"), accountChanged(me)];
    case "follower-options-changed":
      return [accountChanged(me)];
    case "follower-gone":
      return [...unnotify(account, fact), accountChanged(me)];
    case "request-authorized":
      return [
        answer(account, fact, "follow-accepted"),
        ...unnotify(account, fact),
        notify(account, fact, "follow"),
        accountChanged(me),
      ];
    case "request-rejected":
    case "follower-removed":
      return [
        answer(account, fact, "follow-rejected"),
        ...unnotify(account, fact),
        accountChanged(me),
      ];
    case "follow-refused":
      return [answer(account, fact, "follow-rejected")];
  }
}

export const followsSlice: Slice<Command, Fact> = {
  commands: [
    "follow",
    "unfollow",
    "authorize-request",
    "reject-request",
    "remove-follower",
    "follow-received",
    "unfollow-received",
    "follow-accepted",
    "follow-rejected",
  ],
  facts: [
    "followed",
    "follow-requested",
    "follow-options-changed",
    "unfollowed",
    "follow-request-accepted",
    "follow-ended",
    "followed-by",
    "follow-asked",
    "follower-options-changed",
    "follower-gone",
    "request-authorized",
    "request-rejected",
    "follower-removed",
    "follow-refused",
  ],
  // Ends of follows must reach a suspended account too, or the two sides would disagree.
  always: [
    "reject-request",
    "unfollow",
    "remove-follower",
    "unfollow-received",
    "follow-accepted",
    "follow-rejected",
  ],
  needs,
  decide,
  evolve,
  index,
  react,
};
