// Owns the operators' view of accounts: making, listing, showing, changing and deleting them. Every
// change goes through the account's cell; the records only answer questions.

import { type Fault, fault, isFault, safeSentence } from "../../src/base/faults.js";
import type { AccountDoc, RoleName, UserDoc } from "../../src/domain/account.js";
import { usernameKey } from "../../src/domain/account.js";
import { type Actors, accountCell } from "../../src/ports/actors.js";
import type { Random } from "../../src/ports/clock.js";
import type { Store } from "../../src/ports/storage.js";
import type { AdminOps, AdminUser, OpArgs } from "./ops.js";

/** What node.ts hands over; the functions are the gateway's, which cluster may not import. */
export type UserParts = {
  store: Store;
  actors: Actors;
  random: Random;
  createUser(user: {
    username: string;
    email: string;
    password: string;
    role: RoleName;
    confirmed: boolean;
    approved: boolean;
    locale: string;
    reason: string | null;
    createdByAppId: string | null;
    allowReserved: boolean;
  }): Promise<{ accountId: string } | Fault>;
  changeEmail(change: {
    accountId: string;
    from: string;
    to: string;
    confirmed: boolean;
  }): Promise<null | Fault>;
  /** The argon2id text of a password. */
  hashPassword(password: string): Promise<string | Fault>;
  /** What is wrong with a password, in words; null if nothing is. */
  passwordProblem(password: string): string | null;
  /** The site's own language. */
  locale: string;
};

type UserOps = Pick<AdminOps, "userCreate" | "userList" | "userShow" | "userModify" | "userDelete">;

export type Known = { user: UserDoc; account: AccountDoc };

/** The part of the table that is about accounts. */
export function userOps(parts: UserParts): UserOps {
  return {
    userCreate: (args) => create(parts, args),
    userList: (args) => list(parts.store, args),
    async userShow(args) {
      const known = await findUser(parts.store, args.username);
      return isFault(known) ? known : shown(known);
    },
    userModify: (args) => modify(parts, args),
    userDelete: (args) => remove(parts, args),
  };
}

/** The account of a name. Faults: not-found. */
export async function findUser(store: Store, username: string): Promise<Known | Fault> {
  const name = username.replace(/^@/, "");
  const held = await store.registers.read(usernameKey(name));
  const known = held === null ? null : await readUser(store, held.value);
  return known ?? fault("not-found", `There is no account named ${name}`);
}

async function readUser(store: Store, id: string): Promise<Known | null> {
  const [user, account] = await Promise.all([
    store.records.get("user", id),
    store.records.get("account", id),
  ]);
  if (user === null || account === null) return null;
  return { user: JSON.parse(user) as UserDoc, account: JSON.parse(account) as AccountDoc };
}

async function create(parts: UserParts, args: OpArgs<"userCreate">) {
  const { username, email, role, confirmed, dryRun } = args;
  const made = args.password === undefined ? makePassword(parts.random) : null;
  const password = args.password ?? made ?? "";
  const about = { username, email, role, password: made, dryRun };
  if (dryRun) {
    const found = await findUser(parts.store, username);
    if (!isFault(found)) return fault("duplicate", `There is an account named ${username} already`);
    const wrong = parts.passwordProblem(password);
    if (wrong !== null) return fault("invalid", `The password ${wrong}`);
    return { ...about, id: "", password: null };
  }
  const answer = await parts.createUser({
    username,
    email,
    password,
    role,
    confirmed,
    approved: true,
    locale: parts.locale,
    reason: null,
    createdByAppId: null,
    allowReserved: true,
  });
  return isFault(answer) ? answer : { ...about, id: answer.accountId };
}

async function list(store: Store, args: OpArgs<"userList">) {
  const rows = await store.records.scan("user", args.after, args.limit);
  const users = rows.map((row) => JSON.parse(row.doc) as UserDoc);
  const accounts = await store.records.getMany(
    "account",
    users.map((it) => it.accountId),
  );
  const shownUsers = users.flatMap((user) => {
    const doc = accounts.get(user.accountId);
    return doc === undefined ? [] : [shown({ user, account: JSON.parse(doc) as AccountDoc })];
  });
  const last = rows.length < args.limit ? undefined : rows.at(-1);
  return { users: shownUsers, next: last?.id ?? null };
}

/** The account as operators see it; no password hash. */
function shown({ user, account }: Known): AdminUser {
  const confirmed = user.emailConfirmedAtMs !== null;
  return {
    id: account.id,
    username: account.username,
    email: user.email,
    role: user.role,
    state: stateOf(user, account),
    confirmed,
    approved: user.approved,
    disabled: user.disabled,
    suspended: account.suspended,
    limited: account.limited,
    reason: user.reason,
    locale: user.locale,
    statuses: account.statusesCount,
    followers: account.followersCount,
    following: account.followingCount,
    createdAt: new Date(account.createdAtMs).toISOString(),
    lastStatusAt:
      account.lastStatusAtMs === null ? null : new Date(account.lastStatusAtMs).toISOString(),
  };
}

