// Owns the entities Filter (v2), V1::Filter, FilterKeyword, FilterStatus and FilterResult.

import type { FilterAction, FilterContext, FilterDoc } from "../../domain/filter.js";
import { isoTimeOrNull } from "./time.js";

export type FilterKeyword = { id: string; keyword: string; whole_word: boolean };
export type FilterStatus = { id: string; status_id: string };

export type Filter = {
  id: string;
  title: string;
  context: FilterContext[];
  expires_at: string | null;
  filter_action: FilterAction;
  /** Both are left out inside a FilterResult. */
  keywords?: FilterKeyword[];
  statuses?: FilterStatus[];
};

export type FilterResult = {
  filter: Filter;
  keyword_matches: string[] | null;
  status_matches: string[] | null;
};

export const filterKeyword = (it: FilterDoc["keywords"][number]): FilterKeyword => ({
  id: it.id,
  keyword: it.keyword,
  whole_word: it.wholeWord,
});

export const filterStatus = (it: FilterDoc["statuses"][number]): FilterStatus => ({
  id: it.id,
  status_id: it.statusId,
});

export function filter(doc: FilterDoc): Filter {
  return {
    ...filterHead(doc),
    keywords: doc.keywords.map(filterKeyword),
    statuses: doc.statuses.map(filterStatus),
  };
}

const filterHead = (doc: FilterDoc): Filter => ({
  id: doc.id,
  title: doc.title,
  context: [...doc.contexts],
  expires_at: isoTimeOrNull(doc.expiresAtMs),
  filter_action: doc.action,
});

/** Why a status is filtered. Empty lists of matches are written as null. */
export function filterResult(
  doc: FilterDoc,
  matches: { keywordMatches: readonly string[]; statusMatches: readonly string[] },
): FilterResult {
  const orNull = (list: readonly string[]) => (list.length === 0 ? null : [...list]);
  return {
    filter: filterHead(doc),
    keyword_matches: orNull(matches.keywordMatches),
    status_matches: orNull(matches.statusMatches),
  };
}

export type V1Filter = {
  id: string;
  phrase: string;
  context: FilterContext[];
  expires_at: string | null;
  irreversible: boolean;
  whole_word: boolean;
};

/** The old form: one entity for each keyword, named by the keyword's id. */
export function v1Filter(doc: FilterDoc, keyword: FilterDoc["keywords"][number]): V1Filter {
  return {
    id: keyword.id,
    phrase: keyword.keyword,
    context: [...doc.contexts],
    expires_at: isoTimeOrNull(doc.expiresAtMs),
    irreversible: doc.action === "hide",
    whole_word: keyword.wholeWord,
  };
}
