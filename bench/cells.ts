// Owns the rows of account cells: memory of one that lives with its timeline, memory of one that was
// let go, and the CPU time of bringing one back.

import { atMost, type Figure, figure } from "./figures.js";
import { type Helper, startHelper, type Usage } from "./helper.js";
import { profiled, type Row, type Run } from "./run.js";

const PROGRAM = new URL("./cells-child.js", import.meta.url);

type Woken = { cpuS: number; p50Ms: number; p99Ms: number };

async function inChild<T>(work: (child: Helper) => Promise<T>): Promise<T> {
  const child = startHelper(PROGRAM, ["--expose-gc"]);
  try {
    return await work(child);
  } finally {
    await child.stop();
  }
}

const settle = (ms: number) => new Promise((resume) => setTimeout(resume, ms));

async function alive(run: Run, folder: string, first: string[], rest: string[]): Promise<Figure[]> {
  return inChild(async (child) => {
    await child.ask("open", { folder, small: false });
    await child.ask("wake", first);
    await child.ask("homes", first);
    await settle(500);
    const before = await child.ask<Usage>("gc");
    const woken = await profiled(run, "cells", child, () => child.ask<Woken>("wake", rest));
    await settle(1_500);
    const cells = await child.ask<Usage>("gc");
    await child.ask("homes", rest);
    await settle(100);
    const withHomes = await child.ask<Usage>("gc");
    const each = (after: Usage) => (after.liveBytes - before.liveBytes) / rest.length;
    const rssEach = ((withHomes.rssMb - before.rssMb) * 1048576) / rest.length;
    const activation = (woken.cpuS / rest.length) * 1000;
    return [
      figure({
        row: "cells",
        what: "live cell with its timeline",
        value: each(withHomes) / 1024,
        unit: "KB",
        goal: atMost(6, " KB"),
        judged: each(withHomes) / 1024,
        rssMb: withHomes.rssMb,
        note:
          `${rest.length} cells; ${(each(cells) / 1024).toFixed(2)} KB without the timeline; by RSS ` +
          `${(rssEach / 1024).toFixed(1)} KB. A timeline's ring alone is 3.1 KB`,
      }),
      figure({
        row: "cells",
        what: "activation, CPU time",
        value: activation,
        unit: "ms",
        goal: atMost(1, " ms"),
        judged: activation,
        p50Ms: woken.p50Ms,
        p99Ms: woken.p99Ms,
        cpuS: woken.cpuS,
        note: "all threads; times are those of 32 cells coming back at once",
      }),
    ];
  });
}

async function letGo(folder: string, first: string[], rest: string[]): Promise<Figure[]> {
  return inChild(async (child) => {
    await child.ask("open", { folder, small: true });
    await child.ask("wake", first);
    await settle(1_500);
    const before = await child.ask<Usage>("gc");
    const beforeCells = await child.ask<{ cells: number }>("resident");
    await child.ask("wake", rest);
    await settle(1_500);
    const after = await child.ask<Usage>("gc");
    const { cells } = await child.ask<{ cells: number }>("resident");
    const value = (after.liveBytes - before.liveBytes) / rest.length;
    return [
      figure({
        row: "cells",
        what: "cell that was let go",
        value,
        unit: "bytes",
        goal: atMost(100, " bytes"),
        judged: value,
        rssMb: after.rssMb,
        note: `${rest.length} cells came and went; ${cells} were live at the end, ${beforeCells.cells} before`,
      }),
    ];
  });
}

async function measureCells(run: Run): Promise<Figure[]> {
  const folder = `${run.folder}/cells`;
  const count = run.quick ? 2_000 : 6_000;
  const ids = await inChild((child) => child.ask<string[]>("make", { folder, count }));
  const first = ids.slice(0, count / 4);
  const rest = ids.slice(count / 4);
  return [...(await alive(run, folder, first, rest)), ...(await letGo(folder, first, rest))];
}

export const cells: Row = {
  name: "cells",
  says: "memory of account cells, and what it costs to bring one back",
  measure: measureCells,
};
