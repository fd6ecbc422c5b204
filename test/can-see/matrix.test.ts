// timeout: 120 s
// Nobody outside the audience ever sees a post: every viewer, every post, every door, over HTTP.
// What is expected comes from can-see/rule.ts alone. A leak is named by viewer, post and door.

import t from "tap";
import { ACT_DOORS, type ListDoor, listDoors, type OneDoor, READ_DOORS } from "./doors.js";
import { isPlain, onHome, onPublic, onSearch, onTag, type Post, sees, type When } from "./rule.js";
import { begin, type Story, TAG } from "./story.js";
import { LISTENERS, listen } from "./streams.js";
import { eventually, type Name, openTown, pause, VIEWERS, type Viewer } from "./town.js";
import type { Answer } from "./world.js";

const name = (viewer: Viewer): string => viewer ?? "nobody signed in";

const town = await openTown(t);
const tale = await begin(town);
const { story } = tale;
const streams = await listen(town, story);
t.teardown(() => streams.close());
await lookAround();
await tale.partWays();
await settled();
/** How much each had got when the relations changed. */
const before = new Map(LISTENERS.map((it) => [it, streams.frames[it].length]));
await tale.goOn();
await settled();

/** Waits until the streams have sent what there was: each event has a lane, so some time it takes. */
async function settled(): Promise<void> {
  const count = () => LISTENERS.map((it) => streams.frames[it].length).join();
  for (let same = 0, last = ""; same < 6; ) {
    await pause(50);
    const now = count();
    same = now === last ? same + 1 : 0;
    last = now;
  }
}

/** Everybody sees all they may see, so that what the server remembers of it is put to the test. */
async function lookAround(): Promise<void> {
  const doors = listDoors(town, story).filter((door) => !/^(below|above|quotes)/.test(door.name));
  for (const viewer of VIEWERS) {
    const paths = new Set(doors.flatMap((door) => door.path(viewer) ?? []));
    for (const post of story.posts) paths.add(`/api/v1/statuses/${post.id}`);
    for (const path of paths) {
      const { text } = await town.get(viewer, path);
      const leaked = leaks(viewer, story, text, "before");
      if (leaked.length > 0) throw new Error(`${name(viewer)}, before: ${path} shows ${leaked}`);
    }
  }
}

/** Words of posts in what a viewer got, which are of posts that the viewer may not see. */
function leaks(viewer: Viewer, { posts }: Story, text: string, when: When = "now"): string[] {
  return posts
    .filter((post) => !sees(viewer, post, when) && post.words.some((word) => text.includes(word)))
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
      const address = `${town.url}/@${post.author}/${post.id}`;
      const word = post.words.at(-1);
      for (const q of word === undefined ? [address] : [word, address]) {
        const query = `q=${encodeURIComponent(q)}&limit=40`;
        const answer = await town.get(viewer, `/api/v2/search?${query}`);
        const at = `${name(viewer)}, search for ${q === address ? "the address of " : ""}${post.key}`;
        for (const key of leaks(viewer, story, answer.text)) {
          if (key !== post.key || q === address) cells.push(`${at}: shows ${key}`);
        }
        const found = (JSON.parse(answer.text) as Found).statuses.map((it) => it.id);
        const must = q === address ? viewer !== null && sees(viewer, post) : onSearch(viewer, post);
        const holds = found.includes(post.id);
        if (holds !== must) cells.push(`${at}: ${holds ? "found" : "not found"}`);
      }
    }
    t.same(cells, [], `${name(viewer)}: ${story.posts.length} posts`);
  }
});

const isEditOrNew = (post: Post): boolean => post.isNew || post.key.startsWith("edited");

/** The streams of a post that its viewers must get, by the rules of the lists they belong to. */
const STREAMS: readonly {
  names: readonly string[];
  event: string;
  of: (viewer: Viewer, post: Post) => boolean;
}[] = [
  {
    names: ["user", "source user"],
    event: "update",
    of: (viewer, post) => post.isNew && onHome(viewer, post),
  },
  {
    names: ["public", "public:local", "source public/local"],
    event: "update",
    of: (viewer, post) => post.isNew && onPublic(viewer, post),
  },
  {
    names: ["hashtag", "hashtag:local", `source hashtag?tag=${TAG}`],
    event: "update",
    of: (viewer, post) => post.isNew && onTag(viewer, post),
  },
  {
    names: ["direct", "source direct"],
    event: "conversation",
    of: (viewer, post) => post.isNew && post.visibility === "direct" && sees(viewer, post),
  },
  {
    names: ["public", "public:local", "source public/local"],
    event: "status.update",
    of: (viewer, post) => post.key.startsWith("edited") && onPublic(viewer, post),
  },
];

