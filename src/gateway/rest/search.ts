// Owns search: accounts, statuses and hashtags that are known here. Statuses are found for people
// who are signed in, among what they may see: public posts of accounts that allow it, own posts,
// posts that mention them, and what they marked.

import { z } from "zod";
import { fault } from "../../base/faults.js";
import { idAt } from "../../base/ids.js";
import type { AccountDoc } from "../../domain/account.js";
import { bookmarksOf, favouritesOf, reblogsOf } from "../../domain/collections.js";
import { PAGE_SEARCH } from "../../domain/limits.js";
import { parseSearchQuery, type SearchQuery } from "../../domain/search-query.js";
import type { StatusDoc } from "../../domain/status.js";
import { tagName } from "../../domain/text/tag-name.js";
import type { Clock } from "../../ports/clock.js";
import type { Store, TextQuery } from "../../ports/storage.js";
import { bool, enumOf, int, optionalId, optionalText } from "../http/params.js";
import { type Call, jsonBytes, type Route, route, type Viewer } from "../http/route.js";
import { jsonObject } from "../read/json.js";
import type { Reads } from "../read/reads.js";
import { type AccountSearchParts, findAccounts } from "./account-search.js";
import { tagViews } from "./tag-views.js";

export type SearchParts = AccountSearchParts & {
  reads: Reads;
  store: Pick<Store, "collections" | "texts">;
  clock: Clock;
  publicUrl: string;
};

const QUERY_UNITS_MAX = 2_048;
/** Hits looked through to fill one page: more than a page, for not every hit may be shown. */
const HITS_MAX = 400;

const searchParams = z.object({
  q: optionalText(QUERY_UNITS_MAX),
  type: enumOf(["accounts", "statuses", "hashtags"] as const),
  resolve: bool(),
  following: bool(),
  account_id: optionalId(),
  exclude_unreviewed: bool(),
  max_id: optionalId(),
  min_id: optionalId(),
  limit: int({ max: PAGE_SEARCH.max }),
  offset: int({ max: 100_000 }),
});

type Params = z.output<typeof searchParams>;

export function searchRoutes(parts: SearchParts): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v2/search",
      access: { kind: "optional", scopes: ["read:search"] },
      params: searchParams,
      run: (call) => search(parts, call),
    }),
  ];
}

async function search(parts: SearchParts, { params, viewer }: Call<Params>) {
  const q = params.q?.trim() ?? "";
  if (q === "") return fault("bad-request", "param is missing or the value is empty: q");
  if (viewer === null && (params.resolve === true || (params.offset ?? 0) > 0)) {
    const what = params.resolve === true ? "resolve" : "offset";
    return fault(
      "no-token",
      `Search queries with ${what} are not supported without authentication`,
    );
  }
  const wants = (type: Params["type"]) => params.type === undefined || params.type === type;
  const [accounts, statuses, hashtags] = await Promise.all([
    wants("accounts") ? accountsFor(parts, viewer, q, params) : [],
    wants("statuses") && viewer !== null ? statusesFor(parts, viewer, q, params) : [],
    wants("hashtags") ? hashtagsFor(parts, viewer, q, params) : [],
  ]);
  return jsonBytes(jsonObject({ hashtags, collections: [] }, { accounts, statuses }));
}

const limitOf = (params: Params): number => params.limit ?? PAGE_SEARCH.default;
/** Without a type, an offset would mean something else for each kind: then it is not looked at. */
const offsetOf = (params: Params): number => (params.type === undefined ? 0 : (params.offset ?? 0));

