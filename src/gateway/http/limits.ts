// Owns how often somebody may call. Windows are fixed and aligned to the clock, so that a reset
// time is the same for everybody. Counts live in memory, a bounded number for each rule: beyond it
// the one counted first is forgotten, which errs towards letting a call through.
// Source of the numbers: Mastodon API 4.6, rate limits.

import { assert } from "../../base/assert.js";
import type { Clock } from "../../ports/clock.js";
import { networkOf } from "./addresses.js";

/** Who is counted. "account": the user, else the address. "address": IPv6 by its /64. */
export type CountedBy = "account" | "token" | "address";

export type LimitRule = { limit: number; windowMs: number; by: CountedBy };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** `call` and `token` count each call with a token, `anonymous` each one without. */
export const DEFAULT_LIMITS = {
  call: { limit: 1500, windowMs: 5 * MINUTE, by: "account" },
  token: { limit: 300, windowMs: 5 * MINUTE, by: "token" },
  anonymous: { limit: 300, windowMs: 5 * MINUTE, by: "address" },
  paging: { limit: 300, windowMs: 15 * MINUTE, by: "account" },
  media: { limit: 30, windowMs: 30 * MINUTE, by: "account" },
  delete: { limit: 30, windowMs: 30 * MINUTE, by: "account" },
  "sign-up": { limit: 5, windowMs: 30 * MINUTE, by: "address" },
  app: { limit: 5, windowMs: 10 * MINUTE, by: "address" },
  login: { limit: 25, windowMs: 5 * MINUTE, by: "address" },
  "password-reset": { limit: 25, windowMs: 5 * MINUTE, by: "address" },
  "confirm-email": { limit: 5, windowMs: 30 * MINUTE, by: "account" },
  "password-change": { limit: 10, windowMs: 10 * MINUTE, by: "account" },
  "address-change": { limit: 5, windowMs: 10 * MINUTE, by: "account" },
  posting: { limit: 300, windowMs: 3 * HOUR, by: "account" },
  follow: { limit: 400, windowMs: 24 * HOUR, by: "account" },
  report: { limit: 400, windowMs: 24 * HOUR, by: "account" },
} as const satisfies Record<string, LimitRule>;

export type LimitName = keyof typeof DEFAULT_LIMITS;

/** Only what came about counts: a refused post or follow is given back. */
export const COUNTED_ON_SUCCESS: ReadonlySet<string> = new Set(["posting", "follow", "report"]);

export type Caller = { accountId: string | null; tokenHash: string | null; address: string };

/** Where the tightest of the windows stands after the call was counted. */
export type Standing = {
  over: boolean;
  limit: number;
  remaining: number;
  /** ISO 8601 with microseconds. */
  resetsAt: string;
};

export interface Limits {
  /** Counts one call in each of the windows. Null: limits are off. */
  take(names: readonly LimitName[], caller: Caller): Standing | null;
  /** Takes one back. */
  giveBack(names: readonly LimitName[], caller: Caller): void;
  isLimit(name: string): name is LimitName;
}

export type LimitsOptions = {
  clock: Clock;
  /** Switches all limits off. */
  off?: boolean;
  /** Other numbers than the usual ones. */
  rules?: Partial<Record<LimitName, { limit?: number; windowMs?: number }>>;
  /** Counts kept for each rule. */
  countedMax?: number;
};

export const LIMIT_COUNTED_MAX = 100_000;

type Window = { rule: LimitRule; number: number; counts: Map<string, number> };

export function createLimits(options: LimitsOptions): Limits {
  const countedMax = options.countedMax ?? LIMIT_COUNTED_MAX;
  const windows = new Map<LimitName, Window>();
  for (const name of Object.keys(DEFAULT_LIMITS) as LimitName[]) {
    const rule = { ...DEFAULT_LIMITS[name], ...options.rules?.[name] };
    assert(rule.limit > 0 && rule.windowMs > 0, `the limit ${name} must be above zero`);
    windows.set(name, { rule, number: -1, counts: new Map() });
  }
  const resetText = createResetText();

  const count = (window: Window, key: string, nowMs: number): number => {
    const number = Math.floor(nowMs / window.rule.windowMs);
    if (number !== window.number) {
      window.number = number;
      window.counts = new Map();
    }
    const before = window.counts.get(key);
    if (before === undefined && window.counts.size >= countedMax) {
      for (const oldest of window.counts.keys()) {
        window.counts.delete(oldest);
        break;
      }
    }
    const after = (before ?? 0) + 1;
    window.counts.set(key, after);
    return after;
  };

  return {
    take(names, caller) {
      if (options.off === true) return null;
      const nowMs = options.clock.nowMs();
      let tightest: Window | null = null;
      let remaining = Number.POSITIVE_INFINITY;
      for (const name of names) {
        const window = windows.get(name) as Window;
        const left = window.rule.limit - count(window, keyOf(window.rule.by, caller), nowMs);
        if (left >= remaining) continue;
        remaining = left;
        tightest = window;
      }
      if (tightest === null) return null;
      return {
        over: remaining < 0,
        limit: tightest.rule.limit,
        remaining: Math.max(0, remaining),
        resetsAt: resetText((tightest.number + 1) * tightest.rule.windowMs),
      };
    },
    giveBack(names, caller) {
      for (const name of names) {
        const window = windows.get(name) as Window;
        const key = keyOf(window.rule.by, caller);
        const before = window.counts.get(key) ?? 0;
        if (before > 0) window.counts.set(key, before - 1);
      }
    },
    isLimit: (name): name is LimitName => windows.has(name as LimitName),
  };
}

function keyOf(by: CountedBy, caller: Caller): string {
  if (by === "token" && caller.tokenHash !== null) return caller.tokenHash;
  if (by !== "address" && caller.accountId !== null) return caller.accountId;
  return networkOf(caller.address);
}

/** Writes a time as text; few different ones are asked for, again and again. */
function createResetText(): (atMs: number) => string {
  const written = new Map<number, string>();
  return (atMs) => {
    let text = written.get(atMs);
    if (text === undefined) {
      if (written.size >= 16) written.clear();
      text = new Date(atMs).toISOString().replace("Z", "000Z");
      written.set(atMs, text);
    }
    return text;
  };
}
