// What commands print: nothing that others wrote can move the cursor.

import t from "tap";
import {
  bytesText,
  clean,
  createPrinter,
  describeFault,
  table,
} from "../../cluster/admin/print.js";
import { fault } from "../../src/base/faults.js";

t.test("control characters and marks that turn text around are shown as ?", async (t) => {
  t.equal(clean("a\u001b[2Jb\u202ec\u0007\r"), "a?[2Jb?c??");
  t.equal(clean("a\tb\nc ü 🐦"), "a\tb\nc ü 🐦");
});

t.test("--json prints one document and nothing else", async (t) => {
  const out: string[] = [];
  const err: string[] = [];
  const write = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
  };
  const print = createPrinter(write, true);
  print.say("hello");
  print.result({ a: "\u001b" }, ["hello"]);
  print.problem("wrong");
  t.same(JSON.parse(out.join("")), { a: "\u001b" });
  t.same(err, ["wrong\n"]);
});

t.test("tables have columns", async (t) => {
  t.same(table(["A", "BB"], [["xxx", "y"], ["z"]]), ["A    BB", "xxx  y", "z"]);
});

t.test("faults say fields, cause, and whether trying again helps", async (t) => {
  const details = { username: [{ error: "ERR_TAKEN", description: "has already been taken" }] };
  t.match(describeFault(fault("invalid", "No", { details })), /No\n {2}username has already been/);
  t.match(
    describeFault(fault("store-busy", "Busy", { cause: "locked" })),
    /cause: locked\n.*again/,
  );
});

t.test("sizes are short", async (t) => {
  t.equal(bytesText(0), "0 B");
  t.equal(bytesText(1234), "1.2 kB");
  t.equal(bytesText(5e9), "5.0 GB");
  t.equal(bytesText(5e15), "5000.0 TB");
});
