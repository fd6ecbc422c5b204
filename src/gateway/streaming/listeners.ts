// Owns what all connections have in common: who they are, that there are not too many, and that a
// dead token silences them at once, also while they are still being set up.

import { type Fault, fault } from "../../base/faults.js";
import type { Auth } from "../http/route.js";
import type { Listener } from "./hub.js";

/** How many revocations are remembered for connections that are still being set up. */
const REMEMBERED_MAX = 1_000;

type Revoked = { tokenHash: string } | { accountId: string };

const concerns = (revoked: Revoked, auth: Auth): boolean =>
  "tokenHash" in revoked
    ? revoked.tokenHash === auth.tokenHash
    : revoked.accountId === auth.accountId;

export class Listeners {
  readonly #all = new Set<Listener>();
  readonly #counts = new Map<string, number>();
  readonly #max: { all: number; perAccount: number };
  #revoked: Revoked[] = [];
  #revokedBefore = 0;

  constructor(max: { all: number; perAccount: number }) {
    this.#max = max;
  }

  get size(): number {
    return this.#all.size;
  }

  /** A mark to be taken before a token is looked at, for `isRevokedSince`. */
  mark(): number {
    return this.#revokedBefore + this.#revoked.length;
  }

  /** Whether the token died since the mark. A mark that is too old counts as: yes. */
  isRevokedSince(mark: number, auth: Auth): boolean {
    if (mark < this.#revokedBefore) return true;
    return this.#revoked.slice(mark - this.#revokedBefore).some((it) => concerns(it, auth));
  }

  /** Why no more connections of the account are taken, or null. */
  refusal(accountId: string): Fault | null {
    if (this.#all.size >= this.#max.all) return fault("store-busy", "Too many streams are open");
    if ((this.#counts.get(accountId) ?? 0) < this.#max.perAccount) return null;
    return fault("too-many-requests", "Too many streams of this account are open");
  }

  add(listener: Listener): void {
    this.#all.add(listener);
    this.#counts.set(listener.accountId, (this.#counts.get(listener.accountId) ?? 0) + 1);
  }

  remove(listener: Listener): void {
    if (!this.#all.delete(listener)) return;
    const left = (this.#counts.get(listener.accountId) ?? 1) - 1;
    if (left > 0) this.#counts.set(listener.accountId, left);
    else this.#counts.delete(listener.accountId);
  }

  has(accountId: string): boolean {
    return this.#counts.has(accountId);
  }

  /** Closes every connection whose token died. */
  revoke(revoked: Revoked): void {
    this.#revoked.push(revoked);
    if (this.#revoked.length > 2 * REMEMBERED_MAX) {
      this.#revokedBefore += REMEMBERED_MAX;
      this.#revoked = this.#revoked.slice(REMEMBERED_MAX);
    }
    for (const listener of [...this.#all]) {
      if (concerns(revoked, listener.auth)) listener.revoke();
    }
  }

  [Symbol.iterator](): IterableIterator<Listener> {
    return [...this.#all].values();
  }
}
