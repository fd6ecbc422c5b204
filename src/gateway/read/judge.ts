// Owns the decision whether a status is shown to a viewer, from facts that were read before. Pure.
// `visible` asks canSee, the one rule of visibility; `wanted` is what the viewer asked not to get
// (blocks, mutes, languages, replies to strangers on the home timeline).

import { isMuting, type RelationDoc } from "../../domain/account.js";
import type { StatusDoc } from "../../domain/status.js";
import { canSee, type SeenPost } from "../../domain/visibility.js";
import type { ShownIn } from "./reads.js";

/** How the viewer and another account stand to each other. */
export type Between = {
  /** The viewer's own document about the other. */
  mine: RelationDoc;
  /** The other's document about the viewer. */
  theirs: RelationDoc;
  otherGone: boolean;
};

export type Judged = { visible: boolean; wanted: boolean };

export type JudgeView = {
  viewerId: string | null;
  status: StatusDoc;
  /** The boosted status; null if this is a boost of one that is gone. */
  boosted: StatusDoc | null;
  between: (accountId: string) => Between;
  context: ShownIn | null;
  nowMs: number;
  /** Authors on exclusive lists: not on the home timeline. */
  exclusive: ReadonlySet<string>;
  /** Languages wanted on public timelines; empty for all. */
  languages: readonly string[];
};

const seenPost = (status: StatusDoc): SeenPost => ({
  accountId: status.accountId,
  visibility: status.visibility,
  mentionIds: status.mentions.map((mention) => mention.accountId),
});

export function sees(status: StatusDoc, viewerId: string | null, between: Between): boolean {
  return canSee(seenPost(status), viewerId, {
    authorFollowedByViewer: between.theirs.followedBy !== undefined,
    authorBlocksViewer: between.theirs.blocking !== undefined,
    authorGone: between.otherGone,
  });
}

export function judge(view: JudgeView): Judged {
  const { status, boosted, viewerId, between } = view;
  if (!sees(status, viewerId, between(status.accountId))) return { visible: false, wanted: false };
  if (status.reblogOfId !== null) {
    if (boosted === null || !sees(boosted, viewerId, between(boosted.accountId))) {
      return { visible: false, wanted: false };
    }
  }
  return { visible: true, wanted: viewerId === null || wants(view, viewerId) };
}

function wants(view: JudgeView, viewerId: string): boolean {
  const { status, boosted, between, context, nowMs } = view;
  const shown = boosted ?? status;
  // One's own posts are always wanted, whoever they mention.
  if (boosted === null && status.accountId === viewerId) return true;
  for (const accountId of involved(status, boosted)) {
    if (accountId === viewerId) continue;
    const { mine, theirs } = between(accountId);
    if (mine.blocking !== undefined || theirs.blocking !== undefined) return false;
    const author = accountId === status.accountId || accountId === boosted?.accountId;
    const spoken = author || accountId === shown.inReplyToAccountId;
    if (spoken && context !== "account" && isMuting(mine, nowMs)) return false;
  }
  if (context === "public" && view.languages.length > 0 && shown.language !== null) {
    if (!view.languages.includes(shown.language)) return false;
  }
  return context !== "home" || onHome(view, viewerId);
}

/** Whoever wrote, boosted, is answered or is mentioned. */
function involved(status: StatusDoc, boosted: StatusDoc | null): Set<string> {
  const ids = new Set([status.accountId]);
  for (const it of [status, boosted]) {
    if (it === null) continue;
    ids.add(it.accountId);
    if (it.inReplyToAccountId !== null) ids.add(it.inReplyToAccountId);
    for (const mention of it.mentions) ids.add(mention.accountId);
  }
  return ids;
}

/** Replies show only between people one follows; members of exclusive lists show there instead. */
function onHome({ status, between, exclusive }: JudgeView, viewerId: string): boolean {
  if (status.accountId === viewerId) return true;
  if (exclusive.has(status.accountId)) return false;
  const to = status.inReplyToAccountId;
  if (to === null || to === status.accountId || to === viewerId) return true;
  return between(to).mine.following !== undefined;
}

/** Accounts whose standing `judge` may ask for. */
export function asked(status: StatusDoc, boosted: StatusDoc | null): Set<string> {
  return involved(status, boosted);
}
