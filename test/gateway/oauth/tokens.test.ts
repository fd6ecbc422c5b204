// Owns the promises of apps, grants and tokens, through the real router.

import { createHash } from "node:crypto";
import t from "tap";
import { fault } from "../../../src/base/faults.js";
import { tokensOf } from "../../../src/domain/collections.js";
import { TOKENS_PER_APP_MAX } from "../../../src/gateway/oauth/tokens.js";
import { send } from "./browser.js";
import { openTown, PASSWORD, type Town } from "./town.js";

const REDIRECT = "https://app.example/back";
const VERIFIER = "v".repeat(50);
const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");

type App = { client_id: string; client_secret: string };

async function register(town: Town, more: Record<string, unknown> = {}): Promise<App> {
  const answer = await send(town.router, "/api/v1/apps", {
    json: { client_name: "App", redirect_uris: REDIRECT, scopes: "read write push", ...more },
  });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json() as App;
}

/** Signs in, lets the app in, answers the code. */
async function getCode(
  town: Town,
  app: App,
  more: Record<string, string> = {},
  browser = town.browser(),
): Promise<string> {
  if (browser.cookies.size === 0) await browser.signIn("alice", PASSWORD);
  const query = new URLSearchParams({
    response_type: "code",
    client_id: app.client_id,
    redirect_uri: REDIRECT,
    scope: "read write",
    ...more,
  });
  let page = await browser.go(`/oauth/authorize?${query}`);
  if (page.status === 200) page = await browser.submit(page, { decision: "approve" });
  const code = new URL(page.headers["location"] ?? "x:").searchParams.get("code");
  if (code === null) throw new Error(`${page.status} ${page.headers["location"]} ${page.text}`);
  return code;
}

const trade = (town: Town, app: App, code: string, more: Record<string, string> = {}) =>
  send(town.router, "/oauth/token", {
    form: { grant_type: "authorization_code", ...app, code, redirect_uri: REDIRECT, ...more },
  });

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

async function townWithAlice(options: Parameters<typeof openTown>[0] = {}): Promise<Town> {
  const town = await openTown(options);
  await town.addUser("alice");
  return town;
}

t.test("an app is registered, and proves itself later", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const answer = await send(town.router, "/api/v1/apps", {
    json: {
      client_name: "  My App ",
      redirect_uris: ["myapp://cb", "urn:ietf:wg:oauth:2.0:oob", "http://localhost:5000/x?y=1"],
      website: "https://app.example",
    },
  });
  t.equal(answer.status, 200);
  const app = answer.json() as Record<string, unknown>;
  t.match(app, {
    id: /^\d+$/,
    name: "My App",
    website: "https://app.example",
    scopes: ["read"],
    redirect_uris: ["myapp://cb", "urn:ietf:wg:oauth:2.0:oob", "http://localhost:5000/x?y=1"],
    redirect_uri: "myapp://cb\nurn:ietf:wg:oauth:2.0:oob\nhttp://localhost:5000/x?y=1",
    client_id: /^[\w-]{43}$/,
    client_secret: /^[\w-]{43}$/,
    client_secret_expires_at: 0,
    vapid_key: "",
  });
  const kept = await town.store.records.scan("app", "", 10);
  t.notOk(kept[0]?.doc.includes(String(app["client_secret"])), "only the hash is stored");
});

t.test("a bad registration is refused with the reason", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const good = { client_name: "App", redirect_uris: REDIRECT };
  const bad: Record<string, unknown>[] = [
    { client_name: "" },
    { client_name: "n".repeat(61) },
    { redirect_uris: "" },
    { redirect_uris: [] },
    { redirect_uris: "javascript:alert(1)" },
    { redirect_uris: "JavaScript:alert(1)" },
    { redirect_uris: "data:text/html,x" },
    { redirect_uris: "vbscript:x" },
    { redirect_uris: "/relative" },
    { redirect_uris: "https://app.example/#here" },
    { redirect_uris: "https://good.example@evil.example/" },
    { redirect_uris: "https:nohost" },
    { redirect_uris: `${REDIRECT}/${"x".repeat(2_000)}` },
    { scopes: "read everything" },
    { website: "javascript:alert(1)" },
    { website: "not a url" },
    { website: `https://x.example/${"x".repeat(2_000)}` },
  ];
  for (const wrong of bad) {
    const answer = await send(town.router, "/api/v1/apps", { json: { ...good, ...wrong } });
    t.equal(answer.status, 422, JSON.stringify(wrong).slice(0, 80));
    t.match(answer.json(), { error: /./ });
  }
});

