// Owns the answer to "whose token is this?". On the hottest path of all: a known token is answered
// synchronously from a bounded cache keyed by its hash (the token itself is not kept). Whatever can
// change the answer drops the entry: events, commits seen by this node, and age, for commits of
// other nodes whose event was lost.

import { type Fault, fault, isFault } from "../../base/faults.js";
import type { AccountDoc, UserDoc } from "../../domain/account.js";
import type { Clock } from "../../ports/clock.js";
import type { Events } from "../../ports/events.js";
import type { Change, Store } from "../../ports/storage.js";
import type { Auth } from "../http/route.js";
import { type AppDoc, findApp } from "./apps.js";
import { hashSecret } from "./secrets.js";
import { findToken } from "./tokens.js";

export interface Authenticator {
  /**
   * What the token may do, at once if it is known. Faults: no-token, token-expired, token-revoked;
   * unconfirmed-email, pending-approval, login-disabled where the user may not come in (yet).
   */
  authenticate(token: string): Auth | Fault | Promise<Auth | Fault>;
  /**
   * As `authenticate`, but lets in users who still have to confirm their address or be approved.
   */
  identify(token: string): Promise<Auth | Fault>;
  close(): void;
}

export type AuthenticatorParts = {
  store: Store;
  events: Events;
  clock: Clock;
  /** Entries kept. */
  cacheMax?: number;
};

const CACHE_MAX = 50_000;
const FRESH_MS = 60_000;
const TOKEN_LENGTH_MAX = 256;

type Entry = { auth: Auth; checkedAtMs: number; expiresAtMs: number };

/** Makes the authenticator of this node. `close` ends its listening. */
export function createAuthenticator(parts: AuthenticatorParts): Authenticator {
  const { store, events, clock } = parts;
  const cache = createCache(parts.cacheMax ?? CACHE_MAX);
  const stopEvents = events.subscribe((event) => {
    if (event.type === "token-revoked") cache.drop(event.tokenHash);
    else if (event.type === "account-locked-out") cache.dropAccount(event.accountId);
  });
  const stopCommits = store.onCommit((changes) => {
    for (const change of changes) dropChanged(cache, change);
  });

  async function load(hash: string): Promise<Auth | Fault> {
    const before = cache.changes();
    const found = await readToken(store, clock, hash);
    if (isFault(found)) return found;
    const barred = found.user === null ? null : barrier(found.user, found.suspended);
    if (barred !== null) return barred;
    const checkedAtMs = clock.nowMs();
    // Anything dropped while we read may have been this entry: answer, but do not remember.
    if (cache.changes() === before) {
      cache.put({ auth: found.auth, checkedAtMs, expiresAtMs: found.expiresAtMs });
    }
    return found.auth;
  }

  return {
    authenticate(token) {
      if (token.length === 0 || token.length > TOKEN_LENGTH_MAX) return fault("no-token");
      const hash = hashSecret(token);
      const entry = cache.get(hash);
      if (entry === undefined) return load(hash);
      const nowMs = clock.nowMs();
      if (nowMs >= entry.expiresAtMs) return fault("token-expired");
      const ageMs = nowMs - entry.checkedAtMs;
      return ageMs >= 0 && ageMs < FRESH_MS ? entry.auth : load(hash);
    },
    async identify(token) {
      if (token.length === 0 || token.length > TOKEN_LENGTH_MAX) return fault("no-token");
      const found = await readToken(store, clock, hashSecret(token));
      if (isFault(found)) return found;
      const barred = found.user === null ? null : barrier(found.user, found.suspended);
      return barred?.fault === "login-disabled" ? barred : found.auth;
    },
    close() {
      stopEvents();
      stopCommits();
    },
  };
}

/** Why this user may not use the server now, or null. In the order that says most to the user. */
export function barrier(user: UserDoc, suspended: boolean): Fault | null {
  if (user.disabled || suspended) return fault("login-disabled");
  if (user.emailConfirmedAtMs === null) return fault("unconfirmed-email");
  if (!user.approved) return fault("pending-approval");
  return null;
}

