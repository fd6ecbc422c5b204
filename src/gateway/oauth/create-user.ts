// Owns how a local user comes to be, from the API, a page or the command line. The name and the
// address are claimed first (registers), then the account's cell is asked to create itself; the
// cell has the last word. A refusal gives the claims back. If the process dies in between, or the
// outcome is unknown, the claims stay: after ten minutes the next one who wants the name takes the
// claim over, under the id that it holds, so that the cell still decides. A deleted account's cell
// refuses for ever, so its name is never given again (SEC-94).

import { type Fault, isFault } from "../../base/faults.js";
import { type Ids, idTimeMs } from "../../base/ids.js";
import { emailKey, type RoleName, usernameKey } from "../../domain/account.js";
import { type Actors, accountCell } from "../../ports/actors.js";
import type { Clock } from "../../ports/clock.js";
import type { Store } from "../../ports/storage.js";
import type { Passwords } from "./passwords.js";
import { emailErrors, fieldFault, passwordErrors, usernameErrors } from "./user-rules.js";

export type UserMaker = {
  store: Store;
  actors: Actors;
  ids: Ids;
  clock: Clock;
  passwords: Pick<Passwords, "hash">;
};

export type NewUser = {
  username: string;
  email: string;
  password: string;
  role: RoleName;
  confirmed: boolean;
  approved: boolean;
  locale: string;
  reason: string | null;
  /** Client id of the app that was used; null for pages and the command line. */
  createdByAppId: string | null;
  /** Names such as "admin": for those who run the server. */
  allowReserved?: boolean;
};

/** A claim without an account after this long was left behind by a crash. */
const STALE_CLAIM_MS = 10 * 60_000;

/** After these nothing was recorded, for sure; after any other the outcome is unknown. */
const NOTHING_DONE: ReadonlySet<string> = new Set([
  "mailbox-full",
  "stopping",
  "store-busy",
  "store-full",
  "store-unavailable",
  "bad-request",
  "invalid",
]);

type Claim = { key: string; version: number; id: string; adopted: boolean };

/**
 * Makes the user. Resolves once the account is durable. Faults: invalid with `details` by field
 * (ERR_TAKEN, ERR_INVALID, …); timeout and the store's own.
 */
export async function createUser(
  maker: UserMaker,
  asked: NewUser,
): Promise<{ accountId: string } | Fault> {
  const user = { ...asked, username: asked.username.trim(), email: asked.email.trim() };
  const wrong = fieldFault([
    ...usernameErrors(user.username, user.allowReserved),
    ...emailErrors(user.email),
    ...passwordErrors(user.password),
  ]);
  if (wrong !== null) return wrong;
  const passwordHash = await maker.passwords.hash(user.password);
  if (isFault(passwordHash)) return passwordHash;

  const name = await claim(maker, usernameKey(user.username), null);
  if (isFault(name)) return name;
  if (name === "taken") return taken("username");
  const address = await claim(maker, emailKey(user.email), name.id);
  if (isFault(address) || address === "taken") {
    await release(maker.store, [name]);
    return isFault(address) ? address : taken("email");
  }
  const made = await maker.actors.ask<unknown>(accountCell(name.id), {
    type: "create-account",
    ...creation(user, name.id),
    passwordHash,
  } as { type: string });
  if (!isFault(made)) return { accountId: name.id };
  if (name.adopted && (made.fault === "duplicate" || made.fault === "gone")) {
    await release(maker.store, [address]);
    return taken("username");
  }
  if (NOTHING_DONE.has(made.fault)) await release(maker.store, [name, address]);
  return made;
}

const creation = (user: NewUser, id: string) => ({
  id,
  username: user.username,
  email: user.email,
  role: user.role,
  locale: user.locale,
  reason: user.reason,
  approved: user.approved,
  confirmed: user.confirmed,
  createdByAppId: user.createdByAppId,
});

const taken = (field: "username" | "email"): Fault =>
  fieldFault([{ field, error: "ERR_TAKEN", description: "has already been taken" }]) as Fault;

/** Claims the key for `id`, or (null) for a fresh id or that of the claim that is taken over. */
async function claim(
  maker: Omit<UserMaker, "passwords">,
  key: string,
  id: string | null,
): Promise<Claim | "taken" | Fault> {
  const { registers } = maker.store;
  const held = await registers.read(key);
  if (held !== null && !(await leftBehind(maker, held.value))) return "taken";
  const owner = id ?? held?.value ?? maker.ids.next();
  const version = await registers.compareAndSet(key, held?.version ?? 0, owner);
  if (isFault(version)) return version;
  return version === null ? "taken" : { key, version, id: owner, adopted: owner === held?.value };
}

async function leftBehind(maker: Pick<UserMaker, "store" | "clock">, id: string): Promise<boolean> {
  if (!/^[1-9][0-9]{0,19}$/.test(id)) return false;
  if (maker.clock.nowMs() - idTimeMs(id) < STALE_CLAIM_MS) return false;
  const { records } = maker.store;
  const [user, account] = await Promise.all([records.get("user", id), records.get("account", id)]);
  return user === null && account === null;
}

/** Gives claims back. One that was taken over goes back to how it was found: claimed, not used. */
async function release(store: Store, claims: readonly Claim[]): Promise<void> {
  for (const it of claims) {
    if (!it.adopted) await store.registers.compareAndSet(it.key, it.version, null);
  }
}

/**
 * Gives the user another address: claims it, asks the cell, frees the old one. Faults: invalid with
 * details, and the cell's.
 */
export async function changeEmail(
  maker: Omit<UserMaker, "passwords">,
  change: { accountId: string; from: string; to: string; confirmed: boolean },
): Promise<null | Fault> {
  const to = change.to.trim();
  const wrong = fieldFault(emailErrors(to));
  if (wrong !== null) return wrong;
  const { accountId, confirmed } = change;
  if (emailKey(to) === emailKey(change.from)) return null;
  const address = await claim(maker, emailKey(to), accountId);
  if (isFault(address)) return address;
  if (address === "taken") return taken("email");
  const command = { type: "change-email", email: to, confirmed };
  const done = await maker.actors.ask<unknown>(accountCell(accountId), command);
  if (isFault(done)) {
    if (NOTHING_DONE.has(done.fault)) await release(maker.store, [address]);
    return done;
  }
  const old = await maker.store.registers.read(emailKey(change.from));
  if (old?.value === accountId) {
    await maker.store.registers.compareAndSet(emailKey(change.from), old.version, null);
  }
  return null;
}
