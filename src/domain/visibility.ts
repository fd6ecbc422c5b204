// Owns the one rule of who may see a post. Every door asks `canSee`: REST, streams, search, pages,
// feeds, caches, federation. Nothing else decides visibility (test/can-see.test.ts walks all doors).

export type Visibility = "public" | "unlisted" | "private" | "direct";

export const VISIBILITIES: readonly Visibility[] = ["public", "unlisted", "private", "direct"];

export type SeenPost = {
  accountId: string;
  visibility: Visibility;
  /** Ids of the accounts that the post mentions. */
  mentionIds: readonly string[];
};

/** How the author stands to the viewer, and whether the author's posts may be shown at all. */
export type Standing = {
  /** The viewer is an accepted follower of the author (a pending request is not). */
  authorFollowedByViewer: boolean;
  authorBlocksViewer: boolean;
  /** The author is suspended or deleted. */
  authorGone: boolean;
};

/**
 * Whether `viewerId` (null: nobody signed in) may see the post. Authors always see their own posts
 * unless they are gone. A block by the author hides everything; being mentioned opens private and
 * direct posts. Same rule as Mastodon 4.6's status policy.
 */
export function canSee(post: SeenPost, viewerId: string | null, standing: Standing): boolean {
  if (standing.authorGone) return false;
  if (viewerId !== null && viewerId === post.accountId) return true;
  if (standing.authorBlocksViewer) return false;
  switch (post.visibility) {
    case "public":
    case "unlisted":
      return true;
    case "private":
      if (viewerId === null) return false;
      return standing.authorFollowedByViewer || post.mentionIds.includes(viewerId);
    case "direct":
      return viewerId !== null && post.mentionIds.includes(viewerId);
  }
}
