// Owns access tokens: record "token" by the SHA-256 of the token, listed in tokensOf(account) or,
// for an app's own, in tokensOf("app:" + client id). Needs the store's single writes to be atomic.
// Tokens made from one code or refresh token share a `family`, so that a replay ends them all.

import { dropMember, dropRecord, putMember, putRecord } from "../../base/changes.js";
import type { Fault } from "../../base/faults.js";
import { dueRank, pushesOf, tokensOf } from "../../domain/collections.js";
import type { Clock, Random } from "../../ports/clock.js";
import type { Events } from "../../ports/events.js";
import type { Change, Member, Store } from "../../ports/storage.js";
import { sameScopes } from "./scopes.js";
import { hashSecret, newSecret } from "./secrets.js";

/** Record "token", by `tokenHash`. */
export type TokenDoc = {
  /** Null for an application's own token. */
  accountId: string | null;
  /** Client id of the app. */
  appId: string;
  scopes: string[];
  createdAtMs: number;
  /** Null: never. */
  expiresAtMs: number | null;
  family: string | null;
  /** The refresh token that belongs to it (record "refresh"). */
  refreshHash: string | null;
};

/** Record "refresh", by the hash of the refresh token. */
export type RefreshDoc = {
  tokenHash: string;
  accountId: string;
  appId: string;
  scopes: string[];
  family: string;
  createdAtMs: number;
};

/** Value of a member of tokensOf(…). */
type Listed = { appId: string; scopes: string[]; family: string | null };

export type TokenParts = { store: Store; clock: Clock; random: Random; events: Events };

export type IssueRequest = {
  accountId: string | null;
  appId: string;
  scopes: readonly string[];
  family?: string;
  expiresAtMs?: number | null;
  /** Also makes a refresh token. Only for tokens of an account. */
  withRefresh?: boolean;
};

export type IssuedToken = { token: string; hash: string; refresh: string | null; doc: TokenDoc };

/** Live tokens of one app for one account (or of one app for itself); the oldest makes way. */
export const TOKENS_PER_APP_MAX = 100;
const PAGE = 200;

const listOf = (token: { accountId: string | null; appId: string }): string =>
  tokensOf(token.accountId ?? `app:${token.appId}`);

/** Makes a token. It is told once; the store keeps its hash. */
export async function issueToken(
  parts: TokenParts,
  request: IssueRequest,
): Promise<IssuedToken | Fault> {
  const { store, clock, random } = parts;
  const token = newSecret(random);
  const hash = hashSecret(token);
  const refresh = request.withRefresh && request.accountId !== null ? newSecret(random) : null;
  const doc: TokenDoc = {
    accountId: request.accountId,
    appId: request.appId,
    scopes: [...request.scopes],
    createdAtMs: clock.nowMs(),
    expiresAtMs: request.expiresAtMs ?? null,
    family: request.family ?? (refresh === null ? null : hash),
    refreshHash: refresh === null ? null : hashSecret(refresh),
  };
  const listed: Listed = { appId: doc.appId, scopes: doc.scopes, family: doc.family };
  const rank = `${dueRank(doc.createdAtMs)}-${hash.slice(0, 24)}`;
  const changes: Change[] = [
    putRecord("token", hash, doc),
    putMember(listOf(doc), hash, rank, listed),
  ];
  if (doc.refreshHash !== null) {
    changes.push(putRecord("refresh", doc.refreshHash, refreshOf(doc, hash)));
  }
  const failed = await store.write(changes);
  if (failed !== null) return failed;
  const crowded = await makeRoom(parts, doc);
  return crowded ?? { token, hash, refresh, doc };
}

function refreshOf(doc: TokenDoc, tokenHash: string): RefreshDoc {
  return {
    tokenHash,
    accountId: doc.accountId ?? "",
    appId: doc.appId,
    scopes: doc.scopes,
    family: doc.family ?? tokenHash,
    createdAtMs: doc.createdAtMs,
  };
}

