// Owns passwords: the one door to argon2id. Hashing runs on the library's threads, never on the
// main one, and no more than a few at once (each takes 19 MiB); past the waiting bound the answer
// is a fault, not a queue without end. Checking an unknown user costs what checking a known one
// does.

import { hash, verify } from "@node-rs/argon2";
import { type Fault, fault, isFault } from "../../base/faults.js";

export interface Passwords {
  /** The argon2id PHC string. Faults: invalid (too long), too-many-requests (too many at once). */
  hash(password: string): Promise<string | Fault>;
  /**
   * Whether it is the password; `passwordHash` null (no such user) takes the same time and is
   * false. Faults: too-many-requests.
   */
  verify(passwordHash: string | null, password: string): Promise<boolean | Fault>;
}

export const PASSWORD_BYTES_MAX = 4_096;
export const PASSWORD_CHARACTERS_MIN = 8;
const AT_ONCE_MAX = 2;
const WAITING_MAX = 64;
/** OWASP's first choice for argon2id; the library's default algorithm is argon2id. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Makes the passwords' door. `cost` is for tests only, which hash often. */
export function createPasswords(cost: typeof COST = COST): Passwords {
  const turns = createTurns();
  const nobody = turns.run(() => hash("the password of nobody at all", cost));
  return {
    hash: async (password) => {
      if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX) {
        return fault("invalid", "Validation failed: Password is too long");
      }
      return turns.run(() => hash(password, cost));
    },
    verify: async (passwordHash, password) => {
      if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX) return false;
      const against = passwordHash ?? (await nobody);
      if (isFault(against)) return against;
      const right = await turns.run(() => verify(against, password));
      return isFault(right) ? right : right && passwordHash !== null;
    },
  };
}

/** Runs at most AT_ONCE_MAX at a time; the others wait in line, at most WAITING_MAX. */
function createTurns() {
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    async run<Value>(work: () => Promise<Value>): Promise<Value | Fault> {
      if (running >= AT_ONCE_MAX) {
        if (waiting.length >= WAITING_MAX) return fault("too-many-requests");
        await new Promise<void>((start) => waiting.push(start));
      } else running++;
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running--;
        else next();
      }
    },
  };
}
