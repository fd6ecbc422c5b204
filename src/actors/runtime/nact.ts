// Owns the only door to nact: each cell is one nact actor, and its messages are nothing but turns.
// What nact 7.6 leaves open is closed here and in the cell, each with a test (test/runtime/nact):
// a parent copies its list of children for each message that it handles, so parents here (one for a
// shard, never all cells under one) handle none; a stopped actor drops messages in silence, and its
// queue has no bound, so messages wait in the cell's own mailbox (mailbox.ts) and nact carries
// wake-ups, at most one waiting; its `persist` has no fence and leaves gaps, so it is never used;
// its supervision of whole families can run two handlers of one actor at once, so no turn rejects
// and an actor is only ever stopped. nact also runs all waiting actors before it looks at the
// outside: turns are dealt out in slices instead (slices.ts).

import { type ActorSystemRef, dispatch, type Ref, spawn, start, stop } from "nact";
import { BrokenAssertion } from "../../base/assert.js";
import type { Place, Places } from "./places.js";
import { Slices } from "./slices.js";

type ShardRef = Ref<never>;
type CellRef = Ref<"turn">;

/** Runs cells as nact actors. `failed` hears of a turn that rejected, which is our own mistake. */
export function createNactPlaces(options: {
  nowMs: () => number;
  /** Runs its argument after the outside was looked at (setImmediate). */
  defer: (run: () => void) => void;
  sliceMaxMs: number;
  failed: (error: unknown) => void;
}): Places {
  const inside = { slices: new Slices(options), failed: options.failed };
  const system: ActorSystemRef = start();
  const parents = new Map<number, ShardRef>();
  let names = 0;

  function parentOf(shard: number): ShardRef {
    const known = parents.get(shard);
    if (known !== undefined) return known;
    const parent = spawn(system, refuse, `shard-${shard}`);
    parents.set(shard, parent);
    return parent;
  }

  return {
    take(shard, turn) {
      return new NactPlace(parentOf(shard), `cell-${names++}`, turn, inside);
    },
    stop: () => stop(system),
  };
}

/** What a parent does with a message: there are none. */
function refuse(): never {
  throw new BrokenAssertion("a shard's parent handles no messages");
}

class NactPlace implements Place {
  readonly #ref: CellRef;
  readonly #slices: Slices;
  readonly #turn: () => Promise<void>;
  #waiting = false;
  #left = false;

  constructor(
    parent: ShardRef,
    name: string,
    turn: () => Promise<void>,
    options: { slices: Slices; failed: (error: unknown) => void },
  ) {
    this.#slices = options.slices;
    this.#turn = turn;
    this.#ref = spawn(parent, () => this.#take(), name, {
      onCrash: (_message, error, context) => {
        options.failed(error);
        return context.stop;
      },
    });
  }

  wake(): void {
    if (this.#waiting || this.#left) return;
    this.#waiting = true;
    this.#slices.enter(this.#dispatch);
  }

  leave(): void {
    if (this.#left) return;
    this.#left = true;
    stop(this.#ref);
  }

  readonly #dispatch = (): void => {
    if (!this.#left) dispatch(this.#ref, "turn");
  };

  #take(): Promise<void> | undefined {
    if (this.#left) return undefined;
    if (!this.#slices.admits()) {
      this.#slices.again(this.#dispatch);
      return undefined;
    }
    this.#waiting = false;
    return this.#turn();
  }
}
