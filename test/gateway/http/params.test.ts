// Parameters as clients send them, and as hostile ones do.

import fc from "fast-check";
import t from "tap";
import { z } from "zod";
import { isFault } from "../../../src/base/faults.js";
import { readBody } from "../../../src/gateway/http/body.js";
import { cleanText, nestPairs, readPairs } from "../../../src/gateway/http/form.js";
import {
  bool,
  checkParams,
  enumOf,
  file,
  idList,
  idParam,
  int,
  listOf,
  optionalId,
  optionalText,
  queryParams,
  text,
  textList,
} from "../../../src/gateway/http/params.js";

const read = (schema: z.ZodType, value: unknown) => {
  const answer = checkParams(z.object({ it: schema }), value === undefined ? {} : { it: value });
  return isFault(answer)
    ? `${answer.fault}: ${answer.says ?? ""}`
    : (answer as { it?: unknown }).it;
};

t.test("reads booleans as Mastodon does", async (t) => {
  for (const no of ["0", "f", "F", "false", "FALSE", "off", "OFF", "", false, 0]) {
    t.equal(read(bool(), no), false, JSON.stringify(no));
  }
  for (const yes of ["1", "true", "on", "False", "no", true, 1]) t.equal(read(bool(), yes), true);
  t.equal(read(bool(), undefined), undefined);
  t.equal(read(bool(), null), undefined);
});

t.test("reads numbers without their sign and within their bounds", async (t) => {
  const rows: [unknown, unknown][] = [
    ["7", 7],
    [7.9, 7],
    ["-3", 3],
    ["1000", 40],
    ["0", 1],
    ["", undefined],
    [undefined, undefined],
    ["1e400", "invalid: Validation failed: It must be a number"],
    ["x", "invalid: Validation failed: It must be a number"],
    [{}, "invalid: Validation failed: It must be a number"],
  ];
  for (const [sent, expected] of rows) t.equal(read(int({ min: 1, max: 40 }), sent), expected);
});

t.test("reads ids, and finds nothing for what cannot be one", async (t) => {
  t.equal(read(idParam(), "42"), "42");
  t.equal(read(idParam(), 42), "42");
  t.equal(read(idParam(), undefined), "bad-request: param is missing or the value is empty: it");
  for (const bad of ["abc", "-1", "1.5", "0", "007", "99999999999999999999", "1 OR 1=1"]) {
    t.equal(read(idParam(), bad), "not-found: ", bad);
    t.equal(read(optionalId(), bad), "not-found: ", bad);
  }
  t.equal(read(optionalId(), ""), undefined);
  t.same(read(idList(), ["1", 2, "x", "1"]), ["1", "2"]);
  t.same(read(idList(), "5"), ["5"]);
  t.same(read(idList(), undefined), []);
  t.match(read(idList(2), ["1", "2", "3"]), /may hold at most 2 ids/);
});