t.test("a code becomes a token that works", async (t) => {
  const town = await townWithAlice();
  t.teardown(() => town.close());
  const app = await register(town);
  const code = await getCode(town, app, {
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
  });
  const answer = await trade(town, app, code, { code_verifier: VERIFIER });
  t.equal(answer.status, 200, answer.text);
  t.equal(answer.headers["cache-control"], "no-store");
  const token = answer.json() as { access_token: string };
  t.strictSame(
    { ...token, access_token: token.access_token.length },
    {
      access_token: 43,
      token_type: "Bearer",
      scope: "read write",
      created_at: Math.floor(town.clock.ms / 1000),
    },
  );
  const who = await town.authenticator.authenticate(token.access_token);
  t.match(who, { appName: "App", scopes: ["read", "write"], accountId: /^\d+$/ });
  const dump = JSON.stringify([
    await town.store.records.scan("token", "", 10),
    await town.store.records.scan("code", "", 10),
    await town.store.records.scan("session", "", 10),
  ]);
  t.notOk(dump.includes(token.access_token) || dump.includes(code), "only hashes are stored");
});

t.test("SEC-76 a code works once, in time, for its client, redirect and verifier", async (t) => {
  const town = await townWithAlice();
  t.teardown(() => town.close());
  const app = await register(town);
  const other = await register(town);
  const pkce = { code_challenge: CHALLENGE, code_challenge_method: "S256" };
  const rows: [string, App, Record<string, string>, string][] = [
    ["other client", other, { code_verifier: VERIFIER }, "invalid_grant"],
    ["wrong verifier", app, { code_verifier: "w".repeat(50) }, "invalid_grant"],
    ["no verifier", app, {}, "invalid_grant"],
    [
      "other redirect",
      app,
      { code_verifier: VERIFIER, redirect_uri: `${REDIRECT}/` },
      "invalid_grant",
    ],
  ];
  for (const [name, client, more, error] of rows) {
    const answer = await trade(town, client, await getCode(town, app, pkce), more);
    t.equal(answer.status, 400, name);
    t.match(answer.json(), { error, error_description: /./ }, name);
  }
  const late = await getCode(town, app);
  town.clock.ms += 10 * 60_000;
  t.equal((await trade(town, app, late)).status, 400, "ten minutes later");
  const unknown = await trade(town, app, "x".repeat(43));
  t.match(unknown.json(), { error: "invalid_grant" });
  const unasked = await trade(town, app, await getCode(town, app), { code_verifier: VERIFIER });
  t.match(unasked.json(), { error: "invalid_grant" }, "a verifier without a challenge");
});

t.test("SEC-76 a replayed code ends the token that it made", async (t) => {
  const town = await townWithAlice();
  t.teardown(() => town.close());
  const app = await register(town);
  const code = await getCode(town, app);
  const { access_token } = (await trade(town, app, code)).json() as { access_token: string };
  t.match(await town.authenticator.authenticate(access_token), { accountId: /\d/ });
  t.match((await trade(town, app, code)).json(), { error: "invalid_grant" });
  t.match(await town.authenticator.authenticate(access_token), { fault: "no-token" });
  t.ok(town.events.seen.some((it) => it.type === "token-revoked"));
});

t.test("of many who trade one code at once, at most one gets a token", async (t) => {
  const town = await townWithAlice();
  t.teardown(() => town.close());
  const app = await register(town);
  const code = await getCode(town, app);
  const answers = await Promise.all(Array.from({ length: 8 }, () => trade(town, app, code)));
  t.ok(answers.filter((it) => it.status === 200).length <= 1);
  t.equal((await town.store.records.scan("token", "", 10)).length, 0, "and a replay ended it");
});

