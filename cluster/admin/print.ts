// Owns what operators' commands print: tables, documents, faults. Promises that what others wrote
// (names, reasons, addresses) cannot move the cursor, and that `--json` prints one document and
// nothing else.

import { FAULTS, type Fault, safeSentence } from "../../src/base/faults.js";

export type Printer = {
  /** One line for people; nothing with `--json`. */
  say(line: string): void;
  /** The result: for machines with `--json`, else as the lines say. */
  result(document: unknown, lines: readonly string[]): void;
  /** To standard error, in both forms. */
  problem(text: string): void;
};

export function createPrinter(
  write: { out(text: string): void; err(text: string): void },
  json: boolean,
): Printer {
  return {
    say: (line) => {
      if (!json) write.out(`${clean(line)}\n`);
    },
    result: (document, lines) => {
      if (json) write.out(`${JSON.stringify(document, null, 2)}\n`);
      else for (const line of lines) write.out(`${clean(line)}\n`);
    },
    problem: (text) => write.err(`${clean(text)}\n`),
  };
}

/** Without control characters, line breaks and tabs apart, and without marks that turn text around. */
export function clean(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "?");
}

/** Rows in columns, under their heads. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) =>
    Math.max(...all.map((row) => (row[column] ?? "").length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return all.map(line);
}

/** A fault as an operator should read it: the sentence, the fields, the cause, what to do. */
export function describeFault(it: Fault): string {
  const fields = Object.entries(it.details ?? {}).flatMap(([field, errors]) =>
    errors.map((error) => `  ${field} ${error.description}`),
  );
  const cause = it.cause === undefined || it.cause === it.says ? [] : [`  cause: ${it.cause}`];
  const again = FAULTS[it.fault].move === "retry" ? ["  The same again later may succeed."] : [];
  return [safeSentence(it), ...fields, ...cause, ...again].join("\n");
}

/** `1.2 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let size = bytes / 1000;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size.toFixed(1)} ${units[unit]}`;
}
