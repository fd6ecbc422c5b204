// Owns the shape of a slice: one feature of the account's behaviour in one file. A slice lists the
// commands it decides and the facts it records; account.ts joins them. A command or fact type
// belongs to one slice.

import type { Change } from "../../ports/storage.js";
import type { DecideContext, Decision, Need } from "../behaviour.js";
import type { Effect } from "../effects.js";
import type { Account } from "./state.js";

export interface Slice<Command extends { type: string }, Fact extends { type: string }> {
  readonly commands: readonly Command["type"][];
  readonly facts: readonly Fact["type"][];
  /** Commands that are allowed while the account is suspended or deleted; none if absent. */
  readonly always?: readonly Command["type"][];
  needs?(account: Account, command: Command): readonly Need[];
  decide(account: Account, command: Command, context: DecideContext): Decision<Fact>;
  /** Changes the account in place. */
  evolve(account: Account, fact: Fact): void;
  index(account: Account, fact: Fact): readonly Change[];
  react(account: Account, fact: Fact): readonly Effect[];
}
