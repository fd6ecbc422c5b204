// Secrets: made once, kept closed, refused when weak.

import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { readOrMakeSecrets, readSecrets, type Secrets } from "../../config/secrets.js";

function make(path: string): Secrets {
  const made = readOrMakeSecrets(path);
  if ("problem" in made) throw new Error(made.problem);
  return made.secrets;
}

t.test("are made on first run, for their owner only, and stay the same", async (t) => {
  const path = join(t.testdir({}), "data", "secrets.json");
  const first = readOrMakeSecrets(path);
  t.match(first, { made: true });
  t.equal(statSync(path).mode & 0o777, 0o600);
  const second = readOrMakeSecrets(path);
  t.match(second, { made: false });
  t.same(make(path), "secrets" in first ? first.secrets : null);
});

t.test("differ from site to site, and hold a pair for web push", async (t) => {
  const folder = t.testdir({});
  const [a, b] = [make(join(folder, "a.json")), make(join(folder, "b.json"))];
  t.not(a.sessionKey, b.sessionKey);
  t.not(a.vapid.privateKey, b.vapid.privateKey);
  t.equal(Buffer.from(a.sessionKey, "hex").length, 32);
  t.equal(Buffer.from(a.vapid.publicKey, "base64url").length, 65);
  t.equal(Buffer.from(a.vapid.privateKey, "base64url").length, 32);
});

t.test("are not read from a file that others may read", async (t) => {
  const path = join(t.testdir({}), "secrets.json");
  make(path);
  chmodSync(path, 0o640);
  t.match(readOrMakeSecrets(path), { problem: /mode 640/, fix: /chmod 600/ });
});

t.test(
  "are refused when empty, weak, mixed up or unknown, and the file is left alone",
  async (t) => {
    const folder = t.testdir({});
    const good = make(join(folder, "good.json"));
    const other = make(join(folder, "other.json"));
    const bad: [string, string, RegExp][] = [
      ["empty file", "", /not JSON/],
      ["no JSON", "{", /not JSON/],
      ["empty object", "{}", /sessionKey/],
      ["empty key", JSON.stringify({ ...good, sessionKey: "" }), /sessionKey/],
      ["short key", JSON.stringify({ ...good, sessionKey: "ab12" }), /sessionKey/],
      ["weak key", JSON.stringify({ ...good, sessionKey: "00".repeat(32) }), /weak/],
      [
        "mixed pair",
        JSON.stringify({ ...good, vapid: { ...good.vapid, privateKey: other.vapid.privateKey } }),
        /pair/,
      ],
      ["unknown name", JSON.stringify({ ...good, extra: 1 }), /extra/],
    ];
    for (const [name, text, says] of bad) {
      const path = join(folder, "bad.json");
      writeFileSync(path, text, { mode: 0o600 });
      const answer = readOrMakeSecrets(path);
      t.match(answer, { problem: says }, name);
      t.equal(readFileSync(path, "utf8"), text, `${name}: left alone`);
      t.notMatch(JSON.stringify(answer), new RegExp(good.sessionKey), `${name}: nothing told`);
    }
  },
);

t.test("of a folder that cannot be written are a problem, not a crash", async (t) => {
  const folder = t.testdir({ file: "" });
  t.match(readOrMakeSecrets(join(folder, "file", "secrets.json")), { problem: /cannot be/ });
  t.equal(readSecrets(join(folder, "none.json")), null);
});
