// Owns the rules of the tidy test about who imports whom: layers, vendors' doors, circles, and files
// that nobody uses.

import { builtinModules } from "node:module";
import { isShipped } from "./rules.js";
import type { Finding, Import, Source } from "./source.js";

const EDGES = ["storage", "cluster", "gateway", "federation", "media"] as const;
const INSIDE = ["base", "domain", "ports", "actors"] as const;

/** The part of the system that a file belongs to. */
export function partOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  if (first !== "src") return first;
  return second.includes(".") || second === "node" ? "assembly" : second;
}

/** Which parts a part may import, beside itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  observe: ["base"],
  config: ["base"],
  domain: ["base"],
  ports: ["base", "domain"],
  actors: ["base", "domain", "ports", "observe"],
  ...Object.fromEntries(EDGES.map((edge) => [edge, [...INSIDE, "observe"]])),
};
/** These may import everything. */
const FREE = new Set(["assembly", "test", "bench"]);
/** Behaviours are pure: they log nothing. */
const BEHAVIOURS = /^src\/actors\/(account|inbox|site)\/|^src\/actors\/(behaviour|effects)\.ts$/;

export function checkLayers(source: Source): Finding[] {
  const part = partOf(source.path);
  if (FREE.has(part)) return [];
  const allowed = MAY_IMPORT[part];
  if (allowed === undefined) {
    const fix = "put it into a part of the tree, or give the part its place in test/tidy/graph.ts";
    return [{ path: source.path, line: 1, says: `no part is called ${part}`, fix }];
  }
  return source.imports.flatMap((it) => {
    if (it.file === null) return [];
    const other = partOf(it.file);
    const pure = BEHAVIOURS.test(source.path) && other === "observe";
    if (!pure && (other === part || allowed.includes(other))) return [];
    const crossing = isEdge(part) && isEdge(other);
    const fix = crossing
      ? "let them meet in ports, or take a function from src/node.ts"
      : "imports go towards src/base only; take a function or a port instead";
    const says = `${part} imports ${other} (${it.from})`;
    return [{ path: source.path, line: it.line, says, fix }];
  });
}

const isEdge = (part: string): boolean => EDGES.some((it) => it === part);

/** One vendor, one door: where a package may be imported, as beginnings of paths. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  nact: ["src/actors/runtime/nact.ts"],
  uwebsockets: ["src/gateway/http/"],
  ws: ["src/gateway/http/"],
  busboy: ["src/gateway/http/"],
  zod: ["config/", "src/gateway/", "cluster/admin/ops.ts"],
  yaml: ["config/"],
  commander: ["cluster/admin/"],
  pino: ["src/observe/log.ts"],
  "@photostructure/sqlite": ["src/storage/sqlite/database.ts"],
  "@node-rs/argon2": ["src/gateway/oauth/passwords.ts"],
  "@node-oauth/oauth2-server": ["src/gateway/oauth/"],
  nodemailer: ["src/gateway/oauth/mail.ts"],
  "lru-cache": ["src/gateway/read/"],
  entities: ["src/domain/text/html-reader.ts"],
};

const BUILTINS = new Set(builtinModules);
/** What the inside may use of the platform: nothing that reaches out of the process. */
const PURE_BUILTINS = new Set(["node:crypto", "node:buffer", "node:util", "node:url"]);

export function checkVendors(source: Source): Finding[] {
  if (!isShipped(source.path)) return [];
  return source.imports.flatMap((it) => {
    if (it.file !== null) return [];
    const builtin = it.from.startsWith("node:") || BUILTINS.has(it.from);
    const wrong = builtin ? wrongBuiltin(source.path, it) : wrongVendor(source.path, it);
    return wrong === null ? [] : [{ path: source.path, line: it.line, ...wrong }];
  });
}

function wrongBuiltin(path: string, it: Import): { says: string; fix: string } | null {
  const inside = INSIDE.some((part) => part === partOf(path));
  if (!inside || it.typeOnly || PURE_BUILTINS.has(it.from)) return null;
  const fix = "the inside asks through ports; put it at an edge";
  return { says: `${partOf(path)} reaches out of the process with ${it.from}`, fix };
}

