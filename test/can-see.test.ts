// timeout: 120 s
// Owns the promise that nobody outside the audience ever sees a post, as a matrix: who looks, how
// visible the post is, through which door. What must be seen is worked out here from the rule, never
// taken from an answer; a cell that leaks and a cell that wrongly hides both fail.

import t from "tap";
import { WebSocket } from "ws";
import { type Answer, startWorld, type World } from "./can-see/world.js";

const VISIBILITIES = ["public", "unlisted", "private", "direct"] as const;
type Visibility = (typeof VISIBILITIES)[number];

/** Alice writes everything. She approves her followers by hand, and mentions two people. */
const VIEWERS = [
  "nobody",
  "stranger",
  "follower",
  "pending",
  "mentioned",
  "blocked",
  "blocker",
  "removed",
  "unfollowed",
  "muter",
  "alice",
] as const;
type Viewer = (typeof VIEWERS)[number];
type People = Record<Exclude<Viewer, "nobody">, { token: string; id: string }>;

/** The rule: see src/domain/visibility.ts. */
function sees(who: Viewer, how: Visibility): boolean {
  if (who === "alice") return true;
  if (who === "blocked") return false;
  if (how === "public" || how === "unlisted") return true;
  if (who === "mentioned") return true;
  return how === "private" && (who === "follower" || who === "muter");
}

/** Lists leave out whom the viewer blocks; public ones also whom the viewer mutes. */
const unwanted = (who: Viewer): boolean => who === "blocker";

type Door = {
  name: string;
  /** Whether the post must show there. */
  shows: (who: Viewer, how: Visibility) => boolean;
  /** Ids, or anything that holds them, as text. */
  open: (w: World, who: Viewer, token: string | null, post: Post) => Promise<string>;
  onlySignedIn?: boolean;
};

type Post = { id: string; how: Visibility; replyId: string; tag: string; word: string };

const shown = (answer: Answer): string => (answer.status === 200 ? answer.text : "");

const DOORS: readonly Door[] = [
  {
    name: "status",
    shows: sees,
    open: async (w, _who, token, post) =>
      shown(await w.call(token, "GET", `/api/v1/statuses/${post.id}`)),
  },
  {
    name: "statuses by id",
    shows: sees,
    open: async (w, _who, token, post) =>
      shown(await w.call(token, "GET", `/api/v1/statuses?id[]=${post.id}`)),
  },
  {
    name: "context of it",
    shows: sees,
    open: async (w, _who, token, post) => {
      const answer = await w.call(token, "GET", `/api/v1/statuses/${post.id}/context`);
      return answer.status === 200 ? post.word : "";
    },
  },
  {
    name: "above a public reply",
    // Alice's reply is public; a viewer who blocks her gets no thread of hers.
    shows: (who, how) => sees(who, how) && !unwanted(who) && who !== "muter",
    open: async (w, _who, token, post) => {
      const answer = await w.call(token, "GET", `/api/v1/statuses/${post.replyId}/context`);
      const { ancestors = [] } = (answer.json ?? {}) as { ancestors?: { id: string }[] };
      return ancestors.map((it) => `"id":"${it.id}"`).join(" ");
    },
  },
  ...(["history", "reblogged_by", "favourited_by"] as const).map(
    (what): Door => ({
      name: what,
      shows: sees,
      open: async (w, _who, token, post) => {
        const answer = await w.call(token, "GET", `/api/v1/statuses/${post.id}/${what}`);
        return answer.status === 200 ? post.word : "";
      },
    }),
  ),
  {
    name: "source",
    shows: sees,
    onlySignedIn: true,
    open: async (w, _who, token, post) =>
      shown(await w.call(token, "GET", `/api/v1/statuses/${post.id}/source`)),
  },
  {
    name: "poll",
    shows: sees,
    open: async (w, _who, token, post) =>
      shown(await w.call(token, "GET", `/api/v1/polls/${post.id}`)),
  },
  {
    name: "statuses of the account",
    shows: (who, how) => sees(who, how) && !unwanted(who),
    open: async (w, _who, token, _post) =>
      shown(await w.call(token, "GET", `/api/v1/accounts/${ALICE.id}/statuses?limit=40`)),
  },
  {
    name: "tagged statuses of the account",
    shows: (who, how) => sees(who, how) && !unwanted(who),
    open: async (w, _who, token, post) =>
      shown(await w.call(token, "GET", `/api/v1/accounts/${ALICE.id}/statuses?tagged=${post.tag}`)),
  },
  {
    name: "tag timeline",
    shows: (who, how) => how === "public" && sees(who, how) && !unwanted(who) && who !== "muter",
    open: async (w, _who, token, post) =>
      shown(await w.call(token, "GET", `/api/v1/timelines/tag/${post.tag}`)),
  },
  {
    name: "local timeline",
    shows: (who, how) => how === "public" && sees(who, how) && !unwanted(who) && who !== "muter",
    open: async (w, _who, token, _post) =>
      shown(await w.call(token, "GET", "/api/v1/timelines/public?local=true&limit=40")),
  },
  {
    name: "home",
    shows: (who, how) => who === "alice" || (who === "follower" && how !== "direct"),
    onlySignedIn: true,
    open: async (w, _who, token, _post) =>
      shown(await w.call(token, "GET", "/api/v1/timelines/home?limit=40")),
  },
  {
    name: "search",
    // Alice is indexable: her public posts can be found by who may see them; others by who is in them.
    shows: (who, how) =>
      sees(who, how) &&
      !unwanted(who) &&
      who !== "muter" &&
      (how === "public" || who === "alice" || who === "mentioned"),
    onlySignedIn: true,
    open: async (w, _who, token, post) =>
      shown(await w.call(token, "GET", `/api/v2/search?type=statuses&q=${post.word}`)),
  },
  {
    name: "page of the post",
    shows: (_who, how) => how === "public" || how === "unlisted",
    open: async (w, _who, _token, post) => {
      const answer = await w.call(null, "GET", `/@alice/${post.id}`);
      return answer.status === 200 ? answer.text : "";
    },
  },
  {
    name: "page of the profile",
    shows: (_who, how) => how === "public" || how === "unlisted",
    open: async (w, _who, _token, _post) => shown(await w.call(null, "GET", "/@alice")),
  },
  {
    name: "feed",
    shows: (_who, how) => how === "public",
    open: async (w, _who, _token, _post) => shown(await w.call(null, "GET", "/@alice.rss")),
  },
  {
    name: "oembed",
    shows: (_who, how) => how === "public" || how === "unlisted",
    open: async (w, _who, _token, post) => {
      const url = encodeURIComponent(`${w.url}/@alice/${post.id}`);
      return shown(await w.call(null, "GET", `/api/oembed?url=${url}`));
    },
  },
];

