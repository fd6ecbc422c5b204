// Owns the seeded simulation of cells: many histories, each from one number. A failure prints its
// seed; ROOKERY_SIM_SEED runs that history alone, ROOKERY_SIM_SEEDS sets how many are run.

import { env } from "node:process";
import t from "tap";
import { History } from "./run.js";

const SEEDS = Number(env.ROOKERY_SIM_SEEDS ?? 240);
const only = env.ROOKERY_SIM_SEED;
const seeds = only === undefined ? Array.from({ length: SEEDS }, (_, n) => n) : [Number(only)];

t.test(
  "through crashes, zombies, lost, late and doubled messages every promise holds",
  async (t) => {
    const totals = { acknowledged: 0, nodes: 0, events: 0, mails: 0 };
    for (const seed of seeds) {
      const history = new History(seed);
      const broken = await history.run();
      if (broken.length === 0) await history.checkAnswers();
      totals.acknowledged += history.acknowledged.size;
      totals.nodes += history.nodesStarted;
      totals.events += history.world.happened;
      totals.mails += [...history.mails.values()].flat().length;
      if (broken.length === 0) continue;
      t.fail(`seed ${seed}: run it alone with ROOKERY_SIM_SEED=${seed}`, { broken });
      if (only === undefined) break;
    }
    t.comment(`${seeds.length} histories from seed ${seeds[0]}: ${JSON.stringify(totals)}`);
    t.ok(totals.acknowledged > seeds.length, "clients got something done");
  },
);