function wrongVendor(path: string, it: Import): { says: string; fix: string } | null {
  const vendor = vendorOf(it.from);
  const doors = DOORS[vendor];
  if (doors === undefined) {
    const fix = "give it a door in test/tidy/graph.ts";
    return { says: `the package ${vendor} has no door`, fix };
  }
  if (doors.some((door) => path.startsWith(door))) return null;
  return { says: `${vendor} outside of its door`, fix: `import it in ${doors.join(" or ")} only` };
}

/** Circles among the files; each is named once, at its first file. */
export function checkCircles(sources: readonly Source[]): Finding[] {
  const byPath = new Map(sources.map((it) => [it.path, it]));
  const done = new Set<string>();
  const found = new Map<string, Finding>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start !== -1) {
      const circle = trail.slice(start);
      const key = [...circle].sort().join(" ");
      const says = `a circle of imports: ${[...circle, path].join(" -> ")}`;
      const fix = "move what both need into a file below them";
      if (!found.has(key)) found.set(key, { path, line: 1, says, fix });
      return;
    }
    if (done.has(path)) return;
    for (const it of byPath.get(path)?.imports ?? []) {
      // A worker is another program: it may know the types of whoever starts it.
      if (it.isWorker) continue;
      if (it.file !== null && byPath.has(it.file)) visit(it.file, [...trail, path]);
    }
    done.add(path);
  };
  for (const { path } of sources) visit(path, []);
  return [...found.values()];
}

/** Where programs begin: the server, the bench, every test. */
const SHIPPED_ROOTS = ["src/main.ts"];
/** Adapters of a port that has no user yet, each kept true by its contract suite until then. */
const WAITING: ReadonlySet<string> = new Set(["src/storage/disk/blobs.ts"]);
const isTestRoot = (path: string): boolean => path.endsWith(".test.ts") || path === "bench/main.ts";

export function checkUnused(sources: readonly Source[]): Finding[] {
  const paths = sources.map((it) => it.path);
  const shipped = reachable(sources, SHIPPED_ROOTS);
  const tested = reachable(sources, paths.filter(isTestRoot));
  return paths.flatMap((path) => {
    if (isShipped(path) ? shipped.has(path) || WAITING.has(path) : tested.has(path)) return [];
    const says = isShipped(path) ? "src/main.ts does not lead here" : "no test leads here";
    return [{ path, line: 1, says, fix: "use it, or delete it" }];
  });
}

function reachable(sources: readonly Source[], roots: readonly string[]): Set<string> {
  const byPath = new Map(sources.map((it) => [it.path, it]));
  const seen = new Set<string>();
  const waiting = [...roots];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const source = byPath.get(path);
    if (seen.has(path) || source === undefined) continue;
    seen.add(path);
    for (const it of source.imports) if (it.file !== null) waiting.push(it.file);
  }
  return seen;
}

/** Packages that are imported and not declared, and the reverse. */
export function checkPackages(
  sources: readonly Source[],
  declared: Readonly<Record<string, string>>,
): Finding[] {
  const used = new Map<string, Finding>();
  for (const source of sources) {
    if (!isShipped(source.path)) continue;
    for (const it of source.imports) {
      if (it.file !== null || it.from.startsWith("node:") || BUILTINS.has(it.from)) continue;
      const vendor = vendorOf(it.from);
      const says = `the package ${vendor} is not among the dependencies`;
      const fix = "add it to package.json, or do without";
      used.set(vendor, used.get(vendor) ?? { path: source.path, line: it.line, says, fix });
    }
  }
  const undeclared = [...used].filter(([name]) => declared[name] === undefined);
  const unused = Object.keys(declared).filter((name) => !used.has(name));
  return [
    ...undeclared.map(([, finding]) => finding),
    ...unused.map((name) => ({
      path: "package.json",
      line: 1,
      says: `nobody imports ${name}`,
      fix: "use it, or take it out of the dependencies",
    })),
  ];
}

/** The package of an import: `rxjs` of `rxjs/operators`. */
const vendorOf = (from: string): string =>
  from
    .split("/")
    .slice(0, from.startsWith("@") ? 2 : 1)
    .join("/");
