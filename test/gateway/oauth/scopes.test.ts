// Owns the promises of the scope tree.

import t from "tap";
import { isFault } from "../../../src/base/faults.js";
import {
  ALL_SCOPES,
  parseScopes,
  sameScopes,
  scopeCovers,
  scopeInWords,
  scopesWithin,
} from "../../../src/gateway/oauth/scopes.js";

t.test("a parent opens its children and nothing else", async (t) => {
  const rows: [string[], string, boolean][] = [
    [["read"], "read", true],
    [["read"], "read:accounts", true],
    [["read"], "write:accounts", false],
    [["read"], "admin:read", false],
    [["read"], "admin:read:accounts", false],
    [["read:accounts"], "read", false],
    [["read:accounts"], "read:accounts", true],
    [["read:accounts"], "read:blocks", false],
    [["admin:read"], "admin:read:reports", true],
    [["admin:read"], "admin:write:reports", false],
    [["follow"], "read:blocks", true],
    [["follow"], "write:mutes", true],
    [["follow"], "write:follows", true],
    [["follow"], "read:accounts", false],
    [["follow"], "follow", true],
    [["read", "write"], "follow", false],
    [["profile"], "read:accounts", false],
    [[], "read", false],
    [["rea"], "read", false],
  ];
  for (const [granted, wanted, opens] of rows) {
    t.equal(scopeCovers(granted, wanted), opens, `${granted} → ${wanted}: ${opens}`);
  }
});

t.test("all children together are not their parent", async (t) => {
  const children = ALL_SCOPES.filter((it) => it.startsWith("read:"));
  t.equal(scopeCovers(children, "read"), false);
});

t.test("the tree has the whole of Mastodon 4.6", async (t) => {
  t.equal(ALL_SCOPES.filter((it) => it.startsWith("read:")).length, 12);
  t.equal(ALL_SCOPES.filter((it) => it.startsWith("write:")).length, 14);
  t.equal(ALL_SCOPES.filter((it) => /^admin:\w+:/.test(it)).length, 14);
  t.equal(new Set(ALL_SCOPES).size, ALL_SCOPES.length);
  for (const scope of ALL_SCOPES) t.ok(scopeInWords(scope).length > 5, scope);
});

t.test("scopes are read from text, each once", async (t) => {
  t.same(parseScopes("read write:statuses  read"), ["read", "write:statuses"]);
  t.same(parseScopes("read+push"), ["read", "push"]);
  t.same(parseScopes("  "), ["read"]);
  t.ok(isFault(parseScopes("read reed")));
  t.ok(isFault(parseScopes("__proto__")));
  t.ok(isFault(parseScopes("read ".repeat(2_000))));
});

t.test("subsets and equal sets are told apart", async (t) => {
  t.ok(scopesWithin(["read", "write:media"], ["read:lists", "write:media"]));
  t.notOk(scopesWithin(["read"], ["read", "write:media"]));
  t.ok(sameScopes(["a", "b"], ["b", "a"]));
  t.notOk(sameScopes(["a"], ["a", "b"]));
});
