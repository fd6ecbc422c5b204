// Owns a small server for tests of routes: the real router, read side, account behaviour and
// SQLite (in memory). Cells are decided in place, and what they tell each other is delivered before
// the answer, so a test sees the end of things without waiting.

import { accountBehaviour } from "../../../src/actors/account/account.js";
import type { Account } from "../../../src/actors/account/state.js";
import type { Reads as CellReads, Need } from "../../../src/actors/behaviour.js";
import { assert } from "../../../src/base/assert.js";
import { fault, isFault } from "../../../src/base/faults.js";
import { createIds } from "../../../src/base/ids.js";
import { usernameKey } from "../../../src/domain/account.js";
import { createLimits } from "../../../src/gateway/http/limits.js";
import type { Auth, Route } from "../../../src/gateway/http/route.js";
import { createRouter } from "../../../src/gateway/http/router.js";
import { createReads } from "../../../src/gateway/read/create-reads.js";
import type { Actors } from "../../../src/ports/actors.js";
import type { Change } from "../../../src/ports/storage.js";
import { openSqliteStore } from "../../../src/storage/sqlite/store.js";
import { EMOJIS, SITE } from "../../cast/site.js";

type Typed = { type: string };
export type Answer<Body> = {
  status: number;
  headers: Record<string, string>;
  body: Body;
};
/** What a test asks with. `as` is a username; without it there is no token. */
export type Ask = { as?: string; body?: unknown; scopes?: readonly string[] };

export type RouteParts = Awaited<ReturnType<typeof parts>>;

async function parts() {
  const store = await openSqliteStore({ path: ":memory:" });
  const clock = { at: Date.UTC(2026, 0, 31, 12), nowMs: () => clock.at };
  const reads = createReads({
    store,
    site: SITE,
    emojis: () => EMOJIS,
    nowMs: clock.nowMs,
    docsMax: 1_000,
    statusesMax: 1_000,
    viewersMax: 100,
  });
  store.onCommit((changes) => reads.seen(changes));
  const ids = createIds({ nowMs: clock.nowMs });
  const actors = createActors(store, ids.next, clock.nowMs);
  const { collections, texts } = store;
  return { store, clock, reads, actors, collections, texts, ids, publicUrl: SITE.publicUrl };
}

type Store = Awaited<ReturnType<typeof openSqliteStore>>;

function createActors(store: Store, nextId: () => string, nowMs: () => number): Actors {
  const states = new Map<string, Account>();
  async function readAll(needs: readonly Need[]): Promise<CellReads> {
    const held = new Map<string, string | null>();
    for (const need of needs) {
      const value =
        "record" in need
          ? await store.records.get(need.record, need.id)
          : ((await store.collections.lookup([need]))[0]?.value ?? null);
      held.set(JSON.stringify(need), value);
    }
    const look = (need: Need) => {
      const key = JSON.stringify(need);
      assert(held.has(key), `${key} was not named by needs`);
      return held.get(key) ?? null;
    };
    return {
      record: <T>(kind: string, id: string) => {
        const text = look({ record: kind, id });
        return text === null ? null : (JSON.parse(text) as T);
      },
      member: (collection, member) => look({ collection, member }),
    };
  }
  async function decide(id: string, command: Typed): Promise<unknown> {
    const state = states.get(id) ?? accountBehaviour.empty(id);
    const reads = await readAll(accountBehaviour.needs?.(state, command) ?? []);
    const decision = accountBehaviour.decide(state, command, { nowMs: nowMs(), nextId, reads });
    if ("refuse" in decision) return decision.refuse;
    const tells: { to: string; command: Typed }[] = [];
    for (const fact of decision.facts) {
      states.set(id, accountBehaviour.evolve(state, fact));
      const wrote = await store.write(accountBehaviour.index(state, fact) as Change[]);
      assert(wrote === null, "the store refused a change");
      for (const effect of accountBehaviour.react(state, fact)) {
        if (effect.ask === "tell") tells.push({ to: effect.to.id, command: effect.command });
      }
    }
    for (const tell of tells) await decide(tell.to, tell.command);
    return decision.reply ?? {};
  }
  return { ask: (to, command) => decide(to.id, command) as never };
}

