// Owns how slices refuse text and numbers that are over a bound, in words that clients show.

import type { Fault } from "../../base/faults.js";
import { fault } from "../../base/faults.js";
import { refuse } from "../behaviour.js";

/** Refuses what the user sent; `why` is a sentence without a full stop. */
export const invalid = (why: string): { refuse: Fault } =>
  refuse(fault("invalid", `Validation failed: ${why}`));

export const tooLong = (what: string, most: number): { refuse: Fault } =>
  invalid(`${what} is too long (maximum is ${most} characters)`);

export const blank = (what: string): { refuse: Fault } => invalid(`${what} can't be blank`);
