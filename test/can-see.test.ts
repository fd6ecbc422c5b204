// timeout: 120 s
// Nobody outside the audience ever sees a post: every viewer, every post, every door, over HTTP.
// What is expected comes from can-see/rule.ts alone. A leak is named by viewer, post and door.

import t from "tap";
import {
  ACT_DOORS,
  type ListDoor,
  listDoors,
  type OneDoor,
  READ_DOORS,
} from "./can-see/doors.js";
import { onSearch, type Post, sees } from "./can-see/rule.js";
import { begin, type Story } from "./can-see/story.js";
import { type Answer, openTown, PUBLIC_URL, type Town, VIEWERS, type Viewer } from "./can-see/town.js";

const name = (viewer: Viewer): string => viewer ?? "nobody signed in";

const town = await openTown(t);
const tale = await begin(town);
const { story } = tale;
await tale.partWays();
await tale.goOn();

/** Words of posts in what a viewer got, which are of posts that the viewer may not see. */
function leaks(viewer: Viewer, { posts }: Story, text: string): string[] {
  return posts
    .filter((post) => !sees(viewer, post) && post.words.some((word) => text.includes(word)))
    .map((post) => post.key);
}

type Cell = string;

async function walkList(door: ListDoor, viewer: Viewer, cells: Cell[]): Promise<number> {
  const path = door.path(viewer);
  if (path === null) return 0;
  const answer = await town.get(viewer, path);
  const at = `${name(viewer)}, ${door.name}`;
  if (answer.status !== 200) {
    cells.push(`${at}: ${answer.status} ${answer.text.slice(0, 200)}`);
    return 1;
  }
  for (const key of leaks(viewer, story, answer.text)) cells.push(`${at}: shows ${key}`);
  const page: unknown = JSON.parse(answer.text);
  const of = door.of ?? ((it: unknown) => it as { id: string }[]);
  const ids = new Set(of(page as never).flatMap((it) => it?.id ?? []));
  for (const post of story.posts) {
    const must = door.lists(viewer, post);
    if (must === true && !ids.has(post.id)) cells.push(`${at}: hides ${post.key}`);
    if (must === false && ids.has(post.id)) cells.push(`${at}: lists ${post.key}`);
  }
  return story.posts.length;
}

t.test("lists hold what they must and nothing else", async (t) => {
  const doors = listDoors(town, story);
  for (const viewer of VIEWERS) {
    const cells: Cell[] = [];
    let count = 0;
    for (const door of doors) count += await walkList(door, viewer, cells);
    t.same(cells, [], `${name(viewer)}: ${count} cells`);
  }
});

/** What must be the same for what is hidden and for what is not there. */
function faceOf({ status, text, headers }: Answer): string {
  const names = ["cache-control", "content-type", "content-length", "link", "vary", "etag"];
  return JSON.stringify([status, text, ...names.map((it) => headers.get(it))]);
}

const MISSING = "1";

async function ask(viewer: Viewer, door: OneDoor, id: string): Promise<Answer> {
  return town.call(viewer, door.method, door.path(id), door.body?.(id));
}

const allSeen = (viewer: Viewer, post: Post) => sees(viewer, post);

t.test("one post by its id: shown to its audience, not there for others", async (t) => {
  for (const viewer of VIEWERS) {
    const cells: Cell[] = [];
    let count = 0;
    for (const door of READ_DOORS) {
      const missing = faceOf(await ask(viewer, door, MISSING));
      for (const post of story.posts.filter((it) => door.fits?.(it) ?? true)) {
        const answer = await ask(viewer, door, post.id);
        const at = `${name(viewer)}, ${door.name} of ${post.key}`;
        count++;
        for (const key of leaks(viewer, story, answer.text)) cells.push(`${at}: shows ${key}`);
        const mayAsk = viewer !== null || door.isClosed !== true;
        if (allSeen(viewer, post) && mayAsk) {
          if (door.ok !== undefined && answer.status !== door.ok) {
            cells.push(`${at}: hidden, ${answer.status} ${answer.text.slice(0, 100)}`);
          }
        } else if (faceOf(answer) !== missing) {
          cells.push(`${at}: ${faceOf(answer)} is not ${missing}`);
        }
      }
    }
    t.same(cells, [], `${name(viewer)}: ${count} cells`);
  }
});

t.test("nothing can be done to a post that one may not see", async (t) => {
  for (const viewer of VIEWERS) {
    const cells: Cell[] = [];
    const hidden = story.posts.filter((post) => !sees(viewer, post));
    for (const door of ACT_DOORS) {
      const missing = await ask(viewer, door, MISSING);
      if (missing.status !== (viewer === null ? 401 : 404)) {
        cells.push(`${name(viewer)}, ${door.name} of nothing: ${missing.status} ${missing.text}`);
      }
      for (const post of hidden) {
        const answer = await ask(viewer, door, post.id);
        if (faceOf(answer) === faceOf(missing)) continue;
        cells.push(`${name(viewer)}, ${door.name} of ${post.key}: ${faceOf(answer)}`);
      }
    }
    t.same(cells, [], `${name(viewer)}: ${hidden.length * ACT_DOORS.length} cells`);
  }
});

type Found = { statuses: { id: string }[] };

t.test("search finds what the viewer may see, and only where it may be found", async (t) => {
  for (const viewer of VIEWERS) {
    const cells: Cell[] = [];
    for (const post of story.posts) {
      const address = `${PUBLIC_URL}/@${post.author}/${post.id}`;
      const word = post.words.at(-1);
      for (const q of word === undefined ? [address] : [word, address]) {
        const query = `q=${encodeURIComponent(q)}&limit=40`;
        const answer = await town.get(viewer, `/api/v2/search?${query}`);
        const at = `${name(viewer)}, search for ${q === address ? "the address of " : ""}${post.key}`;
        for (const key of leaks(viewer, story, answer.text)) {
          if (key !== post.key || q === address) cells.push(`${at}: shows ${key}`);
        }
        const found = (JSON.parse(answer.text) as Found).statuses.map((it) => it.id);
        const must =
          q === address ? viewer !== null && sees(viewer, post) : onSearch(viewer, post);
        const holds = found.includes(post.id);
        if (holds !== must) cells.push(`${at}: ${holds ? "found" : "not found"}`);
      }
    }
    t.same(cells, [], `${name(viewer)}: ${story.posts.length} posts`);
  }
});

void (null as unknown as Town);