export class RelationsBench implements AsyncDisposable {
  readonly ids = new Map<string, string>();
  readonly parts: RouteParts;
  private readonly router: ReturnType<typeof createRouter>;
  private granted: readonly string[] = [];

  private constructor(made: RouteParts, router: ReturnType<typeof createRouter>) {
    this.parts = made;
    this.router = router;
  }

  static async open(routesOf: (parts: RouteParts) => Route[]): Promise<RelationsBench> {
    const made = await parts();
    const log = { debug() {}, info() {}, warn() {}, error: console.error };
    const names: { bench: RelationsBench | null } = { bench: null };
    const router = createRouter({
      routes: routesOf(made),
      authenticate: (token) => names.bench?.authOf(token) ?? fault("no-token"),
      limits: createLimits({ clock: made.clock, off: true }),
      random: { next: () => 0.5, bytes: (count) => new Uint8Array(count) },
      log: log as never,
    });
    names.bench = new RelationsBench(made, router);
    return names.bench;
  }

  private authOf(username: string): Auth {
    return {
      tokenHash: username,
      appId: "1",
      appName: "Test",
      appWebsite: null,
      scopes: this.granted,
      accountId: this.id(username),
    };
  }

  id(username: string): string {
    const id = this.ids.get(username);
    assert(id !== undefined, `nobody is called ${username}`);
    return id;
  }

  /** Makes an account ready for use. */
  async join(username: string, patch: object = {}, ready = true): Promise<string> {
    const { actors, ids, store } = this.parts;
    const id = ids.next();
    this.ids.set(username, id);
    await store.registers.compareAndSet(usernameKey(username), 0, id);
    const create = {
      type: "create-account",
      username,
      email: `${username}@mail.example`,
      passwordHash: "x",
      approved: ready,
      confirmed: ready,
    };
    const made = await actors.ask({ kind: "account", id }, create);
    assert(!isFault(made), `${username} was refused`);
    if (Object.keys(patch).length > 0) await this.tell(username, { type: "update-profile", patch });
    this.parts.clock.at += 1_000;
    return id;
  }

  /** Sends a command past the routes. */
  tell(username: string, command: Typed & Record<string, unknown>): Promise<unknown> {
    return this.parts.actors.ask({ kind: "account", id: this.id(username) }, command);
  }

  /** Calls `METHOD /path?query`. The body is sent as JSON. */
  async call<Body = unknown>(line: string, ask: Ask = {}): Promise<Answer<Body>> {
    const [method = "GET", url = ""] = line.split(" ");
    const [path = "", query = ""] = url.split("?");
    this.granted = ask.scopes ?? ["read", "write", "follow"];
    const bytes = Buffer.from(ask.body === undefined ? "" : JSON.stringify(ask.body));
    const headers: Record<string, string> = {
      "content-type": "application/json",
      "content-length": String(bytes.length),
    };
    if (ask.as !== undefined) headers["authorization"] = `Bearer ${ask.as}`;
    const reply = await this.router.handle({
      method,
      path,
      query,
      header: (name) => headers[name],
      remoteAddress: "192.0.2.1",
      body: async (limit) => (bytes.length > limit ? fault("too-large") : bytes),
      gone: new AbortController().signal,
    });
    const { body } = reply;
    const sent = Array.isArray(body) ? Buffer.concat(body) : body;
    const text =
      typeof sent === "string" ? sent : Buffer.from((sent ?? "") as Uint8Array).toString();
    return {
      status: reply.status,
      headers: { ...headLines(reply.fixedHead ?? ""), ...reply.headers } as Record<string, string>,
      body: JSON.parse(text === "" ? "null" : text) as Body,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.parts.store[Symbol.asyncDispose]();
  }
}

/** The headers that a head holds as text, one a line. */
function headLines(head: string): Record<string, string> {
  const lines = head.split("\r\n").filter((line) => line.includes(": "));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(": ");
      return [line.slice(0, at).toLowerCase(), line.slice(at + 2)];
    }),
  );
}
