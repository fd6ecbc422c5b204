// Owns the rules of polls: what a poll may ask, and what a vote does to it. Pure.

import { type Fault, fault } from "../base/faults.js";
import {
  POLL_OPTION_GRAPHEMES_MAX,
  POLL_OPTIONS_MAX,
  POLL_OPTIONS_MIN,
  POLL_SECONDS_MAX,
  POLL_SECONDS_MIN,
} from "./limits.js";
import type { PollDoc } from "./status.js";
import { cleanName } from "./text/characters.js";
import { fitsGraphemes } from "./text/count.js";

const invalid = (why: string): Fault => fault("invalid", `Validation failed: ${why}`);

/** The options as they are kept: cleaned, in order. Fault invalid names what is wrong. */
export function pollOptions(titles: readonly string[]): string[] | Fault {
  if (titles.length > POLL_OPTIONS_MAX) {
    return invalid(`Options can't contain more than ${POLL_OPTIONS_MAX} items`);
  }
  const options = titles.map(cleanName);
  if (options.some((it) => !fitsGraphemes(it, POLL_OPTION_GRAPHEMES_MAX))) {
    return invalid(`Options can't be longer than ${POLL_OPTION_GRAPHEMES_MAX} characters each`);
  }
  if (options.some((it) => it === "")) return invalid("Options can't be blank");
  if (options.length < POLL_OPTIONS_MIN) return invalid("Options must be more than one item");
  if (new Set(options).size !== options.length) return invalid("Options contain duplicate items");
  return options;
}

/** Null if a poll may run that long, else the fault invalid. */
export function pollLength(expiresInS: number): null | Fault {
  if (!Number.isFinite(expiresInS)) return invalid("Expires at can't be blank");
  if (expiresInS > POLL_SECONDS_MAX) return invalid("Expires at is too far into the future");
  if (expiresInS < POLL_SECONDS_MIN) return invalid("Expires at is too soon");
  return null;
}

export function isPollOver(poll: Pick<PollDoc, "expiresAtMs">, nowMs: number): boolean {
  return poll.expiresAtMs !== null && poll.expiresAtMs <= nowMs;
}

/**
 * The choices of a vote, each once, lowest first; or the fault invalid when the poll is over, the
 * choice is none of its options, or there are more than it takes. Who voted before votes again only
 * where several answers may be given, and never the same one (`earlier`).
 */
export function pollChoices(
  poll: PollDoc,
  choices: readonly number[],
  earlier: readonly number[],
  nowMs: number,
): number[] | Fault {
  if (isPollOver(poll, nowMs)) return invalid("The poll has already ended");
  const wanted = [...new Set(choices)].sort((a, b) => a - b);
  if (wanted.length === 0) return invalid("Choice can't be blank");
  const exists = (choice: number) =>
    Number.isInteger(choice) && choice >= 0 && choice < poll.options.length;
  if (!wanted.every(exists)) return invalid("The chosen vote option does not exist");
  if (earlier.length > 0 && (!poll.multiple || wanted.some((it) => earlier.includes(it)))) {
    return invalid("You have already voted on this poll");
  }
  if (!poll.multiple && wanted.length > 1) return invalid("Only one option can be chosen");
  return wanted;
}

/** The poll with the choices of one voter counted. Choices that are none of its options are lost. */
export function applyVote(poll: PollDoc, choices: readonly number[], isNewVoter: boolean): PollDoc {
  return {
    ...poll,
    options: poll.options.map((option, at) =>
      choices.includes(at) ? { ...option, votes: option.votes + 1 } : option,
    ),
    votersCount: poll.votersCount + (isNewVoter ? 1 : 0),
  };
}
