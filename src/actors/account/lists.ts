// Owns the lists of an account and who is on them. Members are accounts that the owner follows or
// has asked to follow, or the owner; the slices that end a follow take the account off (see
// relation-change.ts). A deleted list may leave rows in `listedBy`: readers look only for lists
// that exist, and ids never come back.

import { dropCollection, dropMember, putMember, putRecord } from "../../base/changes.js";
import { fault } from "../../base/faults.js";
import { rankOf } from "../../base/ids.js";
import { listedBy, listMembers } from "../../domain/collections.js";
import { LIST_TITLE_GRAPHEMES_MAX, LISTS_MAX } from "../../domain/limits.js";
import type { ListDoc } from "../../domain/list.js";
import { fitsGraphemes } from "../../domain/text/count.js";
import type { Change } from "../../ports/storage.js";
import type { DecideContext, Decision, Need } from "../behaviour.js";
import { record, refuse } from "../behaviour.js";
import type { Effect } from "../effects.js";
import { accountChanged, refreshHome, relationNeed, relationOf } from "./relation-change.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";
import { blank, invalid, tooLong } from "./validation.js";

/** Accounts that one command may add or remove. */
export const LIST_MEMBERS_A_CALL_MAX = 90;

type ListFields = Partial<Omit<ListDoc, "id">>;

export type Command =
  /** Reply: the ListDoc. */
  | ({ type: "create-list"; title: string } & ListFields)
  | ({ type: "update-list"; listId: string } & ListFields)
  | { type: "delete-list"; listId: string }
  | { type: "list-add"; listId: string; accountIds: readonly string[] }
  /** Accounts that are not on the list are passed over. */
  | { type: "list-remove"; listId: string; accountIds: readonly string[] };

export type Fact =
  | { type: "list-saved"; list: ListDoc }
  | { type: "list-deleted"; listId: string }
  | { type: "list-joined"; listId: string; members: readonly { id: string; accountId: string }[] }
  | { type: "list-left"; listId: string; accountIds: readonly string[] };

function needs(account: Account, command: Command): readonly Need[] {
  if (command.type !== "list-add" && command.type !== "list-remove") return [];
  return command.accountIds
    .slice(0, LIST_MEMBERS_A_CALL_MAX)
    .flatMap((other) => [
      relationNeed(account, other),
      { collection: listMembers(command.listId), member: other },
    ]);
}

function decide(account: Account, command: Command, context: DecideContext): Decision<Fact> {
  if (command.type === "create-list") {
    if (account.lists.length >= LISTS_MAX) {
      return invalid(`You cannot have more than ${LISTS_MAX} lists`);
    }
    const fresh: ListDoc = {
      id: context.nextId(),
      title: "",
      repliesPolicy: "list",
      exclusive: false,
    };
    return decideSave(fresh, command);
  }
  const list = account.lists.find((it) => it.id === command.listId);
  if (list === undefined) return refuse(fault("not-found"));
  switch (command.type) {
    case "update-list":
      return decideSave(list, command);
    case "delete-list":
      return record<Fact>([{ type: "list-deleted", listId: list.id }]);
    default:
      return decideMembers(account, list, command, context);
  }
}

function decideSave(held: ListDoc, wanted: ListFields): Decision<Fact> {
  const list: ListDoc = {
    id: held.id,
    title: wanted.title?.trim() ?? held.title,
    repliesPolicy: wanted.repliesPolicy ?? held.repliesPolicy,
    exclusive: wanted.exclusive ?? held.exclusive,
  };
  if (list.title === "") return blank("Title");
  if (!fitsGraphemes(list.title, LIST_TITLE_GRAPHEMES_MAX)) {
    return tooLong("Title", LIST_TITLE_GRAPHEMES_MAX);
  }
  const same = JSON.stringify(list) === JSON.stringify(held);
  return record<Fact>(same ? [] : [{ type: "list-saved", list }], list);
}

function decideMembers(
  account: Account,
  list: ListDoc,
  command: Extract<Command, { type: "list-add" | "list-remove" }>,
  context: DecideContext,
): Decision<Fact> {
  const { reads } = context;
  const accountIds = [...new Set(command.accountIds)];
  if (accountIds.length > LIST_MEMBERS_A_CALL_MAX) {
    return invalid(`At most ${LIST_MEMBERS_A_CALL_MAX} accounts can be named at once`);
  }
  const isOn = (id: string) => reads.member(listMembers(list.id), id) !== null;
  if (command.type === "list-remove") {
    const leaving = accountIds.filter(isOn);
    if (leaving.length === 0) return record<Fact>([]);
    return record<Fact>([{ type: "list-left", listId: list.id, accountIds: leaving }]);
  }
  const may = (id: string) => {
    const relation = relationOf(account, reads, id);
    return id === account.id || relation.following || relation.requested;
  };
  if (!accountIds.every(may)) return refuse(fault("not-found"));
  if (accountIds.some(isOn)) return invalid("Account has already been taken");
  if (accountIds.length === 0) return record<Fact>([]);
  const members = accountIds.map((accountId) => ({ id: context.nextId(), accountId }));
  return record<Fact>([{ type: "list-joined", listId: list.id, members }]);
}

function evolve(account: Account, fact: Fact): void {
  if (fact.type === "list-saved") {
    const at = account.lists.findIndex((it) => it.id === fact.list.id);
    if (at < 0) account.lists.push(fact.list);
    else account.lists[at] = fact.list;
  } else if (fact.type === "list-deleted") {
    account.lists = account.lists.filter((it) => it.id !== fact.listId);
  }
}

function index(account: Account, fact: Fact): readonly Change[] {
  const lists = putRecord("lists", account.id, account.lists);
  switch (fact.type) {
    case "list-saved":
      return [lists];
    case "list-deleted":
      return [lists, dropCollection(listMembers(fact.listId))];
    case "list-joined":
      return fact.members.flatMap(({ id, accountId }) => [
        putMember(listMembers(fact.listId), accountId, rankOf(id)),
        putMember(listedBy(account.id), `${accountId}:${fact.listId}`, rankOf(id)),
      ]);
    case "list-left":
      return fact.accountIds.flatMap((accountId) => [
        dropMember(listMembers(fact.listId), accountId),
        dropMember(listedBy(account.id), `${accountId}:${fact.listId}`),
      ]);
  }
}

const react = (account: Account): readonly Effect[] => [
  refreshHome(account.id),
  accountChanged(account.id),
];

export const listsSlice: Slice<Command, Fact> = {
  commands: ["create-list", "update-list", "delete-list", "list-add", "list-remove"],
  facts: ["list-saved", "list-deleted", "list-joined", "list-left"],
  needs,
  decide,
  evolve,
  index,
  react,
};
