// Owns mutes, for ever or for a time. A mute that ends by itself stands in the collection of due
// work (`mute:OWNER:OTHER`); whoever walks that collection sends `mute-due`. Private: the muted
// account is never told.

import type { Change } from "../../ports/storage.js";
import type { DecideContext, Decision, Need } from "../behaviour.js";
import { record } from "../behaviour.js";
import type { Effect } from "../effects.js";
import type { RelationChange } from "./relation-change.js";
import {
  accountChanged,
  evolveRelation,
  refreshHome,
  relationChanges,
  relationNeed,
  relationOf,
} from "./relation-change.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";

export type Command =
  | {
      type: "mute";
      targetId: string;
      /** Notifications are muted too; true if absent. */
      notifications?: boolean | undefined;
      /** 0 or absent: for ever. */
      durationSeconds?: number | undefined;
    }
  | { type: "unmute"; targetId: string }
  | { type: "mute-due"; targetId: string };

export type Fact =
  | ({ type: "muted" } & RelationChange)
  | ({ type: "unmuted"; byTime: boolean } & RelationChange);

const needs = (account: Account, command: Command): readonly Need[] => [
  relationNeed(account, command.targetId),
];

function decide(account: Account, command: Command, context: DecideContext): Decision<Fact> {
  const { targetId } = command;
  if (targetId === account.id) return record<Fact>([]);
  const was = relationOf(account, context.reads, targetId);
  const base = { otherId: targetId, was, atMs: context.nowMs };
  if (command.type === "mute") {
    const seconds = command.durationSeconds ?? 0;
    const expiresAtMs = seconds > 0 ? context.nowMs + seconds * 1_000 : null;
    const notifications = command.notifications ?? true;
    const held = was.muting;
    if (held && held.notifications === notifications && held.expiresAtMs === expiresAtMs) {
      return record<Fact>([]);
    }
    const muting = { id: held?.id ?? context.nextId(), notifications, expiresAtMs };
    return record<Fact>([{ type: "muted", ...base, now: { ...was, muting } }]);
  }
  const { muting, ...now } = was;
  if (muting === undefined) return record<Fact>([]);
  const byTime = command.type === "mute-due";
  if (byTime && (muting.expiresAtMs === null || muting.expiresAtMs > context.nowMs)) {
    return record<Fact>([]);
  }
  return record<Fact>([{ type: "unmuted", byTime, ...base, now }]);
}

const index = (account: Account, fact: Fact): readonly Change[] => relationChanges(account, fact);

const react = (account: Account): readonly Effect[] => [
  refreshHome(account.id),
  accountChanged(account.id),
];

export const mutesSlice: Slice<Command, Fact> = {
  commands: ["mute", "unmute", "mute-due"],
  facts: ["muted", "unmuted"],
  always: ["mute-due"],
  needs,
  decide,
  evolve: evolveRelation,
  index,
  react,
};
