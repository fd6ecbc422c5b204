// The doctor finds what is wrong, and says what mends it.

import { chmodSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import t from "tap";
import {
  describeFindings,
  examine,
  type Finding,
  type Patient,
} from "../../cluster/admin/doctor.js";
import { fault } from "../../src/base/faults.js";

const NOON_MS = Date.UTC(2026, 10, 24, 12);

function healthy(dataDir: string): Patient {
  return {
    dataDir,
    databaseFile: join(dataDir, "rookery.db"),
    listen: { host: "127.0.0.1", port: 0 },
    publicUrl: "https://social.example",
    mail: { host: "", port: 587 },
    clock: { nowMs: () => NOON_MS },
    isRunning: false,
    nodeVersion: "22.1.0",
    checkSecrets: () => null,
    checkDatabase: async () => null,
    sqliteVersion: () => "3.53.0",
    httpServer: async () => ({ kind: "uws", why: "" }),
  };
}

const folder = (t: Pick<typeof import("tap").t, "testdir">): string => {
  const path = t.testdir({});
  chmodSync(path, 0o700);
  return path;
};

const of = (findings: readonly Finding[], check: string): Finding | undefined =>
  findings.find((it) => it.check === check);

t.test("finds nothing where all is well", async (t) => {
  const findings = await examine(healthy(folder(t)));
  const wrong = findings.filter((it) => it.state !== "ok" && it.check !== "disk");
  t.same(wrong, []);
  t.ok(findings.length >= 10);
});

t.test("each wrong thing is found, with what mends it", async (t) => {
  const path = folder(t);
  const it = healthy(path);
  const wrong: [string, Finding["state"], RegExp, Partial<Patient>][] = [
    ["node", "fail", /install Node/, { nodeVersion: "20.18.0" }],
    ["node", "fail", /install Node/, { nodeVersion: "18.20.0" }],
    ["node", "warn", /plan the move/, { nodeVersion: "v20.19.0" }],
    ["data folder", "warn", /init/, { dataDir: join(path, "none") }],
    ["secrets", "fail", /mend it/, { checkSecrets: () => ({ problem: "weak", fix: "mend it" }) }],
    [
      "sqlite",
      "fail",
      /npm ci/,
      {
        sqliteVersion: () => {
          throw new Error("no binary");
        },
      },
    ],
    ["http", "warn", /glibc/, { httpServer: async () => ({ kind: "node", why: "old glibc" }) }],
    ["public address", "warn", /public_url/, { publicUrl: null }],
    ["public address", "warn", /TLS/, { publicUrl: "http://social.example" }],
    ["public address", "warn", /domain name/, { publicUrl: "https://192.0.2.1" }],
    ["public address", "warn", /domain name/, { publicUrl: "https://server" }],
    ["clock", "fail", /set the clock/, { clock: { nowMs: () => 0 } }],
    ["port", "fail", /--listen/, { listen: { host: "192.0.2.1", port: 5 } }],
    ["mail", "fail", /mail\.host/, { mail: { host: "127.0.0.1", port: 1 } }],
  ];
  for (const [check, state, fix, more] of wrong) {
    const found = of(await examine({ ...it, ...more }), check);
    t.match(found, { state, fix }, `${check}: ${JSON.stringify(more)}`);
  }
});

t.test("a damaged database is found", async (t) => {
  const path = t.testdir({ "rookery.db": "x" });
  const checkDatabase = async () => fault("invalid", "the file is damaged");
  const findings = await examine({ ...healthy(path), checkDatabase });
  t.match(of(findings, "database"), { state: "fail", fix: /restore/ });
});

t.test("a port in use is found, unless it is the server's own", async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  t.teardown(() => other.close());
  const at = other.address();
  const port = typeof at === "object" && at !== null ? at.port : 0;
  const it = { ...healthy(folder(t)), listen: { host: "127.0.0.1", port } };
  t.match(of(await examine(it), "port"), { state: "fail", says: /in use/ });
  t.match(of(await examine({ ...it, isRunning: true }), "port"), { state: "ok" });
});

t.test("a mail server that answers is well", async (t) => {
  const mx = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => mx.listen(0, "127.0.0.1", resolve));
  t.teardown(() => mx.close());
  const at = mx.address();
  const port = typeof at === "object" && at !== null ? at.port : 0;
  const findings = await examine({ ...healthy(folder(t)), mail: { host: "127.0.0.1", port } });
  t.match(of(findings, "mail"), { state: "ok" });
});

t.test("findings are lines, with the fix below", async (t) => {
  const lines = describeFindings([
    { check: "disk", state: "ok", says: "5 GB free", fix: "" },
    { check: "port", state: "fail", says: "in use", fix: "choose another" },
  ]);
  t.equal(lines.length, 3);
  t.match(lines[0], /^ok +disk +5 GB free$/);
  t.match(lines[2], /-> choose another$/);
});
