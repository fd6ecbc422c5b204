// Owns the runtime's bounds, each with a name. What happens at a bound is written where it is met.

export type RuntimeLimits = {
  /** Messages waiting in one cell. At the bound: the fault mailbox-full. */
  mailboxMax: number;
  /** Messages decided together, appended in one durable step. */
  batchMax: number;
  /** Reads one command may need. At the bound: the command fails as if it had thrown. */
  needsMax: number;
  /** Facts read at once while a cell comes back. */
  replayPage: number;
  /** Cells coming back at the same time; the others wait for their turn. */
  recoveriesMax: number;
  /** Cells waiting to come back. At the bound: the fault mailbox-full. */
  recoveriesWaitingMax: number;
  /** Estimated memory of live cells, in bytes. Above it the idle ones are let go. */
  residentMaxBytes: number;
  /** Durable effects of one cell not yet done. At the bound: mailbox-full for edges, and at four
   * times the bound for other cells too (they come first, so that two full cells cannot lock up). */
  outboxMax: number;
  /** Destinations to which one cell sends at the same time; the others wait. */
  lanesMax: number;
  /** Milliseconds an ask waits unless it says otherwise. At the bound: the fault timeout. */
  askTimeoutMs: number;
  /** Milliseconds that a reply waits at most for told cells, where the asker wants that. */
  settleMaxMs: number;
  /** Facts between two snapshots. */
  snapshotEvery: number;
  /** Senders whose newest message a cell remembers. */
  originsMax: number;
  /** Times one message may throw before it is set aside. */
  throwsMax: number;
  /** Milliseconds of turns between two looks at the outside. */
  sliceMaxMs: number;
  /** Milliseconds after which a finished outbox is written off, if no append does it before. */
  markerIdleMs: number;
};

export const RUNTIME_LIMITS: RuntimeLimits = {
  mailboxMax: 1_000,
  batchMax: 64,
  needsMax: 200,
  replayPage: 500,
  recoveriesMax: 32,
  recoveriesWaitingMax: 10_000,
  residentMaxBytes: 256 * 1024 * 1024,
  outboxMax: 1_000,
  lanesMax: 64,
  askTimeoutMs: 10_000,
  settleMaxMs: 1_000,
  snapshotEvery: 100,
  originsMax: 512,
  throwsMax: 3,
  sliceMaxMs: 4,
  markerIdleMs: 1_000,
};
