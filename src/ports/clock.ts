// Owns how the inside asks for time and chance. Nothing else may read either (test/tidy.test.ts).

export interface Clock {
  /** Milliseconds since 1970, UTC. May jump; never trusted for who owns what. */
  nowMs(): number;
}

export interface Scheduler {
  /** Runs `run` once, `delayMs` from now or later. The answer cancels it; cancelling twice is harmless. */
  after(delayMs: number, run: () => void): () => void;
}

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** `count` bytes fit for secrets (from the simulator: from its seed). */
  bytes(count: number): Uint8Array;
}
