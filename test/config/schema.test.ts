// The declarations themselves, and the pages that are made of them.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { parseDocument } from "yaml";
import { exampleFile, explainAll, explainKey, settingsPage } from "../../config/explain.js";
import { type Loaded, loadSettings } from "../../config/load.js";
import { ENTRIES } from "../../config/schema.js";
import { repoFile } from "../repo-file.js";
import { readTree } from "../tidy/source.js";

const load = (env: Record<string, string>, folder: string): Loaded => {
  const loaded = loadSettings({ flags: new Map(), env, folder });
  if ("problems" in loaded) throw new Error("refused");
  return loaded;
};

t.test("every setting has one spelling of its own in each place", async (t) => {
  for (const name of ["key", "env", "flag"] as const) {
    t.equal(new Set(ENTRIES.map((it) => it[name])).size, ENTRIES.length, name);
  }
  const fixed = new Map(ENTRIES.map((it) => [it.key, `${it.env} ${it.flag}`]));
  t.equal(fixed.get("data_dir"), "ROOKERY_DATA_DIR --data-dir");
  t.equal(fixed.get("listen"), "ROOKERY_LISTEN --listen");
  t.equal(fixed.get("public_url"), "ROOKERY_PUBLIC_URL --public-url");
  t.equal(fixed.get("mail.host"), "ROOKERY_MAIL_HOST --mail-host");
});

t.test("every default is allowed, and every setting says what it is for", async (t) => {
  for (const { key, setting } of ENTRIES) {
    t.ok(setting.schema.safeParse(setting.default).success, key);
    t.match(setting.says, /^[A-Z].{10,}\.$/, `${key} is a sentence`);
    t.ok(setting.allowed.length > 3, key);
    if (setting.default === null) t.not(setting.unset, null, `${key} says what unset means`);
  }
});

t.test("the flags of settings are not those of commands", async (t) => {
  const own = [
    "--json",
    "--dry-run",
    "--email",
    "--password",
    "--role",
    "--config",
    "--force",
    "--all",
  ];
  const taken = ENTRIES.filter((it) => own.includes(it.flag));
  t.same(taken, []);
});

t.test(
  "the example file and the page are in step with the schema (npm run settings)",
  async (t) => {
    t.equal(readFileSync(repoFile("config/example.yaml"), "utf8"), exampleFile());
    t.equal(readFileSync(repoFile("docs/settings.md"), "utf8"), settingsPage());
  },
);

t.test("the example file, with its settings uncommented, is what the defaults are", async (t) => {
  const text = exampleFile().replace(/^#(?=[ ]{2}\w|\w)/gm, "");
  t.same(parseDocument(text).errors, []);
  const folder = t.testdir({ "my.yaml": text });
  const plain = load({}, folder).settings;
  const read = load({ ROOKERY_CONFIG: join(folder, "my.yaml") }, folder).settings;
  t.same(read, plain);
});

t.test("what is in use is explained, with where it came from, and secrets hidden", async (t) => {
  const folder = t.testdir({});
  const env = {
    ROOKERY_MAIL_PASSWORD: "hunter2",
    ROOKERY_LISTEN: "[::1]:80",
    ROOKERY_RATE_LIMITS_LOGIN: "9/90s",
  };
  const loaded = load(env, folder);
  const all = explainAll(loaded);
  t.equal(all.length, ENTRIES.length);
  t.notMatch(JSON.stringify(all), /hunter2/);
  const of = (key: string) => all.find((it) => it.key === key);
  t.match(of("mail.password"), { value: "(hidden)", source: "ROOKERY_MAIL_PASSWORD" });
  t.match(of("listen"), { value: "[::1]:80", default: "127.0.0.1:3000" });
  t.match(of("rate_limits.login"), { value: "9/90s" });
  for (const name of ["listen", "ROOKERY_LISTEN", "--listen"]) {
    t.match(explainKey(name, loaded), { explained: { key: "listen" } });
  }
  t.same(explainKey("lisen", loaded), { unknown: "lisen", nearest: "listen" });
  t.same(explainKey("x".repeat(5000), loaded).toString(), "[object Object]");
});

t.test("what is written by print can be read again", async (t) => {
  const folder = t.testdir({});
  for (const { value, key, allowed } of explainAll(load({}, folder))) {
    const entry = ENTRIES.find((it) => it.key === key);
    t.ok(
      entry?.setting.schema.safeParse(value).success || key === "secrets_file",
      `${key}: ${allowed}`,
    );
  }
});

t.test("every setting is read by somebody", async (t) => {
  const code = readTree(repoFile("."))
    .filter((it) => /^(src|cluster)\//.test(it.path))
    .map((it) => it.text)
    .join("\n");
  for (const { key, path } of ENTRIES) {
    t.match(code, new RegExp(`\\b${path.at(-1)}\\b`), `${key} has an effect`);
  }
});
