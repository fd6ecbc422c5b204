// Owns what pages show of posts: the entities of the read side, as nobody signed in sees them, read
// through the same door as the API (`reads` with no viewer), so that no page shows more.

import { rankOf } from "../../base/ids.js";
import type { StatusFlags } from "../../domain/status.js";
import type { Collections } from "../../ports/storage.js";
import type { Account } from "../entities/account.js";
import type { Poll } from "../entities/poll.js";
import type { StatusBase } from "../entities/status.js";
import type { Reads } from "../read/reads.js";

/** Entity Status, as far as pages show it. */
export type Post = StatusBase & {
  account: Account;
  reblog: Post | null;
  poll: Poll | null;
};

const parse = <Entity>(json: Uint8Array): Entity =>
  JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString("utf8")) as Entity;

/** The account's entity, or null. */
export async function accountOf(reads: Reads, id: string): Promise<Account | null> {
  const json = await reads.account(id);
  return json === null ? null : parse<Account>(json);
}

/** Those of the posts that everybody may see, in order. */
export async function postsOf(reads: Reads, ids: readonly string[]): Promise<Post[]> {
  if (ids.length === 0) return [];
  return (await reads.statuses(null, ids)).map((it) => parse<Post>(it.json));
}

/** Posts on one page. */
export const POSTS_A_PAGE = 20;
const ROUNDS_MAX = 5;

/**
 * One page of a collection of statuses, newest first: those older than `olderThan` that `wanted`
 * picks and everybody may see. `more` is the id to go on from, null at the end.
 */
export async function pageOfPosts(
  parts: { reads: Reads; collections: Collections },
  collection: string,
  olderThan: string | null,
  wanted: (flags: StatusFlags) => boolean,
): Promise<{ posts: Post[]; more: string | null }> {
  const posts: Post[] = [];
  let below = olderThan === null ? undefined : rankOf(olderThan);
  let last: string | null = null;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const limit = 2 * POSTS_A_PAGE;
    const members = await parts.collections.page(
      collection,
      below === undefined ? { limit } : { limit, below },
    );
    const ids = members.filter((it) => wanted(flagsOf(it.value))).map((it) => it.member);
    for (const post of await postsOf(parts.reads, ids)) {
      if (posts.length === POSTS_A_PAGE) return { posts, more: posts.at(-1)?.id ?? null };
      posts.push(post);
    }
    const end = members.at(-1);
    if (members.length < limit || end === undefined) return { posts, more: null };
    below = end.rank;
    last = end.member;
  }
  // Little of it is for everybody: go on from where we stopped looking.
  return { posts, more: last };
}

const flagsOf = (value: string): StatusFlags =>
  value === "" ? { v: "direct" } : (JSON.parse(value) as StatusFlags);
