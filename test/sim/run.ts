// Owns one simulated history: nodes that start, die and come back while clients ask, then healing,
// then what must be true. The cells, hosts and everything between are the real ones.

import { cellKey, decodeFact } from "../../src/actors/runtime/envelope.js";
import { nextEpoch } from "../../src/actors/runtime/epoch.js";
import { type ActorHost, createActorHost } from "../../src/actors/runtime/host.js";
import { isFault } from "../../src/base/faults.js";
import { createIds } from "../../src/base/ids.js";
import type { CellRef } from "../../src/ports/actors.js";
import {
  type CircleFact,
  circle,
  circleOf,
  type PurseCommand,
  type PurseFact,
  purse,
} from "./behaviours.js";
import { connect, Disk } from "./sim-store.js";
import { SimProcess, type Trouble, World } from "./world.js";

const PURSES = 5;
const CIRCLES = 2;
const PEOPLE = 3;
const CLIENTS = 5;
const ASKS = 14;
const ASK_TIMEOUT_MS = 400;

const LIMITS = {
  snapshotEvery: 5,
  replayPage: 4,
  mailboxMax: 6,
  outboxMax: 6,
  batchMax: 3,
  recoveriesMax: 2,
  originsMax: 16,
  residentMaxBytes: 8_000,
  lanesMax: 2,
  askTimeoutMs: ASK_TIMEOUT_MS,
  markerIdleMs: 50,
};

const purseRef = (n: number): CellRef => ({ kind: "account", id: `p${n}` });
const circleRef = (n: number): CellRef => ({ kind: "inbox", id: `c${n}` });

type Node = { process: SimProcess; host: ActorHost; epoch: number };

export class History {
  readonly world: World;
  readonly disk = new Disk();
  /** Ids of asks that were answered without a fault. */
  readonly acknowledged = new Set<string>();
  /** Durable effects as the edges saw them: tokens of mails, by cell, in order. */
  readonly mails = new Map<string, string[]>();
  readonly broken: string[] = [];
  asked = 0;
  nodesStarted = 0;
  #current: Node | null = null;
  readonly #nodes: Node[] = [];

  constructor(seed: number) {
    this.world = new World(seed, troubleOf(seed));
  }

  /** Runs the whole history. Answers what is wrong with it: nothing, if all promises were kept. */
  async run(): Promise<string[]> {
    const { world } = this;
    await world.finish(this.#start());
    const clients = Promise.all(Array.from({ length: CLIENTS }, () => this.#client()));
    const havoc = this.#havoc();
    await world.finish(Promise.all([clients, havoc]));
    await this.#heal();
    this.#check();
    return this.broken;
  }

  async #start(): Promise<void> {
    const process = new SimProcess(this.world);
    const store = connect(this.disk, process.link);
    let epoch = await nextEpoch(store.registers).catch(() => null);
    while (epoch === null || isFault(epoch))
      epoch = await nextEpoch(store.registers).catch(() => null);
    const note = (says: string, fields?: Record<string, unknown>) => {
      this.broken.push(`logged: ${says} ${JSON.stringify(fields)}`);
    };
    const host = createActorHost({
      store,
      behaviours: [purse, circle],
      clock: this.world.clock,
      scheduler: process.scheduler,
      random: this.world.random,
      ids: createIds(this.world.clock),
      places: process.places,
      defer: process.defer,
      perform: (effect, from) => this.#perform(process, effect, from),
      log: { info: () => {}, warn: () => {}, error: note },
      epoch,
      limits: LIMITS,
      transport: (receive) => process.road(receive),
    });
    const node = { process, host, epoch };
    this.#nodes.push(node);
    this.#current = node;
    this.nodesStarted++;
    await this.#recover(host);
  }

  /** As a node does: again until the outboxes could be read. */
  async #recover(host: ActorHost): Promise<void> {
    const shards = new Set<number>();
    for (const name of this.disk.collections.keys()) {
      if (name.startsWith("outbox-open/")) shards.add(Number(name.slice("outbox-open/".length)));
    }
    for (;;) {
      const found = await host.recoverOutboxes(shards).catch(() => null);
      if (found !== null) return;
      await this.world.sleep(10);
    }
  }

  async #perform(process: SimProcess, effect: { ask: string; token?: string }, from: CellRef) {
    await this.world.sleep(this.world.delayMs());
    if (!process.alive) return new Promise<null>(() => {});
    if (this.world.strikes(0.1)) return { fault: "store-busy" } as const;
    if (effect.ask !== "mail") return null;
    const seen = this.mails.get(cellKey(from)) ?? [];
    if (!seen.includes(effect.token ?? "")) seen.push(effect.token ?? "");
    this.mails.set(cellKey(from), seen);
    return null;
  }

