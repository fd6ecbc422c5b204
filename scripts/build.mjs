// Owns building: compiles what is stale and nothing else, so that a start with nothing to build
// costs some milliseconds. Sources are TypeScript under the folders below; their other files (SQL,
// tables, golden answers) are copied beside the compiled ones. A stamp in dist/ holds what the last
// good build was made from.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const stampPath = join(dist, ".built");
const folders = ["src", "config", "cluster", "test", "bench"];
const alone = ["package.json", "tsconfig.json", "package-lock.json", "scripts/build.mjs"];
/** Built otherwise, or by nobody. */
const left = new Set(["src/web", "node_modules", "dist"]);

/** Every source file, relative to the root, in text order. */
function sources() {
  const found = [];
  const walk = (folder) => {
    if (left.has(folder) || !existsSync(join(root, folder))) return;
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) found.push(path);
    }
  };
  folders.forEach(walk);
  return found.sort();
}

/** Changes when a source comes, goes, or is written. */
function fingerprint(paths) {
  const hash = createHash("sha256");
  for (const path of [...alone, ...paths]) {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (stat !== undefined) hash.update(`${path}\0${stat.size}\0${stat.mtimeMs}\n`);
  }
  return hash.digest("hex");
}

function compile() {
  const require = createRequire(join(root, "package.json"));
  const bin = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
  if (!existsSync(bin)) {
    console.error("build: the TypeScript compiler is missing; run: npm ci");
    return 1;
  }
  const run = spawnSync(process.execPath, [bin, "-p", root], { stdio: "inherit", cwd: root });
  return run.status ?? 1;
}

/** Copies what is not TypeScript, and takes away what no source stands for any more. */
function copyAndSweep(paths) {
  const wanted = new Set();
  for (const path of paths) {
    const typescript = /\.ts$/.test(path) && !/\.d\.ts$/.test(path);
    if (typescript) {
      const js = path.replace(/\.ts$/, ".js");
      wanted.add(js).add(`${js}.map`);
    } else {
      wanted.add(path);
      const to = join(dist, path);
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(join(root, path), to);
    }
  }
  const sweep = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) sweep(path);
      else if (!wanted.has(relative(dist, path).replaceAll("\\", "/"))) rmSync(path);
    }
  };
  for (const folder of folders) if (existsSync(join(dist, folder))) sweep(join(dist, folder));
}

/** Whether every source has its output: somebody may have cleared a part of dist/. */
function isWhole(paths) {
  return paths.every((path) => existsSync(join(dist, path.replace(/(?<!\.d)\.ts$/, ".js"))));
}

const paths = sources();
const now = fingerprint(paths);
const whole = isWhole(paths);
const before = existsSync(stampPath) ? readFileSync(stampPath, "utf8") : "";
const force = process.argv.includes("--force");
if (now !== before || !whole || force) {
  const startedMs = Date.now();
  process.stderr.write("build: compiling ...\n");
  mkdirSync(dist, { recursive: true });
  rmSync(stampPath, { force: true });
  // The compiler would leave out what it thinks it has written.
  if (force || !whole) rmSync(join(dist, ".tsbuildinfo"), { force: true });
  const status = compile();
  copyAndSweep(paths);
  if (status !== 0) {
    console.error("build: the compiler found errors (above); nothing was started");
    process.exitCode = 1;
  } else {
    // npm links the program by its name: it must be one that can be run.
    const program = join(dist, "src", "main.js");
    if (existsSync(program)) chmodSync(program, 0o755);
    writeFileSync(stampPath, now);
    process.stderr.write(`build: done in ${((Date.now() - startedMs) / 1000).toFixed(1)} s\n`);
  }
}
