// Owns the home timelines that are in memory. A home is a cache: built on the first read from what
// the account follows, kept up to date by fan-out, dropped when idle, when its owner's follows
// change, or when there are too many. A deleted status stays in the rings that hold it: it is no
// longer there to be read, which costs nothing per follower. What a viewer may not or does not want to see is filtered
// once more at the read, so a stale id never shows a wrong post.

import { halvesOf, idOfHalves, idOfRank } from "../../base/ids.js";
import type { FollowOptions } from "../../domain/account.js";
import { followedTagsOf, followingOf, statusesOf, taggedWith } from "../../domain/collections.js";
import type { StatusFlags } from "../../domain/status.js";
import type { Clock } from "../../ports/clock.js";
import type { Collections, Member } from "../../ports/storage.js";
import type { Numbers } from "./followers.js";
import type { Slab } from "./slab.js";

/** Accounts followed that a rebuild looks at; the follow limit keeps nearly all below it. */
export const REBUILD_FOLLOWS_MAX = 10_000;
const FOLLOW_PAGE = 1000;
/** Statuses read of each author in the first pass. */
const FIRST_PASS = 20;
/** Reads between two pauses: keeps the main loop free. */
const READS_PER_TURN = 64;

type Home = {
  handle: number;
  readAtMs: number;
  building: Promise<void> | null;
  stale: boolean;
  /** The page that was read last, to be given again while the ring is the same. */
  last: { version: number; page: HomePage; ids: readonly string[] } | null;
};

export type HomePage = { below?: string; above?: string; from?: "high" | "low"; limit: number };

export class Homes {
  #homes = new Map<number, Home>();
  readonly #slab: Slab;
  readonly #numbers: Numbers;
  readonly #collections: Collections;
  readonly #clock: Clock;
  readonly #pause: () => Promise<void>;
  readonly #homesMax: number;

  constructor(options: {
    slab: Slab;
    numbers: Numbers;
    collections: Collections;
    clock: Clock;
    pause: () => Promise<void>;
    /** Homes in memory; above it the one read longest ago goes. */
    homesMax: number;
  }) {
    this.#slab = options.slab;
    this.#numbers = options.numbers;
    this.#collections = options.collections;
    this.#clock = options.clock;
    this.#pause = options.pause;
    this.#homesMax = options.homesMax;
  }

  get count(): number {
    return this.#homes.size;
  }

  /** The ring of an account that is in memory, by account number; -1 if it is not. */
  handleOf(number: number): number {
    return this.#homes.get(number)?.handle ?? -1;
  }

  /** Ids of the home in walking order (newest first from "high", oldest first from "low"). */
  async page(accountId: string, page: HomePage): Promise<readonly string[]> {
    const number = this.#numbers.of(accountId);
    const known = this.#homes.get(number);
    const home = known !== undefined && known.building === null ? known : await this.#built(number);
    home.readAtMs = this.#clock.nowMs();
    const version = this.#slab.version(home.handle);
    const { last } = home;
    if (last !== null && last.version === version && isSamePage(last.page, page)) return last.ids;
    const ids = this.#read(home, page);
    home.last = { version, page, ids };
    return ids;
  }

  #read(home: Home, page: HomePage): string[] {
    const ids: string[] = [];
    const length = this.#slab.length(home.handle);
    const below = page.below === undefined ? null : halvesOf(page.below);
    const above = page.above === undefined ? null : halvesOf(page.above);
    const up = page.from === "low";
    for (let step = 0; step < length && ids.length < page.limit; step++) {
      const at = up ? length - 1 - step : step;
      const high = this.#slab.high(home.handle, at);
      const low = this.#slab.low(home.handle, at);
      if (below !== null && !isOlder(high, low, below)) continue;
      if (above !== null && !isNewer(high, low, above)) continue;
      ids.push(idOfHalves(high, low));
    }
    return ids;
  }

  /** Puts a new status on the home, if it is in memory. */
  insert(number: number, high: number, low: number): boolean {
    const home = this.#homes.get(number);
    return home !== undefined && this.#slab.insert(home.handle, high, low);
  }

  /** Forgets the home: the next read builds it anew. */
  refresh(accountId: string): void {
    const number = this.#numbers.known(accountId);
    const home = number === undefined ? undefined : this.#homes.get(number);
    if (home === undefined || number === undefined) return;
    if (home.building !== null) home.stale = true;
    else this.#drop(number, home);
  }

  /** Drops homes that nobody read since `idleMs` ago. Answers how many. */
  dropIdle(idleMs: number): number {
    const before = this.#clock.nowMs() - idleMs;
    let dropped = 0;
    for (const [number, home] of this.#homes) {
      if (home.building !== null || home.readAtMs >= before) continue;
      this.#drop(number, home);
      dropped++;
    }
    return dropped;
  }

  #drop(number: number, home: Home): void {
    this.#homes.delete(number);
    this.#slab.release(home.handle);
  }

  async #built(number: number): Promise<Home> {
    for (;;) {
      let home = this.#homes.get(number);
      if (home === undefined) {
        this.#makeRoom();
        const handle = this.#slab.acquire();
        home = { handle, readAtMs: 0, building: null, stale: false, last: null };
        this.#homes.set(number, home);
        home.building = this.#build(this.#numbers.idOf(number), home);
      }
      if (home.building === null) return home;
      await home.building.catch(() => {});
      if (this.#homes.get(number) === home && !home.stale && home.building === null) return home;
    }
  }

  #makeRoom(): void {
    if (this.#homes.size < this.#homesMax) return;
    let oldest: [number, Home] | null = null;
    for (const entry of this.#homes) {
      if (entry[1].building !== null) continue;
      if (oldest === null || entry[1].readAtMs < oldest[1].readAtMs) oldest = entry;
    }
    if (oldest !== null) this.#drop(oldest[0], oldest[1]);
  }

  async #build(accountId: string, home: Home): Promise<void> {
    try {
      const ids = await rebuild(
        { collections: this.#collections, pause: this.#pause, keep: this.#slab.ringLength },
        accountId,
      );
      for (const id of ids) {
        const { high, low } = halvesOf(id);
        this.#slab.insert(home.handle, high, low);
      }
      home.building = null;
      if (home.stale) this.#drop(this.#numbers.of(accountId), home);
    } catch (error) {
      home.building = null;
      this.#drop(this.#numbers.of(accountId), home);
      throw error;
    }
  }
}

