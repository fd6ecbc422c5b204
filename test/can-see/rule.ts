// Owns what the matrix expects: how people stand to each other, and from that alone who sees which
// post and on which lists it is. Pure; nothing here comes from the server's answers. Words: `before`
// is while the old posts were written, `now` is after the blocks, removals and the suspension.

import type { Visibility } from "../../src/domain/visibility.js";
import type { Name, Viewer } from "./town.js";

export type Post = {
  /** For people: what a failure names. */
  key: string;
  id: string;
  author: Name;
  visibility: Visibility;
  mentions: readonly Name[];
  /** Words that are in this post, or were before an edit, and nowhere else. */
  words: string[];
  replyTo: Post | null;
  boostOf: Post | null;
  quoteOf: Post | null;
  isTagged: boolean;
  isPinned: boolean;
  isDeleted: boolean;
  /** Written after the relations changed. */
  isNew: boolean;
  hasPoll: boolean;
  /** Everybody who could, favoured and bookmarked it `before`. */
  isMarked: boolean;
};

export type When = "before" | "now";

/** Accepted followers. */
const FOLLOWERS: Record<When, Partial<Record<Name, readonly Name[]>>> = {
  before: {
    ada: ["rita", "follower", "muter", "blocked", "blocker", "removed", "unfollowed"],
    rita: ["ada", "follower"],
    nell: ["follower"],
    sue: ["follower"],
  },
  now: {
    ada: ["rita", "follower", "muter"],
    rita: ["ada", "follower"],
    nell: ["follower"],
    sue: ["follower"],
  },
};

export const follows = (viewer: Viewer, author: Name, when: When): boolean =>
  viewer !== null && FOLLOWERS[when][author]?.includes(viewer) === true;

const blocks = (who: Viewer, whom: Viewer): boolean =>
  (who === "ada" && whom === "blocked") || (who === "blocker" && whom === "ada");
const mutes = (who: Viewer, whom: Name | undefined): boolean => who === "muter" && whom === "ada";
const isGone = (who: Name): boolean => who === "sue";

/** The audience of one post: open to all, to followers and the mentioned, or to the mentioned. */
export function sees(viewer: Viewer, post: Post, when: When = "now"): boolean {
  if (when === "now" && (post.isDeleted || isGone(post.author))) return false;
  if (post.boostOf !== null && !sees(viewer, post.boostOf, when)) return false;
  if (viewer === post.author) return true;
  if (when === "now" && blocks(post.author, viewer)) return false;
  if (post.visibility === "public" || post.visibility === "unlisted") return true;
  if (viewer === null) return false;
  if (post.mentions.includes(viewer)) return true;
  return post.visibility === "private" && follows(viewer, post.author, when);
}

/** Everybody whom a post is about: who wrote, boosted, is answered or named. */
function people(post: Post): Name[] {
  const answered = post.replyTo === null ? [] : [post.replyTo.author];
  const inner = post.boostOf === null ? [] : people(post.boostOf);
  return [post.author, ...answered, ...post.mentions, ...inner];
}

/**
 * Whether a list shows it: no block between the viewer and anybody concerned, no muted
 * speaker. Own posts always. */
export function isWanted(viewer: Viewer, post: Post, onProfile = false): boolean {
  if (viewer === null || (viewer === post.author && post.boostOf === null)) return true;
  const blocked = people(post).some((it) => blocks(viewer, it) || blocks(it, viewer));
  if (blocked) return false;
  if (onProfile) return true;
  const shown = post.boostOf ?? post;
  return ![post.author, shown.author, shown.replyTo?.author].some((it) => mutes(viewer, it));
}

export const isListed = (viewer: Viewer, post: Post): boolean =>
  sees(viewer, post) && isWanted(viewer, post);

const saysToOther = (post: Post): boolean =>
  post.replyTo !== null && post.replyTo.author !== post.author;

export const onPublic = (viewer: Viewer, post: Post): boolean =>
  post.visibility === "public" &&
  post.boostOf === null &&
  !saysToOther(post) &&
  isListed(viewer, post);

export const onTag = (viewer: Viewer, post: Post): boolean =>
  post.visibility === "public" && post.isTagged && isListed(viewer, post);

/** Home, but for replies and boosts, which follow more rules than those of who may see. */
export const onHome = (viewer: Viewer, post: Post): boolean =>
  isPlain(post) &&
  (viewer === post.author || follows(viewer, post.author, "now")) &&
  isListed(viewer, post);

export const isPlain = (post: Post): boolean => post.replyTo === null && post.boostOf === null;

export const onProfile = (viewer: Viewer, post: Post): boolean =>
  sees(viewer, post) && isWanted(viewer, post, true);

/** Marks were set while the post could be seen. */
export const isMarkedBy = (viewer: Viewer, post: Post): boolean =>
  viewer !== null && post.isMarked && sees(viewer, post, "before");

const INDEXABLE: readonly Name[] = ["ada", "rita", "sue"];

/** Search finds open posts of who allows it, own ones, those that name the viewer, marked ones. */
export function onSearch(viewer: Viewer, post: Post): boolean {
  if (viewer === null || post.boostOf !== null || !isListed(viewer, post)) return false;
  const isOpen = post.visibility === "public" && INDEXABLE.includes(post.author);
  const isOwn = post.author === viewer || post.mentions.includes(viewer);
  return isOpen || isOwn || isMarkedBy(viewer, post);
}
