// Owns what is talked about: tags and posts of the last days, counted from the newest public posts.
// Counted again at most once in TRENDS_FRESH_MS, when somebody asks; between, all share the answer.
// Bound: TREND_STATUSES_MAX posts are looked at, TRENDS_KEPT_MAX of each kind are kept.

import { idAt, idTimeMs, rankOf } from "../../base/ids.js";
import type { AccountDoc } from "../../domain/account.js";
import { PUBLIC_ALL } from "../../domain/collections.js";
import type { StatsDoc, StatusDoc, StatusFlags } from "../../domain/status.js";
import type { Clock } from "../../ports/clock.js";
import type { Collections, Member } from "../../ports/storage.js";
import type { Reads } from "../read/reads.js";

export const TREND_STATUSES_MAX = 1000;
export const TRENDS_KEPT_MAX = 100;
export const TRENDS_FRESH_MS = 60_000;
const DAY_MS = 86_400_000;
const WINDOW_MS = 7 * DAY_MS;

/** Names of tags, and ids of posts, most talked about first. */
export type Trends = { tags: readonly string[]; statusIds: readonly string[] };

export type TrendParts = { reads: Reads; collections: Collections; clock: Clock };

/** Answers the trends of now. */
export function createTrends(parts: TrendParts): () => Promise<Trends> {
  let countedMs = Number.NEGATIVE_INFINITY;
  let newest: Promise<Trends> | null = null;
  return async () => {
    const nowMs = parts.clock.nowMs();
    if (newest !== null && nowMs - countedMs < TRENDS_FRESH_MS) return await newest;
    countedMs = nowMs;
    newest = count(parts, nowMs);
    try {
      return await newest;
    } catch (error) {
      newest = null;
      throw error;
    }
  };
}

async function count(parts: TrendParts, nowMs: number): Promise<Trends> {
  const rows = await parts.collections.page(PUBLIC_ALL, {
    limit: TREND_STATUSES_MAX,
    above: rankOf(idAt(nowMs - WINDOW_MS)),
  });
  const flags = new Map(rows.map((row) => [row.member, flagsOf(row)]));
  const authors = await parts.reads.accountDocs([
    ...new Set([...flags.values()].flatMap((it) => it.a ?? [])),
  ]);
  const open = rows.filter((row) => isOpen(authors.get(flags.get(row.member)?.a ?? "")));
  return {
    tags: countTags(open.map((row) => flags.get(row.member) ?? {})),
    statusIds: await countStatuses(
      parts,
      open.map((row) => row.member),
      { authors, nowMs },
    ),
  };
}

const flagsOf = (row: Member): Partial<StatusFlags> =>
  row.value === "" ? {} : (JSON.parse(row.value) as StatusFlags);

const isOpen = (author: AccountDoc | undefined): boolean =>
  author !== undefined && !author.limited && !author.suspended;

/** By how many people use a tag, then by how often. */
function countTags(posts: readonly Partial<StatusFlags>[]): string[] {
  const uses = new Map<string, { authors: Set<string>; count: number }>();
  for (const { a: author = "", t: tags = [] } of posts) {
    for (const tag of tags) {
      const use = uses.get(tag) ?? { authors: new Set(), count: 0 };
      use.authors.add(author);
      use.count++;
      uses.set(tag, use);
    }
  }
  return [...uses]
    .sort(([, a], [, b]) => b.authors.size - a.authors.size || b.count - a.count)
    .slice(0, TRENDS_KEPT_MAX)
    .map(([tag]) => tag);
}

/** By favourites and boosts, which count half as much for each day of the post's age. */
async function countStatuses(
  { reads }: TrendParts,
  ids: readonly string[],
  { authors, nowMs }: { authors: ReadonlyMap<string, AccountDoc>; nowMs: number },
): Promise<string[]> {
  const stats = await reads.docs<StatsDoc>("stats", ids);
  const liked = ids.filter((id) => marks(stats.get(id)) > 0);
  const docs = await reads.docs<StatusDoc>("status", liked);
  const score = (id: string) => marks(stats.get(id)) * 0.5 ** ((nowMs - idTimeMs(id)) / DAY_MS);
  return liked
    .filter((id) => isTrendable(docs.get(id), authors))
    .sort((a, b) => score(b) - score(a))
    .slice(0, TRENDS_KEPT_MAX);
}

const marks = (stats: StatsDoc | undefined): number =>
  stats === undefined ? 0 : stats.favourites + stats.reblogs;

/** Posts that stand by themselves, of people who want to be found. */
function isTrendable(
  doc: StatusDoc | undefined,
  authors: ReadonlyMap<string, AccountDoc>,
): boolean {
  if (doc === undefined || doc.visibility !== "public") return false;
  if (doc.reblogOfId !== null || doc.inReplyToId !== null) return false;
  if (doc.sensitive || doc.spoiler !== "") return false;
  const author = authors.get(doc.accountId);
  return author?.discoverable === true && !author.sensitized;
}
