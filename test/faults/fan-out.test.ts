// timeout: 120 s
// Owns the promise that a fan-out which a kill cut off is finished after the restart: every
// follower's home is right, and nobody is notified twice.

import t from "tap";
import { putMember } from "../../src/base/changes.js";
import { isFault } from "../../src/base/faults.js";
import { idAt, rankOf } from "../../src/base/ids.js";
import type { FollowOptions } from "../../src/domain/account.js";
import { followersOf, followingOf, notificationsOf } from "../../src/domain/collections.js";
import { accountCell } from "../../src/ports/actors.js";
import { databasePath } from "../../src/storage/sqlite/data-folder.js";
import { openSqliteStore } from "../../src/storage/sqlite/store.js";
import { openInside } from "./inside.js";
import { eventually, ServerProcess } from "./process.js";

const FOLLOWERS = 10_000;
/** Followers with an account of their own, a hundred of each kind. */
const WITH_CELL = 300;
const PLAIN: FollowOptions = { reblogs: true, notify: false, languages: null };
const KINDS: readonly FollowOptions[] = [
  { ...PLAIN, notify: true },
  { ...PLAIN, languages: ["de"] },
  { ...PLAIN, reblogs: false },
];
const optionsOf = (n: number): FollowOptions =>
  n < WITH_CELL ? (KINDS[n % KINDS.length] ?? PLAIN) : PLAIN;

/** Followers as the slices write them; the ids go far beyond any account's. */
async function seed(folder: string, authorId: string): Promise<string[]> {
  const core = await openInside(folder);
  const startMs = Date.UTC(2020, 0, 1);
  const ids = Array.from({ length: FOLLOWERS }, (_, n) => idAt(startMs + n, 9));
  await Promise.all(
    ids.slice(0, WITH_CELL).map((id, n) =>
      core.actors.ask(accountCell(id), {
        type: "create-account",
        ...{ username: `f${n}`, email: `f${n}@example.test`, passwordHash: "x" },
        ...{ approved: true, confirmed: true },
      }),
    ),
  );
  for (let at = 0; at < ids.length; at += 500) {
    const changes = ids
      .slice(at, at + 500)
      .flatMap((id, n) => [
        putMember(followersOf(authorId), id, rankOf(id), optionsOf(at + n)),
        putMember(followingOf(id), authorId, rankOf(id), optionsOf(at + n)),
      ]);
    if (isFault(await core.store.write(changes))) throw new Error("the store refused");
  }
  await core.stop(5_000);
  return ids;
}

t.test("kill -9 during a fan-out to 10,000 followers leaves every home right", async (t) => {
  const server = new ServerProcess();
  t.teardown(() => server[Symbol.asyncDispose]());
  await server.start();
  const [author] = await server.people(["author"]);
  if (author === undefined) return;
  await server.stop();
  const ids = await seed(server.folder, author.id);
  await server.start();
  const post = async (status: string) => {
    const body = { status, language: "en" };
    const answer = await server.call(author, "POST", "/api/v1/statuses", { body });
    return (answer.json as { id: string }).id;
  };
  const ringers = ids.slice(0, WITH_CELL).filter((_, n) => optionsOf(n).notify);
  const before = await post("before the kill");
  const watch = await openSqliteStore({ path: databasePath(server.folder), writer: "inline" });
  const told = (id: string) => watch.collections.count(notificationsOf(id));
  // Rows are walked from the last to the first.
  const [last = "", first = ""] = [ringers[0], ringers.at(-1)];
  await eventually(async () => (await told(last)) > 0);
  const during = await post("killed meanwhile");
  // The fan-out has begun when the first of them is told; it is far from done then.
  for (let look = 0; look < 200_000 && (await told(first)) < 2; look++) {
    await new Promise((resume) => setImmediate(resume));
  }
  await server.kill();
  await watch[Symbol.asyncDispose]();

  const core = await openInside(server.folder);
  t.teardown(() => core.stop(5_000));
  const notified = async (id: string) => {
    const rows = await core.store.collections.page(notificationsOf(id), { limit: 50 });
    return rows.map((row) => (JSON.parse(row.value) as { s: string }).s).sort();
  };
  const wanted = [before, during].sort();
  let early = 0;
  for (const id of ringers) if ((await notified(id)).includes(during)) early++;
  t.comment(`${early} of ${ringers.length} were told of it before the kill`);
  await core.actors.recoverOutboxes();
  const all = async () => {
    for (const id of ringers) if ((await notified(id)).length < wanted.length) return false;
    return true;
  };
  t.ok(await eventually(all), "everybody who asked is notified of both");
  for (const id of ringers) t.strictSame(await notified(id), wanted, "of each once");
  const quiet = ids.slice(0, WITH_CELL).filter((_, n) => !optionsOf(n).notify);
  for (const id of quiet) t.strictSame(await notified(id), [], "nobody else is");
  const sample = [...ids.slice(0, WITH_CELL), ...ids.filter((_, n) => n % 97 === 0)];
  for (const id of sample) {
    const home = await core.homes.page(id, { limit: 400 });
    const isGerman = optionsOf(ids.indexOf(id)).languages !== null;
    t.strictSame([...home].sort(), isGerman ? [] : wanted, "each post once, as the follow says");
  }
});
