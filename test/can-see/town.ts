// Owns the people of the matrix of who sees what, on a server of this process (world.ts) that is
// spoken to over real HTTP.

import { type AdminClient, adminSocketPath, connectAdmin } from "../../cluster/admin/socket.js";
import { isFault } from "../../src/base/faults.js";
import { type Answer, startWorld, type World } from "./world.js";

const PEOPLE = [
  ["ada", "writes, and approves followers by hand"],
  ["rita", "follows ada, answers, boosts and quotes her"],
  ["nell", "writes, and does not want to be found by search"],
  ["sue", "writes, and is suspended"],
  ["stranger", "knows nobody"],
  ["follower", "follows all who write"],
  ["pending", "asked to follow ada, who did not answer"],
  ["mentioned", "follows nobody, and is named in posts"],
  ["blocked", "followed ada and was named, until she blocked them"],
  ["blocker", "followed ada, and blocks her"],
  ["removed", "followed ada, until she took them off"],
  ["unfollowed", "followed ada, and does no more"],
  ["muter", "follows ada, and mutes her"],
] as const;

export type Name = (typeof PEOPLE)[number][0];
/** Null: nobody is signed in. */
export type Viewer = Name | null;

export const NAMES: readonly Name[] = PEOPLE.map(([name]) => name);
export const VIEWERS: readonly Viewer[] = [
  null,
  "stranger",
  "follower",
  "pending",
  "mentioned",
  "blocked",
  "blocker",
  "removed",
  "unfollowed",
  "ada",
  "muter",
];

export type Town = {
  url: string;
  tokens: Record<Name, string>;
  ids: Record<Name, string>;
  call(viewer: Viewer, method: string, path: string, body?: Body): Promise<Answer>;
  get(viewer: Viewer, path: string): Promise<Answer>;
  /** As `call`; answers the JSON. Throws unless it is 2xx. */
  sure<T = { id: string }>(by: Name, method: string, path: string, body?: Body): Promise<T>;
  suspend(name: Name): Promise<void>;
};

export type Body = Record<string, unknown>;

type Teardown = { teardown(run: () => unknown): void };

/** Starts the server with everybody on it; it ends with the test. */
export async function openTown(t: Teardown): Promise<Town> {
  const world = await startWorld();
  t.teardown(() => world.stop());
  const admin = await connectAdmin(adminSocketPath(world.folder));
  if (admin === null) throw new Error("the operators' socket is not there");
  t.teardown(() => admin.close());
  const town = townAt(world, admin);
  for (const name of NAMES) {
    const { token, id } = await world.join(name);
    town.tokens[name] = token;
    town.ids[name] = id;
  }
  return town;
}

function townAt(world: World, admin: AdminClient): Town {
  const tokens = {} as Record<Name, string>;
  const call: Town["call"] = (viewer, method, path, body) =>
    world.call(viewer === null ? null : tokens[viewer], method, path, body);
  return {
    ...{ url: world.url, tokens, call },
    ids: {} as Record<Name, string>,
    get: (viewer, path) => call(viewer, "GET", path),
    async sure<T>(by: Name, method: string, path: string, body?: Body) {
      const it = await call(by, method, path, body);
      if (it.status >= 300) throw new Error(`${by}: ${method} ${path}: ${it.status} ${it.text}`);
      return JSON.parse(it.text) as T;
    },
    async suspend(username) {
      const done = await admin.ask("userModify", { username, suspended: true });
      if (isFault(done)) throw new Error(JSON.stringify(done));
    },
  };
}

/** Asks until the answer is right. Throws after `withinMs`. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  isRight: (answer: T) => boolean,
  withinMs = 5000,
): Promise<T> {
  // edge: a real server has a clock of its own, which tests cannot move.
  const endMs = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    // edge: as above.
    if (Date.now() > endMs) throw new Error(`never came: ${JSON.stringify(answer).slice(0, 900)}`);
    await pause(10);
  }
}

/** Waits. For real servers only. */
export const pause = (ms: number): Promise<void> =>
  // edge: as above.
  new Promise((resolve) => setTimeout(resolve, ms));
