// Owns the read side of a node: shared bytes, viewers' states, and the functions routes ask for.
// Call `seen` with every commit of the store, before anybody can ask again.

import { fault } from "../../base/faults.js";
import {
  type AccountDoc,
  type RelationDoc,
  relationId,
  type UserDoc,
  usernameKey,
} from "../../domain/account.js";
import { localDomain } from "../../domain/addresses.js";
import type { Emojis } from "../../domain/emoji.js";
import type { StatusDoc } from "../../domain/status.js";
import type { Change, Store } from "../../ports/storage.js";
import type { Site } from "../entities/site.js";
import type { Viewer } from "../http/route.js";
import { Docs } from "./docs.js";
import { Pages, ShownStatus } from "./pages.js";
import type { Presented, PresentOptions, Reads, ShownIn } from "./reads.js";
import { Shared } from "./shared.js";
import { keepNote, keptNote, type ShowParts, show } from "./show.js";
import { ViewerStates } from "./viewer-states.js";

export type ReadsOptions = {
  store: Store;
  site: Site;
  emojis: () => Emojis;
  nowMs: () => number;
  /** Bounds of the caches, in entries. */
  docsMax: number;
  statusesMax: number;
  viewersMax: number;
};

export type NodeReads = Reads & {
  seen(changes: readonly Change[]): void;
  /** Drops every cache: what was committed is not known for sure. */
  forget(): void;
  /** True if the viewer has no filters, languages, blocks or mutes that change public pages. */
  isPlainViewer(accountId: string): Promise<boolean>;
};

export function createReads(options: ReadsOptions): NodeReads {
  const { store, site, nowMs, emojis } = options;
  const docs = new Docs({ records: store.records, docsMax: options.docsMax });
  const shared = new Shared({
    docs,
    site,
    emojis,
    statusesMax: options.statusesMax,
    accountsMax: options.statusesMax,
  });
  const { collections } = store;
  const states = new ViewerStates({ docs, collections, nowMs, viewersMax: options.viewersMax });
  const parts: ShowParts = { docs, shared, states, collections, site, emojis, nowMs };
  return {
    ...statusReads(parts),
    ...accountReads(parts, store),
    doc: (kind, id) => docs.one(kind, id),
    docs: (kind, ids) => docs.many(kind, ids),
    forget() {
      for (const cache of [docs, shared, states]) cache.forget();
    },
    seen(changes) {
      docs.seen(changes);
      shared.seen(changes);
      states.seen(changes);
    },
  };
}

type StatusReads = Pick<
  Reads,
  "statuses" | "joined" | "kept" | "moment" | "keep" | "visibleStatus" | "visibleStatuses"
>;

function statusReads(parts: ShowParts): StatusReads {
  async function visibleStatuses(viewer: Viewer | null, ids: readonly string[]) {
    const shown = await show(parts, viewer?.accountId ?? null, ids, null);
    const found: StatusDoc[] = [];
    for (const id of ids) {
      const it = shown.get(id);
      if (it?.visible === true) found.push(it.status.doc);
    }
    return found;
  }
  const pages = new Pages();
  return {
    visibleStatuses,
    kept<Note>({ accountId }: Viewer, context: ShownIn, ids: readonly string[]) {
      return keptNote(parts, accountId, context, ids) as Note | null;
    },
    moment: ({ accountId }) => parts.states.peek(accountId) ?? null,
    keep: ({ accountId }, context, page) => keepNote(parts, accountId, context, page),
    joined: (viewer, context, page) => pages.joined(viewer?.accountId ?? null, context, page),
    async visibleStatus(viewer, id) {
      const [found] = await visibleStatuses(viewer, [id]);
      return found ?? fault("not-found");
    },
    async statuses(viewer, ids, options: PresentOptions = {}) {
      const shown = await show(parts, viewer?.accountId ?? null, ids, options.context ?? null);
      const found: Presented[] = [];
      for (const id of ids) {
        const it = shown.get(id);
        if (it === undefined || !it.visible) continue;
        if (options.dropUnwanted === true && !it.wanted) continue;
        found.push(new ShownStatus(id, it));
      }
      return found;
    },
  };
}

type AccountReads = Omit<NodeReads, keyof StatusReads | "doc" | "docs" | "seen" | "forget">;

function accountReads({ docs, shared, states, site }: ShowParts, store: Store): AccountReads {
  const ours = localDomain(site.publicUrl).toLowerCase();
  const accountIds = new Map<string, string>();
  async function relate(pairs: readonly [key: string, other: string][]) {
    const found = await docs.many<RelationDoc>(
      "relation",
      pairs.map(([key]) => key),
    );
    return new Map(pairs.map(([key, other]) => [other, found.get(key) ?? {}]));
  }
  return {
    async accounts(ids) {
      const found = await shared.accounts(ids);
      return ids.flatMap((id) => {
        const it = found.get(id);
        return it === undefined ? [] : [{ id, json: it.json }];
      });
    },
    account: async (id) => (await shared.accounts([id])).get(id)?.json ?? null,
    accountDoc: (id) => docs.one<AccountDoc>("account", id),
    accountDocs: (ids) => docs.many<AccountDoc>("account", ids),
    userDoc: (accountId) => docs.one<UserDoc>("user", accountId),
    relations: (ownerId, others) =>
      relate(others.map((other) => [relationId(ownerId, other), other])),
    relationsFrom: (others, ownerId) =>
      relate(others.map((other) => [relationId(other, ownerId), other])),
    async accountIdOf(acct) {
      const [username, domain, more] = acct.replace(/^@/, "").split("@");
      if (username === undefined || username === "" || more !== undefined) return null;
      if (domain !== undefined && domain.toLowerCase() !== ours) return null;
      const key = usernameKey(username);
      const known = accountIds.get(key);
      if (known !== undefined) return known;
      const found = await store.registers.read(key);
      if (found === null) return null;
      // A name never changes hands, so what was found once stays true: when there is an account.
      const ready = (await docs.one<AccountDoc>("account", found.value)) !== null;
      if (ready && accountIds.size < ACCOUNT_IDS_MAX) accountIds.set(key, found.value);
      return found.value;
    },
    async isPlainViewer(accountId) {
      if (!(await states.of(accountId)).plain) return false;
      const [blocks, mutes, domains] = await Promise.all(
        ["blocks", "mutes", "domain-blocks"].map((name) =>
          store.collections.count(`${name}/${accountId}`),
        ),
      );
      return blocks === 0 && mutes === 0 && domains === 0;
    },
  };
}

/** Names remembered with their account ids. */
const ACCOUNT_IDS_MAX = 100_000;