type Read = { auth: Auth; expiresAtMs: number; user: UserDoc | null; suspended: boolean };

async function readToken(store: Store, clock: Clock, hash: string): Promise<Read | Fault> {
  const token = await findToken(store, hash);
  if (token === null) return fault("no-token");
  const expiresAtMs = token.expiresAtMs ?? Number.POSITIVE_INFINITY;
  if (clock.nowMs() >= expiresAtMs) return fault("token-expired");
  const [app, userText, accountText] = await Promise.all([
    findApp(store, token.appId),
    token.accountId === null ? null : store.records.get("user", token.accountId),
    token.accountId === null ? null : store.records.get("account", token.accountId),
  ]);
  if (app === null) return fault("token-revoked");
  const auth = authOf(hash, token.accountId, app, token.scopes);
  if (token.accountId === null) return { auth, expiresAtMs, user: null, suspended: false };
  if (userText === null || accountText === null) return fault("token-revoked");
  const user = JSON.parse(userText) as UserDoc;
  if (user.passwordChangedAtMs > token.createdAtMs) return fault("token-revoked");
  return { auth, expiresAtMs, user, suspended: (JSON.parse(accountText) as AccountDoc).suspended };
}

const authOf = (
  tokenHash: string,
  accountId: string | null,
  app: AppDoc,
  scopes: readonly string[],
): Auth => ({
  tokenHash,
  appId: app.clientId,
  appName: app.name,
  appWebsite: app.website,
  scopes,
  accountId,
});

function dropChanged(cache: Cache, change: Change): void {
  if (change.do !== "put-record" && change.do !== "drop-record") return;
  switch (change.kind) {
    case "token":
      cache.drop(change.id);
      break;
    case "user":
      cache.dropAccount(change.id);
      break;
    case "account":
      // The document changes with every post; only suspension and removal matter here.
      if (change.do === "drop-record" || change.doc.includes('"suspended":true')) {
        cache.dropAccount(change.id);
      }
      break;
    case "app":
      cache.dropAll();
      break;
  }
}

type Cache = ReturnType<typeof createCache>;

/**
 * Least recently used goes first. Two maps of half the size: a hit costs one look-up, or a move.
 */
function createCache(max: number) {
  let young = new Map<string, Entry>();
  let old = new Map<string, Entry>();
  const byAccount = new Map<string, Set<string>>();
  let dropped = 0;

  const forget = (entry: Entry) => {
    const { accountId, tokenHash } = entry.auth;
    const hashes = accountId === null ? undefined : byAccount.get(accountId);
    if (accountId !== null && hashes?.delete(tokenHash) && hashes.size === 0) {
      byAccount.delete(accountId);
    }
  };
  const turn = () => {
    if (young.size < max / 2) return;
    for (const [hash, entry] of old) if (!young.has(hash)) forget(entry);
    old = young;
    young = new Map();
  };
  const drop = (hash: string) => {
    dropped++;
    const entry = young.get(hash) ?? old.get(hash);
    if (entry === undefined) return;
    young.delete(hash);
    old.delete(hash);
    forget(entry);
  };
  return {
    get(hash: string): Entry | undefined {
      const entry = young.get(hash);
      if (entry !== undefined) return entry;
      const kept = old.get(hash);
      if (kept === undefined) return undefined;
      old.delete(hash);
      young.set(hash, kept);
      turn();
      return kept;
    },
    put(entry: Entry): void {
      const { tokenHash, accountId } = entry.auth;
      old.delete(tokenHash);
      young.set(tokenHash, entry);
      if (accountId !== null) {
        const hashes = byAccount.get(accountId) ?? new Set();
        byAccount.set(accountId, hashes.add(tokenHash));
      }
      turn();
    },
    drop,
    dropAccount(accountId: string): void {
      dropped++;
      for (const hash of [...(byAccount.get(accountId) ?? [])]) drop(hash);
    },
    dropAll(): void {
      dropped++;
      young.clear();
      old.clear();
      byAccount.clear();
    },
    /** Grows with every drop, whether or not there was something to drop. */
    changes: () => dropped,
    size: () => young.size + old.size,
  };
}
