// Owns a small town for tests of signing in: an in-memory store, the real account behaviour behind
// a plain Actors, the real router with all routes of this folder, a clock that the test moves, and
// mails that go into a list. Nothing sleeps.

import { randomBytes } from "node:crypto";
import { accountBehaviour } from "../../../src/actors/account/account.js";
import type { Account } from "../../../src/actors/account/state.js";
import { type Fault, fault, isFault } from "../../../src/base/faults.js";
import { createIds } from "../../../src/base/ids.js";
import { createLimits } from "../../../src/gateway/http/limits.js";
import type { Route } from "../../../src/gateway/http/route.js";
import { createRouter } from "../../../src/gateway/http/router.js";
import { createAttempts } from "../../../src/gateway/oauth/attempts.js";
import { createAuthenticator } from "../../../src/gateway/oauth/authenticate.js";
import { createUser, type NewUser } from "../../../src/gateway/oauth/create-user.js";
import type { Mailer, MailTemplate } from "../../../src/gateway/oauth/mail.js";
import { createPasswords } from "../../../src/gateway/oauth/passwords.js";
import { oauthRoutes } from "../../../src/gateway/oauth/routes.js";
import { createSessions } from "../../../src/gateway/oauth/sessions.js";
import type { SiteInfo } from "../../../src/gateway/pages/layout.js";
import { createReads } from "../../../src/gateway/read/create-reads.js";
import { appRoutes } from "../../../src/gateway/rest/apps.js";
import { emailRoutes } from "../../../src/gateway/rest/emails.js";
import { signUpRoutes } from "../../../src/gateway/rest/sign-up.js";
import { createLog } from "../../../src/observe/log.js";
import type { Actors } from "../../../src/ports/actors.js";
import type { DomainEvent, Events } from "../../../src/ports/events.js";
import type { Change, Store } from "../../../src/ports/storage.js";
import { openSqliteStore } from "../../../src/storage/sqlite/store.js";
import { Browser } from "./browser.js";

export const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

export type TownOptions = {
  publicUrl?: string;
  signUps?: SiteInfo["signUps"];
  reasonRequired?: boolean;
  minAgeYears?: number;
  mail?: boolean;
  passwordGrant?: boolean;
  refreshTokens?: boolean;
  tokenTtlMs?: number;
  /** More routes, made with the town's parts. */
  more?: (town: Town) => Route[];
};

export type SentMail = { template: MailTemplate; to: string; link: string | undefined };

export type Town = Awaited<ReturnType<typeof openTown>>;

/** An actors port over the real behaviour: commands one at a time, facts in memory. */
export function createActors(store: Store, events: Events, nowMs: () => number) {
  const states = new Map<string, Account>();
  const commands: { type: string }[] = [];
  const ids = createIds({ nowMs, node: 9 });
  let refuseNext: Fault | null = null;
  const actors: Actors = {
    async ask<Reply>(to: { id: string }, command: { type: string }) {
      commands.push(command);
      if (refuseNext !== null) {
        const refused = refuseNext;
        refuseNext = null;
        return refused;
      }
      const state = states.get(to.id) ?? accountBehaviour.empty(to.id);
      states.set(to.id, state);
      const reads = { record: () => null, member: () => null };
      const context = { nowMs: nowMs(), reads, nextId: () => ids.next() };
      const decision = accountBehaviour.decide(state, command, context);
      if ("refuse" in decision) return decision.refuse;
      const changes: Change[] = [];
      for (const fact of decision.facts) {
        accountBehaviour.evolve(state, fact);
        changes.push(...accountBehaviour.index(state, fact));
        for (const effect of accountBehaviour.react(state, fact)) {
          if (effect.ask === "publish") events.publish(effect.event);
        }
      }
      const failed = await store.write(changes);
      return failed ?? (decision.reply as Reply);
    },
  };
  return {
    actors,
    commands,
    refuseOnce(why: Fault) {
      refuseNext = why;
    },
  };
}

