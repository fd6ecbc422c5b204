// Owns the doors of the matrix: every way to get at posts, with the rule of what each must show.

import {
  isListed,
  isMarkedBy,
  onHome,
  onProfile,
  onPublic,
  onTag,
  type Post,
  sees,
} from "./rule.js";
import type { Story } from "./story.js";
import { TAG } from "./story.js";
import type { Name, Town, Viewer } from "./town.js";

type Shown = { id: string };

/** A door that lists posts. */
export type ListDoor = {
  name: string;
  /** Null: closed to this viewer. */
  path: (viewer: Viewer) => string | null;
  /** Whether the post must be there; null where rules beside visibility decide. */
  lists: (viewer: Viewer, post: Post) => boolean | null;
  /** The posts of a page; by default it is an array of them. */
  of?: (page: never) => (Shown | null | undefined)[];
};

const signedIn = (path: string) => (viewer: Viewer) => (viewer === null ? null : path);
const anyone = (path: string) => () => path;

/** The profile of who blocks the viewer is not there. */
const profile = (town: Town, name: Name, query: string) => (viewer: Viewer) =>
  name === "ada" && viewer === "blocked"
    ? null
    : `/api/v1/accounts/${town.ids[name]}/statuses?limit=40${query}`;

function profileDoors(town: Town): ListDoor[] {
  const door = (
    name: Name,
    query: string,
    chosen: (post: Post) => boolean,
    shows: ListDoor["lists"] = onProfile,
  ): ListDoor => ({
    name: `account ${name} ${query}`,
    path: profile(town, name, query),
    lists: (viewer, post) => post.author === name && chosen(post) && shows(viewer, post) === true,
  });
  return [
    door("ada", "", () => true),
    door("rita", "", () => true),
    door("nell", "", () => true),
    door("sue", "", () => false),
    door("ada", "&pinned=true", (post) => post.isPinned && post.visibility !== "direct", sees),
    door("ada", `&tagged=${TAG}`, (post) => post.isTagged),
    door("ada", "&only_media=true", () => false),
    door(
      "ada",
      "&exclude_replies=true",
      (it) => it.replyTo === null || it.replyTo.author === "ada",
    ),
    door("rita", "&exclude_reblogs=true", (post) => post.boostOf === null),
  ].filter((it) => it.name !== "account sue ");
}

/** Who has ada on a list: followers, who asked to be one, herself. */
const LISTING: readonly Viewer[] = ["follower", "muter", "pending", "ada"];

function timelineDoors(story: Story): ListDoor[] {
  const local = (viewer: Viewer, post: Post) => onPublic(viewer, post);
  return [
    {
      name: "home",
      path: signedIn("/api/v1/timelines/home?limit=40"),
      lists: (viewer, post) => (post.boostOf || post.replyTo ? null : onHome(viewer, post)),
    },
    { name: "public", path: anyone("/api/v1/timelines/public?limit=40"), lists: local },
    { name: "local", path: anyone("/api/v1/timelines/public?local=true&limit=40"), lists: local },
    { name: "tag", path: anyone(`/api/v1/timelines/tag/${TAG}?limit=40`), lists: onTag },
    {
      name: "list",
      path: (viewer) =>
        viewer === null ? null : `/api/v1/timelines/list/${story.lists[viewer]}?limit=40`,
      lists: (viewer, post) =>
        LISTING.includes(viewer) && post.author === "ada" && post.visibility !== "direct"
          ? isListed(viewer, post)
          : false,
    },
    {
      name: "trends",
      path: anyone("/api/v1/trends/statuses?limit=40"),
      lists: (viewer, post) =>
        post.isMarked && post.author === "ada" && post.visibility === "public"
          ? isListed(viewer, post)
          : false,
    },
  ];
}

type Noticed = { status?: Shown };

function ownDoors(): ListDoor[] {
  const marked = (viewer: Viewer, post: Post) => isMarkedBy(viewer, post) && sees(viewer, post);
  const noticed = (viewer: Viewer, post: Post) =>
    viewer === "mentioned" || viewer === "blocked"
      ? post.mentions.includes(viewer) && sees(viewer, post)
      : sees(viewer, post)
        ? null
        : false;
  return [
    { name: "bookmarks", path: signedIn("/api/v1/bookmarks?limit=40"), lists: marked },
    { name: "favourites", path: signedIn("/api/v1/favourites?limit=40"), lists: marked },
    {
      name: "notifications",
      path: signedIn("/api/v1/notifications?limit=80&include_filtered=true&types[]=mention"),
      lists: noticed,
      of: (page: Noticed[]) => page.map((it) => it.status),
    },
    {
      name: "grouped notifications",
      path: signedIn("/api/v2/notifications?limit=80&include_filtered=true&types[]=mention"),
      lists: noticed,
      of: (page: { statuses: Shown[] }) => page.statuses,
    },
    {
      name: "all notifications",
      path: signedIn("/api/v1/notifications?limit=80&include_filtered=true"),
      lists: (viewer, post) => (sees(viewer, post) ? null : false),
      of: (page: Noticed[]) => page.map((it) => it.status),
    },
    {
      name: "conversations",
      path: signedIn("/api/v1/conversations?limit=40"),
      lists: (viewer, post) => (post.visibility === "direct" && sees(viewer, post) ? null : false),
      of: (page: { last_status: Shown | null }[]) => page.map((it) => it.last_status),
    },
    {
      name: "held senders",
      path: signedIn("/api/v1/notifications/requests?limit=40"),
      lists: (viewer, post) => (sees(viewer, post) ? null : false),
      of: (page: { last_status: Shown | null }[]) => page.map((it) => it.last_status),
    },
  ];
}

