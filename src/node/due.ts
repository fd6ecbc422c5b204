// Owns work that is due at a time: scheduled statuses, ends of polls and mutes. The collection `due`
// is the truth; this only looks when the next row is due, and asks the row's cell, which decides and
// takes the row away. A row whose cell does not take it is looked at again later, never dropped.
// Stops before the actors.

import { isFault } from "../base/faults.js";
import { DUE, dueRank } from "../domain/collections.js";
import type { Log } from "../observe/log.js";
import { type Actors, accountCell } from "../ports/actors.js";
import type { Clock, Scheduler } from "../ports/clock.js";
import type { Member, Store } from "../ports/storage.js";

const PAGE = 200;
const AT_ONCE = 16;
/** Looks at least this often, whatever the rows say: clocks jump. */
const LOOK_MS = 1_000;

/** The command that each kind of row stands for. */
const COMMANDS: Record<string, (what: string) => { type: string }> = {
  scheduled: (id) => ({ type: "publish-due", ...{ id } }),
  poll: (pollId) => ({ type: "poll-due", ...{ pollId } }),
  mute: (targetId) => ({ type: "mute-due", ...{ targetId } }),
};

export type DueWork = {
  /** Does what is due now. Answers how many rows it took up. */
  run(): Promise<number>;
  stop(): Promise<void>;
};

export function startDueWork(parts: {
  store: Pick<Store, "collections">;
  actors: Actors;
  clock: Clock;
  scheduler: Scheduler;
  log: Pick<Log, "warn" | "error">;
}): DueWork {
  let stopped = false;
  let running: Promise<number> = Promise.resolve(0);
  let cancel = () => {};
  async function run(): Promise<number> {
    let done = 0;
    let above = "";
    const now = dueRank(parts.clock.nowMs() + 1);
    for (;;) {
      const rows = await parts.store.collections.page(DUE, {
        limit: PAGE,
        from: "low",
        above,
        below: now,
      });
      for (let at = 0; at < rows.length; at += AT_ONCE) {
        await Promise.all(rows.slice(at, at + AT_ONCE).map((row) => doOne(parts, row)));
      }
      done += rows.length;
      const last = rows[rows.length - 1];
      if (rows.length < PAGE || last === undefined || stopped) return done;
      above = last.rank;
    }
  }
  function look(): void {
    if (stopped) return;
    running = run().catch((error: unknown) => {
      parts.log.error("due work failed", { error });
      return 0;
    });
    void running.then(() => {
      if (!stopped) cancel = parts.scheduler.after(LOOK_MS, look);
    });
  }
  cancel = parts.scheduler.after(0, look);
  return {
    run,
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}

async function doOne(
  { actors, log }: Parameters<typeof startDueWork>[0],
  row: Member,
): Promise<void> {
  const [kind = "", cell = "", what = ""] = row.member.split(":");
  const command = COMMANDS[kind]?.(what);
  if (command === undefined) {
    log.warn("unknown due work", { member: row.member });
    return;
  }
  const done = await actors.ask(accountCell(cell), command);
  if (isFault(done)) log.warn("due work was not done", { member: row.member, fault: done.fault });
}
