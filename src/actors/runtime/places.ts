// Owns what a cell asks of whoever runs it. There are two: nact (nact.ts), and the simulator's own
// under its virtual clock (test/sim). Both drive the same cells.

export interface Place {
  /** Asks for a turn. Several calls before the turn begins ask for one. */
  wake(): void;
  /** Gives the place up; no turn begins after this. */
  leave(): void;
}

export interface Places {
  /**
   * A place for one cell. After `wake`, `turn` runs once, later and never inside `wake`; turns of
   * one place never overlap; a wake during a turn leads to another one. `turn` never rejects.
   */
  take(shard: number, turn: () => Promise<void>): Place;
  stop(): void;
}
