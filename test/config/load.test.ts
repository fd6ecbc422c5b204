// Settings: precedence, spellings, and that everything wrong is said at once.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { describeProblems, type Loaded, loadSettings, type Problem } from "../../config/load.js";
import { ENTRIES } from "../../config/schema.js";

type Given = { flags?: Record<string, string>; env?: Record<string, string>; folder: string };

const load = ({ flags = {}, env = {}, folder }: Given): Loaded => {
  const loaded = loadSettings({ flags: new Map(Object.entries(flags)), env, folder });
  if ("problems" in loaded) throw new Error(describeProblems(loaded.problems));
  return loaded;
};

const problemsOf = ({ flags = {}, env = {}, folder }: Given): readonly Problem[] => {
  const loaded = loadSettings({ flags: new Map(Object.entries(flags)), env, folder });
  return "problems" in loaded ? loaded.problems : [];
};

t.test("without anything given, the defaults hold", async (t) => {
  const folder = t.testdir({});
  const { settings, file, sources } = load({ folder });
  t.equal(file, null);
  t.equal(settings.dataDir, join(folder, "rookery-data"));
  t.equal(settings.secretsFile, join(folder, "rookery-data", "secrets.json"));
  t.same(settings.listen, { host: "127.0.0.1", port: 3000 });
  t.equal(settings.publicUrl, null);
  t.equal(settings.signUps, "closed");
  t.equal(settings.oauth.passwordGrant, false);
  t.same(settings.rateLimits.posting, { max: 300, windowS: 3 * 3600 });
  t.same(sources.get("listen"), { from: "default", name: "default" });
});

t.test("flags go before the environment, the environment before the file", async (t) => {
  const folder = t.testdir({
    data: { "rookery.yaml": "title: of the file\nlisten: 127.0.0.1:1\nmail:\n  port: 1\n" },
  });
  const env = { ROOKERY_DATA_DIR: "data", ROOKERY_LISTEN: "127.0.0.1:2", ROOKERY_MAIL_PORT: "2" };
  const { settings, sources, file } = load({ folder, env, flags: { "--listen": "127.0.0.1:3" } });
  t.equal(settings.title, "of the file");
  t.equal(settings.mail.port, 2);
  t.equal(settings.listen.port, 3);
  t.equal(file, join(folder, "data", "rookery.yaml"));
  t.equal(sources.get("title")?.name, `${file}:1`);
  t.equal(sources.get("mail.port")?.name, "ROOKERY_MAIL_PORT");
  t.equal(sources.get("listen")?.name, "--listen");
});

t.test("another file can be named; its paths start at itself", async (t) => {
  const folder = t.testdir({ etc: { "my.yaml": "data_dir: ../var\n" } });
  for (const given of [
    { flags: { "--config": "etc/my.yaml" } },
    { env: { ROOKERY_CONFIG: "etc/my.yaml" } },
  ]) {
    t.equal(load({ folder, ...given }).settings.dataDir, join(folder, "var"));
  }
  t.match(problemsOf({ folder, flags: { "--config": "no.yaml" } }), [
    { key: "--config", reason: /cannot be read \(ENOENT\)/ },
  ]);
});

t.test("a file found in one data folder cannot name another", async (t) => {
  const folder = t.testdir({ "rookery-data": { "rookery.yaml": "data_dir: /elsewhere\n" } });
  t.match(problemsOf({ folder }), [{ key: "data_dir", fix: /--config/ }]);
});