export function createEvents(): Events & { seen: DomainEvent[] } {
  const listeners = new Set<(event: DomainEvent) => void>();
  const seen: DomainEvent[] = [];
  return {
    seen,
    publish(event) {
      seen.push(event);
      for (const tell of listeners) tell(event);
    },
    subscribe(tell) {
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
  };
}

const CHEAP = { memoryCost: 64, timeCost: 1, parallelism: 1 };

/** Opens a town. Close it with `close`. */
export async function openTown(options: TownOptions = {}) {
  const clock = { ms: START_MS, nowMs: () => clock.ms };
  const store = await openSqliteStore({ path: ":memory:" });
  const events = createEvents();
  const ids = createIds({ nowMs: clock.nowMs });
  const random = { next: () => 0.5, bytes: (count: number) => new Uint8Array(randomBytes(count)) };
  const { actors, commands, refuseOnce } = createActors(store, events, clock.nowMs);
  const publicUrl = options.publicUrl ?? "https://town.example";
  const site: SiteInfo = {
    title: "Town",
    shortDescription: "A town for tests.",
    aboutHtml: "",
    publicUrl,
    domain: publicUrl.replace(/^https?:\/\//, ""),
    version: "0.0.0",
    rules: [{ id: "1", text: "Be kind.", hint: "" }],
    contactEmail: "",
    contactUsername: null,
    signUps: options.signUps ?? "open",
    language: "en",
    tagsArePublic: true,
  };
  const mails: SentMail[] = [];
  const mailer: Mailer = {
    send: async () => null,
    post: (template, to, data) => void mails.push({ template, to, link: data.link }),
    close: () => {},
  };
  const reads = createReads({
    store,
    site: { publicUrl, filesUrl: `${publicUrl}/files`, ...PICTURES },
    emojis: () => new Map(),
    nowMs: clock.nowMs,
    docsMax: 100,
    statusesMax: 100,
    viewersMax: 100,
  });
  store.onCommit((changes) => reads.seen(changes));
  const passwords = createPasswords(CHEAP);
  const parts = {
    store,
    actors,
    ids,
    clock,
    random,
    events,
    passwords,
    reads,
    publicUrl,
    site: () => site,
    mailer: options.mail === true ? mailer : null,
    reasonRequired: options.reasonRequired ?? false,
    minAgeYears: options.minAgeYears ?? null,
    sessions: createSessions({ store, clock, random, publicUrl }),
    countAttempt: createAttempts({ clock }),
    settings: {
      passwordGrant: options.passwordGrant ?? false,
      refreshTokens: options.refreshTokens ?? false,
      accessTokenTtlMs: options.tokenTtlMs ?? null,
    },
    vapidKey: "",
  };
  const authenticator = createAuthenticator({ store, events, clock });
  const town = { ...parts, info: site, mails, commands, refuseOnce, authenticator };
  const logged: string[] = [];
  const router = createRouter({
    routes: [
      ...oauthRoutes(parts),
      ...appRoutes(parts),
      ...signUpRoutes(parts),
      ...emailRoutes(parts),
      ...(options.more?.(town as unknown as Town) ?? []),
    ],
    authenticate: authenticator.authenticate,
    identify: authenticator.identify,
    limits: createLimits({ clock, off: true }),
    random,
    log: createLog({ level: "warn", format: "json", write: (line) => void logged.push(line) }),
  });
  return {
    ...town,
    parts,
    router,
    logged,
    browser: () => new Browser(router, publicUrl),
    async addUser(username: string, more: Partial<NewUser> = {}): Promise<string> {
      const made = await createUser(parts, { ...NEWCOMER, ...mailOf(username), ...more, username });
      if (isFault(made)) throw new Error(`${username}: ${JSON.stringify(made)}`);
      return made.accountId;
    },
    async close() {
      authenticator.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

const PICTURES = {
  defaultAvatarUrl: "https://town.example/avatar.png",
  defaultHeaderUrl: "https://town.example/header.png",
};

export const PASSWORD = "correct horse battery";

const NEWCOMER = {
  password: PASSWORD,
  role: "user",
  confirmed: true,
  approved: true,
  locale: "en",
  reason: null,
  createdByAppId: null,
} as const;

const mailOf = (username: string) => ({ email: `${username}@mail.example` });

/** For faults that a test expects. */
export const busy = fault("store-busy");
