// Owns reading what people type into the search box: words, phrases in quotes, words to leave out,
// and operators such as `from:me` or `before:2026-01-31`. It never fails: what is no operator is a
// word. Which accounts and posts the operators mean is for the caller to find.

import { normaliseLanguage } from "./text/language.js";

/** Code units of a query that are read, and terms in it. */
export const QUERY_UNITS_MAX = 1_024;
export const QUERY_TERMS_MAX = 32;

const HAS = ["media", "image", "video", "audio", "gifv", "poll", "link", "embed"] as const;
const IS = ["bot", "reply", "sensitive"] as const;
const IN = ["all", "public", "library"] as const;

export type Has = (typeof HAS)[number];
export type Is = (typeof IS)[number];
export type In = (typeof IN)[number];

export type Denied<T> = { value: T; not: boolean };

export type SearchQuery = {
  /** Lower case. All must occur. */
  words: string[];
  phrases: string[];
  notWords: string[];
  notPhrases: string[];
  /** Handles without the first "@", as typed; "me" is the searcher. */
  from: Denied<string>[];
  /** Handles of accounts that are mentioned. */
  mentions: Denied<string>[];
  has: Denied<Has>[];
  is: Denied<Is>[];
  /** Null: everything the searcher may find. */
  in: In | null;
  languages: Denied<string>[];
  /** Milliseconds since 1970: posts from `afterMs` (inclusive) to `beforeMs` (exclusive). */
  beforeMs: number | null;
  afterMs: number | null;
  /** True if there is nothing to look for. */
  empty: boolean;
};

type Term = { text: string; quoted: boolean; not: boolean };

const DAY_MS = 86_400_000;
const TERM = /([+-]?)(?:"([^"]*)(?:"|$)|“([^”]*)(?:”|$)|(\S+))/g;

/** Reads `q`. Days are taken in UTC. */
export function parseSearchQuery(q: string): SearchQuery {
  const query: SearchQuery = {
    words: [],
    phrases: [],
    notWords: [],
    notPhrases: [],
    from: [],
    mentions: [],
    has: [],
    is: [],
    in: null,
    languages: [],
    beforeMs: null,
    afterMs: null,
    empty: true,
  };
  for (const term of termsOf(q)) addTerm(query, term);
  query.empty =
    query.words.length + query.phrases.length + query.from.length + query.mentions.length === 0 &&
    query.has.length + query.is.length + query.languages.length === 0 &&
    query.in === null &&
    query.beforeMs === null &&
    query.afterMs === null;
  return query;
}

function termsOf(q: string): Term[] {
  const terms: Term[] = [];
  for (const hit of q.slice(0, QUERY_UNITS_MAX).matchAll(TERM)) {
    if (terms.length >= QUERY_TERMS_MAX) break;
    const quoted = hit[2] ?? hit[3];
    const text = (quoted ?? hit[4] ?? "").trim();
    if (text !== "") terms.push({ text, quoted: quoted !== undefined, not: hit[1] === "-" });
  }
  return terms;
}

function addTerm(query: SearchQuery, term: Term): void {
  if (term.quoted) {
    (term.not ? query.notPhrases : query.phrases).push(term.text.toLowerCase());
    return;
  }
  const colon = term.text.indexOf(":");
  const operator = colon > 0 ? term.text.slice(0, colon).toLowerCase() : "";
  const value = term.text.slice(colon + 1).replace(/^"|"$/g, "");
  if (operator !== "" && value !== "" && addOperator(query, operator, value, term.not)) return;
  for (const word of wordsOf(term.text)) (term.not ? query.notWords : query.words).push(word);
}

/** The words in a term: a store's own signs and quotes never reach it. */
function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}_]+/gu) ?? [];
}

/** False if it is none, or its value means nothing. */
function addOperator(query: SearchQuery, operator: string, value: string, not: boolean): boolean {
  switch (operator) {
    case "from":
      return add(query.from, value.replace(/^@/, ""), not);
    case "mentions":
      return add(query.mentions, value.replace(/^@/, ""), not);
    case "has":
      return add(query.has, oneOf(HAS, value), not);
    case "is":
      return add(query.is, oneOf(IS, value), not);
    case "language":
      return add(query.languages, normaliseLanguage(value), not);
    case "in": {
      const where = oneOf(IN, value);
      if (where === null || not) return false;
      query.in = where === "all" ? null : where;
      return true;
    }
    case "before":
    case "after":
    case "during":
      return !not && addTime(query, operator, value);
    default:
      return false;
  }
}

function add<T>(list: Denied<T>[], value: T | null, not: boolean): boolean {
  if (value === null || value === "") return false;
  list.push({ value, not });
  return true;
}

function oneOf<T extends string>(known: readonly T[], value: string): T | null {
  return known.find((it) => it === value.toLowerCase()) ?? null;
}

/** `2026`, `2026-01`, `2026-01-31`, or a whole time: a span, of which one end is meant. */
function addTime(query: SearchQuery, operator: string, value: string): boolean {
  const span = spanOf(value);
  if (span === null) return false;
  const { fromMs, toMs } = span;
  if (operator === "before") query.beforeMs = Math.min(query.beforeMs ?? fromMs, fromMs);
  else if (operator === "after") query.afterMs = Math.max(query.afterMs ?? toMs, toMs);
  else {
    query.afterMs = Math.max(query.afterMs ?? fromMs, fromMs);
    query.beforeMs = Math.min(query.beforeMs ?? toMs, toMs);
  }
  return true;
}

function spanOf(value: string): { fromMs: number; toMs: number } | null {
  const date = /^(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?$/.exec(value);
  if (date === null) {
    const atMs = /^\d{4}-\d{2}-\d{2}T/.test(value) ? Date.parse(value) : Number.NaN;
    return Number.isNaN(atMs) ? null : { fromMs: atMs, toMs: atMs + 1 };
  }
  const year = Number(date[1]);
  const month = date[2] === undefined ? 1 : Number(date[2]);
  const day = date[3] === undefined ? 1 : Number(date[3]);
  const fromMs = Date.UTC(year, month - 1, day);
  const real = new Date(fromMs);
  if (real.getUTCMonth() !== month - 1 || real.getUTCDate() !== day) return null;
  if (date[3] !== undefined) return { fromMs, toMs: fromMs + DAY_MS };
  const wholeYear = date[2] === undefined;
  return { fromMs, toMs: wholeYear ? Date.UTC(year + 1, 0, 1) : Date.UTC(year, month, 1) };
}
