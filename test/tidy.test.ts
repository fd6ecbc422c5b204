// The repository checks itself: limits, names, layers, doors, time and chance, circles, leftovers.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { repoFile } from "./repo-file.js";
import {
  checkCircles,
  checkLayers,
  checkPackages,
  checkUnused,
  checkVendors,
} from "./tidy/graph.js";
import { checkFile } from "./tidy/rules.js";
import { type Finding, parse, readTree } from "./tidy/source.js";

const root = repoFile(".");

function dependencies(): Record<string, string> {
  const found: unknown = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return (found as { dependencies: Record<string, string> }).dependencies;
}

const tell = (it: Finding): string => `${it.path}:${it.line}  ${it.says}: ${it.fix}`;
const saysOf = (found: readonly Finding[]): string => found.map((it) => it.says).join("; ");

const check = (path: string, text: string): Finding[] => {
  const source = parse(path, text);
  return [...checkFile(source), ...checkLayers(source), ...checkVendors(source)];
};

const HEAD = "// Owns nothing.\n";

t.test("the tree keeps the rules", async (t) => {
  const sources = readTree(root);
  t.ok(sources.length > 30, `it was looked at (${sources.length} files)`);
  const found = [
    ...sources.flatMap((it) => [...checkFile(it), ...checkLayers(it), ...checkVendors(it)]),
    ...checkCircles(sources),
    ...checkUnused(sources),
    ...checkPackages(sources, dependencies()),
  ];
  for (const it of found) t.fail(tell(it), { diagnostic: false });
  t.equal(found.length, 0, "no findings");
});

t.test("a good file is let through", async (t) => {
  const text = `${HEAD}import { join } from "node:path";\nexport const a = (b: string) => join(b, b);\n`;
  t.same(check("src/storage/disk/good.ts", text), []);
  t.same(
    check("src/gateway/http/good.ts", `${HEAD}import { z } from "zod";\nexport const a = z;\n`),
    [],
  );
});

type Bad = { name: string; path?: string; text: string; says: RegExp };

const lines = (count: number, line: string): string => `${line}\n`.repeat(count);

