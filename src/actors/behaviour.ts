// Owns the shape of a behaviour: what a kind of cell is made of. Behaviours are pure functions.
// decide answers with facts to record, or a fault; evolve gives the next state; index gives the
// changes of the read side; react gives effects. The cell (actors/runtime) appends facts and
// changes in one durable step, then acts, then replies. After a crash, react is asked again for
// every fact whose effects are not known to be done, in order: a durable effect happens at least
// once, and its receiver makes it once by looking before it records.

import type { Fault } from "../base/faults.js";
import type { Change } from "../ports/storage.js";
import type { Effect } from "./effects.js";

/** What decide must have read beforehand. Reads see the cell's own undurable changes. */
export type Need = { record: string; id: string } | { collection: string; member: string };

export type Reads = {
  /** The JSON document, or null. It must have been named by `needs`. */
  record<T>(kind: string, id: string): T | null;
  /** The member's value ("" if it has none), or null if it is not in the collection. */
  member(collection: string, member: string): string | null;
};

export type DecideContext = {
  nowMs: number;
  reads: Reads;
  /** A fresh id. */
  nextId: () => string;
};

export type Decision<Fact> = { facts: readonly Fact[]; reply?: unknown } | { refuse: Fault };

export interface Behaviour<State, Command, Fact> {
  readonly kind: string;
  /** Version of the snapshot's shape; a snapshot of another version is passed over. */
  readonly version: number;
  /** The state before the first fact. */
  empty(id: string): State;
  /** Reads to make before decide; none if absent. At most 200. */
  needs?(state: State, command: Command): readonly Need[];
  decide(state: State, command: Command, context: DecideContext): Decision<Fact>;
  /** The next state. May change and answer the same object. */
  evolve(state: State, fact: Fact): State;
  /** Changes of the read side, from the state after evolve. */
  index(state: State, fact: Fact): readonly Change[];
  /** Effects of the fact, from the state after evolve. Must be the same when asked again. */
  react(state: State, fact: Fact): readonly Effect[];
  /** Brings a fact of an older release to today's shape. */
  upcast?(fact: unknown): Fact;
}

export const record = <Fact>(facts: readonly Fact[], reply?: unknown): Decision<Fact> => ({
  facts,
  reply,
});
export const refuse = (why: Fault): { refuse: Fault } => ({ refuse: why });
