// Owns what routes say of tags: Tag entities with their week, as one viewer sees them, and the tags
// that an account features. Counts are taken from collections of statuses, newest first, up to a
// bound that is far above what one tag gets in a week on a server of this kind.

import { createHash } from "node:crypto";
import { idAt, idOfRank, idTimeMs, rankOf } from "../../base/ids.js";
import type { AccountDoc } from "../../domain/account.js";
import {
  featuredTagsOf,
  followedTagsOf,
  statusesOf,
  taggedWith,
} from "../../domain/collections.js";
import { FEATURED_TAGS_MAX } from "../../domain/limits.js";
import type { StatusFlags } from "../../domain/status.js";
import type { Clock } from "../../ports/clock.js";
import type { Collections, Member } from "../../ports/storage.js";
import {
  type FeaturedTag,
  featuredTag,
  HISTORY_DAYS,
  type Tag,
  type TagDay,
  tag,
} from "../entities/tag.js";

export type TagViewParts = { collections: Collections; clock: Clock; publicUrl: string };

const DAY_MS = 86_400_000;
const PAGE = 1_000;
/** Newest statuses of a tag that its week is counted from. */
export const TAG_STATUSES_MAX = 5_000;
/** Newest statuses of an account that its featured tags are counted from. */
export const ACCOUNT_STATUSES_MAX = 10_000;
/** Newest statuses of an account that suggestions come from. */
const RECENT_STATUSES_MAX = 1_000;

/** A number that stands for the tag wherever the API wants an id: the same for ever, on any node. */
export function tagIdOf(name: string): string {
  const digest = createHash("sha256").update(name).digest();
  return ((digest.readBigUInt64BE(0) >> 2n) + 1n).toString();
}

async function* walk(collections: Collections, collection: string, most: number, above?: string) {
  let below: string | undefined;
  for (let left = most; left > 0; left -= PAGE) {
    const page: Member[] = await collections.page(collection, {
      limit: Math.min(PAGE, left),
      ...(below === undefined ? {} : { below }),
      ...(above === undefined ? {} : { above }),
    });
    yield* page;
    below = page[page.length - 1]?.rank;
    if (page.length < PAGE) return;
  }
}

const flagsOf = (member: Member): Partial<StatusFlags> =>
  member.value === "" ? {} : (JSON.parse(member.value) as StatusFlags);

/** Uses of the tag on each of the last days, by day. Public statuses only. */
export async function tagDays(
  { collections, clock }: Pick<TagViewParts, "collections" | "clock">,
  name: string,
): Promise<TagDay[]> {
  const today = Math.floor(clock.nowMs() / DAY_MS);
  const since = rankOf(idAt((today - HISTORY_DAYS + 1) * DAY_MS));
  const days = new Map<number, { uses: number; authors: Set<string> }>();
  for await (const member of walk(collections, taggedWith(name), TAG_STATUSES_MAX, since)) {
    const day = Math.floor(idTimeMs(idOfRank(member.rank)) / DAY_MS);
    const held = days.get(day) ?? { uses: 0, authors: new Set<string>() };
    held.uses++;
    held.authors.add(flagsOf(member).a ?? "");
    days.set(day, held);
  }
  return [...days].map(([day, { uses, authors }]) => ({ day, uses, accounts: authors.size }));
}

/** Tag entities of the names, in order. `viewerId` null: nobody is signed in. */
export async function tagViews(
  parts: TagViewParts,
  names: readonly string[],
  viewerId: string | null,
): Promise<Tag[]> {
  const { collections } = parts;
  const own = async (of: (accountId: string) => string) =>
    viewerId === null ? null : await collections.pick(of(viewerId), names);
  const [followed, featured] = await Promise.all([own(followedTagsOf), own(featuredTagsOf)]);
  return Promise.all(
    names.map(async (name) =>
      tag({
        id: tagIdOf(name),
        name,
        days: await tagDays(parts, name),
        nowMs: parts.clock.nowMs(),
        site: { publicUrl: parts.publicUrl },
        ...(viewerId === null
          ? {}
          : {
              viewer: {
                following: followed?.has(name) ?? false,
                featuring: featured?.has(name) ?? false,
              },
            }),
      }),
    ),
  );
}

type TagUse = { statuses: number; lastStatusAtMs: number | null };

/** How often an account's newest statuses use each tag. Boosts and what few may see do not count. */
async function usesOf(collections: Collections, accountId: string, most: number) {
  const uses = new Map<string, TagUse>();
  for await (const member of walk(collections, statusesOf(accountId), most)) {
    const flags = flagsOf(member);
    if (flags.b || (flags.v !== "public" && flags.v !== "unlisted")) continue;
    for (const name of flags.t ?? []) {
      const use = uses.get(name) ?? { statuses: 0, lastStatusAtMs: null };
      use.statuses++;
      use.lastStatusAtMs ??= idTimeMs(idOfRank(member.rank));
      uses.set(name, use);
    }
  }
  return uses;
}

/** The tags that the account shows on its profile, most used first. */
export async function featuredTags(
  parts: TagViewParts,
  account: AccountDoc,
): Promise<FeaturedTag[]> {
  const { collections, publicUrl } = parts;
  const members = await collections.page(featuredTagsOf(account.id), { limit: FEATURED_TAGS_MAX });
  if (members.length === 0) return [];
  const uses = await usesOf(collections, account.id, ACCOUNT_STATUSES_MAX);
  const views = members.map(({ member: name, rank }) => ({
    id: idOfRank(rank),
    name,
    account,
    statuses: uses.get(name)?.statuses ?? 0,
    lastStatusAtMs: uses.get(name)?.lastStatusAtMs ?? null,
    site: { publicUrl },
  }));
  return views.sort((a, b) => b.statuses - a.statuses).map(featuredTag);
}

/** Names of tags that the account used of late and does not feature, most used first. */
export async function featurable(
  collections: Collections,
  accountId: string,
  most: number,
): Promise<string[]> {
  const uses = await usesOf(collections, accountId, RECENT_STATUSES_MAX);
  const featured = await collections.pick(
    featuredTagsOf(accountId),
    [...uses.keys()].slice(0, 900),
  );
  return [...uses]
    .filter(([name]) => !featured.has(name))
    .sort(([, a], [, b]) => b.statuses - a.statuses)
    .slice(0, most)
    .map(([name]) => name);
}
