// Owns the account itself: its public document, its user document, and what moderators and owners
// do to it. Every slice that changes a counter of the profile answers `profileChanges` from index.

import {
  dropCollection,
  dropMember,
  dropRecord,
  putMember,
  putRecord,
} from "../../base/changes.js";
import { fault } from "../../base/faults.js";
import { compareIds, rankOf } from "../../base/ids.js";
import type { AccountDoc, RoleName, UserDoc, UserSettings } from "../../domain/account.js";
import { DEFAULT_SETTINGS } from "../../domain/account.js";
import {
  bookmarksOf,
  conversationsOf,
  DIRECTORY_ACTIVE,
  DIRECTORY_NEW,
  domainBlocksOf,
  endorsementsOf,
  featuredTagsOf,
  LOCAL_ACCOUNTS,
  notificationRequestsOf,
  notificationsOf,
  notifiedOf,
  PENDING_ACCOUNTS,
  pushesOf,
  readAnnouncementsOf,
  STAFF,
  threadMutesOf,
} from "../../domain/collections.js";
import type { Change } from "../../ports/storage.js";
import { type DecideContext, type Decision, record, refuse } from "../behaviour.js";
import type { Effect } from "../effects.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";

export type CreateAccount = {
  type: "create-account";
  username: string;
  email: string;
  passwordHash: string;
  role?: RoleName;
  locale?: string;
  reason?: string | null;
  approved: boolean;
  confirmed: boolean;
  createdByAppId?: string | null;
};

/** What its owner may change of the public document. */
export type ProfilePatch = Partial<
  Pick<
    AccountDoc,
    | "displayName"
    | "note"
    | "noteHtml"
    | "fields"
    | "avatar"
    | "avatarStatic"
    | "avatarDescription"
    | "header"
    | "headerStatic"
    | "headerDescription"
    | "emojis"
    | "locked"
    | "bot"
    | "discoverable"
    | "indexable"
    | "hideCollections"
    | "showMedia"
    | "showMediaReplies"
    | "showFeatured"
    | "attributionDomains"
  >
>;

export type Command =
  | CreateAccount
  | {
      type: "update-profile";
      patch?: ProfilePatch;
      settings?: Partial<UserSettings>;
      locale?: string;
      timeZone?: string | null;
    }
  | { type: "confirm-email"; email: string }
  | { type: "change-email"; email: string; confirmed: boolean }
  | { type: "change-password"; passwordHash: string }
  | { type: "approve" }
  | { type: "set-disabled"; disabled: boolean }
  | { type: "set-role"; role: RoleName }
  | { type: "set-moderation"; suspended?: boolean; limited?: boolean; sensitized?: boolean }
  | { type: "delete-account" }
  | { type: "recount"; statuses: number; followers: number; following: number };

export type Fact =
  | { type: "account-created"; profile: AccountDoc; user: UserDoc }
  | { type: "profile-updated"; patch: ProfilePatch }
  | {
      type: "settings-updated";
      settings?: Partial<UserSettings>;
      locale?: string;
      timeZone?: string | null;
    }
  | { type: "email-confirmed"; atMs: number }
  | { type: "email-changed"; email: string; confirmedAtMs: number | null }
  | { type: "password-changed"; passwordHash: string; atMs: number }
  | { type: "account-approved" }
  | { type: "disabled-set"; disabled: boolean }
  | { type: "role-set"; role: RoleName }
  | { type: "moderation-set"; suspended?: boolean; limited?: boolean; sensitized?: boolean }
  | { type: "account-deleted"; atMs: number }
  | { type: "recounted"; statuses: number; followers: number; following: number };

const SHOWN_ROLES: readonly RoleName[] = ["owner", "admin", "moderator"];

/** The newest public document as a change. Call after `touch`. */
export function profileChanges(account: Account): Change[] {
  return account.profile === null ? [] : [putRecord("account", account.id, account.profile)];
}

/** Marks the public document as changed: caches compare revisions. */
export function touch(account: Account): void {
  if (account.profile !== null) account.profile.revision++;
}

