// Owns what becomes of a message that makes its cell throw. It may come again twice; after that it
// is set aside: written down as a record of kind "poison" for whoever operates the site, answered
// with the fault poisoned, and not decided again while this process lives. The cell goes on.

import { putRecord } from "../../base/changes.js";
import { type Fault, isFault } from "../../base/faults.js";
import type { Clock } from "../../ports/clock.js";
import type { Store } from "../../ports/storage.js";
import { encodeFault } from "./local-transport.js";
import type { Log } from "./log.js";

/** Messages whose failures are remembered; the oldest is forgotten first. */
const REMEMBERED_MAX = 1_000;
const TEXT_MAX = 4_096;
const NAME_MAX = 1_024;

/** What may fail and be set aside: a command, or an effect that the edges perform. */
export type Suspect = { cell: string; name: string; text: string };

/** The document of a "poison" record. */
export type PoisonDoc = {
  cell: string;
  name: string;
  /** The command or effect as JSON, cut off at 4,096 characters. */
  text: string;
  error: string;
  times: number;
  atMs: number;
};

export type SupervisionDeps = {
  store: Pick<Store, "write">;
  clock: Clock;
  nextId: () => string;
  throwsMax: number;
  log: Log;
};

export class Supervision {
  readonly #deps: SupervisionDeps;
  readonly #failures = new Map<string, { times: number; parked: boolean }>();

  constructor(deps: SupervisionDeps) {
    this.#deps = deps;
  }

  /** True if the message was set aside before. */
  isParked(suspect: () => Suspect): boolean {
    if (this.#failures.size === 0) return false;
    return this.#failures.get(nameOf(suspect()))?.parked === true;
  }

  /** Notes that the message threw. Answers the reply for its asker: internal or poisoned. */
  async threw(suspect: Suspect, error: unknown): Promise<string> {
    const name = nameOf(suspect);
    const known = this.#failures.get(name) ?? { times: 0, parked: false };
    known.times++;
    this.#remember(name, known);
    const says = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const { cell } = suspect;
    this.#deps.log.error("a command threw", { cell, name: suspect.name, error: says });
    if (known.times < this.#deps.throwsMax) return encodeFault("internal", says.slice(0, 200));
    const wrote = await this.#park(suspect, { times: known.times, error: says });
    if (wrote !== null) return encodeFault("internal", `not set aside: ${wrote.fault}`);
    known.parked = true;
    return encodeFault("poisoned");
  }

  async #park(suspect: Suspect, why: { times: number; error: string }): Promise<null | Fault> {
    const doc: PoisonDoc = {
      cell: suspect.cell,
      name: suspect.name.slice(0, NAME_MAX),
      text: suspect.text.slice(0, TEXT_MAX),
      error: why.error.slice(0, TEXT_MAX),
      times: why.times,
      atMs: this.#deps.clock.nowMs(),
    };
    try {
      const wrote = await this.#deps.store.write([putRecord("poison", this.#deps.nextId(), doc)]);
      return isFault(wrote) ? wrote : null;
    } catch (error) {
      return { fault: "store-unavailable", cause: String(error) };
    }
  }

  #remember(name: string, known: { times: number; parked: boolean }): void {
    this.#failures.delete(name);
    this.#failures.set(name, known);
    if (this.#failures.size <= REMEMBERED_MAX) return;
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest);
      return;
    }
  }
}

const nameOf = (suspect: Suspect): string =>
  `${suspect.cell} ${suspect.name} ${suspect.text}`.slice(0, NAME_MAX);