t.test("every problem is named at once, with key, source, reason and fix", async (t) => {
  const folder = t.testdir({
    "rookery-data": {
      "rookery.yaml": "titel: x\nmail:\n  prot: 3\n  port: many\nlimits: 5\nsign_ups: maybe\n",
    },
  });
  const problems = problemsOf({
    folder,
    flags: { "--listn": "x", "--min-age": "-4" },
    env: { ROOKERY_MAIL_HOTS: "x", ROOKERY_LISTEN: "3000", ROOKERY_RATE_LIMITS_LOGIN: "lots" },
  });
  const file = join(folder, "rookery-data", "rookery.yaml");
  const found = (key: string) => problems.find((it) => it.key === key);
  t.match(found("titel"), { source: `${file}:1`, fix: "did you mean title?" });
  t.match(found("mail.prot"), { source: `${file}:3`, fix: "did you mean mail.port?" });
  t.match(found("mail.port"), { source: `${file}:4`, reason: '"many" is not allowed' });
  t.match(found("limits"), { source: `${file}:5`, reason: /a group/ });
  t.match(found("sign_ups"), { source: `${file}:6`, fix: /one of open, approval, closed/ });
  t.match(found("--listn"), { fix: "did you mean --listen?" });
  t.match(found("min_age"), { source: "--min-age", fix: /from 1 to 120/ });
  t.match(found("ROOKERY_MAIL_HOTS"), { fix: "did you mean ROOKERY_MAIL_HOST?" });
  t.match(found("listen"), { source: "ROOKERY_LISTEN", fix: /host:port/ });
  t.match(found("rate_limits.login"), { fix: /300\/5min/ });
  t.equal(problems.length, 10);
  t.match(describeProblems(problems), /^10 settings cannot be used:\n {2}titel \(/);
});

t.test("broken YAML is refused with its line", async (t) => {
  for (const [text, says] of [
    ["title: [", /.*/],
    ["title: a\ntitle: b\n", /unique/],
    ["- a\n- b\n", /key: value/],
    ["just text", /key: value/],
  ] as const) {
    const folder = t.testdir({ "rookery-data": { "rookery.yaml": text } });
    const problems = problemsOf({ folder });
    t.ok(problems.length > 0, text);
    t.match(problems[0]?.reason, says);
  }
});

t.test("an empty file, and a file of comments, are no problem", async (t) => {
  for (const text of ["", "# nothing\n", "mail:\n", "---\n"]) {
    const folder = t.testdir({ "rookery-data": { "rookery.yaml": text } });
    t.same(problemsOf({ folder }), [], JSON.stringify(text));
  }
});

t.test("a file that is a folder, or far too large, is refused", async (t) => {
  const folder = t.testdir({ "rookery-data": { "rookery.yaml": {} } });
  t.match(problemsOf({ folder }), [{ reason: /cannot be read/ }]);
  const large = t.testdir({ "rookery-data": {} });
  writeFileSync(join(large, "rookery-data", "rookery.yaml"), `#${"x".repeat(2_000_000)}\n`);
  t.match(problemsOf({ folder: large }), [{ reason: /larger than/ }]);
});

t.test("a secret is not shown when it is refused", async (t) => {
  const folder = t.testdir({});
  const env = { ROOKERY_MAIL_PASSWORD: `hunter2\u0001${"x".repeat(2000)}` };
  const problems = problemsOf({ folder, env });
  t.equal(problems.length, 1);
  t.notMatch(describeProblems(problems), /hunter2/);
});

t.test("mail needs a sender", async (t) => {
  const folder = t.testdir({});
  t.match(problemsOf({ folder, flags: { "--mail-host": "mx" } }), [{ key: "mail.from" }]);
  t.same(problemsOf({ folder, flags: { "--mail-host": "mx", "--mail-from": "a@b.c" } }), []);
});

const ALLOWED: readonly [string, string, unknown][] = [
  ["--listen", "[::1]:80", { host: "::1", port: 80 }],
  ["--listen", "localhost:0", { host: "localhost", port: 0 }],
  ["--public-url", "https://Example.org/", "https://example.org"],
  ["--public-url", "http://localhost:3000", "http://localhost:3000"],
  ["--public-url", "", null],
  ["--sign-up-reason-required", "", true],
  ["--sign-up-reason-required", "no", false],
  ["--languages", "en, de ,pt-BR", ["en", "de", "pt-BR"]],
  ["--trusted-proxies", "", []],
  ["--trusted-proxies", "10.0.0.0/8,::1", ["10.0.0.0/8", "::1"]],
  ["--rate-limits-posting", "off", null],
  ["--rate-limits-posting", "7 / 2 min", { max: 7, windowS: 120 }],
  ["--oauth-token-ttl", "3600", 3600],
  ["--title", "Ünïcode 🐦", "Ünïcode 🐦"],
];

const REFUSED: readonly [string, string][] = [
  ["--listen", "3000"],
  ["--listen", "a:b"],
  ["--listen", "127.0.0.1:70000"],
  ["--listen", "::1:80"],
  ["--public-url", "example.org"],
  ["--public-url", "https://example.org/path"],
  ["--public-url", "https://user:pass@example.org"],
  ["--public-url", "https://example.org?x=1"],
  ["--public-url", "ftp://example.org"],
  ["--public-url", "javascript:alert(1)"],
  ["--sign-up-reason-required", "perhaps"],
  ["--languages", "english!"],
  ["--trusted-proxies", "everybody"],
  ["--rate-limits-posting", "0/5min"],
  ["--rate-limits-posting", "5/0min"],
  ["--rate-limits-posting", "5"],
  ["--oauth-token-ttl", "1e9"],
  ["--oauth-token-ttl", "3600.5"],
  ["--limits-mailbox-max", "99999999999999999999"],
  ["--title", "a\u0007b"],
  ["--data-dir", ""],
];

t.test("values are read from text as their kind has them", async (t) => {
  const folder = t.testdir({});
  for (const [flag, text, value] of ALLOWED) {
    const { settings } = load({ folder, flags: { [flag]: text } });
    const entry = ENTRIES.find((it) => it.flag === flag);
    let at: unknown = settings;
    for (const name of entry?.path ?? []) at = (at as Record<string, unknown>)[name];
    t.same(at, value, `${flag} ${text}`);
  }
  for (const [flag, text] of REFUSED) {
    t.match(problemsOf({ folder, flags: { [flag]: text } }), [{ source: flag }], `${flag} ${text}`);
  }
});
