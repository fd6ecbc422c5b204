// Owns the rules of the tidy test that look at one file at a time. Each answers findings with line
// and fix.

import { type Finding, isNode, type Node, nameOf, type Source, walk } from "./source.js";

type Rule = (source: Source) => Finding[];

const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 500;
const TEST_FILE_LINES_MAX = 1000;
const COLUMNS_MAX = 100;
/** Names of tests are sentences. */
const TEST_COLUMNS_MAX = 140;

/** Code that ships. Tests and bench have looser rules. */
export const isShipped = (path: string): boolean => /^(src|cluster|config)\//.test(path);

const finding = (source: Source, line: number, says: string, fix: string): Finding => ({
  path: source.path,
  line,
  says,
  fix,
});

/** A rule that looks at each node. */
const byNode =
  (look: (node: Node, source: Source, parents: readonly Node[]) => [string, string] | null): Rule =>
  (source) => {
    const found: Finding[] = [];
    walk(source.tree, (node, parents) => {
      const it = look(node, source, parents);
      if (it !== null) found.push(finding(source, source.lineOf(node.start), ...it));
    });
    return found;
  };

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

const longFunctions: Rule = byNode((node, source) => {
  if (!isShipped(source.path) || !FUNCTIONS.has(node.type)) return null;
  const lines = source.lineOf(node.end) - source.lineOf(node.start) + 1;
  if (lines <= FUNCTION_LINES_MAX) return null;
  const says = `a function of ${lines} lines (${FUNCTION_LINES_MAX} at most)`;
  return [says, "take a part with a name of its own out of it"];
});

const longFiles: Rule = (source) => {
  const max = isShipped(source.path) ? FILE_LINES_MAX : TEST_FILE_LINES_MAX;
  const lines = source.text.endsWith("\n") ? source.lines.length - 1 : source.lines.length;
  if (lines <= max) return [];
  return [
    finding(source, max + 1, `a file of ${lines} lines (${max} at most)`, "split it by noun"),
  ];
};

const longLines: Rule = (source) => {
  const max = isShipped(source.path) ? COLUMNS_MAX : TEST_COLUMNS_MAX;
  return source.lines.flatMap((text, index) => {
    const line = index + 1;
    if (text.length <= max || source.commentLines.has(line) || PATTERN_ALONE.test(text)) return [];
    const says = `a code line of ${text.length} characters (${max} at most)`;
    return [finding(source, line, says, "break it; join parts of a text with +")];
  });
};

/** A regular expression cannot be broken; it has the line to itself. */
const PATTERN_ALONE = /^\s*\/.*\/[a-z]*[;,]?$/;

const noAny: Rule = byNode((node) =>
  node.type === "TSAnyKeyword" ? ["the type `any`", "use unknown, and look before use"] : null,
);

const noDefaultExport: Rule = byNode((node) => {
  const isDefault = node.type === "ExportDefaultDeclaration";
  return isDefault ? ["a default export", "export it by name"] : null;
});

const noBarrel: Rule = byNode((node) => {
  const again = node.type === "ExportNamedDeclaration" && isNode(node["source"]);
  if (node.type !== "ExportAllDeclaration" && !again) return null;
  return ["an export of another file's", "import from the file that defines it"];
});

const noEnum: Rule = byNode((node) => {
  if (node.type === "TSEnumDeclaration") return ["an enum", "use a union of words"];
  if (node.type !== "TSModuleDeclaration") return null;
  return ["a namespace", "use a file"];
});

const header: Rule = (source) => {
  if (!isShipped(source.path)) return [];
  const first = source.lines[0]?.startsWith("#!") ? 1 : 0;
  if (/^(\/\/|\/\*)/.test(source.lines[first] ?? "")) return [];
  return [finding(source, 1, "no opening comment", "say what the file owns, promises and needs")];
};