t.test("reads text within its length, counted in characters", async (t) => {
  t.equal(read(text(3), "äöü"), "äöü");
  t.equal(read(text(3), "👍👍👍"), "👍👍👍");
  t.equal(read(text(3), 12), "12");
  t.match(read(text(3), "abcd"), /Validation failed: It is too long \(maximum is 3 characters\)/);
  t.match(read(text(3), ""), /can't be blank/);
  t.match(read(text(3), undefined), /bad-request: param is missing/);
  t.equal(read(optionalText(3), ""), "");
  t.match(read(optionalText(3), ["a"]), /must be text/);
  t.equal(read(enumOf(["a", "b"]), "b"), "b");
  t.equal(read(enumOf(["a", "b"]), ""), undefined);
  t.match(read(enumOf(["a", "b"]), "c"), /is not included in the list/);
});

t.test("reads lists sent as a list, with numbers as names, or as one value", async (t) => {
  const fields = listOf(z.object({ name: text(10) }), 2);
  t.same(read(fields, [{ name: "a" }]), [{ name: "a" }]);
  t.same(read(fields, { 10: { name: "b" }, 2: { name: "a" } }), [{ name: "a" }, { name: "b" }]);
  t.same(read(fields, { name: "a" }), [{ name: "a" }]);
  t.match(read(fields, [{}, {}, {}]), /Validation failed: It/);
  t.match(read(fields, [{}]), /param is missing or the value is empty: it\.0\.name/);
  t.same(read(textList({ max: 2 }), "a"), ["a"]);
  t.match(read(textList({ max: 2 }), ["a", "b", "c"]), /at most 2/);
  t.match(read(textList({ max: 2 }), [{}]), /is invalid/);
  t.match(read(file(), "no file"), /must be a file/);
});

t.test("nests names with brackets", async (t) => {
  const rows: [string, unknown][] = [
    ["a=1&b[]=2&b[]=3", { a: "1", b: ["2", "3"] }],
    ["a=1&a=2", { a: "2" }],
    ["p[options][]=x&p[options][]=y&p[n]=3", { p: { options: ["x", "y"], n: "3" } }],
    ["f[][k]=1&f[][v]=2&f[][k]=3", { f: [{ k: "1", v: "2" }, { k: "3" }] }],
    ["f[0][k]=1&f[1][k]=2", { f: { 0: { k: "1" }, 1: { k: "2" } } }],
    ["a+b=c+d%20e", { "a b": "c d e" }],
    ["a[b=1&[]=2&=3", { "a[b": "1", "[]": "2" }],
    ["a=x%00%07y%0az%7f", { a: "xy\nz" }],
    ["__proto__[x]=1&a[__proto__][x]=2&constructor=3&b[prototype]=4", {}],
  ];
  for (const [query, expected] of rows) t.same(queryParams(query), expected, query);
  t.equal(({} as { x?: unknown }).x, undefined);
  const contradictions = ["a=1&a[b]=2", "a[]=1&a[b]=2", "a[b]=1&a=2", "a[b]=1&a[b][c]=2"];
  for (const query of contradictions) t.match(queryParams(query), { fault: "bad-request" }, query);
});

t.test("bounds the number and the depth of parameters before walking them", async (t) => {
  t.match(queryParams("a=1&".repeat(1_001)), { fault: "bad-request" });
  t.match(queryParams(`a${"[b]".repeat(64)}=1`), { fault: "bad-request" });
  t.notOk(isFault(queryParams(`a${"[b]".repeat(62)}=1`)));
  const json = (text: string) => readBody(Buffer.from(text), "application/json");
  t.match(await json("[".repeat(200_000)), { fault: "bad-request", says: /too deeply/ });
  t.match(await json(`{"a":"${"[".repeat(100)}"}`), { a: /\[/ }, "brackets in text do not count");
  t.match(await json(`{"a":"\\"${"[".repeat(100)}"}`), { a: /\[/ });
  t.match(await json(`{"a":[${"1,".repeat(1_001)}1]}`), { fault: "bad-request", says: /too many/ });
  const proto = await json(
    '{"__proto__":{"admin":true},"a":{"constructor":{"prototype":1},"b":2}}',
  );
  t.same(proto, { a: { b: 2 } });
  t.equal(({} as { admin?: unknown }).admin, undefined);
});

t.test(
  "takes text that is not UTF-8 for an error, and control characters out of text",
  async (t) => {
    const broken = Buffer.from('{"a":"\xff\xfe"}', "latin1");
    t.match(await readBody(broken, "application/json"), { fault: "bad-request", says: /UTF-8/ });
    const form = Buffer.from("a=\xff", "latin1");
    t.match(await readBody(form, "application/x-www-form-urlencoded"), { fault: "bad-request" });
    t.match(queryParams("a=%c3%28"), { fault: "bad-request" });
    t.match(queryParams("a=%ed%a0%80"), { fault: "bad-request" }, "half a character");
    const escaped = await readBody(
      Buffer.from('{"a":"x\\u0000\\u001b[31m\\ud800y"}'),
      "application/json",
    );
    t.same(escaped, { a: "x[31m\ufffdy" });
  },
);

const part = (name: string, value: string | Buffer, head = "") =>
  Buffer.concat([
    Buffer.from(`--b\r\nContent-Disposition: form-data; name="${name}"${head}\r\n\r\n`),
    Buffer.from(value),
    Buffer.from("\r\n"),
  ]);

t.test("reads multipart bodies with their files", async (t) => {
  const type = "multipart/form-data; boundary=b";
  const picture = Buffer.from([0xff, 0xd8, 0, 1, 2]);
  const head = '; filename="../a.jpg"\r\nContent-Type: image/jpeg';
  const end = Buffer.from("--b--\r\n");
  const body = Buffer.concat([part("poll[options][]", "ä"), part("f", picture, head), end]);
  const read = (await readBody(body, type)) as Record<string, unknown>;
  t.same(read["poll"], { options: ["ä"] });
  const got = read["f"] as { filename: string; mimeType: string; bytes: Uint8Array };
  t.equal(got.mimeType, "image/jpeg");
  t.notMatch(got.filename, /[/\0]/, "no path and no control characters in its name");
  t.same(Buffer.from(got.bytes), picture);
  t.match(checkParams(z.object({ f: file() }), read), { f: { mimeType: "image/jpeg" } });
  const broken = part("a", Buffer.from([0xff]));
  t.match(await readBody(Buffer.concat([broken, end]), type), { fault: "bad-request" });
  const files = Array.from({ length: 5 }, (_, at) => part(`f${at}`, picture, head));
  t.match(await readBody(Buffer.concat([...files, end]), type), { fault: "bad-request" });
  t.match(await readBody(part("a", "cut off").subarray(0, 20), type), { fault: "bad-request" });
  t.same(await readBody(body, "multipart/form-data"), {
    fault: "bad-request",
    says: "The multipart body could not be read",
  });
});

t.test("survives any bytes of any type, and never answers with more than an object", async (t) => {
  const types = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "multipart/form-data; boundary=",
    "text/plain",
  ];
  const seed = 20_261_124;
  t.comment(`seed ${seed}`);
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(...types),
      async (bytes, type) => {
        const answer = await readBody(bytes, type);
        return typeof answer === "object" && !Array.isArray(answer);
      },
    ),
    { seed, numRuns: 400 },
  );
  await fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.string())), (pairs) => {
      const query = pairs.map(
        ([a, b]) => `${encodeURIComponent(cleanText(a))}=${encodeURIComponent(cleanText(b))}`,
      );
      const parsed = readPairs(query.join("&"));
      if (!isFault(parsed)) nestPairs(parsed);
      return !isFault(parsed);
    }),
    { seed, numRuns: 400 },
  );
});
