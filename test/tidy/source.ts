// Owns reading source files for the tidy test: text, syntax tree, imports, comments.

import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parseSync } from "oxc-parser";

/** A node of the syntax tree, as far as the rules look. */
export type Node = { type: string; start: number; end: number; [key: string]: unknown };

export type Import = {
  /** As written. */
  from: string;
  /** The file in this repository, relative to its root; null for a package or a built-in. */
  file: string | null;
  /** Vanishes when compiled. */
  typeOnly: boolean;
  /** Named by a URL, for a thread or a process of its own. */
  isWorker: boolean;
  line: number;
};

export type Source = {
  /** Relative to the root, with "/". */
  path: string;
  text: string;
  lines: readonly string[];
  tree: Node;
  imports: readonly Import[];
  /** Lines that hold nothing but (a part of) a comment; counted from 1. */
  commentLines: ReadonlySet<number>;
  /** Comments by the line on which they end. */
  comments: ReadonlyMap<number, string>;
  lineOf(offset: number): number;
};

/** What was found: where, what, and what mends it. */
export type Finding = { path: string; line: number; says: string; fix: string };

export const FOLDERS = ["src", "cluster", "config", "test", "bench"];
const LEFT_OUT = new Set(["src/web", "test/golden", "test/journals"]);

/** All TypeScript files of the folders. */
export function readTree(root: string): Source[] {
  const paths: string[] = [];
  const walk = (folder: string): void => {
    if (LEFT_OUT.has(folder)) return;
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (/\.tsx?$/.test(entry.name) && !entry.name.endsWith(".d.ts")) paths.push(path);
    }
  };
  const there = new Set(readdirSync(root));
  for (const folder of FOLDERS) if (there.has(folder)) walk(folder);
  return paths.sort().map((path) => parse(path, readFileSync(join(root, path), "utf8")));
}

/** One file from its text. Throws if it is no TypeScript. */
export function parse(path: string, text: string): Source {
  const result = parseSync(path, text, { lang: "ts", sourceType: "module" });
  const broken = result.errors[0];
  if (broken !== undefined) throw new Error(`${path}: ${broken.message}`);
  const tree = result.program as unknown as Node;
  const starts = lineStarts(text);
  const lineOf = (offset: number): number => lineAt(starts, offset);
  const comments = new Map<number, string>();
  const commentLines = new Set<number>();
  const lines = text.split("\n");
  for (const comment of result.comments) {
    const [first, last] = [lineOf(comment.start), lineOf(comment.end)];
    comments.set(last, `${comments.get(last) ?? ""} ${comment.value}`);
    for (let line = first; line <= last; line++) {
      const before = (lines[line - 1] ?? "").slice(
        0,
        line === first ? columnOf(starts, comment.start) : 0,
      );
      const after =
        line === last ? (lines[line - 1] ?? "").slice(columnOf(starts, comment.end)) : "";
      if (before.trim() === "" && after.trim() === "") commentLines.add(line);
    }
  }
  const imports = importsOf(path, tree, lineOf);
  return { path, text, lines, tree, imports, commentLines, comments, lineOf };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

const columnOf = (starts: readonly number[], offset: number): number =>
  offset - (starts[lineAt(starts, offset) - 1] ?? 0);

export const isNode = (it: unknown): it is Node =>
  typeof it === "object" && it !== null && "type" in it && typeof it.type === "string";

/** Calls `see` for each node of the tree, parents first. */
export function walk(node: Node, see: (node: Node, parents: readonly Node[]) => void): void {
  const parents: Node[] = [];
  const visit = (it: Node): void => {
    see(it, parents);
    parents.push(it);
    for (const value of Object.values(it)) {
      if (Array.isArray(value)) {
        for (const item of value) if (isNode(item)) visit(item);
      } else if (isNode(value)) visit(value);
    }
    parents.pop();
  };
  visit(node);
}

/** The name of an identifier node, else "". */
export const nameOf = (it: unknown): string =>
  isNode(it) && it.type === "Identifier" && typeof it["name"] === "string" ? it["name"] : "";

const literalOf = (it: unknown): string | null =>
  isNode(it) && it.type === "Literal" && typeof it["value"] === "string" ? it["value"] : null;

function importsOf(path: string, tree: Node, lineOf: (offset: number) => number): Import[] {
  const found: Import[] = [];
  const add = (from: string | null, node: Node, typeOnly: boolean): void => {
    if (from === null) return;
    const isWorker = node.type === "NewExpression";
    found.push({ from, file: fileOf(path, from), typeOnly, isWorker, line: lineOf(node.start) });
  };
  walk(tree, (node) => {
    switch (node.type) {
      case "ImportDeclaration":
        return add(literalOf(node["source"]), node, isTypeImport(node));
      case "ExportNamedDeclaration":
      case "ExportAllDeclaration":
        return add(literalOf(node["source"]), node, node["exportKind"] === "type");
      case "ImportExpression":
        return add(literalOf(node["source"]), node, false);
      case "TSImportType":
        return add(literalOf(node["source"]) ?? literalOf(node["argument"]), node, true);
      case "NewExpression":
        return add(workerFile(node), node, false);
    }
  });
  return found;
}

function isTypeImport(node: Node): boolean {
  if (node["importKind"] === "type") return true;
  const names = node["specifiers"];
  if (!Array.isArray(names) || names.length === 0) return false;
  return names.every((it) => isNode(it) && it["importKind"] === "type");
}

/** `new URL("./worker.js", import.meta.url)` brings in a file as an import does. */
function workerFile(node: Node): string | null {
  const args = node["arguments"];
  if (nameOf(node["callee"]) !== "URL" || !Array.isArray(args) || args.length !== 2) return null;
  const from = literalOf(args[0]);
  return from !== null && /^\.\.?\/.*\.js$/.test(from) ? from : null;
}

function fileOf(path: string, from: string): string | null {
  if (!from.startsWith(".")) return null;
  return posix.join(posix.dirname(path), from).replace(/\.js$/, ".ts");
}