const BAD: readonly Bad[] = [
  {
    name: "a function over 70 lines",
    text: `export function f() {\n${lines(70, "  g();")}}\n`,
    says: /a function of 72 lines/,
  },
  {
    name: "a long arrow function in a call",
    text: `g(() => {\n${lines(70, "  g();")}});\n`,
    says: /a function of 72 lines/,
  },
  { name: "a file over 500 lines", text: lines(500, "g();"), says: /a file of 501 lines/ },
  {
    name: "a code line over 100 characters",
    text: `export const a = "${"x".repeat(90)}";\n`,
    says: /a code line of 110 characters/,
  },
  {
    name: "a long code line with a comment at its end",
    text: `export const a = 1; // ${"x".repeat(90)}\n`,
    says: /a code line of/,
  },
  { name: "any", text: "export const a = (b: any) => b;\n", says: /`any`/ },
  { name: "any in a cast", text: "export const a = b as any[];\n", says: /`any`/ },
  { name: "a default export", text: "export default function f() {}\n", says: /default export/ },
  { name: "a barrel", text: 'export * from "./b.js";\n', says: /another file's/ },
  { name: "a barrel by name", text: 'export { b } from "./b.js";\n', says: /another file's/ },
  { name: "a barrel of types", text: 'export type { B } from "./b.js";\n', says: /another file's/ },
  { name: "an enum", text: "export enum E { A }\n", says: /an enum/ },
  { name: "a const enum", text: "export const enum E { A }\n", says: /an enum/ },
  {
    name: "a namespace",
    text: "export namespace N { export const a = 1; }\n",
    says: /a namespace/,
  },
  { name: "a name in camel case", path: "src/base/badName.ts", text: "", says: /badName/ },
  { name: "console", text: 'console.log("a");\n', says: /console/ },
  { name: "the environment", text: "export const a = process.env.A;\n", says: /environment/ },
  { name: "process.exit", text: "process.exit(1);\n", says: /process\.exit/ },
];

const TIME: readonly Bad[] = [
  "Date.now()",
  "new Date()",
  "Date()",
  "Math.random()",
  "performance.now()",
  "setTimeout(f, 1)",
  "setInterval(f, 1)",
  "setImmediate(f)",
  "crypto.randomUUID()",
  "randomBytes(3)",
  "process.hrtime.bigint()",
].map((call) => ({
  name: call,
  text: `export const a = ${call};\n`,
  says: /from the surroundings/,
}));

const GRAPH: readonly Bad[] = [
  ["src/base/a.ts", "../domain/b.js", /base imports domain/],
  ["src/domain/a.ts", "../ports/b.js", /domain imports ports/],
  ["src/domain/a.ts", "../observe/log.js", /domain imports observe/],
  ["src/ports/a.ts", "../actors/b.js", /ports imports actors/],
  ["src/actors/a.ts", "../gateway/b.js", /actors imports gateway/],
  ["src/actors/account/a.ts", "../../observe/log.js", /actors imports observe/],
  ["src/gateway/a.ts", "../storage/b.js", /gateway imports storage/],
  ["src/storage/a.ts", "../gateway/b.js", /storage imports gateway/],
  ["src/media/a.ts", "../federation/b.js", /media imports federation/],
  ["cluster/admin/a.ts", "../../src/gateway/b.js", /cluster imports gateway/],
  ["cluster/admin/a.ts", "../../config/load.js", /cluster imports config/],
  ["config/a.ts", "../src/domain/b.js", /config imports domain/],
  ["src/observe/a.ts", "../ports/b.js", /observe imports ports/],
  ["src/gateway/a.ts", "../node.js", /gateway imports assembly/],
  ["src/other/a.ts", "../base/b.js", /no part is called other/],
  ["src/gateway/rest/a.ts", "nact", /nact outside of its door/],
  ["src/actors/runtime/shard.ts", "nact", /nact outside of its door/],
  ["src/domain/a.ts", "zod", /zod outside of its door/],
  ["src/gateway/a.ts", "@photostructure/sqlite", /sqlite outside of its door/],
  ["src/gateway/a.ts", "nodemailer/lib", /nodemailer outside of its door/],
  ["src/gateway/a.ts", "left-pad", /left-pad has no door/],
  ["src/actors/runtime/a.ts", "node:fs", /actors reaches out/],
  ["src/storage/a.ts", "node:timers/promises", /imports timers/],
].map(([path, from, says]) => ({
  name: `${path} importing ${from}`,
  path: String(path),
  text: `import { b } from "${from}";\nexport const a = b;\n`,
  says: says as RegExp,
}));

for (const bad of [...BAD, ...TIME, ...GRAPH]) {
  t.test(`refuses ${bad.name}`, async (t) => {
    t.match(saysOf(check(bad.path ?? "src/gateway/bad.ts", HEAD + bad.text)), bad.says);
  });
}

t.test("refuses the same behind other ways to import", async (t) => {
  const path = "src/gateway/bad.ts";
  const says = (text: string) => saysOf(check(path, HEAD + text));
  t.match(says('import type { B } from "../storage/b.js";\n'), /gateway imports storage/);
  t.match(says('export const a = await import("../storage/b.js");\n'), /gateway imports storage/);
  t.match(says('type A = import("../storage/b.js").B;\n'), /gateway imports storage/);
});

t.test("refuses a file without an opening comment", async (t) => {
  t.match(saysOf(check("src/base/a.ts", "export const a = 1;\n")), /no opening comment/);
});

t.test("lets time through where an edge is marked, and nowhere inside", async (t) => {
  const same = `${HEAD}export const a = Date.now(); // edge: the log's own clock\n`;
  const above = `${HEAD}// edge: the log's own clock\nexport const a = Date.now();\n`;
  for (const text of [same, above]) {
    t.same(check("src/gateway/a.ts", text), []);
    t.match(saysOf(check("src/actors/runtime/a.ts", text)), /Date\.now/);
    t.match(saysOf(check("src/domain/a.ts", text)), /Date\.now/);
  }
  const unsaid = `${HEAD}export const a = Date.now(); // edge:\n`;
  t.match(saysOf(check("src/gateway/a.ts", unsaid)), /Date\.now/, "a mark says why");
  t.same(check("src/gateway/a.ts", `${HEAD}export const a = new Date(5);\n`), [], "a given time");
});

t.test("long comments are no code lines", async (t) => {
  t.same(check("src/base/a.ts", `${HEAD}/** ${"x".repeat(120)} */\nexport const a = 1;\n`), []);
});

t.test("refuses circles, through types too", async (t) => {
  const files = [
    parse("src/base/a.ts", 'import { b } from "./b.js";\nexport const a = b;\n'),
    parse("src/base/b.ts", 'import { c } from "./c.js";\nexport const b = c;\n'),
    parse("src/base/c.ts", 'import type { a } from "./a.js";\nexport const c = 1;\n'),
  ];
  t.match(
    saysOf(checkCircles(files)),
    /a\.ts -> src\/base\/b\.ts -> src\/base\/c\.ts -> src\/base\/a/,
  );
  t.same(checkCircles(files.slice(1)), []);
});

t.test("refuses files that nothing leads to, tests alone not counting", async (t) => {
  const files = [
    parse(
      "src/main.ts",
      'import "./base/a.js";\nnew Worker(new URL("./base/w.js", import.meta.url));\n',
    ),
    parse("src/base/a.ts", "export const a = 1;\n"),
    parse("src/base/w.ts", "export const w = 1;\n"),
    parse("src/base/b.ts", "export const b = 1;\n"),
    parse("test/b.test.ts", 'import "../src/base/b.js";\n'),
    parse("test/cast/c.ts", "export const c = 1;\n"),
  ];
  const found = checkUnused(files).map((it) => it.path);
  t.same(found, ["src/base/b.ts", "test/cast/c.ts"]);
});

t.test(
  "refuses packages that are not declared, and declared ones that nobody imports",
  async (t) => {
    const files = [
      parse("src/base/a.ts", 'import "rxjs/operators";\nimport "@x/y/z";\nimport "node:fs";\n'),
      parse("test/b.test.ts", 'import "tap";\n'),
    ];
    const found = saysOf(checkPackages(files, { rxjs: "1", ws: "1" }));
    t.match(found, /@x\/y is not among/);
    t.match(found, /nobody imports ws/);
    t.notMatch(found, /rxjs|tap|node:fs/);
  },
);

t.test("a worker may know the types of whoever starts it", async (t) => {
  const files = [
    parse("src/base/a.ts", 'new Worker(new URL("./w.js", import.meta.url));\n'),
    parse("src/base/w.ts", 'import type { A } from "./a.js";\n'),
  ];
  t.same(checkCircles(files), []);
});