  async #client(): Promise<void> {
    const { world } = this;
    for (let n = 0; n < ASKS; n++) {
      await world.sleep(world.below(60));
      const id = `a${this.asked++}`;
      const alive = this.#nodes.filter((it) => it.process.alive);
      const node = world.below(5) === 0 ? alive[world.below(alive.length)] : this.#current;
      if (node === undefined || node === null) continue;
      const { to, command } = this.#choose(id);
      let answers = 0;
      void node.host.ask(to, command).then((reply) => {
        answers++;
        if (!isFault(reply)) this.acknowledged.add(id);
      });
      // A dead node's clients see a broken connection; a live one has answered by then.
      for (let looks = 0; looks < 40 && answers === 0 && node.process.alive; looks++) {
        await world.sleep(ASK_TIMEOUT_MS / 20);
      }
      if (answers === 0 && node.process.alive) this.broken.push(`${id} was never answered`);
    }
  }

  #choose(id: string): { to: CellRef; command: { type: string } } {
    const { world } = this;
    const kind = world.below(10);
    if (kind < 3) {
      const command: PurseCommand = { type: "deposit", id, amount: 1 + world.below(50) };
      return { to: purseRef(world.below(PURSES)), command };
    }
    if (kind < 7) {
      const amount = 1 + world.below(20);
      const to = purseRef(world.below(PURSES)).id;
      const command: PurseCommand = { type: "send", id, amount, to };
      return { to: purseRef(world.below(PURSES)), command };
    }
    const command = {
      type: world.below(2) === 0 ? "join" : "part",
      id,
      who: `w${world.below(PEOPLE)}`,
    };
    return { to: circleRef(world.below(CIRCLES)), command };
  }

  /** Kills nodes, and starts others beside ones that live on as zombies. */
  async #havoc(): Promise<void> {
    const { world } = this;
    const times = world.below(4);
    for (let n = 0; n < times; n++) {
      await world.sleep(100 + world.below(500));
      if (this.#current !== null && world.below(3) > 0) this.#current.process.alive = false;
      await this.#start();
    }
  }

  /**
   * No trouble any more, and everything that was begun must come to its end. A node that was never
   * killed or doubled must get there by itself; else a fresh one comes, as after a repair.
   */
  async #heal(): Promise<void> {
    const { world } = this;
    world.trouble.calm = true;
    if (this.nodesStarted === 1) {
      await world.run(120_000);
      return;
    }
    for (const node of this.#nodes) if (world.below(2) === 0) node.process.alive = false;
    await world.finish(this.#start());
    await world.run(120_000);
  }

  #check(): void {
    const purses = this.#facts<PurseFact>("account/");
    this.#checkMoney(purses);
    this.#checkCircles(this.#facts<CircleFact>("inbox/"));
    this.#checkJournals();
    for (const [name, members] of this.disk.collections) {
      if (!name.startsWith("outbox-open/")) continue;
      this.#expect(members.size === 0, `no effect is left: ${name} ${[...members.keys()]}`);
    }
    for (const node of this.#nodes) {
      this.#expect(node.process.overlaps === 0, "turns of a cell never overlap");
    }
    this.#expect(!this.disk.records.has("poison"), "nothing is set aside");
  }

  /** Asks every cell of the newest node, which must answer from the same facts. */
  async checkAnswers(): Promise<string[]> {
    const purses = this.#facts<PurseFact>("account/");
    const host = this.#current?.host;
    for (const [key, facts] of purses) {
      const to: CellRef = { kind: "account", id: key.slice("account/".length) };
      const ask = host?.ask<{ balance: number }>(to, { type: "read" }) ?? Promise.resolve(null);
      const reply = await this.world.finish(ask);
      const balance = facts.reduce((sum, it) => sum + worth(it), 0);
      const answered = reply !== null && !isFault(reply) && reply.balance === balance;
      this.#expect(answered, `${key} answers ${balance}: ${JSON.stringify(reply)}`);
    }
    return this.broken;
  }

  #checkMoney(purses: Map<string, PurseFact[]>): void {
    const counts = new Map<string, number>();
    let sum = 0;
    let deposits = 0;
    for (const [key, facts] of purses) {
      const sent: string[] = [];
      for (const it of facts) {
        count(counts, `${it.type} ${it.id}${it.type === "credited" ? ` ${key}` : ""}`);
        sum += worth(it);
        if (it.type === "deposited") deposits += it.amount;
        if (it.type === "sent") sent.push(it.id);
      }
      const mails = this.mails.get(key) ?? [];
      this.#expect(mails.join() === sent.join(), `${key} mails in order: ${mails} for ${sent}`);
    }
    this.#expect(sum === deposits, `money is neither made nor lost: ${sum} of ${deposits}`);
    for (const [what, times] of counts)
      this.#expect(times === 1, `${what} happened ${times} times`);
    for (const facts of purses.values()) {
      for (const it of facts) {
        if (it.type !== "sent") continue;
        const arrived = counts.get(`credited ${it.id} account/${it.to}`) ?? 0;
        this.#expect(arrived === 1, `${it.id} arrived ${arrived} times`);
      }
    }
    this.#checkAcknowledged();
  }

  #checkAcknowledged(): void {
    const recorded = new Set<string>();
    for (const cell of this.disk.cells.values()) {
      for (const { fact } of cell.rows) recorded.add((decodeFact(fact).fact as { id: string }).id);
    }
    for (const id of this.acknowledged) {
      this.#expect(recorded.has(id), `${id} was acknowledged and is lost`);
    }
  }

  #checkCircles(circles: Map<string, CircleFact[]>): void {
    for (const [key, facts] of circles) {
      const inside = new Set<string>();
      for (const it of facts) {
        const joins = it.type === "joined";
        this.#expect(inside.has(it.who) !== joins, `${key}: ${it.id} looked before it recorded`);
        if (joins) inside.add(it.who);
        else inside.delete(it.who);
      }
      const seen = this.disk.collections.get(circleOf(key.slice("inbox/".length)));
      const members = [...(seen?.keys() ?? [])].sort().join();
      this.#expect(members === [...inside].sort().join(), `${key} has its members: ${members}`);
    }
  }

  #checkJournals(): void {
    for (const [key, cell] of this.disk.cells) {
      let epoch = 0;
      for (const row of cell.rows) {
        this.#expect(row.epoch >= epoch, `${key}: epochs never fall`);
        epoch = row.epoch;
      }
      for (const snapshot of cell.snapshots) {
        this.#expect(snapshot.seq <= cell.rows.length, `${key}: a snapshot of what is recorded`);
      }
    }
  }

  #facts<Fact>(prefix: string): Map<string, Fact[]> {
    const found = new Map<string, Fact[]>();
    for (const [key, cell] of this.disk.cells) {
      if (!key.startsWith(prefix)) continue;
      found.set(
        key,
        cell.rows.map((row) => decodeFact(row.fact).fact as Fact),
      );
    }
    return found;
  }

  #expect(holds: boolean, promise: string): void {
    if (!holds) this.broken.push(promise);
  }
}

const worth = (fact: PurseFact): number => (fact.type === "sent" ? -fact.amount : fact.amount);

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Each seed has its own mix: some histories are calm, some wild. */
function troubleOf(seed: number): Partial<Trouble> {
  const wild = (seed % 4) / 3;
  return {
    writeFails: 0.08 * wild,
    ackLost: 0.06 * wild,
    readFails: 0.05 * wild,
    lost: 0.15 * wild,
    doubled: 0.3 * wild,
    delayMaxMs: 1 + 30 * wild,
  };
}