async function makeRoom(parts: TokenParts, made: TokenDoc): Promise<null | Fault> {
  const same = await listed(parts.store, listOf(made), (it) => it.appId === made.appId);
  const old = same.slice(TOKENS_PER_APP_MAX);
  return old.length === 0 ? null : revokeTokens(parts, old);
}

/** Hashes of the tokens on the list that `wanted` picks, newest first. */
async function listed(
  store: Store,
  list: string,
  wanted: (value: Listed, member: Member) => boolean,
): Promise<string[]> {
  const hashes: string[] = [];
  let below: string | undefined;
  for (;;) {
    const page = await store.collections.page(
      list,
      below === undefined ? { limit: PAGE } : { limit: PAGE, below },
    );
    for (const it of page) {
      if (wanted(JSON.parse(it.value) as Listed, it)) hashes.push(it.member);
    }
    below = page.at(-1)?.rank;
    if (page.length < PAGE || below === undefined) return hashes;
  }
}

export async function findToken(store: Store, hash: string): Promise<TokenDoc | null> {
  const doc = await store.records.get("token", hash);
  return doc === null ? null : (JSON.parse(doc) as TokenDoc);
}

/** Ends the tokens: durable when resolved, and told to caches and streams. Repeats are harmless. */
export async function revokeTokens(
  parts: { store: Store; events: Events },
  hashes: readonly string[],
  options: { keepRefresh?: boolean } = {},
): Promise<null | Fault> {
  for (let at = 0; at < hashes.length; at += PAGE) {
    const some = hashes.slice(at, at + PAGE);
    const docs = await parts.store.records.getMany("token", some);
    const changes: Change[] = [];
    for (const [hash, text] of docs) {
      const doc = JSON.parse(text) as TokenDoc;
      changes.push(dropRecord("token", hash), dropMember(listOf(doc), hash));
      // The push subscription belongs to the token and goes with it.
      changes.push(dropRecord("push", hash));
      if (doc.accountId !== null) changes.push(dropMember(pushesOf(doc.accountId), hash));
      if (doc.refreshHash !== null && !options.keepRefresh) {
        changes.push(dropRecord("refresh", doc.refreshHash));
      }
    }
    const failed = changes.length === 0 ? null : await parts.store.write(changes);
    if (failed !== null) return failed;
    for (const tokenHash of docs.keys()) parts.events.publish({ type: "token-revoked", tokenHash });
  }
  return null;
}

/** Ends every token of the account, or those of one app or of one family. */
export async function revokeTokensOf(
  parts: { store: Store; events: Events },
  accountId: string,
  only: { appId?: string; family?: string } = {},
): Promise<null | Fault> {
  const hashes = await listed(parts.store, tokensOf(accountId), (it) => {
    if (only.appId !== undefined && it.appId !== only.appId) return false;
    return only.family === undefined || it.family === only.family;
  });
  return revokeTokens(parts, hashes);
}

/** Whether the account has a live token of this app with these very scopes. */
export async function hasEqualGrant(
  store: Store,
  grant: { accountId: string; appId: string; scopes: readonly string[] },
  liveSinceMs: number,
): Promise<boolean> {
  const since = dueRank(liveSinceMs);
  const found = await listed(
    store,
    tokensOf(grant.accountId),
    (it, member) =>
      it.appId === grant.appId && member.rank >= since && sameScopes(it.scopes, grant.scopes),
  );
  return found.length > 0;
}

export type Grant = { appId: string; scopes: string[]; sinceMs: number };

/** What the account has allowed: one line an app, with all scopes of its live tokens. */
export async function grantsOf(store: Store, accountId: string): Promise<Grant[]> {
  const grants = new Map<string, Grant>();
  await listed(store, tokensOf(accountId), (it, member) => {
    const sinceMs = Number(member.rank.slice(0, dueRank(0).length));
    const before = grants.get(it.appId);
    grants.set(it.appId, {
      appId: it.appId,
      scopes: [...new Set([...(before?.scopes ?? []), ...it.scopes])],
      sinceMs: Math.min(before?.sinceMs ?? sinceMs, sinceMs),
    });
    return false;
  });
  return [...grants.values()];
}
