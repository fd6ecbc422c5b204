// Owns the pure middle of a cell: the behaviour, the state, and which messages of other cells it has
// handled. No store, no clock, no waiting. It answers what a command would record; whoever holds it
// (cell.ts) makes that durable before anyone hears of it, or drops the core and replays the journal.

import { assert } from "../../base/assert.js";
import type { Change, FactRow } from "../../ports/storage.js";
import type { Behaviour, DecideContext, Need } from "../behaviour.js";
import type { Effect } from "../effects.js";
import { decodeFact, encodeFact, type Origin, type OutEffect, type Performed } from "./envelope.js";
import { encodeCommand, encodeReply } from "./local-transport.js";

/** A behaviour whose types are known to itself alone. */
export type AnyBehaviour = Behaviour<unknown, unknown, unknown>;

/** What one command came to. A spoiled core has half a fact in its state and must be dropped. */
export type Handled =
  | { facts: string[]; changes: Change[]; durable: OutEffect[]; once: Performed[]; reply: string }
  | { threw: unknown; spoiled: boolean };

export class Core {
  readonly #behaviour: AnyBehaviour;
  readonly #originsMax: number;
  #state: unknown;
  #seq: number;
  #origins: Map<string, Origin> | null = null;

  constructor(
    behaviour: AnyBehaviour,
    from: { state: unknown; seq: number; origins: readonly Origin[]; originsMax: number },
  ) {
    this.#behaviour = behaviour;
    this.#state = from.state;
    this.#seq = from.seq;
    this.#originsMax = from.originsMax;
    for (const origin of from.origins) this.#note(origin);
  }

  /** The number of the newest fact in the state. */
  get seq(): number {
    return this.#seq;
  }

  needs(command: unknown): readonly Need[] {
    return this.#behaviour.needs?.(this.#state, command) ?? [];
  }

  /** Decides one command and takes its facts into the state. */
  handle(command: unknown, origin: Origin | null, context: DecideContext): Handled {
    if (origin !== null && this.#hasSeen(origin)) return nothing("null");
    let spoiled = false;
    try {
      const decision = this.#behaviour.decide(this.#state, command, context);
      if (origin !== null) this.#note(origin);
      if ("refuse" in decision) return nothing(encodeReply(decision.refuse));
      if (decision.facts.length === 0) return nothing(encodeReply(decision.reply));
      spoiled = true;
      return this.#record(decision.facts, origin, decision.reply);
    } catch (threw) {
      return { threw, spoiled };
    }
  }

  /** Takes a fact of the journal into the state. Answers its durable effects if they are wanted. */
  replay(row: FactRow, wantsEffects: boolean): readonly OutEffect[] {
    assert(row.seq === this.#seq + 1, "a journal is dense");
    const { fact: stored, origin } = decodeFact(row.fact);
    const fact = this.#behaviour.upcast?.(stored) ?? stored;
    this.#state = this.#behaviour.evolve(this.#state, fact);
    this.#seq++;
    if (origin !== null) this.#note(origin);
    if (!wantsEffects) return [];
    return this.#durable(this.#behaviour.react(this.#state, fact));
  }

  /** The state and the origins as JSON, as they are now. */
  snapshot(): { seq: number; stateText: string; originsText: string } {
    const origins = this.#origins === null ? [] : [...this.#origins.values()];
    const stateText = JSON.stringify(this.#state);
    return { seq: this.#seq, stateText, originsText: JSON.stringify(origins) };
  }

  #record(facts: readonly unknown[], origin: Origin | null, reply: unknown): Handled {
    const rows: string[] = [];
    const changes: Change[] = [];
    const durable: OutEffect[] = [];
    const once: Performed[] = [];
    for (const fact of facts) {
      rows.push(encodeFact(fact, rows.length === 0 ? origin : null));
      this.#state = this.#behaviour.evolve(this.#state, fact);
      this.#seq++;
      for (const change of this.#behaviour.index(this.#state, fact)) changes.push(change);
      const effects = this.#behaviour.react(this.#state, fact);
      if (effects.length === 0) continue;
      durable.push(...this.#durable(effects));
      for (const effect of effects) if (!effect.durable) once.push(effect);
    }
    return { facts: rows, changes, durable, once, reply: encodeReply(reply) };
  }

  #durable(effects: readonly Effect[]): OutEffect[] {
    const out: OutEffect[] = [];
    for (const [n, effect] of effects.entries()) {
      if (!effect.durable) continue;
      if (effect.ask !== "tell") out.push({ seq: this.#seq, n, effect });
      else out.push({ seq: this.#seq, n, to: effect.to, text: encodeCommand(effect.command) });
    }
    return out;
  }

  #hasSeen(origin: Origin): boolean {
    const newest = this.#origins?.get(origin.from);
    if (newest === undefined) return false;
    return origin.seq < newest.seq || (origin.seq === newest.seq && origin.n <= newest.n);
  }

  #note(origin: Origin): void {
    this.#origins ??= new Map();
    this.#origins.delete(origin.from);
    this.#origins.set(origin.from, origin);
    if (this.#origins.size <= this.#originsMax) return;
    for (const oldest of this.#origins.keys()) {
      this.#origins.delete(oldest);
      return;
    }
  }
}

const nothing = (reply: string): Handled => ({
  facts: [],
  changes: [],
  durable: [],
  once: [],
  reply,
});
