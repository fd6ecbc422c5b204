// Owns how far an account has read its home timeline and its notifications. Record "markers" (by
// account id). The version grows with each move; one cell decides them one after the other, so two
// clients can never both win the same version.

import { putRecord } from "../../base/changes.js";
import type { Change } from "../../ports/storage.js";
import type { DecideContext, Decision } from "../behaviour.js";
import { record } from "../behaviour.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";

export const MARKED_TIMELINES = ["home", "notifications"] as const;
export type MarkedTimeline = (typeof MARKED_TIMELINES)[number];

/** Reply: all markers (`Account["markers"]`) after the command. */
export type Command = {
  type: "save-markers";
  markers: readonly { timeline: MarkedTimeline; lastReadId: string }[];
};

export type Fact = {
  type: "marker-saved";
  timeline: MarkedTimeline;
  lastReadId: string;
  version: number;
  atMs: number;
};

function decide(account: Account, command: Command, context: DecideContext): Decision<Fact> {
  const facts = command.markers
    .filter((it) => account.markers[it.timeline]?.lastReadId !== it.lastReadId)
    .map(
      ({ timeline, lastReadId }): Fact => ({
        type: "marker-saved",
        timeline,
        lastReadId,
        version: (account.markers[timeline]?.version ?? 0) + 1,
        atMs: context.nowMs,
      }),
    );
  const after = { ...account.markers };
  for (const fact of facts) after[fact.timeline] = markerOf(fact);
  return record(facts, after);
}

const markerOf = (fact: Fact): Account["markers"][string] => ({
  lastReadId: fact.lastReadId,
  version: fact.version,
  updatedAtMs: fact.atMs,
});

function evolve(account: Account, fact: Fact): void {
  account.markers[fact.timeline] = markerOf(fact);
}

const index = (account: Account): readonly Change[] => [
  putRecord("markers", account.id, account.markers),
];

export const markersSlice: Slice<Command, Fact> = {
  commands: ["save-markers"],
  facts: ["marker-saved"],
  decide,
  evolve,
  index,
  react: () => [],
};