const kebabName: Rule = (source) => {
  const name = source.path.split("/").at(-1) ?? "";
  if (/^[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.tsx?$/.test(name)) return [];
  return [finding(source, 1, `the name ${name}`, "name the file in kebab-case")];
};

const noConsole: Rule = byNode((node, source) => {
  if (!isShipped(source.path) || node.type !== "MemberExpression") return null;
  return nameOf(node["object"]) === "console"
    ? ["console", "use the log of src/observe, or the printer of the command"]
    : null;
});

const noEnvironment: Rule = byNode((node, source) => {
  if (!isShipped(source.path) || source.path.startsWith("config/")) return null;
  return isMember(node, "process", "env")
    ? ["reads the environment", "declare a setting in config/schema.ts"]
    : null;
});

const isMember = (node: Node, object: string, property: string): boolean =>
  node.type === "MemberExpression" &&
  nameOf(node["object"]) === object &&
  nameOf(node["property"]) === property;

/** Time and chance by name. */
const AMBIENT_MEMBERS: readonly (readonly [string, string])[] = [
  ["Date", "now"],
  ["Math", "random"],
  ["performance", "now"],
  ["process", "hrtime"],
  ["process", "uptime"],
  ["crypto", "randomUUID"],
  ["crypto", "getRandomValues"],
  ["crypto", "randomBytes"],
  ["crypto", "randomInt"],
];
const AMBIENT_CALLS = new Set([
  "setTimeout",
  "setInterval",
  "setImmediate",
  "randomUUID",
  "randomBytes",
  "randomInt",
  "randomFillSync",
  "Date",
]);
/** The whole of it is time. */
const AMBIENT_HOME = "src/base/system.ts";
/** Where a marked line is no excuse: cells must run the same in the simulator. */
const PURE = /^src\/(base|domain|ports|actors)\//;
/** The door to a library with timers of its own. */
const PURE_BUT = "src/actors/runtime/nact.ts";

const ambient: Rule = (source) => {
  if (!isShipped(source.path) || source.path === AMBIENT_HOME) return [];
  const found = byNode((node) => {
    const what = ambientIn(node);
    if (what === null) return null;
    return [
      `takes ${what} from the surroundings`,
      "take a Clock, Scheduler or Random (ports/clock.ts)",
    ];
  })(source);
  const timers = source.imports.filter((it) => /^(node:)?timers(\/|$)/.test(it.from));
  for (const it of timers) {
    found.push(finding(source, it.line, "imports timers", "take a Scheduler (ports/clock.ts)"));
  }
  const pure = PURE.test(source.path) && source.path !== PURE_BUT;
  return found.filter((it) => pure || !isMarked(source, it.line));
};

/** `// edge: why` on the line, or on the one above. */
function isMarked(source: Source, line: number): boolean {
  const marks = /(^|\s)edge: \S/;
  if (marks.test(source.comments.get(line) ?? "")) return true;
  return source.commentLines.has(line - 1) && marks.test(source.comments.get(line - 1) ?? "");
}

function ambientIn(node: Node): string | null {
  if (node.type === "MemberExpression") {
    const it = AMBIENT_MEMBERS.find(([object, property]) => isMember(node, object, property));
    return it === undefined ? null : it.join(".");
  }
  const name = nameOf(node["callee"]);
  if (node.type === "CallExpression" && AMBIENT_CALLS.has(name)) return `${name}()`;
  const args = node["arguments"];
  const isNow = node.type === "NewExpression" && name === "Date" && Array.isArray(args);
  return isNow && args.length === 0 ? "new Date()" : null;
}

const noExit: Rule = (source) => {
  if (!isShipped(source.path)) return [];
  const found = byNode((node) =>
    isMember(node, "process", "exit")
      ? ["process.exit", "stop what runs, and let the process end"]
      : null,
  )(source);
  return found.filter((it) => !isMarked(source, it.line));
};

export const FILE_RULES: readonly Rule[] = [
  longFunctions,
  longFiles,
  longLines,
  noAny,
  noDefaultExport,
  noBarrel,
  noEnum,
  header,
  kebabName,
  noConsole,
  noEnvironment,
  ambient,
  noExit,
];

/** What the one-file rules find. */
export const checkFile = (source: Source): Finding[] => FILE_RULES.flatMap((rule) => rule(source));
