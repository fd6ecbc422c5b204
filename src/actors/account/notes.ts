// Owns what an account thinks of another, without the other being told: a private note, being
// featured on the profile, and "do not suggest this one again".

import { putMember } from "../../base/changes.js";
import { rankOf } from "../../base/ids.js";
import { dismissedSuggestionsOf, endorsementsOf } from "../../domain/collections.js";
import { ACCOUNT_NOTE_GRAPHEMES_MAX } from "../../domain/limits.js";
import { fitsGraphemes } from "../../domain/text/count.js";
import type { Change } from "../../ports/storage.js";
import type { DecideContext, Decision, Need } from "../behaviour.js";
import { record } from "../behaviour.js";
import type { Effect } from "../effects.js";
import type { RelationChange } from "./relation-change.js";
import {
  accountChanged,
  evolveRelation,
  relationChanges,
  relationNeed,
  relationOf,
} from "./relation-change.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";
import { invalid, tooLong } from "./validation.js";

export const ENDORSEMENTS_MAX = 500;

export type Command =
  /** An empty comment takes the note away. */
  | { type: "note"; targetId: string; comment: string }
  | { type: "endorse"; targetId: string }
  | { type: "unendorse"; targetId: string }
  | { type: "dismiss-suggestion"; targetId: string };

export type Fact =
  | ({ type: "noted" } & RelationChange)
  | ({ type: "endorsed"; markId: string } & RelationChange)
  | ({ type: "unendorsed" } & RelationChange)
  | { type: "suggestion-dismissed"; otherId: string; markId: string };

function needs(account: Account, command: Command): readonly Need[] {
  const { targetId } = command;
  if (command.type === "dismiss-suggestion") {
    return [{ collection: dismissedSuggestionsOf(account.id), member: targetId }];
  }
  return [relationNeed(account, targetId)];
}

function decide(account: Account, command: Command, context: DecideContext): Decision<Fact> {
  const { targetId } = command;
  if (command.type === "dismiss-suggestion") {
    const known = context.reads.member(dismissedSuggestionsOf(account.id), targetId);
    if (known !== null) return record<Fact>([]);
    const markId = context.nextId();
    return record<Fact>([{ type: "suggestion-dismissed", otherId: targetId, markId }]);
  }
  const was = relationOf(account, context.reads, targetId);
  const base = { otherId: targetId, was, atMs: context.nowMs };
  switch (command.type) {
    case "note": {
      const { note: held, ...rest } = was;
      if ((held ?? "") === command.comment) return record<Fact>([]);
      if (!fitsGraphemes(command.comment, ACCOUNT_NOTE_GRAPHEMES_MAX)) {
        return tooLong("Comment", ACCOUNT_NOTE_GRAPHEMES_MAX);
      }
      const now = command.comment === "" ? rest : { ...rest, note: command.comment };
      return record<Fact>([{ type: "noted", ...base, now }]);
    }
    case "endorse": {
      if (was.endorsed) return record<Fact>([]);
      if (!was.following) {
        return invalid("You must be following the account you want to endorse");
      }
      if (account.counts.endorsements >= ENDORSEMENTS_MAX) {
        return invalid(`At most ${ENDORSEMENTS_MAX} accounts can be endorsed`);
      }
      const markId = context.nextId();
      return record<Fact>([{ type: "endorsed", markId, ...base, now: { ...was, endorsed: true } }]);
    }
    case "unendorse": {
      if (!was.endorsed) return record<Fact>([]);
      const { endorsed: _e, ...now } = was;
      return record<Fact>([{ type: "unendorsed", ...base, now }]);
    }
  }
}

function evolve(account: Account, fact: Fact): void {
  if (fact.type !== "suggestion-dismissed") evolveRelation(account, fact);
}

function index(account: Account, fact: Fact): readonly Change[] {
  if (fact.type === "suggestion-dismissed") {
    const collection = dismissedSuggestionsOf(account.id);
    return [putMember(collection, fact.otherId, rankOf(fact.markId))];
  }
  const changes = relationChanges(account, fact);
  if (fact.type === "endorsed") {
    changes.push(putMember(endorsementsOf(account.id), fact.otherId, rankOf(fact.markId)));
  }
  return changes;
}

const react = (account: Account, fact: Fact): readonly Effect[] =>
  fact.type === "suggestion-dismissed" ? [] : [accountChanged(account.id)];

export const notesSlice: Slice<Command, Fact> = {
  commands: ["note", "endorse", "unendorse", "dismiss-suggestion"],
  facts: ["noted", "endorsed", "unendorsed", "suggestion-dismissed"],
  needs,
  decide,
  evolve,
  index,
  react,
};
