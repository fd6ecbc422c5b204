// Owns finding accounts while somebody types: the exact name first, then whoever's name or display
// name begins with the words. Local knowledge only; nothing here goes to the network.

import type { Collections, Texts } from "../../ports/storage.js";
import type { Reads } from "../read/reads.js";
import { present } from "./account-pages.js";

export type AccountSearchParts = { reads: Reads; collections: Collections; texts: Texts };

export type AccountQuery = {
  /** As typed. */
  q: string;
  limit: number;
  offset: number;
  /** Only whom this account follows; null: everybody. */
  followedBy: string | null;
};

/** Hits that are looked through, where not every hit counts. */
const CANDIDATES_MAX = 500;
const QUERY_UNITS_MAX = 500;
const WORDS_MAX = 10;

/** Ids of the accounts that the query finds, best first. Never suspended ones. */
export async function findAccounts(
  { reads, texts }: AccountSearchParts,
  query: AccountQuery,
): Promise<string[]> {
  const typed = query.q.trim().slice(0, QUERY_UNITS_MAX).replace(/^@/, "");
  if (typed === "" || query.limit === 0) return [];
  const exact = /\s/.test(typed) ? null : await reads.accountIdOf(typed);
  const words = typed
    .split("@", 1)[0]
    ?.split(/\s+/)
    .filter((it) => it !== "")
    .slice(0, WORDS_MAX);
  const last = words?.pop();
  const hits =
    words === undefined || last === undefined
      ? []
      : await texts.find({
          index: "accounts",
          words: [...words, `${last}*`],
          limit: CANDIDATES_MAX,
        });
  const ids = [...new Set(exact === null ? hits : [exact, ...hits])];
  const here = await present(reads, ids);
  const wanted = query.followedBy === null ? here : await followed(reads, query.followedBy, here);
  return wanted.slice(query.offset, query.offset + query.limit);
}

async function followed(reads: Reads, ownerId: string, ids: readonly string[]) {
  const relations = await reads.relations(ownerId, ids);
  return ids.filter((id) => relations.get(id)?.following !== undefined);
}
