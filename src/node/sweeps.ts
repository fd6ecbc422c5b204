// Owns what is done now and then: effects that a cell may have left undone are looked for once a
// minute; home timelines nobody reads and secrets that have run out are dropped once an hour. Stops
// before the actors.

import { isFault } from "../base/faults.js";
import { sweepSecrets } from "../gateway/oauth/sweep.js";
import type { Log } from "../observe/log.js";
import type { Core } from "./core.js";

const MINUTE_MS = 60_000;
const SWEEP_EVERY_MINUTES = 60;

/** Looks once a minute, and sweeps once an hour; the first time a minute and an hour from now. */
export function startSweeps(options: {
  core: Pick<Core, "store" | "clock" | "events" | "homes" | "scheduler" | "actors">;
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
  let minutes = 0;
  async function look(): Promise<void> {
    await core.actors.recoverOutboxes();
    if (++minutes % SWEEP_EVERY_MINUTES === 0) await run();
  }
  function wait(): void {
    if (stopped) return;
    cancel = core.scheduler.after(MINUTE_MS, () => {
      running = look().catch((error: unknown) => log.error("the sweep failed", { error }));
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
