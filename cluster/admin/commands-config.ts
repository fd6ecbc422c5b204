// Owns the commands about settings: print, check, explain.

import type { Cli, LoadedSettings } from "./context.js";
import { table } from "./print.js";

const EXIT_FAILED = 1;

export function addConfigCommands<Settings extends LoadedSettings>(cli: Cli<Settings>): void {
  const { program, action } = cli;
  const config = program.command("config").description("settings");
  config
    .command("print")
    .description("print every setting in use and where it came from (secrets hidden)")
    .option("--json", "print a JSON document")
    .action(
      action(async ({ print, settings }) => {
        const all = settings.explainAll();
        const rows = all.map((it) => [it.key, valueText(it.value), it.source]);
        print.result(all, table(["SETTING", "VALUE", "FROM"], rows));
        return undefined;
      }),
    );
  config
    .command("check")
    .description("say whether the settings can be used; all that is wrong at once")
    .option("--json", "print a JSON document")
    .action(
      action(async ({ print, settings }) => {
        const file = settings.file ?? "no settings file";
        print.result({ ok: true, file: settings.file }, [`the settings can be used (${file})`]);
        return undefined;
      }),
    );
  config
    .command("explain <key>")
    .description("tell about one setting: meaning, bound, default, and where its value came from")
    .option("--json", "print a JSON document")
    .action(
      action(async ({ print, settings }, _options, [key = ""]) => {
        const it = settings.explain(key);
        if ("unknown" in it) {
          const hint = it.nearest === null ? "" : `; did you mean ${it.nearest}?`;
          print.problem(`there is no setting ${key}${hint}`);
          return EXIT_FAILED;
        }
        print.result(it.document, it.text.split("\n"));
        return undefined;
      }),
    );
}

const valueText = (value: unknown): string => {
  if (value === null) return "(not set)";
  return typeof value === "string" ? value || '""' : JSON.stringify(value);
};
