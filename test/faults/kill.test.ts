// timeout: 170 s
// Owns the promise that nothing acknowledged is lost when the process is killed: real processes, a
// real database on disk, kill -9 in the middle of the work.

import t from "tap";
import { databasePath } from "../../src/storage/sqlite/data-folder.js";
import { verifyBackup } from "../../src/storage/sqlite/verify-backup.js";
import { eventually, type Person, ServerProcess, seeded } from "./process.js";

const SEEDS = [11, 23, 42];
const POSTS = 200;
const PEOPLE = 8;

type Status = { id: string; favourites_count: number; replies_count: number };
type Act = { kind: "favourite" | "follow" | "delete"; by: Person; target: string; of: Person };

/** What was asked, and what the server acknowledged before it was killed. */
type Story = {
  posted: Map<string, { by: Person; id: string | null }>;
  done: Act[];
  first: { by: Person; id: string }[];
};

const at = <Item>(list: readonly Item[], place: number): Item => list[place % list.length] as Item;

/** Asks for everything at once, and kills the process when `killAfter` answers have come. */
async function rush(
  server: ServerProcess,
  people: readonly Person[],
  story: Story,
  killAfter: number,
): Promise<void> {
  let answers = 0;
  let killed: Promise<unknown> | null = null;
  const answered = () => {
    answers++;
    if (answers === killAfter) killed = server.kill();
  };
  const work: Promise<void>[] = [];
  for (let n = 0; n < POSTS; n++) {
    const by = at(people, n);
    const key = `key-${n}`;
    story.posted.set(key, { by, id: null });
    const post = async () => {
      const answer = await server.call(by, "POST", "/api/v1/statuses", {
        body: { status: `post ${n}` },
        key,
      });
      if (answer.status !== 200) return;
      story.posted.set(key, { by, id: (answer.json as Status).id });
      answered();
    };
    work.push(post());
    if (n % 4 === 0) work.push(act(server, people, story, n, answered));
  }
  await Promise.all(work);
  if (killed === null) await server.kill();
  else await killed;
}

/** One act beside the posts: a favourite, a follow or a delete. */
async function act(
  server: ServerProcess,
  people: readonly Person[],
  story: Story,
  n: number,
  answered: () => void,
): Promise<void> {
  const place = n / 4;
  const by = at(people, place);
  const first = at(story.first, place);
  const kinds = ["favourite", "follow", "favourite", "delete"] as const;
  const kind = at(kinds, place);
  const other = at(people, place + 1 + Math.floor(place / PEOPLE));
  const own = story.first.filter((it) => it.by === by)[1 + Math.floor(place / 32)];
  if (kind === "follow" && other === by) return;
  if (kind === "delete" && own === undefined) return;
  const asked = {
    favourite: () => server.call(by, "POST", `/api/v1/statuses/${first.id}/favourite`),
    follow: () => server.call(by, "POST", `/api/v1/accounts/${other.id}/follow`),
    delete: () => server.call(by, "DELETE", `/api/v1/statuses/${own?.id}`),
  };
  const answer = await asked[kind]();
  if (answer.status !== 200) return;
  const target = { favourite: first.id, follow: other.id, delete: own?.id ?? "" }[kind];
  story.done.push({ kind, by, target, of: kind === "favourite" ? first.by : other });
  answered();
}

async function checkPosts(t: Tap, server: ServerProcess, people: readonly Person[], story: Story) {
  let unanswered = 0;
  for (const [key, post] of story.posted) {
    const again = await server.call(post.by, "POST", "/api/v1/statuses", {
      body: { status: `post ${key.slice(4)}` },
      key,
    });
    const { id } = (again.json ?? {}) as Status;
    if (post.id === null) unanswered++;
    else if (id !== post.id) t.fail(`${key} was acknowledged as ${post.id} and is now ${id}`);
    post.id = id;
  }
  t.comment(`${unanswered} of ${story.posted.size} posts were not answered before the kill`);
  const deleted = new Set(story.done.filter((it) => it.kind === "delete").map((it) => it.target));
  for (const [place, person] of people.entries()) {
    const statuses = await server.all<Status>(person, `/api/v1/accounts/${person.id}/statuses?`);
    const ids = statuses.map((it) => it.id);
    t.equal(new Set(ids).size, ids.length, "no post is there twice");
    const wanted = [...story.posted.values()].filter((it) => it.by === person);
    t.ok(
      wanted.every((it) => ids.includes(it.id ?? "")),
      `person ${place}: every post is there`,
    );
    const own = story.first.filter((it) => it.by === person).map((it) => it.id);
    const extra = ids.filter((id) => !own.includes(id) && !wanted.some((it) => it.id === id));
    t.same(extra, [], "one post for one key");
    t.notOk(
      ids.some((id) => deleted.has(id)),
      "nothing deleted comes back",
    );
    const answer = await server.call(person, "GET", `/api/v1/accounts/${person.id}`);
    t.equal((answer.json as { statuses_count: number }).statuses_count, ids.length);
  }
}

