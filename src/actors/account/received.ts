// Owns what others do to an account's own statuses, as the author's cell counts it: favourites,
// boosts, replies, quotes. Each is recorded once, by looking whether it is a member already; so a
// message that comes twice changes nothing. Counters live in the record "stats".

import { dropMember, putMember, putRecord } from "../../base/changes.js";
import { fault } from "../../base/faults.js";
import { rankOf } from "../../base/ids.js";
import { countedReplies, favouritedBy, quotesOf, rebloggedBy } from "../../domain/collections.js";
import type { NotificationType, Notify } from "../../domain/notification.js";
import { NO_STATS, type StatsDoc, type StatusDoc } from "../../domain/status.js";
import type { Visibility } from "../../domain/visibility.js";
import type { Change } from "../../ports/storage.js";
import { type DecideContext, type Decision, type Need, record, refuse } from "../behaviour.js";
import type { Effect } from "../effects.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";
import { tell } from "./statuses-react.js";

export type Command =
  | {
      type: "favourite-received";
      byId: string;
      statusId: string;
      markId: string;
      atMs: number;
    }
  | { type: "unfavourite-received"; byId: string; statusId: string }
  | {
      type: "reblog-received";
      byId: string;
      statusId: string;
      reblogId: string;
      visibility: Visibility;
      atMs: number;
    }
  | { type: "unreblog-received"; byId: string; statusId: string }
  | { type: "reply-received" | "reply-removed"; statusId: string; replyId: string }
  | { type: "quote-received"; byId: string; statusId: string; quotingId: string }
  | { type: "revoke-quote"; statusId: string; quotingId: string };

/** Sets the counters of a status to what its collections hold: an operator's repair. */
type Recount = { type: "recount-status"; statusId: string; stats: StatsDoc };

/** What is counted, with the counters as they are after it. */
export type Counted = {
  what: "favourite" | "reblog" | "reply" | "quote";
  statusId: string;
  /** The member: who favourited or boosted, or the reply or the quote. */
  member: string;
  /** Rank and value of the member; null when it is taken back. */
  markId: string | null;
  byId: string | null;
  stats: StatsDoc;
  conversationId: string;
  visibility: Visibility;
  atMs: number;
};

export type Fact =
  | ({ type: "counted" | "uncounted" } & Counted)
  | ({ type: "quote-withdrawn" } & Counted)
  | { type: "status-recounted"; statusId: string; stats: StatsDoc };

const COLLECTION = {
  favourite: favouritedBy,
  reblog: rebloggedBy,
  reply: countedReplies,
  quote: quotesOf,
} as const;
const COUNTER = {
  favourite: "favourites",
  reblog: "reblogs",
  reply: "replies",
  quote: "quotes",
} as const satisfies Record<Counted["what"], keyof StatsDoc>;

export const receivedSlice: Slice<Command | Recount, Fact> = {
  commands: [
    "favourite-received",
    "unfavourite-received",
    "reblog-received",
    "unreblog-received",
    "reply-received",
    "reply-removed",
    "quote-received",
    "revoke-quote",
    "recount-status",
  ],
  facts: ["counted", "uncounted", "quote-withdrawn", "status-recounted"],
  needs,
  decide,
  evolve: () => {},
  index,
  react,
};

/** Where a command counts: the kind of mark and the member of its collection. */
function targetOf(command: Command): { what: Counted["what"]; member: string; on: boolean } {
  switch (command.type) {
    case "favourite-received":
      return { what: "favourite", member: command.byId, on: true };
    case "unfavourite-received":
      return { what: "favourite", member: command.byId, on: false };
    case "reblog-received":
      return { what: "reblog", member: command.byId, on: true };
    case "unreblog-received":
      return { what: "reblog", member: command.byId, on: false };
    case "reply-received":
      return { what: "reply", member: command.replyId, on: true };
    case "reply-removed":
      return { what: "reply", member: command.replyId, on: false };
    case "quote-received":
      return { what: "quote", member: command.quotingId, on: true };
    case "revoke-quote":
      return { what: "quote", member: command.quotingId, on: false };
  }
}

function needs(_account: Account, command: Command | Recount): readonly Need[] {
  if (command.type === "recount-status") return [{ record: "status", id: command.statusId }];
  const { what, member } = targetOf(command);
  return [
    { record: "status", id: command.statusId },
    { record: "stats", id: command.statusId },
    { collection: COLLECTION[what](command.statusId), member },
  ];
}

function decide(
  account: Account,
  command: Command | Recount,
  context: DecideContext,
): Decision<Fact> {
  const status = context.reads.record<StatusDoc>("status", command.statusId);
  if (status === null || status.accountId !== account.id) return refuse(fault("not-found"));
  if (command.type === "recount-status") {
    const { statusId, stats } = command;
    return record<Fact>([{ type: "status-recounted", statusId, stats }]);
  }
  const { what, member, on } = targetOf(command);
  const known = context.reads.member(COLLECTION[what](status.id), member);
  if ((known !== null) === on) return record<Fact>([]);
  const before = context.reads.record<StatsDoc>("stats", status.id) ?? NO_STATS;
  const counter = COUNTER[what];
  const stats = { ...before, [counter]: Math.max(0, before[counter] + (on ? 1 : -1)) };
  const counted: Counted = {
    what,
    statusId: status.id,
    member,
    markId: on ? markOf(command) : null,
    byId: "byId" in command ? command.byId : known,
    stats,
    conversationId: status.conversationId,
    visibility: status.visibility,
    atMs: "atMs" in command ? command.atMs : context.nowMs,
  };
  if (command.type === "revoke-quote")
    return record<Fact>([{ type: "quote-withdrawn", ...counted }]);
  return record<Fact>([{ type: on ? "counted" : "uncounted", ...counted }]);
}

function markOf(command: Command): string {
  switch (command.type) {
    case "favourite-received":
      return command.markId;
    case "reblog-received":
      return command.reblogId;
    case "reply-received":
      return command.replyId;
    case "quote-received":
      return command.quotingId;
    default:
      return "0";
  }
}

function index(_account: Account, fact: Fact): readonly Change[] {
  if (fact.type === "status-recounted") return [putRecord("stats", fact.statusId, fact.stats)];
  const collection = COLLECTION[fact.what](fact.statusId);
  // A quote keeps its author beside it, so that consent can be taken back by quote alone.
  const value = fact.what === "quote" ? (fact.byId ?? "") : (fact.markId ?? "");
  return [
    putRecord("stats", fact.statusId, fact.stats),
    fact.markId === null
      ? dropMember(collection, fact.member)
      : putMember(collection, fact.member, rankOf(fact.markId), value),
  ];
}

function react(account: Account, fact: Fact): readonly Effect[] {
  if (fact.type === "status-recounted") return [];
  if (fact.type === "quote-withdrawn") {
    const command = {
      type: "quote-revoked",
      statusId: fact.member,
      quotedId: fact.statusId,
    };
    return fact.byId === null ? [] : [tell(fact.byId, command)];
  }
  if (fact.what !== "favourite" && fact.what !== "reblog") return [];
  if (fact.byId === null || fact.byId === account.id) return [];
  const notification: NotificationType = fact.what;
  if (fact.type === "uncounted") {
    const { byId: fromId, statusId } = fact;
    const gone = { type: "unnotify", notification, fromId, statusId };
    return [tell(account.id, gone)];
  }
  const notify: Notify = {
    type: "notify",
    notification,
    fromId: fact.byId,
    statusId: fact.statusId,
    conversationId: fact.conversationId,
    visibility: fact.visibility,
    atMs: fact.atMs,
  };
  return [tell(account.id, notify)];
}
