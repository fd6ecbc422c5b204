// Owns how statuses become what one viewer gets: whether it is shown, and the bytes that come after
// the shared ones. All reads of a page are made in a few batches, whatever its length.

import { type RelationDoc, relationId } from "../../domain/account.js";
import {
  bookmarksOf,
  favouritesOf,
  pinnedOf,
  reblogsOf,
  threadMutesOf,
  votesOf,
} from "../../domain/collections.js";
import type { Emojis } from "../../domain/emoji.js";
import type { Collections, Member } from "../../ports/storage.js";
import { type FilterResult, filterResult } from "../entities/filter.js";
import { poll as pollEntity } from "../entities/poll.js";
import { quoteJson, type ShownQuoteState, shallowQuote } from "../entities/quote.js";
import { quoteApproval } from "../entities/quote-approval.js";
import type { Site } from "../entities/site.js";
import { viewerFlags } from "../entities/status.js";
import type { Docs } from "./docs.js";
import { asked, type Between, judge, sees } from "./judge.js";
import { plainTextOf } from "./plain-text.js";
import type { ShownIn } from "./reads.js";
import type { Shared, SharedStatus } from "./shared.js";
import type { Shown, ViewerState, ViewerStates } from "./viewer-states.js";

export type ShowParts = {
  docs: Docs;
  shared: Shared;
  states: ViewerStates;
  collections: Collections;
  site: Site;
  emojis: () => Emojis;
  nowMs: () => number;
};

const NOTHING: RelationDoc = Object.freeze({});
const FOREVER = Number.MAX_SAFE_INTEGER;

/** One status to decide on, with what it boosts and quotes, and what the quoted one quotes. */
type Item = {
  id: string;
  status: SharedStatus;
  boosted: SharedStatus | null;
  quoted: SharedStatus | null;
  nested: SharedStatus | null;
};

type Marks = {
  favourited: boolean;
  reblogged: boolean;
  bookmarked: boolean;
  muted: boolean;
  pinned: boolean;
  votes: number[];
};

/** What each of the ids is to the viewer. Ids that do not exist are missing. */
export async function show(
  parts: ShowParts,
  viewerId: string | null,
  ids: readonly string[],
  context: ShownIn | null,
): Promise<Map<string, Shown>> {
  const state = await parts.states.of(viewerId);
  const nowMs = parts.nowMs();
  const found = new Map<string, Shown>();
  const remembered = state.shown.get(context);
  let missing: string[] | null = null;
  for (const id of ids) {
    const known = remembered?.get(id);
    if (known !== undefined && isFresh(known, nowMs)) found.set(id, known);
    else {
      missing ??= [];
      missing.push(id);
    }
  }
  if (missing === null) return found;
  const items = await itemsOf(parts.shared, missing);
  const facts = await gather(parts, viewerId, items);
  for (const item of items) {
    const shown = decide({ ...parts, viewerId, state, context, nowMs, facts }, item);
    parts.states.remember(state, context, item.id, shown);
    found.set(item.id, shown);
  }
  return found;
}

/** The note on the page that these very ids gave, if everything on it is still right. */
export function keptNote(
  parts: Pick<ShowParts, "states" | "shared" | "nowMs">,
  viewerId: string,
  context: ShownIn,
  ids: readonly string[],
): object | null {
  const kept = parts.states.peek(viewerId)?.notes.get(context);
  if (kept === undefined || kept.ids !== ids) return null;
  const nowMs = parts.nowMs();
  const { version } = parts.shared;
  if (kept.version === version) return nowMs < kept.validUntilMs ? kept.note : null;
  for (const it of kept.shown) if (!isFresh(it, nowMs)) return null;
  kept.version = version;
  return kept.note;
}

/**
 * Keeps a note on the page that these ids gave just now, dropped ones and all. Not if it was read
 * before the viewer's side changed (`since` is another state then), nor if one of the statuses is
 * remembered no more: nothing would tell that it changed.
 */
