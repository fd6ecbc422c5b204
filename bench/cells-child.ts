// A process of its own: account cells by the thousand, for their memory and what it costs to bring
// them back. Started with --expose-gc.

import { performance } from "node:perf_hooks";
import type { Core } from "../src/node/core.js";
import { accountCell } from "../src/ports/actors.js";
import { percentile } from "./figures.js";
import { serveParent } from "./helper.js";
import { benchCore, makeAccounts } from "./node-kit.js";
import { benchSettings } from "./settings.js";

const AT_ONCE = 32;
const BIG_BYTES = 4 * 2 ** 30;
const SMALL_BYTES = 256 * 1024;

let core: Core | null = null;
const opened = (): Core => {
  if (core === null) throw new Error("ask open first");
  return core;
};

/** A command that brings the cell back, is refused, and records nothing. */
const LOOK = { type: "pin", statusId: "1" };

async function inTurns(ids: readonly string[], work: (id: string) => Promise<unknown>) {
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    await Promise.all(ids.slice(at, at + AT_ONCE).map(work));
  }
}

const cpuS = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

serveParent(
  {
    /** Makes accounts that follow one another and have written something; then forgets them. */
    async make({ folder, count }: { folder: string; count: number }) {
      const settings = benchSettings(folder);
      const it = await benchCore(settings);
      const ids = await makeAccounts(it, "member", count);
      await inTurns(ids, async (id) => {
        const targetId = ids[(ids.indexOf(id) + 1) % ids.length];
        await it.actors.ask(accountCell(id), { type: "follow", targetId } as { type: string });
      });
      await it.stop(5_000);
      return ids;
    },
    async open({ folder, small }: { folder: string; small: boolean }) {
      core = await benchCore(benchSettings(folder), {
        residentMaxBytes: small ? SMALL_BYTES : BIG_BYTES,
      });
    },
    /** Brings the cells back. Answers the CPU time and the time of each. */
    async wake(ids: string[]) {
      const samples: number[] = [];
      const before = cpuS();
      await inTurns(ids, async (id) => {
        const startMs = performance.now();
        await opened().actors.ask(accountCell(id), LOOK);
        samples.push(performance.now() - startMs);
      });
      const took = cpuS() - before;
      return { cpuS: took, p50Ms: percentile(samples, 0.5), p99Ms: percentile(samples, 0.99) };
    },
    homes: (ids: string[]) => inTurns(ids, (id) => opened().homes.page(id, { limit: 20 })),
    resident: () => opened().actors.resident(),
  },
  async () => {
    await core?.stop(1000);
  },
);