let ALICE = { token: "", id: "" };

/** Has everybody stand to alice as their name says. */
async function meet(w: World, people: People): Promise<void> {
  const alice = people.alice;
  const act = async (token: string, path: string) => {
    const answer = await w.call(token, "POST", path, {});
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  };
  const follow = (who: keyof People) =>
    act(people[who].token, `/api/v1/accounts/${alice.id}/follow`);
  for (const who of ["follower", "removed", "unfollowed", "muter", "blocked"] as const) {
    await follow(who);
  }
  const profile = { locked: true, indexable: true, discoverable: true };
  await w.call(alice.token, "PATCH", "/api/v1/accounts/update_credentials", profile);
  await follow("pending");
  await act(alice.token, `/api/v1/accounts/${people.removed.id}/remove_from_followers`);
  await act(people.unfollowed.token, `/api/v1/accounts/${alice.id}/unfollow`);
  await act(people.muter.token, `/api/v1/accounts/${alice.id}/mute`);
  await act(alice.token, `/api/v1/accounts/${people.blocked.id}/block`);
  await act(people.blocker.token, `/api/v1/accounts/${alice.id}/block`);
}

async function write(w: World, how: Visibility): Promise<Post> {
  const word = `kestrel${how}`;
  const tag = `bird${how}`;
  const send = async (body: Record<string, unknown>) => {
    const answer = await w.call(ALICE.token, "POST", "/api/v1/statuses", body);
    if (answer.status !== 200) throw new Error(answer.text);
    return (answer.json as { id: string }).id;
  };
  const id = await send({
    status: `${word} #${tag} @mentioned @blocked`,
    visibility: how,
    poll: { options: ["yes", "no"], expires_in: 3600 },
  });
  const replyId = await send({ status: "below", visibility: "public", in_reply_to_id: id });
  return { id, how, replyId, tag, word };
}

/** Ids that came as `update` on each stream of each viewer. */
type Streams = { seen: Map<string, Set<string>>; close: () => void };