export function keepNote(
  parts: Pick<ShowParts, "states" | "shared" | "docs" | "nowMs">,
  viewerId: string,
  context: ShownIn,
  { ids, since, note }: { ids: readonly string[]; since: object | null; note: object },
): void {
  const state = parts.states.peek(viewerId);
  const remembered = state?.shown.get(context);
  if (state === undefined || state !== since || remembered === undefined) return;
  const shown: Shown[] = [];
  let validUntilMs = FOREVER;
  for (const id of ids) {
    const it = remembered.get(id);
    if (it === undefined) {
      // What is known not to exist stays so: ids are not given twice.
      if (parts.docs.peek("status", id) === null) continue;
      return;
    }
    if (!isFresh(it, parts.nowMs())) return;
    shown.push(it);
    validUntilMs = Math.min(validUntilMs, it.validUntilMs);
  }
  const { version } = parts.shared;
  state.notes.set(context, { ids, note, shown, version, validUntilMs });
}

/** Still right: nobody changed the status, what it boosts or quotes, and time did not either. */
function isFresh(shown: Shown, nowMs: number): boolean {
  const { status, boosted, quoted, nested } = shown;
  if (nowMs >= shown.validUntilMs || status.stale) return false;
  return boosted?.stale !== true && quoted?.stale !== true && nested?.stale !== true;
}

async function itemsOf(shared: Shared, ids: readonly string[]): Promise<Item[]> {
  const statuses = await shared.statuses(ids);
  const inner = new Set<string>();
  for (const { doc } of statuses.values()) {
    if (doc.reblogOfId !== null) inner.add(doc.reblogOfId);
    if (doc.quoteOfId !== null) inner.add(doc.quoteOfId);
  }
  const boosted = inner.size === 0 ? statuses : await shared.statuses([...inner]);
  const deeper = await quotedBy(shared, boosted);
  const deepest = deeper === boosted ? boosted : await quotedBy(shared, deeper);
  const one = (id: string | null) => {
    if (id === null) return null;
    return boosted.get(id) ?? deeper.get(id) ?? deepest.get(id) ?? statuses.get(id) ?? null;
  };
  const items: Item[] = [];
  for (const [id, status] of statuses) {
    const of = one(status.doc.reblogOfId);
    const quoted = one((of ?? status).doc.quoteOfId);
    const nested = one(quoted?.doc.quoteOfId ?? null);
    items.push({ id, status, boosted: of, quoted, nested });
  }
  return items;
}

type Statuses = Map<string, SharedStatus>;

/** What these quote; the same map if they quote nothing. */
async function quotedBy(shared: Shared, statuses: Statuses): Promise<Statuses> {
  const ids: string[] = [];
  for (const { doc } of statuses.values()) if (doc.quoteOfId !== null) ids.push(doc.quoteOfId);
  return ids.length === 0 ? statuses : await shared.statuses(ids);
}

type Facts = {
  between: (accountId: string) => Between;
  /** Of a status that is shown itself, boosted or quoted. */
  marks: (statusId: string) => Marks;
};

/** Reads, in two batches, how the viewer stands to everybody concerned and to every status. */
async function gather(
  parts: ShowParts,
  viewerId: string | null,
  items: readonly Item[],
): Promise<Facts> {
  const accounts = new Set<string>();
  for (const { status, boosted, quoted, nested } of items) {
    for (const id of asked(status.doc, boosted?.doc ?? null)) accounts.add(id);
    if (quoted !== null) accounts.add(quoted.doc.accountId);
    if (nested !== null) accounts.add(nested.doc.accountId);
  }
  const gone = goneOf(items);
  if (viewerId === null) {
    const between = (id: string): Between => ({
      mine: NOTHING,
      theirs: NOTHING,
      otherGone: gone.has(id),
    });
    return { between, marks: () => NO_MARKS };
  }
  const pairs: string[] = [];
  for (const id of accounts) {
    if (id !== viewerId) pairs.push(relationId(viewerId, id), relationId(id, viewerId));
  }
  const [relations, marks] = await Promise.all([
    parts.docs.many<RelationDoc>("relation", pairs),
    readMarks(parts.collections, viewerId, items),
  ]);
  return {
    between: (id) => ({
      mine: relations.get(relationId(viewerId, id)) ?? NOTHING,
      theirs: relations.get(relationId(id, viewerId)) ?? NOTHING,
      otherGone: gone.has(id),
    }),
    marks: (statusId) => marks.get(statusId) ?? NO_MARKS,
  };
}

function goneOf(items: readonly Item[]): Set<string> {
  const gone = new Set<string>();
  for (const item of items) {
    for (const it of [item.status, item.boosted, item.quoted, item.nested]) {
      if (it?.author.suspended) gone.add(it.author.id);
    }
  }
  return gone;
}