function stateOf(user: UserDoc, account: AccountDoc): AdminUser["state"] {
  if (account.suspended) return "suspended";
  if (user.disabled) return "disabled";
  if (user.emailConfirmedAtMs === null) return "unconfirmed";
  return user.approved ? "active" : "pending";
}

/** One change of an account: what it says, and how it is done. */
type Step = { says: string; run: () => Promise<unknown> };

async function modify(parts: UserParts, args: OpArgs<"userModify">) {
  const known = await findUser(parts.store, args.username);
  if (isFault(known)) return known;
  const made = args.resetPassword ? makePassword(parts.random) : null;
  const password = args.password ?? made;
  if (password !== null) {
    const wrong = parts.passwordProblem(password);
    if (wrong !== null) return fault("invalid", `The password ${wrong}`);
  }
  const steps = [...accessSteps(parts, known, args), ...standingSteps(parts, known, args)];
  if (password !== null) steps.push(passwordStep(parts, known, password));
  const changes: string[] = [];
  for (const step of steps) {
    const done = args.dryRun ? null : await step.run();
    if (isFault(done)) return partly(done, changes);
    changes.push(step.says);
  }
  const { username } = known.account;
  return { username, changes, password: args.dryRun ? null : made, dryRun: args.dryRun };
}

/** The fault, with what had been changed before it. */
function partly(why: Fault, changes: readonly string[]): Fault {
  if (changes.length === 0) return why;
  return { ...why, says: `${safeSentence(why)} (done before that: ${changes.join("; ")})` };
}

const tell = (parts: UserParts, known: Known, command: { type: string }) =>
  parts.actors.ask<unknown>(accountCell(known.account.id), command);

function accessSteps(parts: UserParts, known: Known, args: OpArgs<"userModify">): Step[] {
  const { user, account } = known;
  const steps: Step[] = [];
  const { email, role } = args;
  if (email !== undefined && email.toLowerCase() !== user.email.toLowerCase()) {
    const change = { accountId: account.id, from: user.email, to: email, confirmed: true };
    const says = `e-mail address: ${user.email} -> ${email}`;
    steps.push({ says, run: () => parts.changeEmail(change) });
  }
  if (args.confirm && user.emailConfirmedAtMs === null && email === undefined) {
    const command = { type: "confirm-email", email: user.email };
    steps.push({ says: "e-mail address confirmed", run: () => tell(parts, known, command) });
  }
  if (args.approve && !user.approved) {
    steps.push({ says: "approved", run: () => tell(parts, known, { type: "approve" }) });
  }
  if (role !== undefined && role !== user.role) {
    const command = { type: "set-role", role };
    const says = `role: ${user.role} -> ${role}`;
    steps.push({ says, run: () => tell(parts, known, command) });
  }
  return steps;
}

function standingSteps(parts: UserParts, known: Known, args: OpArgs<"userModify">): Step[] {
  const { user, account } = known;
  const steps: Step[] = [];
  const { disabled, suspended, limited } = args;
  const step = (says: string, command: { type: string }) =>
    steps.push({ says, run: () => tell(parts, known, command) });
  if (disabled !== undefined && disabled !== user.disabled) {
    step(disabled ? "disabled" : "enabled", { type: "set-disabled", disabled } as Command);
  }
  if (suspended !== undefined && suspended !== account.suspended) {
    const says = suspended ? "suspended" : "no longer suspended";
    step(says, { type: "set-moderation", suspended } as Command);
  }
  if (limited !== undefined && limited !== account.limited) {
    const says = limited ? "limited" : "no longer limited";
    step(says, { type: "set-moderation", limited } as Command);
  }
  return steps;
}

type Command = { type: string };

function passwordStep(parts: UserParts, known: Known, password: string): Step {
  return {
    says: "password changed; sessions and tokens ended",
    run: async () => {
      const passwordHash = await parts.hashPassword(password);
      if (isFault(passwordHash)) return passwordHash;
      return tell(parts, known, { type: "change-password", passwordHash } as Command);
    },
  };
}

async function remove(parts: UserParts, args: OpArgs<"userDelete">) {
  const known = await findUser(parts.store, args.username);
  if (isFault(known)) return known;
  const { id, username, statusesCount: statuses } = known.account;
  if (!args.dryRun) {
    const done = await tell(parts, known, { type: "delete-account" });
    if (isFault(done)) return done;
  }
  return { username, id, statuses, dryRun: args.dryRun };
}

/** Without those that look alike. 20 of 54 letters are 115 bits. */
const LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const PASSWORD_LENGTH = 20;

/** A password for a person to copy: letters and digits, in groups. */
export function makePassword(random: Random): string {
  let text = "";
  // A byte that would favour the first letters is thrown away.
  const fair = 256 - (256 % LETTERS.length);
  while (text.length < PASSWORD_LENGTH) {
    for (const byte of random.bytes(PASSWORD_LENGTH)) {
      if (byte < fair && text.length < PASSWORD_LENGTH) text += LETTERS[byte % LETTERS.length];
    }
  }
  return text.replace(/(.{5})(?=.)/g, "$1-");
}