export const profileSlice: Slice<Command, Fact> = {
  commands: [
    "create-account",
    "update-profile",
    "confirm-email",
    "change-email",
    "change-password",
    "approve",
    "set-disabled",
    "set-role",
    "set-moderation",
    "delete-account",
    "recount",
  ],
  facts: [
    "account-created",
    "profile-updated",
    "settings-updated",
    "email-confirmed",
    "email-changed",
    "password-changed",
    "account-approved",
    "disabled-set",
    "role-set",
    "moderation-set",
    "account-deleted",
    "recounted",
  ],
  always: [
    "create-account",
    "confirm-email",
    "change-email",
    "change-password",
    "approve",
    "set-disabled",
    "set-role",
    "set-moderation",
    "delete-account",
    "recount",
  ],
  decide,
  evolve,
  index,
  react,
};

function decide(account: Account, command: Command, context: DecideContext): Decision<Fact> {
  if (command.type === "create-account") return create(account, command, context);
  const { profile, user } = account;
  if (profile === null || user === null || account.deleted) return refuse(fault("not-found"));
  switch (command.type) {
    case "update-profile":
      return updateProfile(command);
    case "confirm-email":
      if (user.email !== command.email) return refuse(fault("not-found"));
      if (user.emailConfirmedAtMs !== null) return record<Fact>([]);
      return record<Fact>([{ type: "email-confirmed", atMs: context.nowMs }]);
    case "change-email":
      return record<Fact>([
        {
          type: "email-changed",
          email: command.email,
          confirmedAtMs: command.confirmed ? context.nowMs : null,
        },
      ]);
    case "change-password":
      return record<Fact>([
        { type: "password-changed", passwordHash: command.passwordHash, atMs: context.nowMs },
      ]);
    case "approve":
      return record<Fact>(user.approved ? [] : [{ type: "account-approved" }]);
    case "set-disabled":
      if (user.disabled === command.disabled) return record<Fact>([]);
      return record<Fact>([{ type: "disabled-set", disabled: command.disabled }]);
    case "set-role":
      return record<Fact>(user.role === command.role ? [] : [{ ...command, type: "role-set" }]);
    case "set-moderation":
      return record<Fact>([{ ...command, type: "moderation-set" }]);
    case "delete-account":
      return record<Fact>([{ type: "account-deleted", atMs: context.nowMs }]);
    case "recount":
      return record<Fact>([{ ...command, type: "recounted" }]);
  }
}

function create(account: Account, command: CreateAccount, context: DecideContext): Decision<Fact> {
  if (account.profile !== null || account.deleted) return refuse(fault("duplicate"));
  const role = command.role ?? "user";
  const profile: AccountDoc = {
    ...EMPTY_PROFILE,
    id: account.id,
    username: command.username,
    createdAtMs: context.nowMs,
    shownRole: SHOWN_ROLES.includes(role) ? role : null,
  };
  const user: UserDoc = {
    accountId: account.id,
    username: command.username,
    email: command.email,
    emailConfirmedAtMs: command.confirmed ? context.nowMs : null,
    passwordHash: command.passwordHash,
    passwordChangedAtMs: context.nowMs,
    role,
    approved: command.approved,
    disabled: false,
    reason: command.reason ?? null,
    locale: command.locale ?? "en",
    createdAtMs: context.nowMs,
    createdByAppId: command.createdByAppId ?? null,
    timeZone: null,
    settings: { ...DEFAULT_SETTINGS },
  };
  return record<Fact>([{ type: "account-created", profile, user }], { accountId: account.id });
}

function updateProfile(command: Extract<Command, { type: "update-profile" }>): Decision<Fact> {
  const facts: Fact[] = [];
  const { patch, settings, locale, timeZone } = command;
  if (patch !== undefined && Object.keys(patch).length > 0) {
    facts.push({ type: "profile-updated", patch });
  }
  if (settings !== undefined || locale !== undefined || timeZone !== undefined) {
    facts.push({ type: "settings-updated", settings, locale, timeZone });
  }
  return record(facts);
}

