// Owns the inside of a node in single mode: store, cells, timelines and the read side, wired
// together. Start order: store, epoch, reads, timelines, cells. It stops in reverse: cells finish
// and flush before the store closes.

import { accountBehaviour } from "../actors/account/account.js";
import type { Performed } from "../actors/runtime/envelope.js";
import { nextEpoch } from "../actors/runtime/epoch.js";
import { type ActorHost, createActorHost } from "../actors/runtime/host.js";
import { RUNTIME_LIMITS } from "../actors/runtime/limits.js";
import { createNactPlaces } from "../actors/runtime/nact.js";
import { siteBehaviour } from "../actors/site/site.js";
import { FanOuts } from "../actors/timelines/fan-out.js";
import { FollowerRows, Numbers } from "../actors/timelines/followers.js";
import { Homes } from "../actors/timelines/homes.js";
import { Slab } from "../actors/timelines/slab.js";
import { type Fault, isFault } from "../base/faults.js";
import { createIds, type Ids } from "../base/ids.js";
import { systemClock, systemRandom, systemScheduler } from "../base/system.js";
import type { Emojis } from "../domain/emoji.js";
import type { Notify } from "../domain/notification.js";
import type { Site } from "../gateway/entities/site.js";
import { createReads, type NodeReads } from "../gateway/read/create-reads.js";
import type { Log } from "../observe/log.js";
import { type Actors, accountCell } from "../ports/actors.js";
import type { Clock, Random, Scheduler } from "../ports/clock.js";
import type { Events } from "../ports/events.js";
import { openSqliteStore, type SqliteStore } from "../storage/sqlite/store.js";
import { authorizeAll, type ErrandParts, eraseAccount, notifyEach, retried } from "./errands.js";
import { createEvents } from "./events.js";
import type { SendMail } from "./mail.js";

export type CoreOptions = {
  databaseFile: string;
  publicUrl: string;
  log: Log;
  mailboxMax: number;
  residentMaxBytes: number;
  fanOutMax: number;
  homeLength: number;
  clock?: Clock;
  scheduler?: Scheduler;
  random?: Random;
  /** Sends a mail; absent where no mail server is configured. */
  mail?: SendMail;
};

export type Core = {
  store: SqliteStore;
  actors: ActorHost;
  reads: NodeReads;
  homes: Homes;
  fanOuts: FanOuts;
  events: Events;
  ids: Ids;
  site: Site;
  emojis: () => Emojis;
  clock: Clock;
  scheduler: Scheduler;
  random: Random;
  /** Whoever has live home streams says so here (gateway/streaming). */
  live: LiveHomes;
  stop(graceMs: number): Promise<void>;
};

/** Which accounts have a live home stream. */
export type LiveHomes = { has: (accountId: string) => boolean; any: () => boolean };

/** Cache bounds, in entries. */
const DOCS_MAX = 100_000;
const STATUSES_MAX = 20_000;
const VIEWERS_MAX = 10_000;
const HOMES_MAX = 100_000;
const FOLLOWER_ROWS_MAX = 8_000_000;

/** Lets the outside be looked at. */
// edge: the event loop itself
const pause = (): Promise<void> => new Promise((resume) => setImmediate(resume));

