// Owns the bytes that all viewers share: one JSON document for each account, and one open JSON
// object for each status (without what depends on the viewer, and without its closing brace).
// Serialised once per revision; a commit that changes the status, its counters, its poll or its
// author drops it. REST, streams and pages all send these same bytes.

import { LRUCache } from "lru-cache";
import type { AccountDoc, UserDoc } from "../../domain/account.js";
import type { Emojis } from "../../domain/emoji.js";
import { NO_STATS, type PollDoc, type StatsDoc, type StatusDoc } from "../../domain/status.js";
import type { Change } from "../../ports/storage.js";
import { account as accountEntity } from "../entities/account.js";
import type { Site } from "../entities/site.js";
import { statusParts } from "../entities/status.js";
import type { Docs } from "./docs.js";

export type SharedStatus = {
  readonly doc: StatusDoc;
  readonly author: AccountDoc;
  /** The open JSON object. */
  readonly base: Buffer;
  readonly poll: PollDoc | null;
  /** `,"application":{…}` for the author's own eyes, where readers do not see it. */
  readonly ownApplication: string;
  /** True once it was dropped: whoever remembers it must ask again. Only Shared sets it. */
  stale: boolean;
};

export type SharedAccount = { readonly doc: AccountDoc; readonly json: Buffer };

export class Shared {
  #statuses: LRUCache<string, SharedStatus>;
  #accounts: LRUCache<string, SharedAccount>;
  /** Ids of the statuses in memory, by author: a changed profile changes their bytes. */
  #byAuthor = new Map<string, Set<string>>();
  /** Grows with every commit that drops something: a build that began before it is not kept. */
  #drops = 0;
  #version = 0;
  readonly #docs: Docs;
  readonly #site: Site;
  readonly #emojis: () => Emojis;

  constructor(options: {
    docs: Docs;
    site: Site;
    emojis: () => Emojis;
    statusesMax: number;
    accountsMax: number;
  }) {
    this.#docs = options.docs;
    this.#site = options.site;
    this.#emojis = options.emojis;
    this.#accounts = new LRUCache({ max: options.accountsMax });
    this.#statuses = new LRUCache({
      max: options.statusesMax,
      dispose: (status, id) => {
        this.#version++;
        status.stale = true;
        this.#forget(status.doc.accountId, id);
      },
    });
  }

  /** Drops what the commit changed; give it to `store.onCommit` after Docs.seen. */
  seen(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.do !== "put-record" && change.do !== "drop-record") continue;
      switch (change.kind) {
        case "status":
        case "stats":
        case "poll":
          this.#drops++;
          this.#statuses.delete(change.id);
          break;
        case "account":
        case "user":
          this.#drops++;
          this.#version++;
          this.#accounts.delete(change.id);
          for (const id of this.#byAuthor.get(change.id) ?? []) this.#statuses.delete(id);
          break;
        default:
      }
    }
  }

  /** Grows whenever something may have become stale: while it is the same, nothing has. */
  get version(): number {
    return this.#version;
  }

  /** Drops everything: see Docs.forget. */
  forget(): void {
    this.#drops++;
    this.#statuses.clear();
    this.#accounts.clear();
  }

  /** The statuses there are, whoever may see them. */
  async statuses(ids: readonly string[]): Promise<Map<string, SharedStatus>> {
    const found = new Map<string, SharedStatus>();
    const missing: string[] = [];
    for (const id of ids) {
      const known = this.#statuses.get(id);
      if (known !== undefined) found.set(id, known);
      else if (!missing.includes(id)) missing.push(id);
    }
    if (missing.length > 0) await this.#build(missing, found);
    return found;
  }

  async accounts(ids: readonly string[]): Promise<Map<string, SharedAccount>> {
    const found = new Map<string, SharedAccount>();
    const missing: string[] = [];
    for (const id of ids) {
      const known = this.#accounts.get(id);
      if (known !== undefined) found.set(id, known);
      else missing.push(id);
    }
    if (missing.length === 0) return found;
    const drops = this.#drops;
    const docs = await this.#docs.many<AccountDoc>("account", missing);
    const moved = [...docs.values()].flatMap((doc) => (doc.movedTo === null ? [] : [doc.movedTo]));
    const targets = await this.#docs.many<AccountDoc>("account", moved);
    for (const doc of docs.values()) {
      const movedTo = doc.movedTo === null ? null : (targets.get(doc.movedTo) ?? null);
      const shared = this.#serialise(doc, movedTo);
      if (drops === this.#drops) this.#accounts.set(doc.id, shared);
      found.set(doc.id, shared);
    }
    return found;
  }

  #serialise(doc: AccountDoc, movedTo: AccountDoc | null): SharedAccount {
    const view = { account: doc, site: this.#site, emojis: this.#emojis(), movedTo };
    return { doc, json: Buffer.from(JSON.stringify(accountEntity(view))) };
  }

  async #build(ids: readonly string[], found: Map<string, SharedStatus>): Promise<void> {
    const drops = this.#drops;
    const docs = await this.#docs.many<StatusDoc>("status", ids);
    if (docs.size === 0) return;
    const authorIds = [...new Set([...docs.values()].map((doc) => doc.accountId))];
    const pollIds = [...docs.values()].flatMap((doc) => (doc.pollId === null ? [] : [doc.pollId]));
    const [stats, polls, users, accounts] = await Promise.all([
      this.#docs.many<StatsDoc>("stats", [...docs.keys()]),
      this.#docs.many<PollDoc>("poll", pollIds),
      this.#docs.many<UserDoc>("user", authorIds),
      this.accounts(authorIds),
    ]);
    for (const [id, doc] of docs) {
      const author = accounts.get(doc.accountId);
      if (author === undefined) continue;
      const shared = this.#open(doc, author, {
        stats: stats.get(id) ?? NO_STATS,
        poll: doc.pollId === null ? null : (polls.get(doc.pollId) ?? null),
        showApplication: users.get(doc.accountId)?.settings.showApplication ?? true,
      });
      found.set(id, shared);
      if (drops === this.#drops) this.#remember(id, shared);
      else shared.stale = true;
    }
  }

  #open(
    doc: StatusDoc,
    author: SharedAccount,
    more: { stats: StatsDoc; poll: PollDoc | null; showApplication: boolean },
  ): SharedStatus {
    const parts = statusParts({
      status: doc,
      stats: more.stats,
      author: author.doc,
      site: this.#site,
      emojis: this.#emojis(),
      showApplication: more.showApplication,
    });
    const base = Buffer.concat([
      Buffer.from(parts.beforeAccount),
      author.json,
      Buffer.from(parts.afterAccount),
    ]);
    const { application } = doc;
    const hidden = application !== null && !more.showApplication;
    const ownApplication = hidden
      ? `,"application":${JSON.stringify({ name: application.name, website: application.website })}`
      : "";
    return { doc, author: author.doc, base, poll: more.poll, ownApplication, stale: false };
  }

  #remember(id: string, shared: SharedStatus): void {
    this.#statuses.set(id, shared);
    const authorId = shared.doc.accountId;
    const ids = this.#byAuthor.get(authorId);
    if (ids === undefined) this.#byAuthor.set(authorId, new Set([id]));
    else ids.add(id);
  }

  #forget(authorId: string, id: string): void {
    const ids = this.#byAuthor.get(authorId);
    ids?.delete(id);
    if (ids?.size === 0) this.#byAuthor.delete(authorId);
  }
}
