// Owns what a bench row is, and how rows are printed: one table for people, one JSON document for
// machines. A figure always stands beside its goal and, where there is one, the raw limit that was
// measured in the same run.

/** Which way a figure is good. */
export type Goal = { at: "least" | "most"; value: number; unit: string };

export type Figure = {
  /** The row's name on the command line, such as `home`. */
  row: string;
  /** What was measured. */
  what: string;
  value: number;
  unit: string;
  /** The raw limit, in the same unit; null where there is none. */
  raw: number | null;
  /** `value / raw`; the ratio that the goal is held against where the goal is a ratio. */
  ratio: number | null;
  goal: Goal | null;
  /** What is held against the goal: the value, the ratio, or another number of the row. */
  judged: number | null;
  p50Ms: number | null;
  p99Ms: number | null;
  /** CPU seconds of the measured process while it was measured. */
  cpuS: number | null;
  rssMb: number | null;
  /** What one should know when reading the figure. */
  note: string;
};

export const figure = (it: Partial<Figure> & Pick<Figure, "row" | "what" | "value" | "unit">) =>
  ({
    raw: null,
    ratio: null,
    goal: null,
    judged: null,
    p50Ms: null,
    p99Ms: null,
    cpuS: null,
    rssMb: null,
    note: "",
    ...it,
  }) satisfies Figure;

export const atLeast = (value: number, unit: string): Goal => ({ at: "least", value, unit });
export const atMost = (value: number, unit: string): Goal => ({ at: "most", value, unit });

/** True if met, false if missed, null if there is nothing to meet. */
export function isMet({ goal, judged }: Figure): boolean | null {
  if (goal === null || judged === null) return null;
  return goal.at === "least" ? judged >= goal.value : judged <= goal.value;
}

/** The `part` (0 to 1) of the samples below the answer. */
export function percentile(samples: readonly number[], part: number): number {
  if (samples.length === 0) return Number.NaN;
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] as number;
}

export const number = (value: number): string => {
  if (!Number.isFinite(value)) return "-";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-GB");
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
};

const maybe = (value: number | null): string => (value === null ? "" : number(value));

function goalText({ goal }: Figure): string {
  if (goal === null) return "";
  return `${goal.at === "least" ? "≥" : "≤"} ${number(goal.value).replace(/\.0+$/, "")}${goal.unit}`;
}

const VERDICTS = new Map([
  [true, "met"],
  [false, "MISSED"],
]);

const COLUMNS: readonly (readonly [string, (it: Figure) => string])[] = [
  ["row", (it) => it.row],
  ["what", (it) => it.what],
  ["figure", (it) => `${number(it.value)} ${it.unit}`],
  ["raw limit", (it) => (it.raw === null ? "" : `${number(it.raw)} ${it.unit}`)],
  ["ratio", (it) => (it.ratio === null ? "" : `${Math.round(it.ratio * 100)} %`)],
  ["goal", goalText],
  ["", (it) => VERDICTS.get(isMet(it) ?? ("none" as never)) ?? ""],
  ["p50 ms", (it) => maybe(it.p50Ms)],
  ["p99 ms", (it) => maybe(it.p99Ms)],
  ["CPU s", (it) => maybe(it.cpuS)],
  ["RSS MB", (it) => maybe(it.rssMb)],
];

/** The rows as a table with the columns one below the other; notes follow it. */
export function table(figures: readonly Figure[]): string {
  const cells = [
    COLUMNS.map(([name]) => name),
    ...figures.map((it) => COLUMNS.map(([, of]) => of(it))),
  ];
  const widths = COLUMNS.map((_, at) => Math.max(...cells.map((row) => (row[at] ?? "").length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const [head = [], ...rest] = cells;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  const notes = figures.filter((it) => it.note !== "").map((it) => `- ${it.what}: ${it.note}`);
  return [line(head), rule, ...rest.map(line), "", ...notes].join("\n");
}
