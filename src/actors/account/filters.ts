// Owns the phrase filters of an account: a filter has keywords and single statuses. A change of any
// part records the whole filter anew. The older form of the API (one entry a keyword) is a matter of
// the gateway: it writes the same filters.

import { putRecord } from "../../base/changes.js";
import { fault } from "../../base/faults.js";
import type { FilterAction, FilterContext, FilterDoc } from "../../domain/filter.js";
import {
  FILTER_KEYWORD_GRAPHEMES_MAX,
  FILTER_KEYWORDS_MAX,
  FILTER_STATUSES_MAX,
  FILTER_TITLE_GRAPHEMES_MAX,
  FILTERS_MAX,
} from "../../domain/limits.js";
import { fitsGraphemes } from "../../domain/text/count.js";
import type { Change } from "../../ports/storage.js";
import type { DecideContext, Decision } from "../behaviour.js";
import { record, refuse } from "../behaviour.js";
import type { Effect } from "../effects.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";
import { blank, invalid, tooLong } from "./validation.js";

/** A keyword to add (no id), to change (id), or to take away (id and `destroy`). */
export type KeywordChange = {
  id?: string | undefined;
  keyword?: string | undefined;
  wholeWord?: boolean | undefined;
  destroy?: boolean | undefined;
};

export type FilterFields = {
  title?: string | undefined;
  contexts?: readonly FilterContext[] | undefined;
  action?: FilterAction | undefined;
  /** Null: never ends. Absent: as it was. */
  expiresAtMs?: number | null | undefined;
  keywords?: readonly KeywordChange[] | undefined;
};

/** Every command but delete-filter answers with the FilterDoc after it. */
export type Command =
  | ({ type: "create-filter" } & FilterFields)
  | ({ type: "update-filter"; filterId: string } & FilterFields)
  | { type: "delete-filter"; filterId: string }
  | { type: "add-filter-status"; filterId: string; statusId: string }
  | { type: "remove-filter-status"; filterId: string; entryId: string };

export type Fact =
  | { type: "filter-saved"; filter: FilterDoc }
  | { type: "filter-deleted"; filterId: string };

type Refusal = Extract<Decision<Fact>, { refuse: unknown }>;

function decide(account: Account, command: Command, context: DecideContext): Decision<Fact> {
  if (command.type === "create-filter") {
    if (account.filters.length >= FILTERS_MAX) {
      return invalid(`You cannot have more than ${FILTERS_MAX} filters`);
    }
    const fresh: FilterDoc = {
      id: context.nextId(),
      title: "",
      contexts: [],
      action: "warn",
      expiresAtMs: null,
      keywords: [],
      statuses: [],
    };
    return decideSave(fresh, command, context);
  }
  const filter = account.filters.find((it) => it.id === command.filterId);
  if (filter === undefined) return refuse(fault("not-found"));
  switch (command.type) {
    case "update-filter":
      return decideSave(filter, command, context);
    case "delete-filter":
      return record<Fact>([{ type: "filter-deleted", filterId: filter.id }]);
    case "add-filter-status": {
      const { statusId } = command;
      if (filter.statuses.some((it) => it.statusId === statusId)) {
        return invalid("Status has already been taken");
      }
      if (filter.statuses.length >= FILTER_STATUSES_MAX) {
        return invalid(`A filter can hold at most ${FILTER_STATUSES_MAX} posts`);
      }
      return saved({
        ...filter,
        statuses: [...filter.statuses, { id: context.nextId(), statusId }],
      });
    }
    case "remove-filter-status": {
      const statuses = filter.statuses.filter((it) => it.id !== command.entryId);
      if (statuses.length === filter.statuses.length) return refuse(fault("not-found"));
      return saved({ ...filter, statuses });
    }
  }
}

const saved = (filter: FilterDoc): Decision<Fact> =>
  record<Fact>([{ type: "filter-saved", filter }], filter);

function decideSave(held: FilterDoc, wanted: FilterFields, context: DecideContext): Decision<Fact> {
  const keywords = keywordsAfter(held, wanted.keywords ?? [], context);
  if ("refuse" in keywords) return keywords;
  const filter: FilterDoc = {
    ...held,
    title: wanted.title?.trim() ?? held.title,
    contexts: wanted.contexts ? [...new Set(wanted.contexts)] : held.contexts,
    action: wanted.action ?? held.action,
    expiresAtMs: wanted.expiresAtMs === undefined ? held.expiresAtMs : wanted.expiresAtMs,
    keywords: keywords.list,
  };
  if (filter.title === "") return blank("Title");
  if (!fitsGraphemes(filter.title, FILTER_TITLE_GRAPHEMES_MAX)) {
    return tooLong("Title", FILTER_TITLE_GRAPHEMES_MAX);
  }
  if (filter.contexts.length === 0) return blank("Context");
  if (JSON.stringify(filter) === JSON.stringify(held)) return record<Fact>([], held);
  return saved(filter);
}

function keywordsAfter(
  held: FilterDoc,
  changes: readonly KeywordChange[],
  context: DecideContext,
): { list: FilterDoc["keywords"] } | Refusal {
  let list = held.keywords;
  for (const change of changes) {
    const { id } = change;
    const at = id === undefined ? -1 : list.findIndex((it) => it.id === id);
    if (id !== undefined && at < 0) return refuse(fault("not-found"));
    if (change.destroy) {
      list = list.filter((it) => it.id !== id);
      continue;
    }
    const old = list[at];
    const keyword = change.keyword?.trim() ?? old?.keyword ?? "";
    if (keyword === "") return blank("Keyword");
    if (!fitsGraphemes(keyword, FILTER_KEYWORD_GRAPHEMES_MAX)) {
      return tooLong("Keyword", FILTER_KEYWORD_GRAPHEMES_MAX);
    }
    const wholeWord = change.wholeWord ?? old?.wholeWord ?? true;
    const next = { id: old?.id ?? context.nextId(), keyword, wholeWord };
    list = old ? list.map((it) => (it.id === next.id ? next : it)) : [...list, next];
  }
  if (list.length > Math.max(FILTER_KEYWORDS_MAX, held.keywords.length)) {
    return invalid(`A filter can hold at most ${FILTER_KEYWORDS_MAX} keywords`);
  }
  return { list };
}

function evolve(account: Account, fact: Fact): void {
  if (fact.type === "filter-deleted") {
    account.filters = account.filters.filter((it) => it.id !== fact.filterId);
    return;
  }
  const at = account.filters.findIndex((it) => it.id === fact.filter.id);
  if (at < 0) account.filters.push(fact.filter);
  else account.filters[at] = fact.filter;
}

const index = (account: Account): readonly Change[] => [
  putRecord("filters", account.id, account.filters),
];

const react = (account: Account): readonly Effect[] => [
  {
    ask: "publish",
    durable: false,
    event: { type: "filters-changed", accountId: account.id },
  },
];

export const filtersSlice: Slice<Command, Fact> = {
  commands: [
    "create-filter",
    "update-filter",
    "delete-filter",
    "add-filter-status",
    "remove-filter-status",
  ],
  facts: ["filter-saved", "filter-deleted"],
  decide,
  evolve,
  index,
  react,
};
