// Owns the promises of joining: by the API, by the page, and what createUser keeps.

import t from "tap";
import { fault, isFault } from "../../../src/base/faults.js";
import { emailKey, usernameKey } from "../../../src/domain/account.js";
import { createUser } from "../../../src/gateway/oauth/create-user.js";
import { emailErrors, usernameErrors } from "../../../src/gateway/oauth/user-rules.js";
import { accountCell } from "../../../src/ports/actors.js";
import { send } from "./browser.js";
import { openTown, PASSWORD, type Town } from "./town.js";

const FORM = {
  username: "alice",
  email: "alice@mail.example",
  password: PASSWORD,
  agreement: true,
  locale: "en",
};

async function appToken(town: Town, scopes = "read write"): Promise<string> {
  const app = (
    await send(town.router, "/api/v1/apps", {
      json: { client_name: "App", redirect_uris: "https://app.example/", scopes },
    })
  ).json() as Record<string, string>;
  const form = { grant_type: "client_credentials", scope: scopes, ...app };
  const answer = await send(town.router, "/oauth/token", { form });
  return (answer.json() as { access_token: string }).access_token;
}

const join = (town: Town, token: string, more: Record<string, unknown> = {}) =>
  send(town.router, "/api/v1/accounts", {
    json: { ...FORM, ...more },
    headers: { authorization: `Bearer ${token}` },
  });

t.test("an app opens an account and gets a token that works", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const answer = await join(town, await appToken(town));
  t.equal(answer.status, 200, answer.text);
  const token = answer.json() as { access_token: string };
  t.match(token, { token_type: "Bearer", scope: "read write", created_at: Number });
  const auth = await town.authenticator.authenticate(token.access_token);
  t.match(auth, { accountId: /^\d+$/ });
  t.equal((await town.browser().signIn("alice", PASSWORD)).status, 303);
});

t.test("what is wrong with a sign-up is told by field", async (t) => {
  const town = await openTown({ signUps: "approval", reasonRequired: true, minAgeYears: 16 });
  t.teardown(() => town.close());
  await town.addUser("bob");
  const token = await appToken(town);
  const good = { reason: "To write.", date_of_birth: "1990-05-06" };
  const rows: [Record<string, unknown>, string, string][] = [
    [{ username: "" }, "username", "ERR_BLANK"],
    [{ username: "a-b" }, "username", "ERR_INVALID"],
    [{ username: "ålice" }, "username", "ERR_INVALID"],
    [{ username: "a".repeat(31) }, "username", "ERR_TOO_LONG"],
    [{ username: "Admin" }, "username", "ERR_RESERVED"],
    [{ username: "BOB" }, "username", "ERR_TAKEN"],
    [{ email: "" }, "email", "ERR_BLANK"],
    [{ email: "nonsense" }, "email", "ERR_INVALID"],
    [{ email: "Bob@MAIL.example" }, "email", "ERR_TAKEN"],
    [{ email: `${"a".repeat(320)}@x.example` }, "email", "ERR_TOO_LONG"],
    [{ password: "" }, "password", "ERR_BLANK"],
    [{ password: "short" }, "password", "ERR_TOO_SHORT"],
    [{ password: "x".repeat(4_097) }, "password", "ERR_TOO_LONG"],
    [{ agreement: false }, "agreement", "ERR_ACCEPTED"],
    [{ agreement: "0" }, "agreement", "ERR_ACCEPTED"],
    [{ locale: "not a locale" }, "locale", "ERR_INCLUSION"],
    [{ reason: " " }, "reason", "ERR_BLANK"],
    [{ reason: "x".repeat(421) }, "reason", "ERR_TOO_LONG"],
    [{ date_of_birth: "" }, "date_of_birth", "ERR_BLANK"],
    [{ date_of_birth: "06.05.1990" }, "date_of_birth", "ERR_INVALID"],
    [{ date_of_birth: "2010-01-03" }, "date_of_birth", "ERR_BELOW_LIMIT"],
  ];
  for (const [more, field, error] of rows) {
    const answer = await join(town, token, { ...good, ...more });
    t.equal(answer.status, 422, JSON.stringify(more).slice(0, 60));
    t.match(
      answer.json(),
      { error: /^Validation failed: /, details: { [field]: [{ error, description: /./ }] } },
      `${field} ${error}`,
    );
  }
  const both = await join(town, token, { ...good, username: "", password: "" });
  t.strictSame(Object.keys((both.json() as { details: object }).details).sort(), [
    "password",
    "username",
  ]);
  t.equal((await join(town, token, { ...good, date_of_birth: "2010-01-02" })).status, 200);
  t.equal(town.commands.filter((it) => it.type === "create-account").length, 2, "bob and one");
});

