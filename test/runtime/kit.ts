// Owns what tests of the runtime share: a host in a world whose clock they move, over a disk in
// memory, with a behaviour that does whatever a test asks of it.

import { type Behaviour, type Need, record, refuse } from "../../src/actors/behaviour.js";
import type { Effect } from "../../src/actors/effects.js";
import type { Performed } from "../../src/actors/runtime/envelope.js";
import {
  type ActorHost,
  createActorHost,
  type HostOptions,
} from "../../src/actors/runtime/host.js";
import { type Fault, fault } from "../../src/base/faults.js";
import { createIds } from "../../src/base/ids.js";
import type { CellRef } from "../../src/ports/actors.js";
import type { Change, Store } from "../../src/ports/storage.js";
import { calm, connect, Disk, type Link } from "../sim/sim-store.js";
import { SimProcess, World } from "../sim/world.js";

export type Part = "needs" | "decide" | "evolve" | "index" | "react";

export type TallyCommand =
  | { type: "add"; by: number; changes?: Change[]; effects?: Effect[]; times?: number }
  | { type: "read" }
  | { type: "refuse" }
  | { type: "look"; need: Need; put?: Change }
  | { type: "throw"; in: Part; note?: string };
export type TallyFact = {
  type: "added";
  by: number;
  changes?: Change[];
  effects?: Effect[];
  throwIn?: Part;
};
export type TallyState = { n: number };

/** Counts up, and throws, looks, changes and asks for effects as it is told. */
export const tally: Behaviour<TallyState, TallyCommand, TallyFact> = {
  kind: "account",
  version: 1,
  empty: () => ({ n: 0 }),
  needs(_state, command) {
    if (command.type === "throw" && command.in === "needs") throw new Error("needs threw");
    return command.type === "look" ? [command.need] : [];
  },
  decide(state, command, { reads }) {
    switch (command.type) {
      case "add": {
        const { type: _, times = 1, ...rest } = command;
        return record<TallyFact>(Array(times).fill({ type: "added", ...rest }), {
          n: state.n + command.by * times,
        });
      }
      case "read":
        return { facts: [], reply: { n: state.n } };
      case "refuse":
        return refuse(fault("forbidden"));
      case "look": {
        const { need, put } = command;
        const seen =
          "record" in need
            ? reads.record<unknown>(need.record, need.id)
            : reads.member(need.collection, need.member);
        const facts = put === undefined ? [] : [{ type: "added" as const, by: 1, changes: [put] }];
        return { facts, reply: { seen } };
      }
      case "throw":
        if (command.in === "decide") throw new Error("decide threw");
        return record<TallyFact>([{ type: "added", by: 1, throwIn: command.in }]);
    }
  },
  evolve(state, fact) {
    state.n += fact.by;
    if (fact.throwIn === "evolve") throw new Error("evolve threw");
    return state;
  },
  index(_state, fact) {
    if (fact.throwIn === "index") throw new Error("index threw");
    return fact.changes ?? [];
  },
  react(_state, fact) {
    if (fact.throwIn === "react") throw new Error("react threw");
    return fact.effects ?? [];
  },
};

export const cellOf = (id: string): CellRef => ({ kind: "account", id });

/** An effect that tells another cell to count. */
export const tellAdd = (id: string, by = 1): Effect => ({
  ask: "tell",
  durable: true,
  to: cellOf(id),
  command: { type: "add", by } as { type: string },
});

export const mail = (token: string): Effect => ({
  ask: "mail",
  durable: true,
  template: "approved",
  accountId: "1",
  token,
});

export type Stage = {
  world: World;
  disk: Disk;
  process: SimProcess;
  host: ActorHost;
  store: Store;
  /** Effects that reached the edges, in order. */
  performed: Performed[];
  logged: string[];
  ask<Reply>(id: string, command: TallyCommand, timeoutMs?: number): Promise<Reply | Fault>;
};

/** A host in its own process; several may share a world and a disk. */
export function stage(options: Partial<HostOptions> & { on?: Stage; link?: Link } = {}): Stage {
  const world = options.on?.world ?? new World(1);
  const disk = options.on?.disk ?? new Disk();
  const process = new SimProcess(world);
  const store = connect(disk, options.link ?? calm);
  const performed: Performed[] = [];
  const logged: string[] = [];
  const note = (says: string, fields?: Record<string, unknown>) => {
    logged.push(`${says} ${JSON.stringify(fields)}`);
  };
  const host = createActorHost({
    store,
    behaviours: [tally],
    clock: world.clock,
    scheduler: process.scheduler,
    random: world.random,
    ids: createIds(world.clock),
    places: process.places,
    defer: process.defer,
    perform: async (effect) => {
      performed.push(effect);
      return null;
    },
    log: { info: note, warn: note, error: note },
    epoch: 1,
    ...options,
  });
  const ask = <Reply>(id: string, command: TallyCommand, timeoutMs?: number) =>
    host.ask<Reply>(cellOf(id), command, timeoutMs === undefined ? undefined : { timeoutMs });
  return { world, disk, process, host, store, performed, logged, ask };
}

/** A link whose writes wait until the test lets them go, or fails them. */
export class Gate implements Link {
  readonly waiting: { pass: () => void; fail: (why: Fault) => void }[] = [];
  open = true;

  write<T>(run: () => T | Fault): Promise<T | Fault> {
    if (this.open) return Promise.resolve(run());
    return new Promise((resolve) => {
      this.waiting.push({ pass: () => resolve(run()), fail: resolve });
    });
  }

  read<T>(run: () => T): Promise<T> {
    return Promise.resolve(run());
  }

  /** Lets all writes go that wait, and those to come. */
  release(): void {
    this.open = true;
    for (const write of this.waiting.splice(0)) write.pass();
  }
}