/** What hangs below and above a post, and who quotes it. */
function threadDoors(story: Story): ListDoor[] {
  const seen = (path: string, post: Post) => (viewer: Viewer) => (sees(viewer, post) ? path : null);
  return story.posts
    .filter((post) => post.boostOf === null)
    .flatMap((post): ListDoor[] => {
      const base = `/api/v1/statuses/${post.id}`;
      const isUnder = (it: Post | null): boolean =>
        it !== null && (it.replyTo === post || isUnder(it.replyTo));
      const isOver = (it: Post) => {
        let up = post.replyTo;
        while (up !== null && up !== it) up = up.replyTo;
        return up === it;
      };
      return [
        {
          name: `below ${post.key}`,
          path: seen(`${base}/context`, post),
          lists: (viewer, it) => isUnder(it) && isListed(viewer, it),
          of: (page: { descendants: Shown[] }) => page.descendants,
        },
        {
          name: `above ${post.key}`,
          path: seen(`${base}/context`, post),
          lists: (viewer, it) => isOver(it) && isListed(viewer, it),
          of: (page: { ancestors: Shown[] }) => page.ancestors,
        },
        {
          name: `quotes of ${post.key}`,
          path: (viewer) =>
            viewer === null ? null : seen(`${base}/quotes?limit=40`, post)(viewer),
          lists: (viewer, it) => it.quoteOf === post && isListed(viewer, it),
        },
      ];
    });
}

/** Batches of all posts by id. */
function byIds({ posts }: Story): ListDoor[] {
  const doors: ListDoor[] = [];
  for (let at = 0; at < posts.length; at += 20) {
    const some = posts.slice(at, at + 20);
    const query = some.map((post) => `id[]=${post.id}`).join("&");
    doors.push({
      name: `by ids ${at}`,
      path: anyone(`/api/v1/statuses?${query}`),
      lists: (viewer, post) => some.includes(post) && sees(viewer, post),
    });
  }
  return doors;
}

export const listDoors = (town: Town, story: Story): ListDoor[] => [
  ...byIds(story),
  ...profileDoors(town),
  ...timelineDoors(story),
  ...ownDoors(),
  ...threadDoors(story),
];

/** A door to one post by its id. */
export type OneDoor = {
  name: string;
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: (id: string) => string;
  body?: (id: string) => Record<string, unknown>;
  /** Of who is signed in only. */
  isClosed?: boolean;
  /** What it answers where it shows; absent if rules beside visibility decide. */
  ok?: number;
  /** Posts that it is for. */
  fits?: (post: Post) => boolean;
};

const ofStatus = (name: string) => (id: string) => `/api/v1/statuses/${id}${name}`;

/** Reading: nothing changes. */
export const READ_DOORS: readonly OneDoor[] = [
  { name: "status", method: "GET", path: ofStatus(""), ok: 200 },
  { name: "context", method: "GET", path: ofStatus("/context"), ok: 200 },
  { name: "history", method: "GET", path: ofStatus("/history"), ok: 200 },
  { name: "source", method: "GET", path: ofStatus("/source"), isClosed: true, ok: 200 },
  { name: "boosted by", method: "GET", path: ofStatus("/reblogged_by"), ok: 200 },
  { name: "favoured by", method: "GET", path: ofStatus("/favourited_by"), ok: 200 },
  { name: "quotes", method: "GET", path: ofStatus("/quotes"), isClosed: true, ok: 200 },
  { name: "card", method: "GET", path: ofStatus("/card") },
  {
    name: "poll",
    method: "GET",
    path: (id) => `/api/v1/polls/${id}`,
    ok: 200,
    fits: (post) => post.hasPoll,
  },
];

const VERBS = [
  ...["favourite", "unfavourite", "reblog", "unreblog", "bookmark", "unbookmark"],
  ...["mute", "unmute", "pin", "unpin", "translate"],
];

const STATUSES = () => "/api/v1/statuses";

/** Acting: tried on what the viewer may not see. */
export const ACT_DOORS: readonly OneDoor[] = [
  ...VERBS.map(
    (verb): OneDoor => ({ name: verb, method: "POST", path: ofStatus(`/${verb}`), isClosed: true }),
  ),
  { name: "edit", method: "PUT", path: ofStatus(""), body: () => ({ status: "x" }) },
  { name: "delete", method: "DELETE", path: ofStatus("") },
  {
    name: "quote policy",
    method: "PUT",
    path: ofStatus("/interaction_policy"),
    body: () => ({ quote_approval_policy: "nobody" }),
  },
  {
    name: "revoke",
    method: "POST",
    path: (id) => `/api/v1/statuses/${id}/quotes/${id}/revoke`,
  },
  {
    name: "reply",
    method: "POST",
    path: STATUSES,
    body: (id) => ({ status: "answer", in_reply_to_id: id }),
  },
  {
    name: "quote",
    method: "POST",
    path: STATUSES,
    body: (id) => ({ status: "look", quoted_status_id: id }),
  },
  {
    name: "scheduled reply",
    method: "POST",
    path: STATUSES,
    body: (id) => ({
      ...{ status: "answer", in_reply_to_id: id },
      scheduled_at: "2199-01-01T00:00:00.000Z",
    }),
  },
  {
    name: "vote",
    method: "POST",
    path: (id) => `/api/v1/polls/${id}/votes`,
    body: () => ({ choices: ["0"] }),
  },
];