t.test(
  "who may open accounts: apps with the scope, and only where sign-ups are open",
  async (t) => {
    const town = await openTown();
    t.teardown(() => town.close());
    const first = (await join(town, await appToken(town))).json() as { access_token: string };
    const again = { username: "bob", email: "bob@mail.example" };
    t.equal((await join(town, first.access_token, again)).status, 403, "a user's token");
    t.equal((await join(town, await appToken(town, "read"), again)).status, 403, "no scope");
    t.equal((await join(town, "nothing", again)).status, 401);
    town.info.signUps = "closed";
    const closed = await join(town, await appToken(town), again);
    t.equal(closed.status, 403);
  },
);

t.test("with mail, the token works once the address is confirmed", async (t) => {
  const town = await openTown({ mail: true });
  t.teardown(() => town.close());
  const { access_token } = (await join(town, await appToken(town))).json() as {
    access_token: string;
  };
  const headers = { authorization: `Bearer ${access_token}` };
  t.match(await town.authenticator.authenticate(access_token), { fault: "unconfirmed-email" });
  const check = async () =>
    (await send(town.router, "/api/v1/emails/check_confirmation", { headers })).json();
  t.equal(await check(), false);
  const again = await send(town.router, "/api/v1/emails/confirmations", {
    json: { email: "new@mail.example" },
    headers,
  });
  t.equal(again.status, 200, again.text);
  t.strictSame(
    town.mails.map((it) => [it.template, it.to]),
    [
      ["confirm-email", "alice@mail.example"],
      ["confirm-email", "new@mail.example"],
    ],
  );
  t.equal(await town.store.registers.read(emailKey("alice@mail.example")), null, "freed");
  const open = (at: number) =>
    town.browser().go(town.mails[at]?.link?.slice("https://town.example".length) ?? "");
  t.equal((await open(0)).status, 404, "the link to the old address is dead");
  t.equal((await open(1)).status, 200);
  t.equal((await open(1)).status, 200, "opened twice it says the same");
  t.equal(await check(), true);
  t.match(await town.authenticator.authenticate(access_token), { scopes: ["read", "write"] });
  const late = await send(town.router, "/api/v1/emails/confirmations", { json: {}, headers });
  t.equal(late.status, 403, "confirmed already");
  const nobody = await send(town.router, "/api/v1/emails/check_confirmation");
  t.equal(nobody.status, 401);
});

t.test("who signs in with an unconfirmed address can ask for the link again", async (t) => {
  const town = await openTown({ mail: true });
  t.teardown(() => town.close());
  await join(town, await appToken(town));
  const browser = town.browser();
  const answer = await browser.signIn("alice", PASSWORD);
  t.equal(answer.headers["location"], "/auth/setup?return_to=%2F");
  const page = await browser.go("/auth/setup");
  t.match(page.text, "alice@mail.example");
  for (let at = 0; at < 5; at++) t.equal((await browser.submit(page, {})).status, 200);
  t.equal((await browser.submit(page, {})).status, 429);
  t.equal(town.mails.length, 6);
  const link = town.mails[5]?.link?.slice("https://town.example".length) ?? "";
  t.equal((await browser.go(link)).status, 200);
  t.equal((await browser.go("/auth/setup")).headers["location"], "/", "nothing is missing now");
});

t.test("a confirmation link runs out", async (t) => {
  const town = await openTown({ mail: true });
  t.teardown(() => town.close());
  await join(town, await appToken(town));
  town.clock.ms += 2 * 24 * 3_600_000;
  const link = town.mails[0]?.link?.slice("https://town.example".length) ?? "";
  t.equal((await town.browser().go(link)).status, 404);
});