function evolve(account: Account, fact: Fact): void {
  if (fact.type === "account-created") {
    account.profile = structuredClone(fact.profile);
    account.user = structuredClone(fact.user);
    return;
  }
  const { profile, user } = account;
  if (profile === null || user === null) return;
  touch(account);
  switch (fact.type) {
    case "profile-updated":
      Object.assign(profile, fact.patch);
      break;
    case "settings-updated":
      Object.assign(user.settings, fact.settings);
      if (fact.locale !== undefined) user.locale = fact.locale;
      if (fact.timeZone !== undefined) user.timeZone = fact.timeZone;
      break;
    case "email-confirmed":
      user.emailConfirmedAtMs = fact.atMs;
      break;
    case "email-changed":
      user.email = fact.email;
      user.emailConfirmedAtMs = fact.confirmedAtMs;
      break;
    case "password-changed":
      user.passwordHash = fact.passwordHash;
      user.passwordChangedAtMs = fact.atMs;
      break;
    case "account-approved":
      user.approved = true;
      break;
    case "disabled-set":
      user.disabled = fact.disabled;
      break;
    case "role-set":
      user.role = fact.role;
      profile.shownRole = SHOWN_ROLES.includes(fact.role) ? fact.role : null;
      break;
    default:
      evolveModeration(account, profile, fact);
  }
}

type ModerationFact = Extract<Fact, { type: "moderation-set" | "account-deleted" | "recounted" }>;

function evolveModeration(account: Account, profile: AccountDoc, fact: ModerationFact): void {
  switch (fact.type) {
    case "moderation-set":
      profile.suspended = fact.suspended ?? profile.suspended;
      profile.limited = fact.limited ?? profile.limited;
      profile.sensitized = fact.sensitized ?? profile.sensitized;
      break;
    case "account-deleted":
      account.deleted = true;
      account.profile = { ...EMPTY_PROFILE, ...gone(profile) };
      account.user = null;
      break;
    case "recounted":
      profile.statusesCount = fact.statuses;
      profile.followersCount = fact.followers;
      profile.followingCount = fact.following;
      break;
  }
}

function index(account: Account, fact: Fact): readonly Change[] {
  if (fact.type === "account-deleted") return erased(account);
  const { profile, user } = account;
  if (profile === null || user === null) return [];
  const changes: Change[] = [...profileChanges(account), putRecord("user", account.id, user)];
  changes.push(...listing(account));
  if (fact.type === "account-created" || fact.type === "profile-updated") {
    changes.push(textOf(profile));
  }
  return changes;
}

/** The name stays taken for ever; everything else of the documents goes at once. */
function erased(account: Account): Change[] {
  return [
    ...profileChanges(account),
    dropRecord("user", account.id),
    ...[LOCAL_ACCOUNTS, PENDING_ACCOUNTS, DIRECTORY_ACTIVE, DIRECTORY_NEW, STAFF].map((name) =>
      dropMember(name, account.id),
    ),
    { do: "drop-text", index: "accounts", id: account.id },
    ...OWN_RECORDS.map((kind) => dropRecord(kind, account.id)),
    ...OWN_COLLECTIONS.map((of) => dropCollection(of(account.id))),
  ];
}

/** What only the account itself could see: it goes at once. What others saw is an errand. */
const OWN_RECORDS = ["lists", "filters", "markers", "notification-policy"];
const OWN_COLLECTIONS = [
  bookmarksOf,
  threadMutesOf,
  notificationsOf,
  notifiedOf,
  notificationRequestsOf,
  conversationsOf,
  endorsementsOf,
  featuredTagsOf,
  domainBlocksOf,
  readAnnouncementsOf,
  pushesOf,
];

