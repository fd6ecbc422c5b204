// Owns what is remembered of each viewer between requests: compiled filters, lists, and for the
// statuses shown lately the decision and the viewer's flags. Any commit that touches the viewer's
// side drops all of it, so nothing here needs an expiry but what time itself changes.

import { LRUCache } from "lru-cache";
import type { UserDoc } from "../../domain/account.js";
import { listMembers } from "../../domain/collections.js";
import type { FilterDoc } from "../../domain/filter.js";
import { compileFilters, type Matcher } from "../../domain/filter-match.js";
import type { ListDoc } from "../../domain/list.js";
import type { Change, Collections } from "../../ports/storage.js";
import type { Docs } from "./docs.js";
import type { ShownIn } from "./reads.js";
import type { SharedStatus } from "./shared.js";

/** One status as one viewer gets it. Good while the shared parts are the same and it is not late. */
export type Shown = {
  status: SharedStatus;
  boosted: SharedStatus | null;
  quoted: SharedStatus | null;
  /** What the quoted status quotes. */
  nested: SharedStatus | null;
  visible: boolean;
  wanted: boolean;
  /** What comes after the open base; for a boost, after the boosted status. */
  tail: Buffer;
  /** For a boost: what comes after the base of the boosted status. */
  innerTail: Buffer | null;
  validUntilMs: number;
};

/** A note on the page that a list of ids gave, with all that must be the same for it to hold. */
export type PageNote = {
  ids: readonly string[];
  shown: readonly Shown[];
  note: object;
  /** When all of it was looked at last: Shared's version then. */
  version: number;
  validUntilMs: number;
};

export type ViewerState = {
  /** By where it is shown, then by status id. */
  shown: Map<ShownIn | null, Map<string, Shown>>;
  matcher: Matcher | null;
  /** The filters of the matcher, by id. */
  filters: ReadonlyMap<string, FilterDoc>;
  exclusive: ReadonlySet<string>;
  languages: readonly string[];
  /** What was made of a page, by where it is shown: see Reads.keep. */
  notes: Map<ShownIn, PageNote>;
  /** Without filters, languages and exclusive lists. */
  plain: boolean;
  shownMax: number;
};

/** Statuses remembered for each place where they are shown. */
const SHOWN_MAX = 80;
const SHOWN_TO_NOBODY_MAX = 8192;
const EXCLUSIVE_PAGE = 1000;
const NOBODY: ViewerState = {
  shown: new Map(),
  notes: new Map(),
  matcher: null,
  filters: new Map(),
  exclusive: new Set(),
  languages: [],
  plain: true,
  shownMax: SHOWN_TO_NOBODY_MAX,
};

/** Collections named by their owner whose change alters what the owner sees. */
const OWNED = [
  "favourites",
  "bookmarks",
  "reblogs",
  "thread-mutes",
  "pinned",
  "domain-blocks",
  "listed-by",
];
const OWNED_KINDS = new Set(["filters", "lists", "user"]);

export class ViewerStates {
  #states: LRUCache<string, ViewerState>;
  #nobody: ViewerState = { ...NOBODY, shown: new Map() };
  /** Grows with each drop of a viewer that is being loaded. */
  #drops = 0;
  readonly #docs: Docs;
  readonly #collections: Collections;
  readonly #nowMs: () => number;

  constructor(options: {
    docs: Docs;
    collections: Collections;
    nowMs: () => number;
    viewersMax: number;
  }) {
    this.#docs = options.docs;
    this.#collections = options.collections;
    this.#nowMs = options.nowMs;
    this.#states = new LRUCache({ max: options.viewersMax });
  }

  /** Drops viewers whose side the commit changed; give it to `store.onCommit` after Docs.seen. */
  seen(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.do === "put-member" || change.do === "drop-member") this.#seenMember(change);
      else if (change.do === "put-record" || change.do === "drop-record") this.#seenRecord(change);
    }
  }

  #seenMember(change: { collection: string; member: string }): void {
    const slash = change.collection.indexOf("/");
    const kind = change.collection.slice(0, slash);
    if (OWNED.includes(kind)) this.#drop(change.collection.slice(slash + 1));
    else if (kind === "votes") this.#drop(change.member);
  }

  #seenRecord(change: { kind: string; id: string }): void {
    if (OWNED_KINDS.has(change.kind)) this.#drop(change.id);
    else if (change.kind === "relation") {
      const colon = change.id.indexOf(":");
      this.#drop(change.id.slice(0, colon));
      this.#drop(change.id.slice(colon + 1));
    }
  }

  /** Drops everything: see Docs.forget. */
  forget(): void {
    this.#drops++;
    this.#states.clear();
  }

  #drop(viewerId: string): void {
    this.#drops++;
    this.#states.delete(viewerId);
  }

  /** The state of a viewer if it is in memory and still right. */
  peek(viewerId: string): ViewerState | undefined {
    return this.#states.get(viewerId);
  }

  /** The state of a viewer; null is everybody who is not signed in. */
  async of(viewerId: string | null): Promise<ViewerState> {
    if (viewerId === null) return this.#nobody;
    const known = this.#states.get(viewerId);
    if (known !== undefined && (known.matcher?.validUntilMs ?? Infinity) > this.#nowMs()) {
      return known;
    }
    const drops = this.#drops;
    const [filters, lists, user] = await Promise.all([
      this.#docs.one<FilterDoc[]>("filters", viewerId),
      this.#docs.one<ListDoc[]>("lists", viewerId),
      this.#docs.one<UserDoc>("user", viewerId),
    ]);
    const hasFilters = filters !== null && filters.length > 0;
    const languages = user?.settings.chosenLanguages ?? [];
    const state: ViewerState = {
      shown: new Map(),
      notes: new Map(),
      matcher: hasFilters ? compileFilters(filters, this.#nowMs()) : null,
      filters: new Map(filters?.map((filter) => [filter.id, filter])),
      exclusive: await this.#exclusive(lists ?? []),
      languages,
      plain: !hasFilters && languages.length === 0,
      shownMax: SHOWN_MAX,
    };
    if (drops === this.#drops) this.#states.set(viewerId, state);
    return state;
  }

  async #exclusive(lists: readonly ListDoc[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const list of lists) {
      if (!list.exclusive) continue;
      const page = await this.#collections.page(listMembers(list.id), { limit: EXCLUSIVE_PAGE });
      for (const row of page) found.add(row.member);
    }
    return found;
  }

  /** Keeps what was decided, within the bound: the oldest goes first. */
  remember(state: ViewerState, context: ShownIn | null, id: string, shown: Shown): void {
    let there = state.shown.get(context);
    if (there === undefined) {
      there = new Map();
      state.shown.set(context, there);
    }
    there.delete(id);
    if (there.size >= state.shownMax) {
      const oldest = there.keys().next();
      if (!oldest.done) there.delete(oldest.value);
    }
    there.set(id, shown);
  }
}