const isSamePage = (a: HomePage, b: HomePage): boolean =>
  a.limit === b.limit && a.below === b.below && a.above === b.above && a.from === b.from;

const isOlder = (high: number, low: number, than: { high: number; low: number }): boolean =>
  high < than.high || (high === than.high && low < than.low);

const isNewer = (high: number, low: number, than: { high: number; low: number }): boolean =>
  high > than.high || (high === than.high && low > than.low);

type Source = {
  collections: Pick<Collections, "page">;
  pause: () => Promise<void>;
  keep: number;
};
type Author = { id: string; options: FollowOptions | null };

/**
 * The newest `keep` ids that belong on the account's home, oldest first. Exact: authors whose first
 * page does not reach down to the oldest kept id are read further.
 */
export async function rebuild(source: Source, accountId: string): Promise<string[]> {
  const turn = turns(source.pause);
  const authors: Author[] = [{ id: accountId, options: null }];
  let below: string | undefined;
  while (authors.length < REBUILD_FOLLOWS_MAX) {
    const page = await source.collections.page(followingOf(accountId), {
      limit: FOLLOW_PAGE,
      below,
    });
    for (const row of page) authors.push({ id: row.member, options: optionsOf(row.value) });
    below = page[page.length - 1]?.rank;
    if (page.length < FOLLOW_PAGE || below === undefined) break;
    await turn();
  }
  const ranks = new Set<string>();
  const wants = (row: Member, author: Author) => belongs(row, author, accountId);
  const open: { name: string; below: string; wanted: (row: Member) => boolean }[] = [];
  const tags = await source.collections.page(followedTagsOf(accountId), { limit: FOLLOW_PAGE });
  for (const author of authors) {
    const wanted = (row: Member) => wants(row, author);
    open.push({ name: statusesOf(author.id), below: "", wanted });
  }
  for (const tag of tags) {
    open.push({ name: taggedWith(tag.member), below: "", wanted: () => true });
  }
  let limit = FIRST_PASS;
  let again = open;
  while (again.length > 0) {
    const more: typeof open = [];
    for (const it of again) {
      const page = await source.collections.page(it.name, {
        limit,
        ...(it.below === "" ? {} : { below: it.below }),
      });
      for (const row of page) if (it.wanted(row)) ranks.add(row.rank);
      const last = page[page.length - 1];
      if (page.length === limit && last !== undefined) more.push({ ...it, below: last.rank });
      await turn();
    }
    const floor = newest(ranks, source.keep)[source.keep - 1];
    again = floor === undefined ? more : more.filter((it) => it.below > floor);
    limit = source.keep;
  }
  return newest(ranks, source.keep).reverse().map(idOfRank);
}

const newest = (ranks: Set<string>, keep: number): string[] =>
  [...ranks].sort().reverse().slice(0, keep);

function optionsOf(value: string): FollowOptions | null {
  return value === "" ? null : (JSON.parse(value) as FollowOptions);
}

/** Whether a status of a followed author belongs on the follower's home. The same rule as fan-out's. */
function belongs(row: Member, author: Author, viewerId: string): boolean {
  const flags = JSON.parse(row.value) as StatusFlags;
  if (author.id === viewerId) return true;
  if (flags.v === "direct") return flags.to?.includes(viewerId) === true;
  if (flags.b === 1 && author.options?.reblogs === false) return false;
  const languages = author.options?.languages;
  if (flags.b !== 1 && languages != null && languages.length > 0 && flags.l !== undefined) {
    return languages.includes(flags.l);
  }
  return true;
}

/** A pause after every so many reads. */
function turns(pause: () => Promise<void>): () => Promise<void> {
  let reads = 0;
  return async () => {
    if (++reads % READS_PER_TURN === 0) await pause();
  };
}