/** Which lists of accounts hold this one, from its state. */
function listing(account: Account): Change[] {
  const { id, profile, user } = account;
  if (profile === null || user === null) return [];
  const ready = user.approved && user.emailConfirmedAtMs !== null;
  const shown = ready && !profile.suspended && !profile.limited && profile.discoverable === true;
  return [
    ready ? putMember(LOCAL_ACCOUNTS, id, rankOf(id)) : dropMember(LOCAL_ACCOUNTS, id),
    user.approved ? dropMember(PENDING_ACCOUNTS, id) : putMember(PENDING_ACCOUNTS, id, rankOf(id)),
    shown ? putMember(DIRECTORY_NEW, id, rankOf(id)) : dropMember(DIRECTORY_NEW, id),
    user.role === "user" ? dropMember(STAFF, id) : putMember(STAFF, id, rankOf(id)),
    shown
      ? putMember(DIRECTORY_ACTIVE, id, rankOf(activeRank(profile)))
      : dropMember(DIRECTORY_ACTIVE, id),
  ];
}

function activeRank(profile: AccountDoc): string {
  if (profile.lastStatusAtMs === null) return profile.id;
  const last = (BigInt(profile.lastStatusAtMs) << 16n).toString();
  return compareIds(last, profile.id) > 0 ? last : profile.id;
}

export function textOf(profile: AccountDoc): Change {
  const { username, displayName, indexable, note } = profile;
  const text = `${username} ${displayName} ${indexable ? note : ""}`;
  return { do: "put-text", index: "accounts", id: profile.id, text };
}

const gone = (profile: AccountDoc): Partial<AccountDoc> => ({
  id: profile.id,
  username: profile.username,
  domain: profile.domain,
  createdAtMs: profile.createdAtMs,
  suspended: true,
  revision: profile.revision,
});

function react(account: Account, fact: Fact): readonly Effect[] {
  const accountId = account.id;
  const changed: Effect = {
    ask: "publish",
    durable: false,
    event: { type: "account-changed", accountId },
  };
  const lockedOut: Effect = {
    ask: "publish",
    durable: false,
    event: { type: "account-locked-out", accountId },
  };
  switch (fact.type) {
    case "account-created":
      return fact.user.role === "user" ? [changed, toStaff(fact.profile)] : [changed];
    case "password-changed":
      return [changed, lockedOut];
    case "account-deleted":
      return [changed, lockedOut, { ask: "erase-account", durable: true, accountId }];
    case "profile-updated":
      if (fact.patch.locked !== false) return [changed];
      return [changed, { ask: "authorize-all", durable: true, accountId }];
    case "disabled-set":
      return fact.disabled ? [changed, lockedOut] : [changed];
    case "moderation-set":
      return fact.suspended === true ? [changed, lockedOut] : [changed];
    case "account-approved":
      return [changed, { ask: "mail", durable: true, template: "approved", accountId }];
    default:
      return [changed];
  }
}

/** Those who run the server hear of everybody who joins. */
const toStaff = ({ id, createdAtMs }: AccountDoc): Effect => ({
  ask: "notify-each",
  durable: true,
  collection: STAFF,
  notify: {
    type: "notify",
    notification: "admin.sign_up",
    fromId: id,
    statusId: null,
    conversationId: null,
    visibility: null,
    atMs: createdAtMs,
  },
});

const EMPTY_PROFILE: AccountDoc = {
  id: "0",
  username: "",
  domain: null,
  displayName: "",
  note: "",
  noteHtml: "",
  fields: [],
  avatar: null,
  avatarStatic: null,
  avatarDescription: "",
  header: null,
  headerStatic: null,
  headerDescription: "",
  emojis: [],
  locked: false,
  bot: false,
  group: false,
  discoverable: null,
  indexable: false,
  hideCollections: null,
  showMedia: true,
  showMediaReplies: true,
  showFeatured: true,
  attributionDomains: [],
  memorial: false,
  suspended: false,
  limited: false,
  sensitized: false,
  movedTo: null,
  createdAtMs: 0,
  lastStatusAtMs: null,
  statusesCount: 0,
  followersCount: 0,
  followingCount: 0,
  shownRole: null,
  uri: null,
  url: null,
  revision: 1,
};
