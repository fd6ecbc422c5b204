// Owns counting attempts against what they are aimed at: one account, one address of a mailbox. The
// limits of a route count who calls; these hold when the calls come from everywhere (SEC-86).

import { type Fault, fault } from "../../base/faults.js";
import type { Clock } from "../../ports/clock.js";
import { createLimits, type LimitsOptions } from "../http/limits.js";
import { hashSecret } from "./secrets.js";

export type AimedAt = "login" | "password-reset" | "password-change" | "confirm-email";

/** Counts an attempt at `key` (a name, an account id). Fault: too-many-requests. */
export type CountAttempt = (limit: AimedAt, key: string) => Fault | null;

const MINUTE_MS = 60_000;

const RULES: NonNullable<LimitsOptions["rules"]> = {
  login: { limit: 25, windowMs: 60 * MINUTE_MS },
  "password-reset": { limit: 5, windowMs: 30 * MINUTE_MS },
};

/** Makes the counter of this node. `rules` sets other numbers; `off` lets everything through. */
export function createAttempts(options: {
  clock: Clock;
  off?: boolean;
  rules?: LimitsOptions["rules"];
}): CountAttempt {
  const limits = createLimits({
    clock: options.clock,
    rules: { ...RULES, ...options.rules },
    ...(options.off === undefined ? {} : { off: options.off }),
  });
  return (limit, key) => {
    // Hashed, so that no name can look like an address and be cut to its network.
    const name = hashSecret(key);
    const caller = { accountId: name, tokenHash: null, address: name };
    return limits.take([limit], caller)?.over === true ? fault("too-many-requests") : null;
  };
}