const NO_MARKS: Marks = {
  favourited: false,
  reblogged: false,
  bookmarked: false,
  muted: false,
  pinned: false,
  votes: [],
};

async function readMarks(
  collections: Collections,
  viewerId: string,
  items: readonly Item[],
): Promise<Map<string, Marks>> {
  const wanted: { collection: string; member: string }[] = [];
  const shown = new Map<string, SharedStatus>();
  for (const { status, boosted, quoted } of items) {
    const of = boosted ?? status;
    shown.set(of.doc.id, of);
    if (quoted !== null) shown.set(quoted.doc.id, quoted);
  }
  for (const { doc, poll } of shown.values()) {
    wanted.push(
      { collection: favouritesOf(viewerId), member: doc.id },
      { collection: reblogsOf(viewerId), member: doc.id },
      { collection: bookmarksOf(viewerId), member: doc.id },
      { collection: threadMutesOf(viewerId), member: doc.conversationId },
      { collection: pinnedOf(viewerId), member: doc.id },
      { collection: votesOf(poll?.id ?? "0"), member: viewerId },
    );
  }
  const found: (Member | null)[] = [];
  for (let at = 0; at < wanted.length; at += 960) {
    found.push(...(await collections.lookup(wanted.slice(at, at + 960))));
  }
  const marks = new Map<string, Marks>();
  for (const [at, id] of [...shown.keys()].entries()) {
    const is = (which: number) => (found[at * 6 + which] ?? null) !== null;
    const vote = found[at * 6 + 5] ?? null;
    marks.set(id, {
      favourited: is(0),
      reblogged: is(1),
      bookmarked: is(2),
      muted: is(3),
      pinned: is(4),
      votes: vote === null ? [] : (JSON.parse(vote.value) as number[]),
    });
  }
  return marks;
}

type Deciding = Omit<ShowParts, "nowMs"> & {
  viewerId: string | null;
  state: ViewerState;
  context: ShownIn | null;
  nowMs: number;
  facts: Facts;
};

function decide(on: Deciding, item: Item): Shown {
  const { viewerId, state, context, nowMs, facts } = on;
  const { status, boosted, quoted, nested } = item;
  const judged = judge({
    viewerId,
    status: status.doc,
    boosted: boosted?.doc ?? null,
    between: facts.between,
    context,
    nowMs,
    exclusive: state.exclusive,
    languages: state.languages,
  });
  const base = { status, boosted, quoted, nested, ...judged, validUntilMs: validUntil(on, item) };
  if (!judged.visible) return { ...base, tail: EMPTY, innerTail: null };
  const flags = flagsText(on, item);
  if (boosted === null) return { ...base, tail: tailOf(on, item, status, flags), innerTail: null };
  const innerTail = tailOf(on, item, boosted, flags);
  const nothing = `,"poll":null,"quote":null${approvalText(on, status)}${flags}}`;
  return { ...base, tail: Buffer.from(nothing), innerTail };
}

const EMPTY = Buffer.alloc(0);

/** Until the next moment at which time alone changes the answer. */
function validUntil(on: Deciding, item: Item): number {
  let until = FOREVER;
  const at = (atMs: number | null | undefined) => {
    if (atMs != null && atMs > on.nowMs && atMs < until) until = atMs;
  };
  at((item.boosted ?? item.status).poll?.expiresAtMs);
  at(item.quoted?.poll?.expiresAtMs);
  at(on.state.matcher?.validUntilMs);
  for (const id of asked(item.status.doc, item.boosted?.doc ?? null)) {
    at(on.facts.between(id).mine.muting?.expiresAtMs);
  }
  return until;
}

/** The rest of a status that is not a boost, after its open base. */
function tailOf(on: Deciding, item: Item, of: SharedStatus, flags: string): Buffer {
  const own = of.doc.accountId === on.viewerId ? of.ownApplication : "";
  const poll = pollText(on, of);
  const quote = quoteText(on, item);
  const text = `${own},"reblog":null,"poll":${poll},"quote":${quote}`;
  return Buffer.from(`${text}${approvalText(on, of)}${flags}}`);
}

