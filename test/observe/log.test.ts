// Log lines: forms, levels, and that nothing secret gets into them.

import t from "tap";
import { createLog, type LogLevel } from "../../src/observe/log.js";

function logTo(lines: string[], format: "text" | "json", level: LogLevel = "debug") {
  return createLog({ level, format, write: (line) => lines.push(line) });
}

t.test("JSON lines are one document each, with level, time and sentence", async (t) => {
  const lines: string[] = [];
  const log = logTo(lines, "json").with({ part: "gateway" });
  log.warn("Slow", { ms: 12, list: [1, 2], big: 5n });
  t.equal(lines.length, 1);
  const it = JSON.parse(lines[0] ?? "");
  t.match(it, { level: "warn", says: "Slow", ms: 12, list: [1, 2], big: "5", part: "gateway" });
  t.match(it.time, /^\d{4}-\d\d-\d\dT/);
});

t.test("levels below the least are not written", async (t) => {
  const lines: string[] = [];
  const log = logTo(lines, "json", "warn");
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  t.equal(lines.length, 2);
  logTo(lines, "json", "silent").error("e");
  t.equal(lines.length, 2);
});

t.test("secrets are taken out, by name and at any depth, and from inside of text", async (t) => {
  const lines: string[] = [];
  for (const format of ["json", "text"] as const) {
    const log = logTo(lines, format);
    log.error("GET /x?access_token=s3cret&a=1 Bearer s3cret", {
      authorization: "Bearer s3cret",
      Authorization: "s3cret",
      headers: { cookie: "s3cret", "set-cookie": ["s3cret"], "X-Ok": "kept" },
      body: [{ deep: { password: "s3cret", client_secret: "s3cret", newPassword: null } }],
      access_token: "s3cret",
      passwordHash: "s3cret",
      url: "wss://h/api?access_token=s3cret",
      error: new Error("asked with password=s3cret", { cause: new Error("Bearer s3cret") }),
    });
    log.with({ token: "s3cret" }).info("child");
  }
  const all = lines.join("");
  t.notMatch(all, /s3cret/);
  t.match(all, /kept/);
  t.match(all, /removed/);
});

t.test("text lines cannot be forged, nor move the cursor", async (t) => {
  const lines: string[] = [];
  logTo(lines, "text").info("a\nERROR forged\u001b[2J", { name: "b\r\nc" });
  t.equal(lines.length, 1);
  t.equal((lines[0] ?? "").split("\n").length, 2);
  t.notMatch(lines[0], /\u001b/);
});

t.test("what cannot be written whole is cut, circles too", async (t) => {
  const lines: string[] = [];
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  logTo(lines, "json").info("x".repeat(100_000), { circle, bytes: new Uint8Array(5) });
  t.ok((lines[0] ?? "").length < 20_000);
  t.match(lines[0], /\[deep\]/);
  t.match(lines[0], /\[5 bytes\]/);
});
