// Owns the promises of signing in, sessions, and the pages that change a password.

import t from "tap";
import { isFault } from "../../../src/base/faults.js";
import { registerApp } from "../../../src/gateway/oauth/apps.js";
import { localPath } from "../../../src/gateway/oauth/sessions.js";
import { issueToken } from "../../../src/gateway/oauth/tokens.js";
import { accountCell } from "../../../src/ports/actors.js";
import { openTown, PASSWORD } from "./town.js";

t.test("by name, by @name or by address, in any case", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  await town.addUser("Alice");
  for (const name of ["Alice", "alice", "@alice", " ALICE@Mail.Example "]) {
    const browser = town.browser();
    const answer = await browser.signIn(name, PASSWORD, "/auth/sign_in?return_to=/auth/edit");
    t.equal(answer.status, 303, name);
    t.equal(answer.headers["location"], "/auth/edit");
    t.match((await browser.go("/auth/edit")).text, "Signed in as @Alice");
  }
});

t.test("SEC-83 a wrong password and an unknown name get the same answer", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  await town.addUser("alice");
  const strip = (text: string) => text.replace(/value="[^"]*"/g, "");
  const wrong = await town.browser().signIn("alice", "wrong password");
  const unknown = await town.browser().signIn("nobody", "wrong password");
  t.equal(wrong.status, 403);
  t.equal(unknown.status, 403);
  t.equal(strip(wrong.text), strip(unknown.text));
  t.match(wrong.text, "The name or the password is wrong.");
  const huge = await town.browser().signIn("alice", "x".repeat(5_000));
  t.equal(huge.status, 403);
});

t.test("SEC-83 an unknown name costs what a known one does", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  await town.addUser("alice");
  const hash = JSON.parse((await town.store.records.scan("user", "", 1))[0]?.doc ?? "{}");
  const checked: (string | null)[] = [];
  const { verify } = town.parts.passwords;
  town.parts.passwords.verify = (against, password) => {
    checked.push(against);
    return verify(against, password);
  };
  await town.browser().signIn("alice", "wrong password");
  await town.browser().signIn("nobody", "wrong password");
  t.strictSame(checked, [hash.passwordHash, null], "one check each, whoever it is");
  const time = async (against: string | null) => {
    const startedNs = process.hrtime.bigint();
    for (let at = 0; at < 30; at++) await verify(against, "wrong password");
    return Number(process.hrtime.bigint() - startedNs);
  };
  const ratio = (await time(hash.passwordHash)) / (await time(null));
  t.ok(ratio > 0.2 && ratio < 5, `known over unknown: ${ratio.toFixed(2)}`);
});

t.test("SEC-81 the cookie is closed to scripts and other sites, and made anew", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  await town.addUser("alice");
  const browser = town.browser();
  const answer = await browser.signIn("alice", PASSWORD);
  const line = answer.cookies.find((it) => it.startsWith("__Host-rookery_session=")) ?? "";
  for (const part of ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"]) t.match(line, part);
  const plain = await openTown({ publicUrl: "http://localhost:3000" });
  t.teardown(() => plain.close());
  await plain.addUser("alice");
  const local = (await plain.browser().signIn("alice", PASSWORD)).cookies.join("\n");
  t.match(local, /^rookery_session=/m);
  t.notMatch(local, "Secure");
});

t.test("SEC-81 log-out kills the session on the server", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  await town.addUser("alice");
  const browser = town.browser();
  await browser.signIn("alice", PASSWORD);
  const copy = town.browser();
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  const page = await browser.go("/auth/edit");
  const csrf = /action="\/auth\/sign_out"[\s\S]*?name="csrf" value="([^"]+)"/.exec(page.text)?.[1];
  const out = await browser.go("/auth/sign_out", { form: { csrf: csrf ?? "" } });
  t.equal(out.status, 303);
  t.equal(browser.cookies.size, 0);
  t.equal((await copy.go("/auth/edit")).status, 302, "a copied cookie is dead too");
});

t.test("a session ends at its time, and with the user", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const id = await town.addUser("alice");
  const browser = town.browser();
  await browser.signIn("alice", PASSWORD);
  town.clock.ms += 30 * 24 * 3_600_000 - 1;
  t.equal((await browser.go("/auth/edit")).status, 200);
  town.clock.ms += 1;
  t.equal((await browser.go("/auth/edit")).status, 302);
  await browser.signIn("alice", PASSWORD);
  await town.actors.ask(accountCell(id), { type: "set-disabled", disabled: true } as never);
  t.equal((await browser.go("/auth/edit")).status, 302);
  const refused = await town.browser().signIn("alice", PASSWORD);
  t.equal(refused.status, 403);
  t.match(refused.text, "currently disabled");
});