t.test("streams bring what the viewer may see now, also to who listened before", async (t) => {
  for (const viewer of LISTENERS) {
    const cells: Cell[] = [];
    const frames = streams.frames[viewer].slice(before.get(viewer));
    for (const { stream, event, payload } of frames) {
      for (const key of leaks(viewer, story, payload)) {
        cells.push(`${viewer}, ${event} on ${stream}: shows ${key}`);
      }
    }
    for (const { names, event, of } of STREAMS) {
      for (const stream of names) {
        const got = frames.filter((it) => it.stream === stream && it.event === event);
        for (const post of story.posts.filter((it) => isEditOrNew(it) && it.boostOf === null)) {
          const has = got.some((it) => it.payload.includes(post.words.at(-1) ?? ""));
          if (of(viewer, post) && !has) cells.push(`${viewer}, ${stream}: no ${event} ${post.key}`);
        }
      }
    }
    t.same(cells, [], `${viewer}: ${frames.length} frames`);
  }
});

t.test("that a post is gone is told to nobody who could not see it", async (t) => {
  for (const viewer of LISTENERS) {
    const told = new Set(
      streams.frames[viewer]
        .slice(before.get(viewer))
        .filter((it) => it.event === "delete")
        .map((it) => it.payload),
    );
    const wrong = story.posts.filter((post) => {
      if (!post.isDeleted || post.visibility === "public") return false;
      return told.has(post.id) && !sees(viewer, { ...post, isDeleted: false });
    });
    t.same(
      wrong.map((it) => it.key),
      [],
      viewer,
    );
  }
});

t.test("pages and feeds show what is open, whoever asks", async (t) => {
  const shown: [path: string, of: (post: Post) => boolean | null][] = [
    ["/@ada", (it) => (isPlain(it) && it.author === "ada" ? sees(null, it) : null)],
    [
      "/@ada.rss",
      (it) =>
        it.author === "ada" && isPlain(it) ? sees(null, it) && it.visibility === "public" : null,
    ],
    [`/tags/${TAG}`, (it) => it.visibility === "public" && it.isTagged && sees(null, it)],
    ["/@rita", (it) => (isPlain(it) && it.author === "rita" ? sees(null, it) : null)],
    ["/@sue", () => false],
    ["/@sue.rss", () => false],
  ];
  for (const viewer of [null, "follower", "blocked"] as const) {
    const cells: Cell[] = [];
    for (const [path, of] of shown) {
      const { text } = await town.get(viewer, path);
      for (const key of leaks(null, story, text)) cells.push(`${path}: shows ${key}`);
      for (const post of story.posts) {
        const must = of(post);
        const has = text.includes(post.words.at(-1) ?? "nothing");
        if (must === true && !has) cells.push(`${path}: hides ${post.key}`);
        if (must === false && has && post.boostOf === null) cells.push(`${path}: ${post.key}`);
      }
    }
    const missing = faceOf(await town.get(viewer, `/@ada/${MISSING}`));
    const none = faceOf(await town.get(viewer, oembed("ada", MISSING)));
    for (const post of story.posts.filter((it) => it.boostOf === null)) {
      const page = await town.get(viewer, `/@${post.author}/${post.id}`);
      const told = await town.get(viewer, oembed(post.author, post.id));
      for (const key of leaks(null, story, page.text)) cells.push(`page ${post.key}: ${key}`);
      for (const key of leaks(null, story, told.text)) cells.push(`oembed ${post.key}: ${key}`);
      const open = sees(null, post);
      if (open !== (page.status === 200)) cells.push(`page ${post.key}: ${page.status}`);
      if (open !== (told.status === 200)) cells.push(`oembed ${post.key}: ${told.status}`);
      if (!open && post.author === "ada") {
        if (faceOf(page) !== missing) cells.push(`page ${post.key}: is not as missing`);
        if (faceOf(told) !== none) cells.push(`oembed ${post.key}: is not as missing`);
      }
    }
    t.same(cells, [], name(viewer));
  }
});

const oembed = (author: string, id: string): string =>
  `/api/oembed?url=${encodeURIComponent(`${town.url}/@${author}/${id}`)}`;

t.test("what one got is never given to another, and no shared cache keeps it", async (t) => {
  const paths = [
    ...listDoors(town, story).flatMap((door) => door.path(null) ?? []),
    ...story.posts.map((post) => `/api/v1/statuses/${post.id}`),
  ];
  const cells: Cell[] = [];
  for (const path of new Set(paths)) {
    const first = await town.get(null, path);
    const between = await town.get("follower", path);
    const second = await town.get(null, path);
    if (faceOf(first) !== faceOf(second)) cells.push(`${path}: another answer`);
    if (!/private|no-store/.test(between.headers.get("cache-control") ?? "")) {
      cells.push(`${path}: ${between.headers.get("cache-control")}`);
    }
    for (const answer of [first, between]) {
      const vary = answer.headers.get("vary") ?? "";
      if (!/\bAuthorization\b/i.test(vary)) cells.push(`${path}: vary ${vary}`);
    }
    if (first.status !== 200 && !/no-store/.test(first.headers.get("cache-control") ?? "")) {
      cells.push(`${path}: what is not there is kept`);
    }
  }
  t.same(cells, [], `${paths.length} addresses`);
});

