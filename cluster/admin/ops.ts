// Owns what the operators' commands ask of a running node (or, when none runs, of one that the
// command opens for itself): one table, used over the socket and without it. Arguments are checked
// here, because the other end may be of another version. Promises that with `dryRun` nothing is
// changed, and that the answer says what would be.

import { z } from "zod";
import type { Fault } from "../../src/base/faults.js";
import type { RoleName } from "../../src/domain/account.js";
import type { RuleDoc, SignUps } from "../../src/domain/site.js";

const username = z.string().min(1).max(64);
const dryRun = z.boolean().default(false);
const role = z.enum(["owner", "admin", "moderator", "user"]);
const nothing = z.strictObject({});

/** The arguments of each operation. */
export const OP_ARGS = {
  ping: nothing,
  userCreate: z.strictObject({
    username,
    email: z.string().min(1).max(320),
    /** One is made if absent. */
    password: z.string().max(4096).optional(),
    role: role.default("user"),
    confirmed: z.boolean().default(false),
    dryRun,
  }),
  userList: z.strictObject({
    /** Goes on after this account id. */
    after: z.string().max(20).default(""),
    limit: z.int().min(1).max(1000).default(500),
  }),
  userShow: z.strictObject({ username }),
  userModify: z.strictObject({
    username,
    role: role.optional(),
    email: z.string().min(1).max(320).optional(),
    confirm: z.boolean().default(false),
    approve: z.boolean().default(false),
    disabled: z.boolean().optional(),
    suspended: z.boolean().optional(),
    limited: z.boolean().optional(),
    password: z.string().max(4096).optional(),
    /** Makes a new password and tells it. */
    resetPassword: z.boolean().default(false),
    dryRun,
  }),
  userDelete: z.strictObject({ username, dryRun }),
  tokenCreate: z.strictObject({
    username,
    scopes: z.array(z.string().min(1).max(100)).min(1).max(100),
    appName: z.string().min(1).max(60),
    dryRun,
  }),
  /** One account, or all. */
  timelineRebuild: z.strictObject({ username: username.nullable(), dryRun }),
  countersRecount: z.strictObject({ username: username.nullable(), dryRun }),
  backupCreate: z.strictObject({ path: z.string().min(1).max(4096) }),
  rulesList: nothing,
  rulesAdd: z.strictObject({
    text: z.string().min(1).max(100_000),
    hint: z.string().max(100_000).default(""),
    dryRun,
  }),
  rulesRemove: z.strictObject({ id: z.string().min(1).max(20), dryRun }),
  /** Null asks; "settings" takes an earlier answer back, so that the settings hold again. */
  signUps: z.strictObject({
    mode: z.enum(["open", "approval", "closed", "settings"]).nullable(),
    dryRun,
  }),
} as const;

export type OpName = keyof typeof OP_ARGS;
export type OpArgs<Name extends OpName> = z.output<(typeof OP_ARGS)[Name]>;

/** An account as operators see it. */
export type AdminUser = {
  id: string;
  username: string;
  email: string;
  role: RoleName;
  /** One word for whether it can be used, and why not. */
  state: "active" | "unconfirmed" | "pending" | "disabled" | "suspended";
  confirmed: boolean;
  approved: boolean;
  disabled: boolean;
  suspended: boolean;
  limited: boolean;
  reason: string | null;
  locale: string;
  statuses: number;
  followers: number;
  following: number;
  createdAt: string;
  lastStatusAt: string | null;
};

export type Counts = { statuses: number; followers: number; following: number };

/** What each operation answers. */
export type OpReplies = {
  ping: { version: string; pid: number; url: string; startedAtMs: number };
  userCreate: {
    id: string;
    username: string;
    email: string;
    role: RoleName;
    /** Only if it was made here. */
    password: string | null;
    dryRun: boolean;
  };
  userList: { users: AdminUser[]; next: string | null };
  userShow: AdminUser;
  userModify: { username: string; changes: string[]; password: string | null; dryRun: boolean };
  userDelete: { username: string; id: string; statuses: number; dryRun: boolean };
  tokenCreate: { token: string | null; scopes: string[]; username: string; dryRun: boolean };
  timelineRebuild: { accounts: number; posts: number; dryRun: boolean };
  countersRecount: {
    checked: number;
    changed: { username: string; before: Counts; after: Counts }[];
    /** Statuses looked at, and those whose counters were wrong. */
    statuses: number;
    statusesChanged: number;
    dryRun: boolean;
  };
  backupCreate: { path: string; files: number; bytes: number };
  rulesList: { rules: RuleDoc[] };
  rulesAdd: { rule: RuleDoc | null; dryRun: boolean };
  rulesRemove: { id: string; text: string; dryRun: boolean };
  signUps: { mode: SignUps; from: "settings" | "site"; dryRun: boolean };
};

/** The table: every operation, by name. A fault is an answer; what is thrown is our own mistake. */
export type AdminOps = {
  [Name in OpName]: (args: OpArgs<Name>) => Promise<OpReplies[Name] | Fault>;
};

/** How a command reaches the table: over the socket, or in its own process. */
export type AskAdmin = <Name extends OpName>(
  op: Name,
  args: z.input<(typeof OP_ARGS)[Name]>,
) => Promise<OpReplies[Name] | Fault>;

export const isOpName = (name: unknown): name is OpName =>
  typeof name === "string" && Object.hasOwn(OP_ARGS, name);
