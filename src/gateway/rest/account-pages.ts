// Owns lists of accounts that are paged by the ids of relations: followers, blocks, members of a
// list and the like. Suspended accounts are left out of every one.

import { PAGE_ACCOUNTS } from "../../domain/limits.js";
import type { Collections, Member } from "../../ports/storage.js";
import { type PageParams, paged, pageIdsOf, pageParams, readPage } from "../http/paging.js";
import type { Call } from "../http/route.js";
import type { HttpReply } from "../http/server.js";
import type { Reads } from "../read/reads.js";

export type AccountPageParts = { reads: Reads; collections: Collections; publicUrl: string };

/** Relation lists know max_id and since_id. */
export const accountPageParams = pageParams({
  def: PAGE_ACCOUNTS.default,
  max: PAGE_ACCOUNTS.max,
  minId: false,
});

const WALK_PAGE = 1_000;

/** Members of a collection from the highest rank down, at most `most`. */
export async function allMembers(
  collections: Collections,
  collection: string,
  most: number,
): Promise<Member[]> {
  const found: Member[] = [];
  for (;;) {
    const limit = Math.min(WALK_PAGE, most - found.length);
    if (limit <= 0) return found;
    const below = found[found.length - 1]?.rank;
    const page = await collections.page(
      collection,
      below === undefined ? { limit } : { limit, below },
    );
    found.push(...page);
    if (page.length < limit) return found;
  }
}

/** Those of the accounts that exist and are not suspended, in order. */
export async function present(reads: Reads, ids: readonly string[]): Promise<string[]> {
  const docs = await reads.accountDocs(ids);
  return ids.filter((id) => docs.get(id)?.suspended === false);
}

/**
 * A page of the collection's accounts as a reply. `keep` may drop some of them from the answer;
 * the links follow the collection, so that no page hides the next.
 */
export async function accountPage(
  parts: AccountPageParts,
  call: Pick<Call<PageParams>, "params" | "request">,
  what: {
    collection: string;
    keep?: (ids: readonly string[]) => Promise<readonly string[]>;
    /** Changes a document before it is sent. */
    dress?: (json: Uint8Array, member: Member) => Uint8Array;
  },
): Promise<HttpReply> {
  const members = await readPage(parts.collections, what.collection, call.params);
  const here = await present(
    parts.reads,
    members.map((it) => it.member),
  );
  const kept = what.keep === undefined ? here : await what.keep(here);
  const accounts = await parts.reads.accounts(kept);
  const byId = new Map(members.map((it) => [it.member, it]));
  const documents = accounts.map(({ id, json }) => {
    const member = byId.get(id);
    return what.dress === undefined || member === undefined ? json : what.dress(json, member);
  });
  return paged({
    publicUrl: parts.publicUrl,
    request: call.request,
    params: call.params,
    ids: pageIdsOf(members),
    documents,
    links: { prevBy: "since_id" },
  });
}

/** The JSON object with one field more at its end. */
export function withField(object: Uint8Array, name: string, value: unknown): Uint8Array {
  const field = `,${JSON.stringify(name)}:${JSON.stringify(value)}}`;
  return Buffer.concat([object.subarray(0, object.length - 1), Buffer.from(field)]);
}
