// Owns the promises of looking at tokens: what is remembered, and what makes it forgotten.

import t from "tap";
import { putRecord } from "../../../src/base/changes.js";
import { isFault } from "../../../src/base/faults.js";
import type { UserDoc } from "../../../src/domain/account.js";
import { registerApp } from "../../../src/gateway/oauth/apps.js";
import { createAuthenticator } from "../../../src/gateway/oauth/authenticate.js";
import { issueToken, revokeTokens, revokeTokensOf } from "../../../src/gateway/oauth/tokens.js";
import { accountCell } from "../../../src/ports/actors.js";
import { openTown, type Town } from "./town.js";

async function appOf(town: Town): Promise<string> {
  const redirectUris = "https://app.example/back";
  const made = await registerApp(town, { name: "App", redirectUris, scopes: "read", website: "" });
  if (isFault(made)) throw new Error(made.fault);
  return made.app.clientId;
}

async function tokenOf(town: Town, accountId: string | null, appId: string) {
  const made = await issueToken(town, { accountId, appId, scopes: ["read"] });
  if (isFault(made)) throw new Error(made.fault);
  return made;
}

t.test("a known token is answered at once, an unknown one is refused", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const made = await tokenOf(town, await town.addUser("alice"), await appOf(town));
  const first = town.authenticator.authenticate(made.token);
  t.ok(first instanceof Promise);
  t.match(await first, { tokenHash: made.hash, scopes: ["read"] });
  t.notOk(town.authenticator.authenticate(made.token) instanceof Promise, "sync when known");
  for (const wrong of ["", "x", made.hash, `${made.token}x`, "x".repeat(10_000)]) {
    t.match(await town.authenticator.authenticate(wrong), { fault: "no-token" });
  }
});

t.test("what ends a token is felt at once", async (t) => {
  const ends: [string, (town: Town, accountId: string, hash: string) => unknown, string][] = [
    ["revoked", (town, _, hash) => revokeTokens(town, [hash]), "no-token"],
    ["all of the account revoked", (town, id) => revokeTokensOf(town, id), "no-token"],
    ["disabled", (town, id) => ask(town, id, "set-disabled", { disabled: true }), "login-disabled"],
    [
      "suspended",
      (town, id) => ask(town, id, "set-moderation", { suspended: true }),
      "login-disabled",
    ],
    ["password changed", (town, id) => ask(town, id, "change-password"), "token-revoked"],
    ["deleted", (town, id) => ask(town, id, "delete-account"), "token-revoked"],
  ];
  for (const [name, end, expected] of ends) {
    const town = await openTown();
    const accountId = await town.addUser("alice");
    const made = await tokenOf(town, accountId, await appOf(town));
    t.match(await town.authenticator.authenticate(made.token), { accountId }, name);
    town.clock.ms += 1_000;
    await end(town, accountId, made.hash);
    t.match(await town.authenticator.authenticate(made.token), { fault: expected }, name);
    await town.close();
  }
});

const ask = (town: Town, id: string, type: string, more: object = { passwordHash: "x" }) =>
  town.actors.ask(accountCell(id), { type, ...more } as { type: string });

t.test("SEC-96 users who are not ready are refused, but may be identified", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const appId = await appOf(town);
  const rows = [
    ["carol", { confirmed: false }, "unconfirmed-email"],
    ["dave", { approved: false }, "pending-approval"],
  ] as const;
  for (const [name, more, expected] of rows) {
    const accountId = await town.addUser(name, more);
    const made = await tokenOf(town, accountId, appId);
    t.match(await town.authenticator.authenticate(made.token), { fault: expected });
    t.match(await town.authenticator.identify(made.token), { accountId });
    await ask(town, accountId, "set-disabled", { disabled: true });
    t.match(await town.authenticator.identify(made.token), { fault: "login-disabled" });
  }
});

t.test("a commit that is seen while a token is read is not overlooked", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const accountId = await town.addUser("alice");
  const made = await tokenOf(town, accountId, await appOf(town));
  const user = JSON.parse((await town.store.records.get("user", accountId)) ?? "") as UserDoc;
  const looking = town.authenticator.authenticate(made.token);
  const disabling = town.store.write([putRecord("user", accountId, { ...user, disabled: true })]);
  await Promise.all([looking, disabling]);
  t.match(await town.authenticator.authenticate(made.token), { fault: "login-disabled" });
});

t.test("what another node changed is seen within a minute even if its event is lost", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const accountId = await town.addUser("alice");
  const made = await tokenOf(town, accountId, await appOf(town));
  const deaf = createAuthenticator({
    store: { ...town.store, onCommit: () => () => {} },
    events: { publish: () => {}, subscribe: () => () => {} },
    clock: town.clock,
  });
  t.match(await deaf.authenticate(made.token), { accountId });
  await revokeTokens(town, [made.hash]);
  t.match(await deaf.authenticate(made.token), { accountId });
  town.clock.ms += 60_000;
  t.match(await deaf.authenticate(made.token), { fault: "no-token" });
});

t.test("the cache has a bound and forgets the least used", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const small = createAuthenticator({ ...town, cacheMax: 8 });
  t.teardown(() => small.close());
  const accountId = await town.addUser("alice");
  const appId = await appOf(town);
  const made = [];
  for (let at = 0; at < 20; at++) made.push(await tokenOf(town, accountId, appId));
  const used = made[0]?.token ?? "";
  for (const it of made) {
    await small.authenticate(it.token);
    await small.authenticate(used);
  }
  t.notOk(small.authenticate(used) instanceof Promise, "the one in use stays");
  t.ok(small.authenticate(made[2]?.token ?? "") instanceof Promise, "an old one went");
});

t.test("a hit costs far less than a look-up", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const made = await tokenOf(town, await town.addUser("alice"), await appOf(town));
  await town.authenticator.authenticate(made.token);
  const rounds = 20_000;
  const startedNs = process.hrtime.bigint();
  for (let at = 0; at < rounds; at++) town.authenticator.authenticate(made.token);
  const eachNs = Number(process.hrtime.bigint() - startedNs) / rounds;
  t.comment(`${eachNs.toFixed(0)} ns a hit`);
  t.ok(eachNs < 20_000, "with room for a busy machine");
});
