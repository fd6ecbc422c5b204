// Owns which statuses belong on the timeline of a list: those of its members, and replies as its
// policy says. One rule for the page of the timeline and for the stream.

import { listedBy, listMembers, statusesOf } from "../../domain/collections.js";
import type { ListDoc } from "../../domain/list.js";
import type { StatusDoc } from "../../domain/status.js";
import type { Store } from "../../ports/storage.js";
import type { Viewer } from "../http/route.js";
import type { Reads } from "../read/reads.js";
import { fromCollection, merged, type Skeleton } from "./skeleton.js";

export type ListFeedParts = { reads: Reads; store: Pick<Store, "collections"> };

/** Members whose statuses are merged at the read. */
const LIST_MEMBERS_MAX = 1000;

/** Whether a reply belongs on the list. `follows` and `isMember` tell of whoever is answered. */
function showsReply(
  of: ListDoc,
  status: StatusDoc,
  ownerId: string,
  to: { follows: boolean; isMember: boolean },
): boolean {
  const target = status.inReplyToAccountId;
  if (target === null || target === status.accountId || target === ownerId) return true;
  if (of.repliesPolicy === "followed") return to.follows;
  return of.repliesPolicy === "list" && to.isMember;
}

/** Statuses of the list's members, with replies as its policy says. */
export async function listSkeleton(
  parts: ListFeedParts,
  viewer: Viewer,
  of: ListDoc,
): Promise<Skeleton> {
  const { collections } = parts.store;
  const rows = await collections.page(listMembers(of.id), { limit: LIST_MEMBERS_MAX });
  const members = new Set(rows.map((row) => row.member));
  const sources = [...members].map((id) =>
    fromCollection(collections, statusesOf(id), (flags) => flags.v !== "direct"),
  );
  const walk = merged(sources);
  return async (step) => {
    const found = await walk(step);
    const docs = await parts.reads.visibleStatuses(
      viewer,
      found.filter((it) => !it.skip).map((it) => it.id),
    );
    const targets = docs.flatMap((doc) => doc.inReplyToAccountId ?? []);
    const relations = await parts.reads.relations(viewer.accountId, targets);
    const dropped = new Set<string>();
    for (const doc of docs) {
      const to = doc.inReplyToAccountId ?? "";
      const follows = relations.get(to)?.following !== undefined;
      const isMember = members.has(to);
      if (!showsReply(of, doc, viewer.accountId, { follows, isMember })) dropped.add(doc.id);
    }
    return found.map((it) => ({ id: it.id, skip: it.skip || dropped.has(it.id) }));
  };
}

/** Ids of the owner's lists on whose timelines the status is. */
export async function listsHolding(
  { reads, store }: ListFeedParts,
  ownerId: string,
  status: StatusDoc,
): Promise<string[]> {
  const lists = (await reads.doc<ListDoc[]>("lists", ownerId)) ?? [];
  if (lists.length === 0 || status.visibility === "direct") return [];
  const to = status.inReplyToAccountId ?? "";
  const wanted = lists.flatMap((of) => [`${status.accountId}:${of.id}`, `${to}:${of.id}`]);
  const [listed, relations] = await Promise.all([
    store.collections.pick(listedBy(ownerId), wanted),
    reads.relations(ownerId, to === "" ? [] : [to]),
  ]);
  const follows = relations.get(to)?.following !== undefined;
  return lists
    .filter((of) => {
      if (!listed.has(`${status.accountId}:${of.id}`)) return false;
      return showsReply(of, status, ownerId, { follows, isMember: listed.has(`${to}:${of.id}`) });
    })
    .map((of) => of.id);
}
