// Owns the bench as a program: which rows run, and how they are told. Each row starts the processes
// that it needs, on loopback, with a data folder below dist/, and takes all of it away again.

import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { cells } from "./cells.js";
import { fanOut } from "./fan-out.js";
import { type Figure, isMet, table } from "./figures.js";
import { post } from "./post.js";
import { type Row, type Run, scratch } from "./run.js";
import { start } from "./start.js";
import { streams } from "./streams.js";
import { home, status } from "./web.js";

const ROWS: readonly Row[] = [home, status, post, fanOut, streams, cells, start];

const HELP = `Usage: npm run bench -- [rows] [options]

Measures this machine and prints a table: each figure beside its raw limit, measured in the same
run, and beside its goal. Without rows, all of them (within four minutes).

Rows:
${ROWS.map((row) => `  ${row.name.padEnd(10)} ${row.says}`).join("\n")}

Options:
  --quick            short measurements: all rows within a minute, and rougher figures
  --json             one JSON document instead of the table
  --profile FOLDER   also write CPU profiles there, and print what takes the time
  --help             this text`;

function asked() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      profile: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const unknown = positionals.filter((name) => !ROWS.some((row) => row.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `no row is called ${unknown.join(", ")}; rows: ${ROWS.map((it) => it.name).join(", ")}`,
    );
  }
  return {
    ...values,
    rows: ROWS.filter(({ name }) => positionals.length === 0 || positionals.includes(name)),
  };
}

const machine = () => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
});

async function main(): Promise<number> {
  const { quick, json, profile, help, rows } = asked();
  if (help) {
    console.log(HELP);
    return 0;
  }
  const { folder, drop } = scratch();
  const run: Run = {
    spanMs: quick ? 1_500 : 5_000,
    warmMs: quick ? 1_000 : 3_000,
    folder,
    quick,
    profileTo: profile ?? null,
    progress: (says) => console.error(`bench: ${says}`),
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      // The helpers end when their parent does.
      drop();
      process.exit(1);
    });
  }
  const figures: Figure[] = [];
  const startedMs = Date.now();
  try {
    for (const row of rows) {
      run.progress(`${row.name} (${row.says})`);
      figures.push(...(await row.measure(run)));
    }
  } finally {
    drop();
  }
  const tookS = Math.round((Date.now() - startedMs) / 1000);
  if (json) {
    const told = figures.map((it) => ({ ...it, met: isMet(it) }));
    console.log(JSON.stringify({ machine: machine(), tookS, figures: told }, null, 2));
  } else {
    const { cpu, cores, node, platform } = machine();
    console.log(
      `${cpu}, ${cores} cores, Node ${node}, ${platform}; ${tookS} s\n\n${table(figures)}`,
    );
  }
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? (error.stack ?? error.message) : error}`);
  process.exitCode = 1;
}
