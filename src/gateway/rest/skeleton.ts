// Owns the first of the four steps of a read: which ids, in which order. A skeleton walks a list of
// statuses either way and may choose by the small flags beside the ids, without reading a status.

import { compareIds, idOfRank, rankOf } from "../../base/ids.js";
import type { StatusFlags } from "../../domain/status.js";
import type { Collections } from "../../ports/storage.js";

/** One step of a walk over a list of statuses. */
export type Step = { below?: string; above?: string; from: "high" | "low"; limit: number };
/** Ids in walking order; fewer than asked for means that the list ends. */
export type Skeleton = (step: Step) => Promise<{ id: string; skip: boolean }[]>;

/** A skeleton over a collection of statuses ranked by id, with a choice made from the flags. */
export function fromCollection(
  collections: Pick<Collections, "page">,
  collection: string,
  wanted: (flags: StatusFlags) => boolean,
): Skeleton {
  return async (step) => {
    const rows = await collections.page(collection, {
      limit: step.limit,
      from: step.from,
      ...(step.below === undefined ? {} : { below: rankOf(step.below) }),
      ...(step.above === undefined ? {} : { above: rankOf(step.above) }),
    });
    return rows.map((row) => ({
      id: idOfRank(row.rank),
      skip: !wanted(JSON.parse(row.value) as StatusFlags),
    }));
  };
}

/** Several skeletons as one: the next rows of all, in walking order, each id once. */
export function merged(sources: readonly Skeleton[]): Skeleton {
  return async (step) => {
    const all = await Promise.all(sources.map((source) => source(step)));
    const byId = new Map<string, boolean>();
    for (const { id, skip } of all.flat()) byId.set(id, skip && (byId.get(id) ?? true));
    const down = step.from === "high";
    const ids = [...byId.keys()].sort((a, b) => (down ? compareIds(b, a) : compareIds(a, b)));
    return ids.slice(0, step.limit).map((id) => ({ id, skip: byId.get(id) === true }));
  };
}
