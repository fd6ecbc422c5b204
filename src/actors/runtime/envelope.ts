// Owns what surrounds a fact and a snapshot in the store, and the text form of a cell's address.
// A fact's row is `{"f": fact}`, plus `"o": [sender, seq, n]` when the command that caused it was
// another cell's effect: from these a cell knows, after any crash, which messages it has handled.
// What was written stays readable: fields may be added here, never change their meaning.

import type { CellRef } from "../../ports/actors.js";
import type { Effect } from "../effects.js";

/** Where a told command comes from: the n-th effect of the sender's fact number `seq`. */
export type Origin = { readonly from: string; readonly seq: number; readonly n: number };

/** Effects whose meaning the edges supply: all but `tell`, which the runtime carries itself. */
export type Performed = Exclude<Effect, { ask: "tell" }>;

/** A durable effect with its place in the sender's history. A told command is text already: it says
 * what the state was at its fact, whatever becomes of the state before it is sent. */
export type OutEffect =
  | { readonly seq: number; readonly n: number; readonly to: CellRef; readonly text: string }
  | { readonly seq: number; readonly n: number; readonly effect: Performed };

/** The cell's name in journals, outboxes and logs. */
export const cellKey = (ref: CellRef): string => `${ref.kind}/${ref.id}`;

/** The address that `cellKey` wrote. */
export function cellRefOf(key: string): CellRef {
  const cut = key.indexOf("/");
  return { kind: key.slice(0, cut) as CellRef["kind"], id: key.slice(cut + 1) };
}

/** A fact's row. The origin belongs to the first fact of a command. */
export function encodeFact(fact: unknown, origin: Origin | null): string {
  const text = JSON.stringify(fact);
  if (origin === null) return `{"f":${text}}`;
  return `{"f":${text},"o":${JSON.stringify([origin.from, origin.seq, origin.n])}}`;
}

/** Reads a fact's row. Throws on what `encodeFact` cannot have written. */
export function decodeFact(text: string): { fact: unknown; origin: Origin | null } {
  const row = JSON.parse(text) as { f: unknown; o?: [string, number, number] };
  if (row.o === undefined) return { fact: row.f, origin: null };
  return { fact: row.f, origin: { from: row.o[0], seq: row.o[1], n: row.o[2] } };
}

const ENVELOPE_VERSION = 1;

export type SnapshotEnvelope = {
  state: unknown;
  /** Effects of facts up to the snapshot that were not done when it was taken. */
  pending: readonly OutEffect[];
  /** The newest message handled of each sender, least recent first. */
  origins: readonly Origin[];
};

/** The snapshot's text. `stateText` is JSON made at the moment the state was at the snapshot's seq. */
export function encodeSnapshot(parts: {
  stateText: string;
  originsText: string;
  pending: readonly OutEffect[];
}): string {
  const pending = JSON.stringify(parts.pending);
  const { originsText, stateText } = parts;
  const head = `{"v":${ENVELOPE_VERSION},"pending":${pending}`;
  return `${head},"origins":${originsText},"state":${stateText}}`;
}

/** Reads a snapshot's text; null if it is not one of ours, and then the journal is read from its start. */
export function decodeSnapshot(text: string): SnapshotEnvelope | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null) return null;
  const envelope = parsed as { v?: unknown } & SnapshotEnvelope;
  return envelope.v === ENVELOPE_VERSION ? envelope : null;
}
