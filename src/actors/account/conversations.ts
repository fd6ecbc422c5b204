// Owns the direct threads that an account is in: who is in them, the newest status, and whether it
// was read. A thread is listed by the id of its first status; leaving it off the list hides it
// until the next status comes. Repeats are harmless: a status is added once.

import { dropMember, putMember } from "../../base/changes.js";
import { fault } from "../../base/faults.js";
import { compareIds, rankOf } from "../../base/ids.js";
import { type RelationDoc, relationId } from "../../domain/account.js";
import { conversationsOf } from "../../domain/collections.js";
import {
  CONVERSATION_STATUSES_MAX,
  type ConversationDoc,
  conversationOf,
} from "../../domain/conversation.js";
import type { Change } from "../../ports/storage.js";
import { type DecideContext, type Decision, type Need, record, refuse } from "../behaviour.js";
import type { Effect } from "../effects.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";

export type Command =
  | {
      type: "direct-received";
      statusId: string;
      conversationId: string;
      authorId: string;
      participantIds: readonly string[];
    }
  | { type: "direct-removed"; statusId: string; conversationId: string }
  | { type: "mark-conversation"; id: string; read: boolean }
  | { type: "delete-conversation"; id: string };

export type Fact =
  | { type: "conversation-set"; id: string; conversation: ConversationDoc; fresh: boolean }
  | { type: "conversation-dropped"; id: string };

const threadOf = (command: Command): string =>
  "conversationId" in command ? command.conversationId : command.id;

function needs(account: Account, command: Command): readonly Need[] {
  const thread: Need = { collection: conversationsOf(account.id), member: threadOf(command) };
  if (command.type !== "direct-received") return [thread];
  return [thread, { record: "relation", id: relationId(account.id, command.authorId) }];
}

function decide(account: Account, command: Command, { reads }: DecideContext): Decision<Fact> {
  const id = threadOf(command);
  const was = conversationOf(reads.member(conversationsOf(account.id), id));
  switch (command.type) {
    case "direct-received": {
      const relationKey = relationId(account.id, command.authorId);
      const relation = reads.record<RelationDoc>("relation", relationKey);
      if (relation?.blocking !== undefined) return record<Fact>([]);
      return decideReceived(account.id, command, was);
    }
    case "direct-removed":
      return decideRemoved(id, command.statusId, was);
    case "mark-conversation": {
      if (was === null) return refuse(fault("not-found"));
      if (was.unread === !command.read) return record<Fact>([]);
      return record<Fact>([set(id, { ...was, unread: !command.read }, false)]);
    }
    case "delete-conversation":
      if (was === null) return refuse(fault("not-found"));
      return record<Fact>([{ type: "conversation-dropped", id }]);
  }
}

const set = (id: string, conversation: ConversationDoc, fresh: boolean): Fact => ({
  type: "conversation-set",
  id,
  conversation,
  fresh,
});

function decideReceived(
  me: string,
  command: Command & { type: "direct-received" },
  was: ConversationDoc | null,
): Decision<Fact> {
  const { statusId, authorId } = command;
  const known = was?.statusIds ?? [];
  if (known.includes(statusId)) return record<Fact>([]);
  const oldest = known[0];
  const full = known.length >= CONVERSATION_STATUSES_MAX;
  // Older than all that is remembered: it was here before, or does not matter any more.
  if (full && oldest !== undefined && compareIds(statusId, oldest) < 0) return record<Fact>([]);
  const mine = authorId === me;
  const people = new Set([...command.participantIds, authorId, ...(was?.participantIds ?? [])]);
  people.delete(me);
  const conversation: ConversationDoc = {
    participantIds: [...people],
    statusIds: [...known, statusId].sort(compareIds).slice(-CONVERSATION_STATUSES_MAX),
    unread: !mine,
    spoke: mine || was?.spoke === true,
  };
  return record<Fact>([set(command.conversationId, conversation, true)]);
}

function decideRemoved(id: string, statusId: string, was: ConversationDoc | null): Decision<Fact> {
  if (was === null || !was.statusIds.includes(statusId)) return record<Fact>([]);
  const statusIds = was.statusIds.filter((it) => it !== statusId);
  if (statusIds.length === 0) return record<Fact>([{ type: "conversation-dropped", id }]);
  return record<Fact>([set(id, { ...was, statusIds }, false)]);
}

function index(account: Account, fact: Fact): readonly Change[] {
  const list = conversationsOf(account.id);
  if (fact.type === "conversation-dropped") return [dropMember(list, fact.id)];
  const last = fact.conversation.statusIds.at(-1) ?? fact.id;
  return [putMember(list, fact.id, rankOf(last), fact.conversation)];
}

function react(account: Account, fact: Fact): readonly Effect[] {
  if (fact.type !== "conversation-set" || !fact.fresh) return [];
  const event = {
    type: "conversation-changed",
    accountId: account.id,
    conversationId: fact.id,
  } as const;
  return [{ ask: "publish", durable: false, event }];
}

export const conversationsSlice: Slice<Command, Fact> = {
  commands: ["direct-received", "direct-removed", "mark-conversation", "delete-conversation"],
  facts: ["conversation-set", "conversation-dropped"],
  always: ["direct-removed"],
  needs,
  decide,
  evolve() {},
  index,
  react,
};