async function listen(w: World, people: People): Promise<Streams> {
  const seen = new Map<string, Set<string>>();
  const sockets: WebSocket[] = [];
  for (const who of Object.keys(people) as (keyof People)[]) {
    const socket = new WebSocket(`${w.url.replace("http", "ws")}/api/v1/streaming`, {
      headers: { authorization: `Bearer ${people[who].token}` },
    });
    sockets.push(socket);
    await new Promise((resolve) => socket.once("open", resolve));
    const streams = ["user", "public", "public:local", "direct"].map((stream) => ({ stream }));
    const tags = VISIBILITIES.map((how) => ({ stream: "hashtag", tag: `bird${how}` }));
    for (const it of [...streams, ...tags]) {
      socket.send(JSON.stringify({ type: "subscribe", ...it }));
    }
    socket.on("message", (data) => {
      const { stream, payload } = JSON.parse(String(data)) as { stream: string[]; payload: string };
      const key = `${who} ${stream[0]}`;
      const ids = seen.get(key) ?? new Set<string>();
      for (const [, id] of payload.matchAll(/"id":"([0-9]+)"/g)) ids.add(id ?? "");
      seen.set(key, ids);
    });
  }
  return { seen, close: () => sockets.map((socket) => socket.close()) };
}

t.test("nobody outside the audience sees a post, through any door", async (t) => {
  const w = await startWorld();
  const people = {} as People;
  for (const who of VIEWERS) if (who !== "nobody") people[who] = await w.join(who);
  ALICE = people.alice;
  await meet(w, people);
  const streams = await listen(w, people);
  const posts: Post[] = [];
  for (const how of VISIBILITIES) posts.push(await write(w, how));
  t.teardown(async () => {
    streams.close();
    await w.stop();
  });
  const tokenOf = (who: Viewer) => (who === "nobody" ? null : people[who].token);

  for (const door of DOORS) {
    t.test(door.name, async (t) => {
      // Both ways round, so that no cache shows one viewer what another was given.
      for (const viewers of [VIEWERS, [...VIEWERS].reverse()]) {
        for (const who of viewers) {
          if (door.onlySignedIn === true && who === "nobody") continue;
          for (const post of posts) {
            const answer = await door.open(w, who, tokenOf(who), post);
            // The id of a parent may be known: what it says may not.
            const there = answer.includes(`"id":"${post.id}"`) || answer.includes(post.word);
            t.equal(there, door.shows(who, post.how), `${who}, ${post.how}`);
          }
        }
      }
    });
  }

  t.test("acts on what one may not see answer as if it were not there", async (t) => {
    const missing = await w.call(people.stranger.token, "GET", "/api/v1/statuses/42");
    const verbs = ["favourite", "reblog", "bookmark", "mute", "unfavourite"];
    for (const who of VIEWERS) {
      if (who === "nobody" || who === "alice") continue;
      for (const post of posts.filter((it) => !sees(who, it.how))) {
        const at = `/api/v1/statuses/${post.id}`;
        const looked = await w.call(tokenOf(who), "GET", at);
        t.same([looked.status, looked.text], [missing.status, missing.text], `${who} looks`);
        for (const verb of verbs) {
          const answer = await w.call(tokenOf(who), "POST", `${at}/${verb}`, {});
          t.equal(answer.status, 404, `${who} ${verb} ${post.how}`);
        }
        const vote = `/api/v1/polls/${post.id}/votes`;
        t.equal((await w.call(tokenOf(who), "POST", vote, { choices: [0] })).status, 404);
        for (const key of ["in_reply_to_id", "quoted_status_id"]) {
          const body = { status: "me too", [key]: post.id };
          const answer = await w.call(tokenOf(who), "POST", "/api/v1/statuses", body);
          t.equal(answer.status, 404, `${who} ${key} ${post.how}`);
        }
      }
    }
  });

  t.test("boosts reach no further than what they boost", async (t) => {
    for (const post of posts) {
      const path = `/api/v1/statuses/${post.id}/reblog`;
      const answer = await w.call(people.follower.token, "POST", path, {});
      const may = post.how === "public" || post.how === "unlisted";
      t.equal(answer.status === 200, may, `a follower boosts ${post.how}`);
    }
    const path = `/api/v1/accounts/${people.follower.id}/statuses`;
    const seenBy = async (who: Viewer) => (await w.call(tokenOf(who), "GET", path)).text;
    t.notMatch(await seenBy("blocked"), /kestrel/);
    t.match(await seenBy("stranger"), /kestrelpublic/);
  });

  t.test("notifications and conversations go to those who are in them", async (t) => {
    for (const who of VIEWERS) {
      if (who === "nobody") continue;
      for (const path of ["/api/v1/notifications?include_filtered=true", "/api/v2/notifications"]) {
        const { text } = await w.call(tokenOf(who), "GET", path);
        for (const post of posts) {
          if (who === "mentioned" && (post.how === "public" || post.how === "unlisted")) {
            t.ok(text.includes(`"id":"${post.id}"`), `${who} is told of ${post.how}`);
          } else if (who !== "mentioned" && who !== "alice") {
            t.notOk(text.includes(`"id":"${post.id}"`), `${who} is not told of ${post.how}`);
          }
        }
      }
      const { text } = await w.call(tokenOf(who), "GET", "/api/v1/conversations");
      const isIn = who === "mentioned" || who === "alice";
      t.equal(text.includes(`"id":"${posts[3]?.id}"`), isIn, `${who}: conversations`);
    }
  });

  t.test("streams carry what the same viewer may read, and no more", async (t) => {
    const until = Date.now() + 5000;
    const last = posts[3]?.replyId ?? "";
    while (streams.seen.get("alice user")?.has(last) !== true && Date.now() < until) {
      await new Promise((resume) => setTimeout(resume, 20));
    }
    await new Promise((resume) => setTimeout(resume, 200));
    for (const who of Object.keys(people) as (keyof People)[]) {
      for (const post of posts) {
        const got = (stream: string) => streams.seen.get(`${who} ${stream}`)?.has(post.id) === true;
        const isPublic = post.how === "public" && sees(who, post.how);
        const inPublic = isPublic && !unwanted(who) && who !== "muter";
        for (const stream of ["public", "public:local", "hashtag"]) {
          t.equal(got(stream), inPublic, `${who} ${stream} ${post.how}`);
        }
        const home = who === "alice" || (who === "follower" && post.how !== "direct");
        const told = who === "mentioned" && sees(who, post.how);
        if (!told) t.equal(got("user"), home, `${who} user ${post.how}`);
        const inDirect = post.how === "direct" && (who === "alice" || who === "mentioned");
        t.equal(got("direct"), inDirect, `${who} direct ${post.how}`);
      }
    }
  });

  t.test("a mark set while one could see shows nothing once one cannot", async (t) => {
    const post = posts[2];
    if (post === undefined) return;
    const { token, id } = people.follower;
    for (const verb of ["bookmark", "favourite"]) {
      const answer = await w.call(token, "POST", `/api/v1/statuses/${post.id}/${verb}`, {});
      t.equal(answer.status, 200);
    }
    t.match((await w.call(token, "GET", "/api/v1/bookmarks")).text, post.word);
    await w.call(ALICE.token, "POST", `/api/v1/accounts/${id}/remove_from_followers`, {});
    for (const path of [
      "/api/v1/bookmarks",
      "/api/v1/favourites",
      "/api/v1/timelines/home",
      `/api/v1/statuses/${post.id}`,
      `/api/v2/search?type=statuses&q=${post.word}`,
    ]) {
      t.notMatch((await w.call(token, "GET", path)).text, post.word, path);
    }
  });

  t.test("what is only for some is kept by no shared cache", async (t) => {
    const publicPost = posts[0]?.id ?? "";
    const path = `/api/v1/statuses/${publicPost}`;
    const signedIn = await w.call(people.stranger.token, "GET", path);
    t.match(signedIn.headers.get("cache-control"), /private, no-store/);
    const anybody = await w.call(null, "GET", path);
    t.match(anybody.headers.get("cache-control"), /public/);
    t.match(anybody.headers.get("vary"), /Authorization/);
    const hidden = await w.call(null, "GET", `/api/v1/statuses/${posts[2]?.id}`);
    t.match(hidden.headers.get("cache-control"), /no-store/);
  });

  t.test("counters tell nothing of replies that the reader may not know of", async (t) => {
    const publicPost = posts[0]?.id ?? "";
    const at = `/api/v1/statuses/${publicPost}`;
    const count = async () =>
      ((await w.call(null, "GET", at)).json as { replies_count: number }).replies_count;
    const before = await count();
    for (const visibility of ["private", "direct"]) {
      const body = { status: "psst @alice", visibility, in_reply_to_id: publicPost };
      await w.call(people.mentioned.token, "POST", "/api/v1/statuses", body);
    }
    t.equal(await count(), before);
  });

  t.test("a suspended or deleted author is gone from every door", async (t) => {
    const ids = posts.map((post) => post.id);
    await w.call(ALICE.token, "DELETE", `/api/v1/statuses/${ids[0]}`);
    for (const who of VIEWERS) {
      const { status } = await w.call(tokenOf(who), "GET", `/api/v1/statuses/${ids[0]}`);
      t.equal(status, 404, `${who} after the delete`);
    }
    const { text } = await w.call(null, "GET", "/api/v1/timelines/public?local=true");
    t.notMatch(text, /kestrelpublic/);
  });
});
