// Owns finding a local user by name or address, and checking a password. An unknown user costs the
// same time, and gets the same answer, as a wrong password (SEC-83).

import { type Fault, fault, isFault } from "../../base/faults.js";
import { type AccountDoc, emailKey, type UserDoc, usernameKey } from "../../domain/account.js";
import type { Store } from "../../ports/storage.js";
import type { CountAttempt } from "./attempts.js";
import { barrier } from "./authenticate.js";
import type { Passwords } from "./passwords.js";

export type LoginParts = {
  store: Store;
  passwords: Passwords;
  countAttempt: CountAttempt;
};

/** The user of this name, `@name`, or address; null if there is none. */
export async function findUser(store: Store, login: string): Promise<UserDoc | null> {
  const name = login.trim().replace(/^@/, "");
  if (name === "" || name.length > 320) return null;
  const key = name.includes("@") ? emailKey(name) : usernameKey(name);
  const held = await store.registers.read(key);
  const text = held === null ? null : await store.records.get("user", held.value);
  return text === null ? null : (JSON.parse(text) as UserDoc);
}

/**
 * The user, if the password is theirs. Faults: forbidden (wrong name or password, one answer for
 * both), too-many-requests, login-disabled.
 */
export async function checkPassword(
  parts: LoginParts,
  login: string,
  password: string,
): Promise<{ user: UserDoc; barred: Fault | null } | Fault> {
  const counted = await parts.countAttempt("login", login.trim().toLowerCase());
  if (counted !== null) return counted;
  const user = await findUser(parts.store, login);
  const right = await parts.passwords.verify(user?.passwordHash ?? null, password);
  if (isFault(right)) return right;
  if (!right || user === null) return fault("forbidden", "The name or the password is wrong.");
  const text = await parts.store.records.get("account", user.accountId);
  const suspended = text === null || (JSON.parse(text) as AccountDoc).suspended;
  const barred = barrier(user, suspended);
  return barred?.fault === "login-disabled" ? barred : { user, barred };
}