async function checkActs(t: Tap, server: ServerProcess, people: readonly Person[], story: Story) {
  const [reader] = people;
  if (reader === undefined) return;
  for (const { kind, by, target, of } of story.done) {
    if (kind === "favourite") {
      const counted = await eventually(async () => {
        const list = await server.call(reader, "GET", `/api/v1/statuses/${target}/favourited_by`);
        return ((list.json ?? []) as Person[]).some?.((it) => it.id === by.id) === true;
      });
      const gone = story.done.some((it) => it.kind === "delete" && it.target === target);
      t.ok(counted || gone, "an acknowledged favourite is counted");
    } else if (kind === "follow") {
      const path = `/api/v1/accounts/relationships?id[]=${target}`;
      const [found] = ((await server.call(by, "GET", path)).json ?? []) as {
        following: boolean;
      }[];
      t.equal(found?.following, true, "an acknowledged follow holds");
      const followed = await eventually(async () => {
        const list = await server.call(of, "GET", `/api/v1/accounts/${of.id}/followers?limit=80`);
        return ((list.json ?? []) as Person[]).some((it) => it.id === by.id);
      });
      t.ok(followed, "and the followed knows");
    } else {
      const { status } = await server.call(by, "GET", `/api/v1/statuses/${target}`);
      t.equal(status, 404, "an acknowledged delete holds");
    }
  }
}

type Note = { id: string; type: string; account: { id: string }; status?: { id: string } };
const noteKey = (it: Note): string => `${it.type} ${it.account.id} ${it.status?.id ?? ""}`;

async function checkFacts(t: Tap, server: ServerProcess, people: readonly Person[], story: Story) {
  for (const person of people) {
    const statuses = await server.all<Status>(person, `/api/v1/accounts/${person.id}/statuses?`);
    for (const status of statuses.filter((it) => story.first.some((one) => one.id === it.id))) {
      const list = await server.call(person, "GET", `/api/v1/statuses/${status.id}/favourited_by`);
      const { length } = (list.json ?? []) as Person[];
      if (length !== status.favourites_count) t.equal(status.favourites_count, length);
    }
    const path = `/api/v1/accounts/${person.id}`;
    const counts = (await server.call(person, "GET", path)).json as {
      followers_count: number;
      following_count: number;
    };
    const followers = await server.call(person, "GET", `${path}/followers?limit=80`);
    const following = await server.call(person, "GET", `${path}/following?limit=80`);
    t.equal(counts.followers_count, (followers.json as []).length, "followers are counted right");
    t.equal(counts.following_count, (following.json as []).length, "so are the followed");
    const wanted = story.done.filter((it) => it.of === person && it.by !== person);
    const told = await eventually(async () => {
      const notes = (await server.all<Note>(person, "/api/v1/notifications?")).map(noteKey);
      return wanted.every((it) => {
        if (it.kind === "delete") return true;
        const gone = story.done.some((one) => one.kind === "delete" && one.target === it.target);
        const target = it.kind === "favourite" ? it.target : "";
        return gone || notes.includes(`${it.kind} ${it.by.id} ${target}`);
      });
    });
    t.ok(told, "everything acknowledged was notified");
    const notes = (await server.all<Note>(person, "/api/v1/notifications?")).map(noteKey);
    t.equal(new Set(notes).size, notes.length, "and nothing twice");
  }
}

type Tap = typeof t;

for (const seed of SEEDS) {
  t.test(`kill -9 in the middle of ${POSTS} posts loses nothing, seed ${seed}`, async (t) => {
    const random = seeded(seed);
    const server = new ServerProcess();
    t.teardown(() => server[Symbol.asyncDispose]());
    await server.start();
    const names = Array.from({ length: PEOPLE }, (_, n) => `person${n}`);
    const people = await server.people(names);
    const story: Story = { posted: new Map(), done: [], first: [] };
    for (let n = 0; n < PEOPLE * 4; n++) {
      const by = at(people, n);
      const body = { status: `first ${n}` };
      const answer = await server.call(by, "POST", "/api/v1/statuses", { body });
      story.first.push({ by, id: (answer.json as Status).id });
    }
    const killAfter = 5 + Math.floor(random() * 60);
    t.comment(`seed ${seed}: killed after ${killAfter} answers`);
    await rush(server, people, story, killAfter);
    await server.start();
    await checkPosts(t as Tap, server, people, story);
    await checkActs(t as Tap, server, people, story);
    await checkFacts(t as Tap, server, people, story);
    t.equal(await server.stop(), 0, "it stops when it is asked to");
    const report = await verifyBackup(databasePath(server.folder));
    t.same(report.problems, [], "journals are dense, epochs never fall");
  });
}
