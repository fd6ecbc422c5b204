// Owns a bench of account cells for tests: the real behaviour over records and collections in
// memory, decided one command at a time. Durable tells wait in a queue until `settle`, so a test can
// look between them, repeat them, or let them come late. Promises: facts and commands cross as JSON,
// and `replayed` builds a cell again from its facts alone.

import { accountBehaviour } from "../../../src/actors/account/account.js";
import type { Account } from "../../../src/actors/account/state.js";
import type { Need, Reads } from "../../../src/actors/behaviour.js";
import type { Effect } from "../../../src/actors/effects.js";
import { assert } from "../../../src/base/assert.js";
import type { Fault } from "../../../src/base/faults.js";
import { createIds } from "../../../src/base/ids.js";
import type { AccountDoc, RelationDoc } from "../../../src/domain/account.js";
import { relationId } from "../../../src/domain/account.js";
import type { Change, Member } from "../../../src/ports/storage.js";

type Typed = { type: string };
export type Tell = { to: string; command: Typed };
export type Sent = {
  facts: readonly Typed[];
  effects: readonly Effect[];
  reply: unknown;
  fault: Fault | null;
};

export const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

export class Cells {
  nowMs = START_MS;
  readonly records = new Map<string, string>();
  readonly collections = new Map<string, Map<string, Member>>();
  readonly tells: Tell[] = [];
  /** Facts of each cell as JSON, oldest first. */
  readonly journal = new Map<string, string[]>();
  private readonly states = new Map<string, Account>();
  private readonly ids = createIds({ nowMs: () => this.nowMs });

  /** Makes a confirmed local account and answers its id. `patch` overrides its public document. */
  add(username: string, patch: Partial<AccountDoc> = {}): string {
    const id = this.ids.next();
    const sent = this.send(id, {
      type: "create-account",
      username,
      email: `${username}@example.test`,
      passwordHash: "x",
      approved: true,
      confirmed: true,
    } as Typed);
    assert(sent.fault === null, `account ${username} was refused`);
    this.tells.length = 0;
    this.patch(id, patch);
    return id;
  }

  /** Sets fields of the public document as if the profile slice had recorded them. */
  patch(id: string, patch: Partial<AccountDoc>): void {
    const state = this.state(id);
    if (state.profile !== null) Object.assign(state.profile, patch);
    this.records.set(`account/${id}`, JSON.stringify(state.profile));
  }

  state(id: string): Account {
    const held = this.states.get(id) ?? accountBehaviour.empty(id);
    this.states.set(id, held);
    return held;
  }

  /** Sends a command; its durable tells are queued. */
  send(id: string, command: Typed): Sent {
    const sent = JSON.parse(JSON.stringify(command)) as never;
    const state = this.state(id);
    const needs = accountBehaviour.needs?.(state, sent) ?? [];
    assert(needs.length <= 200, `${command.type} needs ${needs.length} reads`);
    const decision = accountBehaviour.decide(state, sent, {
      nowMs: this.nowMs,
      nextId: () => this.ids.next(),
      reads: this.reads(needs),
    });
    if ("refuse" in decision)
      return { facts: [], effects: [], reply: null, fault: decision.refuse };
    const effects: Effect[] = [];
    for (const made of decision.facts) {
      const text = JSON.stringify(made);
      this.journal.set(id, [...(this.journal.get(id) ?? []), text]);
      const fact = JSON.parse(text) as typeof made;
      this.states.set(id, accountBehaviour.evolve(this.state(id), fact));
      for (const change of accountBehaviour.index(this.state(id), fact)) this.apply(change);
      effects.push(...accountBehaviour.react(this.state(id), fact));
    }
    for (const effect of effects) {
      if (effect.ask === "tell") this.tells.push({ to: effect.to.id, command: effect.command });
    }
    return { facts: decision.facts as Typed[], effects, reply: decision.reply, fault: null };
  }

  /** Delivers queued tells, and those that they cause, until none is left. Answers them in order. */
  settle(): Tell[] {
    const done: Tell[] = [];
    for (let tell = this.tells.shift(); tell !== undefined; tell = this.tells.shift()) {
      this.send(tell.to, tell.command);
      done.push(tell);
      assert(done.length < 10_000, "tells never end");
    }
    return done;
  }

  /** Sends and settles. */
  act(id: string, command: Typed): Sent {
    const sent = this.send(id, command);
    this.settle();
    return sent;
  }

  relation(owner: string, other: string): RelationDoc {
    const held = this.records.get(`relation/${relationId(owner, other)}`);
    return held === undefined ? {} : (JSON.parse(held) as RelationDoc);
  }

  account(id: string): AccountDoc {
    return JSON.parse(this.records.get(`account/${id}`) ?? "null") as AccountDoc;
  }

  /** Members, newest first. */
  members(collection: string): string[] {
    return this.sorted(collection).map((it) => it.member);
  }

  value(collection: string, member: string): unknown {
    const held = this.collections.get(collection)?.get(member)?.value;
    return held ? JSON.parse(held) : held;
  }

  sorted(collection: string): Member[] {
    const held = [...(this.collections.get(collection)?.values() ?? [])];
    return held.sort((a, b) => (a.rank < b.rank ? 1 : -1));
  }

  /** The state that the facts alone give. */
  replayed(id: string): Account {
    let state = accountBehaviour.empty(id);
    for (const fact of this.journal.get(id) ?? []) {
      state = accountBehaviour.evolve(state, JSON.parse(fact) as never);
    }
    return state;
  }

  private reads(needs: readonly Need[]): Reads {
    const named = new Set(needs.map((need) => JSON.stringify(need)));
    const known = (need: Need) => assert(named.has(JSON.stringify(need)), "not named by needs");
    return {
      record: <T>(kind: string, id: string) => {
        known({ record: kind, id });
        const held = this.records.get(`${kind}/${id}`);
        return held === undefined ? null : (JSON.parse(held) as T);
      },
      member: (collection, member) => {
        known({ collection, member });
        return this.collections.get(collection)?.get(member)?.value ?? null;
      },
    };
  }

  apply(change: Change): void {
    switch (change.do) {
      case "put-record":
        this.records.set(`${change.kind}/${change.id}`, change.doc);
        break;
      case "drop-record":
        this.records.delete(`${change.kind}/${change.id}`);
        break;
      case "put-member": {
        const { collection, member, rank, value } = change;
        const held = this.collections.get(collection) ?? new Map<string, Member>();
        this.collections.set(collection, held.set(member, { member, rank, value: value ?? "" }));
        break;
      }
      case "drop-member":
        this.collections.get(change.collection)?.delete(change.member);
        break;
      case "drop-collection":
        this.collections.delete(change.collection);
        break;
      default:
        break;
    }
  }
}

/** Types of the facts that were recorded. */
export const typesOf = (sent: Sent): string[] => sent.facts.map((it) => it.type);

/** Tag of the fault, or null. */
export const faultOf = (sent: Sent): string | null => sent.fault?.fault ?? null;