t.test("a client must prove itself, by Basic or in the body", async (t) => {
  const town = await townWithAlice();
  t.teardown(() => town.close());
  const app = await register(town);
  const basic = (id: string, secret: string) =>
    `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
  const grant = { grant_type: "client_credentials", scope: "read" };
  const byBasic = await send(town.router, "/oauth/token", {
    form: grant,
    headers: { authorization: basic(app.client_id, app.client_secret) },
  });
  t.equal(byBasic.status, 200, byBasic.text);
  const wrong = [
    { form: { ...grant, client_id: app.client_id, client_secret: "x" } },
    { form: { ...grant, client_id: app.client_id } },
    { form: { ...grant, client_id: "nobody", client_secret: "x" } },
    { form: grant },
    { form: grant, headers: { authorization: basic(app.client_id, "x") } },
    { form: grant, headers: { authorization: "Basic !!!" } },
  ];
  for (const sent of wrong) {
    const answer = await send(town.router, "/oauth/token", sent);
    t.equal(answer.status, 401, JSON.stringify(sent));
    t.match(answer.json(), { error: "invalid_client", error_description: /./ });
  }
  const pkceOnly = await trade(town, { client_id: app.client_id, client_secret: "" }, "x", {
    code_verifier: VERIFIER,
  });
  t.equal(pkceOnly.status, 401, "PKCE does not stand in for the secret");
});

t.test("errors of the token endpoint are those of the RFC", async (t) => {
  const town = await townWithAlice();
  t.teardown(() => town.close());
  const app = await register(town);
  const rows: [Record<string, string>, string][] = [
    [{}, "invalid_request"],
    [{ grant_type: "password", username: "alice", password: PASSWORD }, "unsupported_grant_type"],
    [{ grant_type: "refresh_token", refresh_token: "x" }, "unsupported_grant_type"],
    [{ grant_type: "magic" }, "unsupported_grant_type"],
    [{ grant_type: "__proto__" }, "unsupported_grant_type"],
    [{ grant_type: "authorization_code", redirect_uri: REDIRECT }, "invalid_request"],
    [{ grant_type: "client_credentials", scope: "admin:write" }, "invalid_scope"],
    [{ grant_type: "client_credentials", scope: "nothing" }, "invalid_scope"],
    [{ grant_type: "client_credentials", scope: "follow" }, "invalid_scope"],
  ];
  for (const [form, error] of rows) {
    const answer = await send(town.router, "/oauth/token", { form: { ...app, ...form } });
    t.equal(answer.status, 400, error);
    t.match(answer.json(), { error, error_description: /./ }, JSON.stringify(form));
  }
});

t.test("an app's own token names the app and no user", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const app = await register(town);
  const answer = await send(town.router, "/oauth/token", {
    json: { grant_type: "client_credentials", ...app },
  });
  const { access_token, scope } = answer.json() as { access_token: string; scope: string };
  t.equal(scope, "read");
  t.match(await town.authenticator.authenticate(access_token), { accountId: null });
  const shown = await send(town.router, "/api/v1/apps/verify_credentials", bearer(access_token));
  t.match(shown.json(), { name: "App", redirect_uris: [REDIRECT] });
  t.notMatch(shown.text, "client_secret");
  const info = await send(town.router, "/oauth/token/info", bearer(access_token));
  t.match(info.json(), { resource_owner_id: null, application: { uid: app.client_id } });
  t.equal((await send(town.router, "/oauth/userinfo", bearer(access_token))).status, 403);
});

t.test("the tokens of one app for itself have a bound, at which the oldest ends", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const app = await register(town);
  const form = { grant_type: "client_credentials", ...app };
  const first = (await send(town.router, "/oauth/token", { form })).json() as {
    access_token: string;
  };
  for (let made = 0; made < TOKENS_PER_APP_MAX; made++) {
    town.clock.ms++;
    await send(town.router, "/oauth/token", { form });
  }
  const list = tokensOf(`app:${app.client_id}`);
  t.equal(await town.store.collections.count(list), TOKENS_PER_APP_MAX);
  t.match(await town.authenticator.authenticate(first.access_token), { fault: "no-token" });
});

t.test("a token is revoked by its own client only, and twice is once", async (t) => {
  const town = await townWithAlice();
  t.teardown(() => town.close());
  const app = await register(town);
  const other = await register(town);
  const { access_token } = (await trade(town, app, await getCode(town, app))).json() as {
    access_token: string;
  };
  const revoke = (client: App, token: string) =>
    send(town.router, "/oauth/revoke", { form: { ...client, token } });
  const foreign = await revoke(other, access_token);
  t.equal(foreign.status, 403);
  t.match(foreign.json(), { error: "unauthorized_client" });
  t.equal(
    (await revoke({ client_id: app.client_id, client_secret: "x" }, access_token)).status,
    403,
  );
  t.match(await town.authenticator.authenticate(access_token), { appName: "App" });
  for (const _ of [1, 2]) {
    const answer = await revoke(app, access_token);
    t.equal(answer.status, 200);
    t.strictSame(answer.json(), {});
  }
  t.match(await town.authenticator.authenticate(access_token), { fault: "no-token" });
  t.equal(town.events.seen.filter((it) => it.type === "token-revoked").length, 1);
});

t.test("introspection tells a client of its own tokens only", async (t) => {
  const town = await townWithAlice();
  t.teardown(() => town.close());
  const app = await register(town);
  const other = await register(town);
  const { access_token } = (await trade(town, app, await getCode(town, app))).json() as {
    access_token: string;
  };
  const look = async (client: App, token: string) =>
    (await send(town.router, "/oauth/introspect", { form: { ...client, token } })).json();
  t.match(await look(app, access_token), {
    active: true,
    scope: "read write",
    token_type: "Bearer",
  });
  t.strictSame(await look(other, access_token), { active: false });
  t.strictSame(await look(app, "nothing"), { active: false });
  const nobody = await send(town.router, "/oauth/introspect", { form: { token: access_token } });
  t.equal(nobody.status, 401);
});

t.test("userinfo needs the profile scope and tells who it is", async (t) => {
  const town = await townWithAlice();
  t.teardown(() => town.close());
  const app = await register(town, { scopes: "read profile" });
  const code = await getCode(town, app, { scope: "profile" });
  const { access_token } = (await trade(town, app, code)).json() as { access_token: string };
  const answer = await send(town.router, "/oauth/userinfo", bearer(access_token));
  t.match(answer.json(), {
    iss: "https://town.example/",
    sub: "https://town.example/users/alice",
    preferred_username: "alice",
    name: "alice",
    profile: "https://town.example/@alice",
    picture: /^https:/,
  });
});

t.test("the metadata names every endpoint and the grants that are open", async (t) => {
  const town = await openTown({ refreshTokens: true });
  t.teardown(() => town.close());
  const answer = await send(town.router, "/.well-known/oauth-authorization-server");
  t.match(answer.json(), {
    issuer: "https://town.example/",
    authorization_endpoint: "https://town.example/oauth/authorize",
    app_registration_endpoint: "https://town.example/api/v1/apps",
    code_challenge_methods_supported: ["S256"],
    grant_types_supported: ["authorization_code", "client_credentials", "refresh_token"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
  });
});

t.test("the password grant, where it is on, checks the password and the user", async (t) => {
  const town = await townWithAlice({ passwordGrant: true });
  t.teardown(() => town.close());
  await town.addUser("pending", { approved: false });
  const app = await register(town);
  const ask = (username: string, password: string) =>
    send(town.router, "/oauth/token", {
      form: { grant_type: "password", ...app, username, password, scope: "write" },
    });
  const good = await ask("alice@mail.example", PASSWORD);
  t.match(good.json(), { access_token: /./, scope: "write" });
  for (const [name, password] of [
    ["alice", "wrong"],
    ["nobody", PASSWORD],
    ["pending", PASSWORD],
  ] as const) {
    const answer = await ask(name, password);
    t.equal(answer.status, 400, name);
    t.match(answer.json(), { error: "invalid_grant" }, name);
  }
});

t.test("SEC-78 a refresh rotates, once, and a replay ends the whole family", async (t) => {
  const town = await townWithAlice({ refreshTokens: true, tokenTtlMs: 60_000 });
  t.teardown(() => town.close());
  const app = await register(town);
  type Pair = { access_token: string; refresh_token: string; expires_in: number };
  const first = (await trade(town, app, await getCode(town, app))).json() as Pair;
  t.equal(first.expires_in, 60);
  town.clock.ms += 60_000;
  t.match(await town.authenticator.authenticate(first.access_token), { fault: "token-expired" });
  const refresh = (refresh_token: string, more = {}) =>
    send(town.router, "/oauth/token", {
      form: { grant_type: "refresh_token", ...app, refresh_token, ...more },
    });
  const wider = await refresh(first.refresh_token, { scope: "push" });
  t.match(wider.json(), { error: "invalid_scope" });
  t.equal((await refresh(first.refresh_token)).status, 200, "asking for too much costs nothing");
  const next = (await trade(town, app, await getCode(town, app))).json() as Pair;
  const answers = await Promise.all([refresh(next.refresh_token), refresh(next.refresh_token)]);
  t.ok(answers.filter((it) => it.status === 200).length <= 1, "two at once: one wins");
  const again = (await trade(town, app, await getCode(town, app))).json() as Pair;
  const second = (await refresh(again.refresh_token)).json() as Pair;
  t.match(await town.authenticator.authenticate(again.access_token), { fault: "no-token" });
  t.match(await town.authenticator.authenticate(second.access_token), { appName: "App" });
  t.match((await refresh(again.refresh_token)).json(), { error: "invalid_grant" });
  t.match(await town.authenticator.authenticate(second.access_token), { fault: "no-token" });
  t.match((await refresh(second.refresh_token)).json(), { error: "invalid_grant" });
});

t.test("a store that is full is no fault of the client", async (t) => {
  const town = await townWithAlice();
  t.teardown(() => town.close());
  const app = await register(town);
  const code = await getCode(town, app);
  Object.assign(town.store, { write: async () => fault("store-full") });
  const answer = await trade(town, app, code);
  t.equal(answer.status, 507);
  t.notMatch(answer.text, "invalid_grant");
});