t.test("SEC-80 a form from elsewhere does nothing", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  await town.addUser("alice");
  const form = { username: "alice", password: PASSWORD };
  for (const csrf of ["", "x", "A".repeat(43)]) {
    const answer = await town.browser().go("/auth/sign_in", { form: { ...form, csrf } });
    t.equal(answer.status, 422);
    t.notOk(answer.cookies.some((it) => it.includes("_session=")));
  }
  const theirs = town.browser();
  const page = await theirs.go("/auth/sign_in");
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
  const other = await town.browser().go("/auth/sign_in", { form: { ...form, csrf } });
  t.equal(other.status, 422, "a proof of another browser");
});

t.test("SEC-72 log-in leads to paths of ours only", async (t) => {
  const bad = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/ /evil.example",
    "/a\\b",
    "/../..//evil.example",
    "/.//evil.example",
    "/a\r\nSet-Cookie: x=1",
    "evil",
    "",
    `/${"x".repeat(9_000)}`,
  ];
  for (const text of bad)
    t.equal(localPath(text, "/home"), "/home", JSON.stringify(text.slice(0, 40)));
  t.equal(localPath(undefined, "/"), "/");
  t.equal(localPath("/oauth/authorize?a=1&b=%2F%2Fx", "/"), "/oauth/authorize?a=1&b=%2F%2Fx");
  const town = await openTown();
  t.teardown(() => town.close());
  await town.addUser("alice");
  const answer = await town
    .browser()
    .signIn("alice", PASSWORD, "/auth/sign_in?return_to=%2F%2Fevil.example");
  t.equal(answer.headers["location"], "/");
});

t.test("SEC-86 one account can be guessed at only so often, from wherever", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  await town.addUser("alice");
  await town.addUser("bob");
  for (let at = 0; at < 25; at++) await town.browser().signIn("alice", "wrong password");
  const blocked = await town.browser().signIn("alice", PASSWORD);
  t.equal(blocked.status, 429);
  t.equal((await town.browser().signIn("bob", PASSWORD)).status, 303);
  town.clock.ms += 3_600_000;
  t.equal((await town.browser().signIn("alice", PASSWORD)).status, 303);
});

t.test("SEC-82 a change of password ends all other sessions and all tokens", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const accountId = await town.addUser("alice");
  const made = await registerApp(town, {
    name: "App",
    redirectUris: "https://app.example/",
    scopes: "read",
    website: "",
  });
  if (isFault(made)) throw new Error(made.fault);
  const token = await issueToken(town, {
    accountId,
    appId: made.app.clientId,
    scopes: ["read"],
  });
  if (isFault(token)) throw new Error(token.fault);
  const here = town.browser();
  const there = town.browser();
  for (const browser of [here, there]) await browser.signIn("alice", PASSWORD);
  town.clock.ms += 1_000;
  const page = await here.go("/auth/edit");
  const next = "another good password";
  const wrong = await here.submit(page, { current_password: "wrong", password: next });
  t.equal(wrong.status, 403);
  const short = await here.submit(page, { current_password: PASSWORD, password: "short" });
  t.equal(short.status, 422);
  const done = await here.submit(page, { current_password: PASSWORD, password: next });
  t.equal(done.status, 200);
  t.equal((await here.go("/auth/edit")).status, 200, "this browser stays");
  t.equal((await there.go("/auth/edit")).status, 302);
  t.match(await town.authenticator.authenticate(token.token), { fault: "no-token" });
  t.ok(town.events.seen.some((it) => it.type === "token-revoked" && it.tokenHash === token.hash));
  t.equal((await town.browser().signIn("alice", PASSWORD)).status, 403);
  t.equal((await town.browser().signIn("alice", next)).status, 303);
  const wellKnown = await here.go("/.well-known/change-password");
  t.equal(wellKnown.headers["location"], "/auth/edit");
});

t.test(
  "SEC-89 a link for a new password works once, in time, and tells nobody who is here",
  async (t) => {
    const town = await openTown({ mail: true });
    t.teardown(() => town.close());
    await town.addUser("alice");
    const browser = town.browser();
    const ask = async (email: string) =>
      browser.submit(await browser.go("/auth/password/new"), { email });
    const known = await ask("Alice@mail.example");
    const unknown = await ask("nobody@mail.example");
    t.equal(known.status, 200);
    t.equal(known.text, unknown.text);
    t.equal(town.mails.length, 1);
    t.match(town.mails[0], { template: "reset-password", to: "alice@mail.example" });
    const path = town.mails[0]?.link?.slice("https://town.example".length) ?? "";
    const page = await browser.go(path);
    t.equal((await browser.submit(page, { password: "short" })).status, 422);
    town.clock.ms += 1_000;
    const next = "a new and good password";
    const answers = await Promise.all([1, 2].map(() => browser.submit(page, { password: next })));
    t.strictSame(answers.map((it) => it.status).sort(), [200, 404], "two at once: one");
    t.equal((await town.browser().signIn("alice", next)).status, 303);
    await ask("alice@mail.example");
    town.clock.ms += 2 * 3_600_000;
    const late = town.mails[1]?.link?.slice("https://town.example".length) ?? "";
    t.equal((await browser.go(late)).status, 404);
  },
);

t.test("where no mail is sent there is no link to ask for", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  t.equal((await town.browser().go("/auth/password/new")).status, 404);
});
