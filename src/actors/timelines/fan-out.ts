// Owns putting a new status on the home timelines of the author's followers. One fan-out walks the
// author's follower rows in turns of at most `turnMax`, round robin over the authors that have one
// running, so that a post to a million never delays a post to ten. It is a durable effect: after a
// crash it runs again from the start, which is harmless, for a ring holds an id once and
// notifications are made once. See docs/decisions/0006-fan-out.md.

import type { Fault } from "../../base/faults.js";
import { halvesOf } from "../../base/ids.js";
import { tagFollowers } from "../../domain/collections.js";
import type { Notify } from "../../domain/notification.js";
import type { Collections } from "../../ports/storage.js";
import type { FanOut } from "../effects.js";
import {
  BIT_LANGUAGES,
  BIT_NOTIFY,
  BIT_REBLOGS,
  type FollowerRows,
  type Numbers,
  type Rows,
} from "./followers.js";
import type { Homes } from "./homes.js";

export type FanOutParts = {
  rows: FollowerRows;
  homes: Homes;
  numbers: Numbers;
  collections: Collections;
  /** Whether somebody listens to the home stream of the account. */
  isLive: (accountId: string) => boolean;
  /** Whether anybody listens to any home stream. */
  anyLive: () => boolean;
  /** Tells the listeners that the status came onto these homes. */
  added: (statusId: string, accountIds: readonly string[]) => void;
  /** Notifies an account: null when that is durable or refused, a fault if it must be tried again. */
  notify: (accountId: string, notify: Notify) => Promise<null | Fault>;
  nowMs: () => number;
  pause: () => Promise<void>;
  /** Followers of one author a turn. */
  turnMax: number;
};

/** Notifications of one fan-out that are waited for at the same time. */
const NOTIFIES_AT_ONCE = 32;
const TAG_PAGE = 1000;

type Job = {
  post: FanOut;
  rows: Rows;
  at: number;
  high: number;
  low: number;
  live: string[];
  notify: string[];
  done: () => void;
};

export class FanOuts {
  #jobs: Job[] = [];
  #running = false;
  /** Timeline writes made since start: for the bench. */
  writes = 0;
  readonly #parts: FanOutParts;

  constructor(parts: FanOutParts) {
    this.#parts = parts;
  }

  /**
   * Null when every follower's home in memory has the status and every notification is durable; a
   * fault if some notification was not: then all of it is to be run again.
   */
  async run(post: FanOut): Promise<null | Fault> {
    this.#insert(post, post.authorId);
    if (post.visibility === "direct") {
      for (const id of post.mentionIds) await this.#toMentioned(post, id);
      return null;
    }
    const rows = await this.#parts.rows.of(post.authorId);
    const { high, low } = halvesOf(post.statusId);
    const job: Job = {
      post,
      rows,
      at: rows.count,
      high,
      low,
      live: [],
      notify: [],
      done: () => {},
    };
    const walked = new Promise<void>((done) => {
      job.done = done;
    });
    this.#jobs.push(job);
    void this.#turns();
    await walked;
    await this.#toTagFollowers(post);
    return this.#notify(post, job.notify);
  }

  async #turns(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (;;) {
      const job = this.#jobs.shift();
      if (job === undefined) break;
      if (this.#turn(job)) job.done();
      else this.#jobs.push(job);
      if (this.#jobs.length > 0) await this.#parts.pause();
    }
    this.#running = false;
  }

  /**
   * One turn. True when the job is done. Rows are walked from the last to the first: a row that
   * goes away meanwhile is replaced by the last one, which was walked already, so none is missed.
   */
  #turn(job: Job): boolean {
    const { homes, numbers, isLive, turnMax } = this.#parts;
    const { rows, post, high, low } = job;
    const start = Math.min(rows.count, job.at);
    const end = Math.max(0, start - turnMax);
    const anyLive = this.#parts.anyLive();
    const notifies = !post.isBoost && post.replyToAccountId === null;
    for (let at = start - 1; at >= end; at--) {
      const bits = rows.bits[at] as number;
      if (post.isBoost && (bits & BIT_REBLOGS) === 0) continue;
      const number = rows.numbers[at] as number;
      if ((bits & BIT_LANGUAGES) !== 0 && !speaks(rows, number, post)) continue;
      if (homes.insert(number, high, low)) this.writes++;
      if (notifies && (bits & BIT_NOTIFY) !== 0) job.notify.push(numbers.idOf(number));
      if (anyLive) {
        const id = numbers.idOf(number);
        if (isLive(id)) job.live.push(id);
      }
    }
    job.at = end;
    if (job.live.length > 0) {
      this.#parts.added(post.statusId, job.live);
      job.live = [];
    }
    return end === 0;
  }

  #insert(post: FanOut, accountId: string): void {
    const { homes, numbers, isLive, added } = this.#parts;
    const { high, low } = halvesOf(post.statusId);
    const number = numbers.known(accountId);
    if (number !== undefined && homes.insert(number, high, low)) this.writes++;
    if (isLive(accountId)) added(post.statusId, [accountId]);
  }

  /** A direct post is on the homes of those it mentions who follow its author. */
  async #toMentioned(post: FanOut, accountId: string): Promise<void> {
    const rows = await this.#parts.rows.of(post.authorId);
    const number = this.#parts.numbers.of(accountId);
    if (rows.numbers.subarray(0, rows.count).includes(number)) this.#insert(post, accountId);
  }

  async #toTagFollowers(post: FanOut): Promise<void> {
    if (post.visibility !== "public" || post.isBoost) return;
    for (const tag of post.tags) {
      let below: string | undefined;
      for (;;) {
        const page = await this.#parts.collections.page(tagFollowers(tag), {
          limit: TAG_PAGE,
          ...(below === undefined ? {} : { below }),
        });
        for (const row of page) {
          if (row.member !== post.authorId) this.#insert(post, row.member);
        }
        below = page[page.length - 1]?.rank;
        if (page.length < TAG_PAGE || below === undefined) break;
        await this.#parts.pause();
      }
    }
  }

  async #notify(post: FanOut, accountIds: readonly string[]): Promise<null | Fault> {
    const notify: Notify = {
      type: "notify",
      notification: "status",
      fromId: post.authorId,
      statusId: post.statusId,
      conversationId: null,
      visibility: post.visibility,
      atMs: this.#parts.nowMs(),
    };
    for (let at = 0; at < accountIds.length; at += NOTIFIES_AT_ONCE) {
      const some = accountIds.slice(at, at + NOTIFIES_AT_ONCE);
      const done = await Promise.all(some.map((id) => this.#parts.notify(id, notify)));
      const failed = done.find((it) => it !== null);
      if (failed !== undefined) return failed;
    }
    return null;
  }
}

function speaks(rows: Rows, number: number, post: FanOut): boolean {
  if (post.isBoost || post.language === null) return true;
  return rows.languages.get(number)?.includes(post.language) ?? true;
}
