// Owns `npm test`: sees to what the tests need, builds, runs each test file as a process of its own
// and ends with the plain line `N passed, N failed`, counted in assertions as tap counts them.
//
//   npm test                      everything
//   npm test -- test/runtime      the files under a folder, or one file
//   npm test -- --jobs 1          one at a time
//
// A test file may say how long it may take in its first lines: `// timeout: 300 s`.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const TIMEOUT_S = 180;
const OUTPUT_MAX = 8 * 1024 * 1024;

/**
 * What the tests need from the system. `ready` answers whether it is there; `install` may bring it
 * and answers whether that worked; without it, or if it fails, `missing` is the line to print.
 * Single mode needs Node alone. Services of later parts (brokers, databases) join this list.
 */
const needs = [
  {
    name: "Node.js 20.19 or newer",
    ready: () => {
      const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
      return major > 20 || (major === 20 && minor >= 19);
    },
    missing: `Node.js 20.19 or newer is missing (this is ${process.versions.node}): https://nodejs.org`,
  },
  {
    name: "installed packages",
    ready: () => existsSync(join(root, "node_modules", "tap", "package.json")),
    missing: "the packages are missing: run `npm ci` (with development packages)",
  },
];

function seeToNeeds() {
  let all = true;
  for (const need of needs) {
    if (need.ready() || (need.install?.() && need.ready())) continue;
    console.error(`needs: ${need.missing}`);
    all = false;
  }
  return all;
}

function parseArguments(args) {
  const filters = [];
  let jobs = Math.max(1, Math.min(2, availableParallelism()));
  for (let i = 0; i < args.length; i++) {
    if (args[i] === "--jobs") jobs = Math.max(1, Number(args[++i]) || 1);
    else filters.push(args[i].replace(/^\.?\/*(dist\/)?/, "").replace(/\.(ts|js)$/, ""));
  }
  return { filters, jobs };
}

function testFiles(filters) {
  const found = [];
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (path.endsWith(".test.ts")) found.push(path.replace(/\.ts$/, ""));
    }
  };
  walk("test");
  const wanted = (path) => filters.length === 0 || filters.some((start) => path.startsWith(start));
  return found.filter(wanted).sort();
}

const timeoutOf = (path) => {
  const head = readFileSync(join(root, `${path}.ts`), "utf8").slice(0, 2000);
  return Number(/\/\/ timeout: (\d+) s/.exec(head)?.[1] ?? TIMEOUT_S);
};

/** The totals that tap prints at the end of a file, or null if it never got that far. */
function totalsOf(output) {
  const line = output.match(/^# \{ total: .*\}$/gm)?.at(-1);
  if (line === undefined) return null;
  const of = (name) => Number(new RegExp(`${name}: (\\d+)`).exec(line)?.[1] ?? 0);
  return { passed: of("pass"), failed: of("fail"), skipped: of("skip") + of("todo") };
}

/** The failed points with their diagnostics, without the noise of those that passed. */
function failuresIn(output) {
  const kept = [];
  let depth = -1;
  for (const line of output.split("\n")) {
    const indent = line.search(/\S/);
    if (/^\s*not ok /.test(line)) {
      depth = indent;
      kept.push(line);
    } else if (depth >= 0 && (indent > depth || line.trim() === "")) kept.push(line);
    else depth = -1;
  }
  return kept.slice(0, 200).join("\n");
}

function runFile(path) {
  const startedMs = Date.now();
  const timeoutS = timeoutOf(path);
  const file = join("dist", `${path}.js`);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--enable-source-maps", file], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
      env: { ...process.env, TAP_TIMEOUT: String(timeoutS), NODE_ENV: "test", NO_COLOR: "1" },
    });
    let out = "";
    let err = "";
    let why = "";
    child.stdout.on("data", (chunk) => {
      if (out.length < OUTPUT_MAX) out += chunk;
      else out = out.slice(-OUTPUT_MAX / 2) + chunk;
    });
    child.stderr.on("data", (chunk) => {
      err = (err + chunk).slice(-20_000);
    });
    const timer = setTimeout(() => {
      why = `took longer than ${timeoutS} s`;
      kill(child);
    }, timeoutS * 1000);
    running.add(child);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      kill(child);
      if (why === "" && signal !== null) why = `died by ${signal}`;
      resolve(judge({ path, out, err, why, code, seconds: (Date.now() - startedMs) / 1000 }));
    });
  });
}

function judge({ path, out, err, why, code, seconds }) {
  const totals = totalsOf(out);
  let reason = why;
  if (reason === "" && totals === null) reason = "ended without the totals of its tests";
  if (reason === "" && totals.passed + totals.failed + totals.skipped === 0) reason = "ran no test";
  if (reason === "" && code !== 0 && totals.failed === 0) reason = `ended with exit code ${code}`;
  const passed = totals?.passed ?? 0;
  const failed = (totals?.failed ?? 0) + (reason === "" ? 0 : 1);
  return { path, passed, failed, skipped: totals?.skipped ?? 0, reason, seconds, out, err };
}

function kill(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nobody of its group is left.
  }
}

function show(result, done, total) {
  const mark = result.failed === 0 ? "ok  " : "FAIL";
  const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : "";
  const counts = `${result.passed} passed, ${result.failed} failed${skipped}`;
  console.log(
    `${mark} [${done}/${total}] ${result.path}  ${counts}  ${result.seconds.toFixed(1)} s`,
  );
  if (result.failed === 0) return;
  if (result.reason !== "") console.log(`     ${result.reason}`);
  const details = failuresIn(result.out) || result.out.slice(-3000);
  for (const text of [details, result.err.slice(-4000)]) {
    if (text.trim() !== "") console.log(text.replace(/^/gm, "     "));
  }
}

const running = new Set();
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    for (const child of running) kill(child);
    process.exit(130);
  });
}

async function main() {
  const { filters, jobs } = parseArguments(process.argv.slice(2));
  const total = { passed: 0, failed: 0 };
  if (!seeToNeeds()) total.failed++;
  else {
    const build = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], {
      stdio: "inherit",
    });
    if (build.status !== 0) total.failed++;
    else await runAll(testFiles(filters), jobs, total);
  }
  if (total.passed + total.failed === 0) console.error("no test was run");
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
  console.log(`${total.passed} passed, ${total.failed} failed`);
}

async function runAll(files, jobs, total) {
  console.log(`running ${files.length} test files, ${jobs} at a time`);
  const failed = [];
  let next = 0;
  let done = 0;
  const worker = async () => {
    while (next < files.length) {
      const result = await runFile(files[next++]);
      total.passed += result.passed;
      total.failed += result.failed;
      if (result.failed > 0) failed.push(result.path);
      show(result, ++done, files.length);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  if (failed.length > 0) console.log(`\nfailed: ${failed.join("  ")}`);
}

await main();
