// Owns walking a thread: the way up to its first post, and everything below in reading order, with
// the bounds of Mastodon (more for people who are signed in). What the viewer may not see ends the
// way up, and hides what hangs below it only where it is itself hidden.

import { type Fault, isFault } from "../../base/faults.js";
import { repliesOf } from "../../domain/collections.js";
import {
  CONTEXT_ANCESTORS_MAX,
  CONTEXT_ANCESTORS_PUBLIC_MAX,
  CONTEXT_DEPTH_PUBLIC_MAX,
  CONTEXT_DESCENDANTS_MAX,
  CONTEXT_DESCENDANTS_PUBLIC_MAX,
} from "../../domain/limits.js";
import type { StatusDoc } from "../../domain/status.js";
import type { Store } from "../../ports/storage.js";
import type { Viewer } from "../http/route.js";
import type { Reads } from "../read/reads.js";

export type Thread = { ancestors: string[]; descendants: string[] };

const REPLY_PAGE = 200;

type ThreadParts = { reads: Reads; store: Pick<Store, "collections"> };

/** Ids above the status, first post first, and below it, depth first. Fault not-found. */
export async function threadOf(
  parts: ThreadParts,
  viewer: Viewer | null,
  id: string,
): Promise<Thread | Fault> {
  const status = await parts.reads.visibleStatus(viewer, id);
  if (isFault(status)) return status;
  const up = viewer === null ? CONTEXT_ANCESTORS_PUBLIC_MAX : CONTEXT_ANCESTORS_MAX;
  const [ancestors, descendants] = await Promise.all([
    above(parts, viewer, status, up),
    below(parts, viewer, status),
  ]);
  return { ancestors, descendants };
}

async function above(
  { reads }: ThreadParts,
  viewer: Viewer | null,
  status: StatusDoc,
  max: number,
): Promise<string[]> {
  const ids: string[] = [];
  let parentId = status.inReplyToId;
  while (parentId !== null && ids.length < max) {
    const parent = await reads.visibleStatus(viewer, parentId);
    if (isFault(parent)) break;
    ids.push(parent.id);
    parentId = parent.inReplyToId;
  }
  return ids.reverse();
}

async function below(
  parts: ThreadParts,
  viewer: Viewer | null,
  status: StatusDoc,
): Promise<string[]> {
  const max = viewer === null ? CONTEXT_DESCENDANTS_PUBLIC_MAX : CONTEXT_DESCENDANTS_MAX;
  const depthMax = viewer === null ? CONTEXT_DEPTH_PUBLIC_MAX : Number.MAX_SAFE_INTEGER;
  const children = new Map<string, string[]>();
  let level = [status.id];
  let count = 0;
  for (let depth = 0; level.length > 0 && depth < depthMax && count < max; depth++) {
    const next: string[] = [];
    for (const id of level) {
      const found = await childrenOf(parts, viewer, id, max - count);
      children.set(id, found);
      next.push(...found);
      count += found.length;
      if (count >= max) break;
    }
    level = next;
  }
  return inReadingOrder(children, status);
}

async function childrenOf(
  { reads, store }: ThreadParts,
  viewer: Viewer | null,
  id: string,
  max: number,
): Promise<string[]> {
  const found: string[] = [];
  let above = "";
  while (found.length < max) {
    const page = await store.collections.page(repliesOf(id), {
      limit: Math.min(REPLY_PAGE, max),
      from: "low",
      above,
    });
    const last = page[page.length - 1];
    if (last === undefined) break;
    const ids = page.map((row) => row.member);
    for (const status of await reads.visibleStatuses(viewer, ids)) found.push(status.id);
    if (page.length < Math.min(REPLY_PAGE, max)) break;
    above = last.rank;
  }
  return found.slice(0, max);
}

/** Depth first without recursion: a chain of thousands of replies is as safe as one of two. */
function inReadingOrder(children: ReadonlyMap<string, string[]>, status: StatusDoc): string[] {
  const order: string[] = [];
  const waiting = [...(children.get(status.id) ?? [])].reverse();
  for (;;) {
    const id = waiting.pop();
    if (id === undefined) return order;
    order.push(id);
    const below = children.get(id);
    if (below !== undefined) for (const child of [...below].reverse()) waiting.push(child);
  }
}