function pollText(on: Deciding, of: SharedStatus): string {
  if (of.poll === null) return "null";
  const marks = on.facts.marks(of.doc.id);
  const isAuthor = of.doc.accountId === on.viewerId;
  const entity = pollEntity({
    poll: of.poll,
    site: on.site,
    emojis: on.emojis(),
    emojiCodes: of.doc.emojis,
    nowMs: on.nowMs,
    ...(on.viewerId === null ? {} : { viewer: { isAuthor, votes: marks.votes } }),
  });
  return JSON.stringify(entity);
}

function approvalText(on: Deciding, of: SharedStatus): string {
  const { doc } = of;
  const isAuthor = doc.accountId === on.viewerId;
  const open = doc.visibility === "public" || doc.visibility === "unlisted";
  const followsAuthor = on.facts.between(doc.accountId).mine.following !== undefined;
  const entity = quoteApproval({
    policy: doc.quotePolicy,
    viewer: on.viewerId === null ? null : { isAuthor, followsAuthor },
    quotable: doc.reblogOfId === null && (open || (isAuthor && doc.visibility === "private")),
  });
  return `,"quote_approval":${JSON.stringify(entity)}`;
}

/** A quoted status is shown with its own quote named only: quotes do not nest further. */
function quoteText(on: Deciding, item: Item): string {
  const { doc } = item.boosted ?? item.status;
  if (doc.quoteOfId === null || doc.quoteState === null) return "null";
  if (doc.quoteState !== "accepted") return quoteJson(doc.quoteState, null);
  const { quoted } = item;
  if (quoted === null) return quoteJson("deleted", null);
  const between = on.facts.between(quoted.doc.accountId);
  if (!sees(quoted.doc, on.viewerId, between)) return quoteJson("unauthorized", null);
  if (between.mine.blocking !== undefined) return quoteJson("blocked_account", null);
  const inner = nestedText(on, quoted, item.nested);
  const poll = pollText(on, quoted);
  const flags = on.viewerId === null ? "" : quotedFlags(on, quoted);
  const rest = `,"reblog":null,"poll":${poll},"quote":${inner}${approvalText(on, quoted)}${flags}}`;
  return quoteJson("accepted", quoted.base.toString() + rest);
}

/** How the quote inside the quoted status stands to the viewer: an id, never what it says. */
function nestedText(on: Deciding, { doc }: SharedStatus, nested: SharedStatus | null): string {
  if (doc.quoteOfId === null || doc.quoteState === null) return "null";
  const state = doc.quoteState === "accepted" ? nestedState(on, nested) : doc.quoteState;
  return JSON.stringify(shallowQuote(state, doc.quoteOfId));
}

function nestedState(on: Deciding, nested: SharedStatus | null): ShownQuoteState {
  if (nested === null) return "deleted";
  const between = on.facts.between(nested.doc.accountId);
  if (!sees(nested.doc, on.viewerId, between)) return "unauthorized";
  return between.mine.blocking === undefined ? "accepted" : "blocked_account";
}

function quotedFlags(on: Deciding, { doc }: SharedStatus): string {
  const { favourited, reblogged, muted, bookmarked } = on.facts.marks(doc.id);
  return viewerFlags({ favourited, reblogged, muted, bookmarked, filtered: [] });
}

function flagsText(on: Deciding, item: Item): string {
  if (on.viewerId === null) return "";
  const shown = (item.boosted ?? item.status).doc;
  const marks = on.facts.marks(shown.id);
  const pinnable = shown.accountId === on.viewerId && shown.visibility !== "direct";
  return viewerFlags({
    favourited: marks.favourited,
    reblogged: marks.reblogged,
    muted: marks.muted,
    bookmarked: marks.bookmarked,
    ...(pinnable ? { pinned: marks.pinned } : {}),
    filtered: filteredBy(on, item, shown.accountId),
  });
}

function filteredBy(on: Deciding, item: Item, authorId: string): FilterResult[] {
  const { matcher } = on.state;
  if (matcher === null || on.context === null || authorId === on.viewerId) return [];
  const shown = item.boosted ?? item.status;
  const input = {
    text: plainTextOf(shown.doc, shown.poll),
    statusId: shown.doc.id,
    reblogOfId: item.boosted === null ? null : item.status.doc.id,
  };
  return matcher.match(input, on.context === "list" ? "home" : on.context).flatMap((hit) => {
    const filter = on.state.filters.get(hit.filterId);
    return filter === undefined ? [] : [filterResult(filter, hit)];
  });
}
