// Owns what is tidied now and then: home timelines nobody reads, secrets that have run out. Nothing
// depends on it but room. Stops before the actors.

import { isFault } from "../base/faults.js";
import { sweepSecrets } from "../gateway/oauth/sweep.js";
import type { Log } from "../observe/log.js";
import type { Core } from "./core.js";

const HOUR_MS = 3_600_000;

/** Sweeps once an hour, the first time an hour from now. */
export function startSweeps(options: {
  core: Pick<Core, "store" | "clock" | "events" | "homes" | "scheduler">;
  homeIdleMs: number;
  log: Log;
}): { run(): Promise<void>; stop(): Promise<void> } {
  const { core, log } = options;
  let stopped = false;
  let running = Promise.resolve();
  let cancel = () => {};
  async function run(): Promise<void> {
    const homes = core.homes.dropIdle(options.homeIdleMs);
    const secrets = await sweepSecrets(core);
    if (isFault(secrets)) log.warn("the sweep was cut off", { cause: secrets.cause });
    else if (homes + secrets > 0) log.debug("swept", { homes, secrets });
  }
  function wait(): void {
    if (stopped) return;
    cancel = core.scheduler.after(HOUR_MS, () => {
      running = run().catch((error: unknown) => log.error("the sweep failed", { error }));
      void running.then(wait);
    });
  }
  wait();
  return {
    run,
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}
