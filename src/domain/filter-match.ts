// Owns matching phrase filters. A keyword is plain text, never a pattern: it is found without regard
// to case, and as a whole word only where it begins or ends with a word character. Filters are
// compiled once and then asked for every status on a page, so most texts are turned down early.

import type { FilterContext, FilterDoc } from "./filter.js";
import { codePointAt, codePointBefore, isWord } from "./text/characters.js";

export type FilterMatch = {
  filterId: string;
  /** Keywords as the owner wrote them. */
  keywordMatches: string[];
  /** Ids of the status, or of the one it boosts, if the filter names them. */
  statusMatches: string[];
};

export type FilteredStatus = {
  /** Plain text: spoiler, content, poll options, media descriptions, parted by line ends. */
  text: string;
  statusId: string;
  reblogOfId: string | null;
};

export type Matcher = {
  /** Filters in force that match in this context, in their order. */
  match(status: FilteredStatus, context: FilterContext): FilterMatch[];
  /** The earliest time at which a filter runs out and the matcher must be made anew. */
  readonly validUntilMs: number;
};

type Keyword = {
  readonly shown: string;
  readonly folded: string;
  readonly wordStart: boolean;
  readonly wordEnd: boolean;
};

type Compiled = {
  readonly id: string;
  readonly contexts: ReadonlySet<FilterContext>;
  readonly keywords: readonly Keyword[];
  readonly statusIds: ReadonlySet<string>;
};

/** Leaves out filters that have run out by `nowMs`. */
export function compileFilters(filters: readonly FilterDoc[], nowMs: number): Matcher {
  const live = filters.filter((it) => it.expiresAtMs === null || it.expiresAtMs > nowMs);
  const compiled = live.map(compile);
  const ends = live.map((it) => it.expiresAtMs ?? Number.POSITIVE_INFINITY);
  return {
    validUntilMs: Math.min(...ends, Number.POSITIVE_INFINITY),
    match: (status, context) => matchAll(compiled, status, context),
  };
}

function compile(filter: FilterDoc): Compiled {
  return {
    id: filter.id,
    contexts: new Set(filter.contexts),
    keywords: filter.keywords.map(compileKeyword).filter((it) => it.folded !== ""),
    statusIds: new Set(filter.statuses.map((it) => it.statusId)),
  };
}

function compileKeyword(keyword: FilterDoc["keywords"][number]): Keyword {
  const folded = fold(keyword.keyword.trim());
  return {
    shown: keyword.keyword,
    folded,
    wordStart: keyword.wholeWord && isWord(codePointAt(folded, 0)),
    wordEnd: keyword.wholeWord && isWord(codePointBefore(folded, folded.length)),
  };
}

/** Case and compatibility forms do not count, nor which kind of white space it is. */
function fold(text: string): string {
  const lower = text.toLowerCase();
  // biome-ignore format: one line reads better
  const plain = /^[\u0000-\u007f]*$/.test(lower) ? lower : lower.normalize("NFKC").toLowerCase();
  return plain.replace(/[\s\u00a0]+/g, " ");
}

function matchAll(
  filters: readonly Compiled[],
  status: FilteredStatus,
  context: FilterContext,
): FilterMatch[] {
  if (filters.length === 0) return [];
  const found: FilterMatch[] = [];
  let folded: string | undefined;
  for (const filter of filters) {
    if (!filter.contexts.has(context)) continue;
    folded ??= fold(status.text);
    const text = folded;
    const keywords = filter.keywords.filter((it) => occurs(text, it));
    const statuses = matchedIds(filter.statusIds, status);
    if (keywords.length === 0 && statuses.length === 0) continue;
    found.push({
      filterId: filter.id,
      keywordMatches: keywords.map((it) => it.shown),
      statusMatches: statuses,
    });
  }
  return found;
}

function matchedIds(wanted: ReadonlySet<string>, status: FilteredStatus): string[] {
  if (wanted.size === 0) return [];
  const ids = status.reblogOfId === null ? [status.statusId] : [status.statusId, status.reblogOfId];
  return ids.filter((id) => wanted.has(id));
}

function occurs(text: string, keyword: Keyword): boolean {
  let at = text.indexOf(keyword.folded);
  while (at !== -1) {
    const end = at + keyword.folded.length;
    const startsWord = !keyword.wordStart || !isWord(codePointBefore(text, at));
    if (startsWord && (!keyword.wordEnd || !isWord(codePointAt(text, end)))) return true;
    at = text.indexOf(keyword.folded, at + 1);
  }
  return false;
}