t.test("the page lets people join, or ask to", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const typed = {
    username: "alice",
    email: "alice@mail.example",
    password: PASSWORD,
    agreement: "1",
  };
  const browser = town.browser();
  const page = await browser.go("/auth/sign_up");
  const wrong = await browser.submit(page, { ...typed, username: "a b<script>" });
  t.equal(wrong.status, 422);
  t.match(wrong.text, 'value="a b&lt;script&gt;"');
  t.equal((await browser.submit(page, { ...typed, agreement: "" })).status, 422);
  const done = await browser.submit(page, typed);
  t.equal(done.status, 303);
  t.equal((await browser.go("/auth/edit")).status, 200, "signed in");
  town.info.signUps = "approval";
  const other = town.browser();
  const ask = await other.go("/auth/sign_up");
  t.match(ask.text, "Why do you want to join?");
  const asked = await other.submit(ask, {
    ...typed,
    username: "bob",
    email: "bob@mail.example",
    reason: "To read.",
  });
  t.equal(asked.headers["location"], "/auth/setup?return_to=%2F");
  t.match(town.commands.at(-1), { username: "bob", approved: false, reason: "To read." });
  town.info.signUps = "closed";
  t.equal((await town.browser().go("/auth/sign_up")).status, 200);
  t.equal((await town.browser().go("/auth/sign_up", { form: typed })).status, 403);
});

t.test("of many who want one name at once, one gets it", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const wants = Array.from({ length: 10 }, (_, at) =>
    createUser(town, newcomer(at % 2 === 0 ? "Alice" : "aLICE", `a${at}@mail.example`)),
  );
  const made = await Promise.all(wants);
  t.equal(made.filter((it) => !isFault(it)).length, 1);
  for (const it of made) {
    if (isFault(it)) t.match(it.details, { username: [{ error: "ERR_TAKEN" }] });
  }
  const free = await Promise.all(
    [0, 1].map((at) => createUser(town, newcomer(`bob${at}`, "bob@mail.example"))),
  );
  t.equal(free.filter((it) => !isFault(it)).length, 1);
  const lost = (await town.store.registers.read(usernameKey("bob0"))) === null ? "bob0" : "bob1";
  t.notOk(isFault(await createUser(town, newcomer(lost, "other@mail.example"))), "name given back");
});

const newcomer = (username: string, email: string) => ({
  username,
  email,
  password: PASSWORD,
  role: "user" as const,
  confirmed: true,
  approved: true,
  locale: "en",
  reason: null,
  createdByAppId: null,
});

t.test(
  "a refusal gives the name back; an unknown outcome keeps it until it is stale",
  async (t) => {
    const town = await openTown();
    t.teardown(() => town.close());
    const alice = newcomer("alice", "alice@mail.example");
    town.refuseOnce(fault("mailbox-full"));
    t.match(await createUser(town, alice), { fault: "mailbox-full" });
    t.equal(await town.store.registers.read(usernameKey("alice")), null);
    town.refuseOnce(fault("timeout"));
    t.match(await createUser(town, alice), { fault: "timeout" });
    const held = await town.store.registers.read(usernameKey("alice"));
    t.match(await createUser(town, alice), { details: { username: [{ error: "ERR_TAKEN" }] } });
    town.clock.ms += 10 * 60_000;
    t.strictSame(await createUser(town, alice), { accountId: held?.value }, "under the same id");
  },
);

t.test("SEC-94 the name of a deleted account is never given again", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const id = await town.addUser("alice");
  await town.actors.ask(accountCell(id), { type: "delete-account" });
  town.clock.ms += 24 * 3_600_000;
  const again = newcomer("Alice", "else@mail.example");
  t.match(await createUser(town, again), { details: { username: [{ error: "ERR_TAKEN" }] } });
  await town.store.write([{ do: "drop-record", kind: "account", id }]);
  t.match(await createUser(town, again), { details: { username: [{ error: "ERR_TAKEN" }] } });
  t.notOk(isFault(await createUser(town, { ...again, username: "bob" })), "the address is free");
});

t.test("SEC-88 addresses that fool mail servers are refused", async (t) => {
  const bad = [
    "a%evil.example@ok.example",
    "a@ok.example\r\nBcc: x@y.example",
    '"a b"@ok.example',
    "a@b@ok.example",
    "a,b@ok.example",
    "a@",
    "@ok.example",
    "a@-ok.example",
    "a@ok..example",
    "a@ok.example.",
    "a@[192.0.2.1]",
    "a..b@ok.example",
    ".a@ok.example",
    "a@ok.example\u0000",
    "a\u202eb@ok.example",
    `${"a".repeat(65)}@ok.example`,
    "<a@ok.example>",
  ];
  for (const it of bad) t.equal(emailErrors(it)[0]?.error, "ERR_INVALID", JSON.stringify(it));
  for (const it of ["a@ok.example", "a+b.c@ok.example", "a@localhost", "ö@mañana.example"]) {
    t.same(emailErrors(it), [], it);
  }
});

t.test("reserved names are for those who run the server", async (t) => {
  t.equal(usernameErrors("support")[0]?.error, "ERR_RESERVED");
  t.same(usernameErrors("support", true), []);
});