async function accountsFor(parts: SearchParts, viewer: Viewer | null, q: string, params: Params) {
  if (/^#/.test(q)) return [];
  const ids = await findAccounts(parts, {
    q: handleIn(q, parts.publicUrl),
    limit: limitOf(params),
    offset: offsetOf(params),
    followedBy: params.following === true && viewer !== null ? viewer.accountId : null,
  });
  return (await parts.reads.accounts(ids)).map((it) => it.json);
}

/** The handle that the address of a local profile stands for, else what was typed. */
function handleIn(q: string, publicUrl: string): string {
  const path = q.startsWith(`${publicUrl}/`) ? q.slice(publicUrl.length) : "";
  return /^\/(?:@|users\/)([A-Za-z0-9_]+)\/?$/.exec(path)?.[1] ?? q;
}

/** The id of the status that the address of a local post stands for. */
function statusIn(q: string, publicUrl: string): string | null {
  const path = q.startsWith(`${publicUrl}/`) ? q.slice(publicUrl.length) : "";
  return /^\/(?:@|users\/)[A-Za-z0-9_]+\/(?:statuses\/)?([0-9]+)$/.exec(path)?.[1] ?? null;
}

async function hashtagsFor(parts: SearchParts, viewer: Viewer | null, q: string, params: Params) {
  const name = tagName(q.replace(/^#/, ""));
  if (name === "" || /[\s@/]/.test(q.trim())) return [];
  const names = await parts.store.texts.find({
    index: "tags",
    words: [`${name}*`],
    limit: limitOf(params),
    offset: offsetOf(params),
  });
  const exactFirst = names.includes(name) ? [name, ...names.filter((it) => it !== name)] : names;
  const { collections } = parts.store;
  const { clock, publicUrl } = parts;
  return tagViews({ collections, clock, publicUrl }, exactFirst, viewer?.accountId ?? null);
}

async function statusesFor(parts: SearchParts, viewer: Viewer, q: string, params: Params) {
  const id = statusIn(q, parts.publicUrl);
  if (id !== null) return (await parts.reads.statuses(viewer, [id])).map((it) => it.json);
  const asked = parseSearchQuery(q);
  const query = await textQuery(parts, viewer, asked, params);
  if (query === null) return [];
  const hits = await parts.store.texts.find(query);
  const found = await parts.reads.visibleStatuses(viewer, hits);
  const allowed = await searchable(parts, viewer, found, asked);
  const from = offsetOf(params);
  const ids = allowed.slice(from, from + limitOf(params));
  const shown = await parts.reads.statuses(viewer, ids, { dropUnwanted: true });
  return shown.map((it) => it.json);
}

/** The question for the text index; null if nothing can match. */
async function textQuery(
  parts: SearchParts,
  viewer: Viewer,
  asked: SearchQuery,
  params: Params,
): Promise<TextQuery | null> {
  if (asked.empty) return null;
  const facets: string[] = [];
  const deny = (not: boolean, facet: string) => facets.push(not ? `-${facet}` : facet);
  for (const it of asked.from) {
    const own = it.value.toLowerCase() === "me";
    const id = own ? viewer.accountId : await parts.reads.accountIdOf(it.value);
    if (id === null && !it.not) return null;
    if (id !== null) deny(it.not, `from:${id}`);
  }
  if (params.account_id !== undefined) facets.push(`from:${params.account_id}`);
  for (const it of asked.has) deny(it.not, `has:${it.value}`);
  for (const it of asked.is) deny(it.not, `is:${it.value}`);
  for (const it of asked.languages) deny(it.not, `language:${it.value}`);
  const below = params.max_id ?? (asked.beforeMs === null ? undefined : idAt(asked.beforeMs));
  const above = params.min_id ?? (asked.afterMs === null ? undefined : idAt(asked.afterMs));
  return {
    index: "statuses",
    words: asked.words,
    phrases: asked.phrases,
    notWords: asked.notWords,
    facets,
    limit: HITS_MAX,
    ...(below === undefined ? {} : { below }),
    ...(above === undefined ? {} : { above }),
  };
}

/** Ids of those that search may show to the viewer, in order. */
async function searchable(
  parts: SearchParts,
  viewer: Viewer,
  found: readonly StatusDoc[],
  asked: SearchQuery,
): Promise<string[]> {
  const { accountId } = viewer;
  const authors = await parts.reads.docs<AccountDoc>("account", [
    ...new Set(found.map((it) => it.accountId)),
  ]);
  const marks = [favouritesOf, bookmarksOf, reblogsOf];
  const marked = await Promise.all(
    marks.map((of) =>
      parts.store.collections.pick(
        of(accountId),
        found.map((it) => it.id),
      ),
    ),
  );
  return found
    .filter((status) => {
      const open = status.visibility === "public" && authors.get(status.accountId)?.indexable;
      const own =
        status.accountId === accountId ||
        status.mentions.some((it) => it.accountId === accountId) ||
        marked.some((some) => some.has(status.id));
      if (asked.in === "public") return open === true;
      return asked.in === "library" ? own : own || open === true;
    })
    .map((status) => status.id);
}