t.test("counters know of no reply that not everybody may see", async (t) => {
  for (const viewer of VIEWERS) {
    if (!sees(viewer, story.base.public)) continue;
    const { text } = await town.get(viewer, `/api/v1/statuses/${story.base.public.id}`);
    const open = story.posts.filter(
      (it) =>
        it.replyTo === story.base.public &&
        (it.visibility === "public" || it.visibility === "unlisted"),
    );
    t.match(JSON.parse(text), { replies_count: open.length }, name(viewer));
  }
});

t.test("what is scheduled is its author's alone", async (t) => {
  for (const viewer of VIEWERS) {
    if (viewer === null) continue;
    const path = `/api/v1/scheduled_statuses/${story.scheduledId}`;
    const isOwn = viewer === "ada";
    t.equal((await town.get(viewer, path)).status, isOwn ? 200 : 404, `${viewer} looks`);
    const { text } = await town.get(viewer, "/api/v1/scheduled_statuses");
    t.equal(text.includes(story.scheduledId), isOwn, `${viewer} lists`);
    if (isOwn) continue;
    t.equal((await town.call(viewer, "DELETE", path)).status, 404, `${viewer} cancels`);
  }
});

type Quote = { state: string; quoted_status?: Quoting | null; quoted_status_id?: string | null };
type Quoting = { id: string; quote: Quote | null; reblog: Quoting | null };

/** The state in which the viewer gets a quote. */
function stateOf(viewer: Viewer, quoted: Post): string {
  if (quoted.isDeleted) return "deleted";
  if (!sees(viewer, quoted)) return "unauthorized";
  return viewer === "blocker" && quoted.author === "ada" ? "blocked_account" : "accepted";
}

t.test("a quote shows what it quotes to that one's audience, two deep and in boosts", async (t) => {
  for (const viewer of VIEWERS) {
    const cells: Cell[] = [];
    for (const post of story.posts.filter((it) => sees(viewer, it))) {
      const { text } = await town.get(viewer, `/api/v1/statuses/${post.id}`);
      const entity = JSON.parse(text) as Quoting;
      const of = (post.boostOf ?? post).quoteOf;
      const { quote } = entity.reblog ?? entity;
      const at = `${name(viewer)}, ${post.key}`;
      if ((quote?.state ?? null) !== (of && stateOf(viewer, of)))
        cells.push(`${at}: ${quote?.state}`);
      const shown = quote?.quoted_status ?? null;
      if (of === null || stateOf(viewer, of) !== "accepted") {
        if (shown !== null) cells.push(`${at}: quotes what is hidden`);
        continue;
      }
      if (shown?.id !== of.id) cells.push(`${at}: hides what it quotes`);
      const inner = shown?.quote ?? null;
      const state = of.quoteOf && stateOf(viewer, of.quoteOf);
      if ((inner?.state ?? null) !== state) cells.push(`${at}: inside, ${inner?.state}`);
      const known = state === "accepted" || state === "blocked_account" ? of.quoteOf?.id : null;
      if ((inner?.quoted_status_id ?? null) !== (known ?? null)) cells.push(`${at}: inside, an id`);
    }
    t.same(cells, [], name(viewer));
  }
});

type Voted = { own_votes?: number[]; voted?: boolean } | null;

t.test("marks and votes on a quoted post are those on that post", async (t) => {
  const { id } = story.base.public;
  await town.sure("follower", "POST", `/api/v1/polls/${id}/votes`, { choices: ["1"] });
  const quote = story.posts.find((it) => it.key === "quote of public");
  const { text } = await town.get("follower", `/api/v1/statuses/${quote?.id}`);
  const entity = JSON.parse(text) as {
    favourited: boolean;
    quote: { quoted_status: { poll: Voted; favourited: boolean; bookmarked: boolean } };
  };
  const quoted = entity.quote.quoted_status;
  t.match(quoted.poll, { voted: true, own_votes: [1] });
  t.match([quoted.favourited, quoted.bookmarked, entity.favourited], [true, true, false]);
});

t.test("a kept home page forgets what is deleted, however far one scrolled", async (t) => {
  const ids: string[] = [];
  const post = async (by: Name) => {
    const body = { status: `many ${ids.length}` };
    ids.push((await town.sure(by, "POST", "/api/v1/statuses", body)).id);
  };
  const page = async (query = "") =>
    JSON.parse((await town.get("follower", `/api/v1/timelines/home?limit=40${query}`)).text) as {
      id: string;
    }[];
  const isNewest = (it: { id: string }[]) => it[0]?.id === ids.at(-1);
  while (ids.length < 84) await post("nell");
  // Of another author: a deletion makes everything of its author be looked at anew.
  await post("rita");
  const doomed = ids.at(-1);
  await eventually(page, isNewest);
  await page(`&max_id=${ids.at(-40)}`);
  await post("nell");
  await eventually(page, isNewest);
  for (let times = 0; times < 3; times++) await page();
  await town.sure("rita", "DELETE", `/api/v1/statuses/${doomed}`);
  t.notOk((await page()).some((it) => it.id === doomed));
});