/** Opens the store and brings the cells up. Faults and StoreFailure as of the store. */
export async function openCore(options: CoreOptions): Promise<Core | Fault> {
  const { log } = options;
  const clock = options.clock ?? systemClock;
  const scheduler = options.scheduler ?? systemScheduler;
  const random = options.random ?? systemRandom;
  let unsure = () => {};
  const store = await openSqliteStore({
    path: options.databaseFile,
    onLog: ({ level, says, cause }) => {
      log[level](says, { cause });
      if (level === "error") unsure();
    },
  });
  const epoch = await nextEpoch(store.registers);
  if (isFault(epoch)) {
    await store[Symbol.asyncDispose]();
    return epoch;
  }
  const ids = createIds({ nowMs: () => clock.nowMs() });
  const events = createEvents(log);
  const site = siteOf(options.publicUrl);
  const emojis = () => NO_EMOJIS;
  const nowMs = () => clock.nowMs();
  const limits = { docsMax: DOCS_MAX, statusesMax: STATUSES_MAX, viewersMax: VIEWERS_MAX };
  const reads = createReads({ store, site, emojis, nowMs, ...limits });
  const live: LiveHomes = { has: () => false, any: () => false };
  // The cells come last, and what they ask for needs to ask them.
  const actors: Actors = { ask: (to, command, how) => host.ask(to, command, how) };
  const errands: ErrandParts = { store, actors, pause };
  const timelines = createTimelines({ ...options, store, clock, live, events, actors });
  unsure = () => {
    reads.forget();
    timelines.rows.forget();
  };
  store.onCommit((changes) => {
    reads.seen(changes);
    timelines.rows.seen(changes);
  });
  const host: ActorHost = createActorHost({
    store,
    behaviours: [accountBehaviour, siteBehaviour],
    clock,
    scheduler,
    random,
    ids,
    places: createNactPlaces({
      nowMs,
      defer: setImmediate,
      sliceMaxMs: RUNTIME_LIMITS.sliceMaxMs,
      failed: (error) => log.error("a cell's turn failed", { error }),
    }),
    defer: setImmediate,
    perform: (effect) =>
      perform({ ...timelines, errands, events, reads, mail: options.mail }, effect),
    log,
    epoch,
    limits: { mailboxMax: options.mailboxMax, residentMaxBytes: options.residentMaxBytes },
  });
  const { homes, fanOuts } = timelines;
  return {
    ...{ store, actors: host, reads, homes, fanOuts, events, ids, site, emojis },
    ...{ clock, scheduler, random, live },
    async stop(graceMs) {
      await host.stop(graceMs);
      await store[Symbol.asyncDispose]();
    },
  };
}

const NO_EMOJIS: Emojis = new Map();

export const siteOf = (publicUrl: string): Site => ({
  publicUrl,
  filesUrl: `${publicUrl}/media`,
  defaultAvatarUrl: `${publicUrl}/assets/avatar.png`,
  defaultHeaderUrl: `${publicUrl}/assets/header.png`,
});

function createTimelines(options: {
  store: SqliteStore;
  clock: Clock;
  live: LiveHomes;
  events: Events;
  homeLength: number;
  fanOutMax: number;
  actors: Actors;
}) {
  const { store, clock, live, events } = options;
  const { collections } = store;
  const numbers = new Numbers();
  const slab = new Slab(options.homeLength);
  const rows = new FollowerRows({ numbers, collections, rowsMax: FOLLOWER_ROWS_MAX, pause });
  const homes = new Homes({ slab, numbers, collections, clock, pause, homesMax: HOMES_MAX });
  const notify = async (accountId: string, command: Notify) =>
    retried(await options.actors.ask(accountCell(accountId), command));
  const fanOuts = new FanOuts({
    ...{ rows, homes, numbers, collections, pause, notify },
    isLive: (id) => live.has(id),
    anyLive: () => live.any(),
    added: (statusId, accountIds) => events.publish({ type: "home-added", statusId, accountIds }),
    nowMs: () => clock.nowMs(),
    turnMax: options.fanOutMax,
  });
  return { rows, homes, fanOuts };
}

type PerformParts = Pick<ReturnType<typeof createTimelines>, "homes" | "fanOuts"> & {
  errands: ErrandParts;
  events: Events;
  mail: SendMail | undefined;
  reads: NodeReads;
};

/** What the effects mean here. */
async function perform(parts: PerformParts, effect: Performed): Promise<null | Fault> {
  switch (effect.ask) {
    case "fan-out":
      return parts.fanOuts.run(effect.post);
    case "notify-each":
      return notifyEach(parts.errands, effect.collection, effect.notify);
    case "authorize-all":
      return authorizeAll(parts.errands, effect.accountId);
    case "erase-account":
      return eraseAccount(parts.errands, effect.accountId);
    case "refresh-home":
      parts.homes.refresh(effect.accountId);
      return null;
    case "publish":
      parts.events.publish(effect.event);
      return null;
    case "mail":
      return sendMail(parts, effect);
  }
}

async function sendMail(
  { mail, reads }: PerformParts,
  effect: Extract<Performed, { ask: "mail" }>,
): Promise<null | Fault> {
  const user = mail === undefined ? null : await reads.userDoc(effect.accountId);
  return mail === undefined || user === null ? null : mail(effect, user);
}
