// Owns the promises of the page on which a person lets an app in.

import t from "tap";
import { isFault } from "../../../src/base/faults.js";
import { registerApp } from "../../../src/gateway/oauth/apps.js";
import { type Answer, type Browser, send } from "./browser.js";
import { openTown, PASSWORD, type Town } from "./town.js";

const REDIRECT = "https://app.example/back?keep=1";

async function start(redirectUris: string | string[] = REDIRECT, name = "Good App") {
  const town = await openTown();
  await town.addUser("alice");
  const made = await registerApp(town, {
    name,
    redirectUris,
    scopes: "read write:statuses follow",
    website: "https://site.example/path",
  });
  if (isFault(made)) throw new Error(made.fault);
  const url = (more: Record<string, string> = {}) =>
    `/oauth/authorize?${new URLSearchParams({
      response_type: "code",
      client_id: made.app.clientId,
      redirect_uri: typeof redirectUris === "string" ? redirectUris : (redirectUris[0] ?? ""),
      scope: "read write:statuses",
      state: 'a b&c="é"',
      ...more,
    })}`;
  return { town, url, app: made.app, secret: made.secret };
}

async function signedIn(town: Town): Promise<Browser> {
  const browser = town.browser();
  await browser.signIn("alice", PASSWORD);
  return browser;
}

const back = (answer: Answer) => new URL(answer.headers["location"] ?? "");

t.test("a person signs in on the way, sees what is asked, and lets the app in", async (t) => {
  const { town, url } = await start();
  t.teardown(() => town.close());
  const browser = town.browser();
  const first = await browser.go(url());
  t.equal(first.status, 302);
  const signIn = first.headers["location"] ?? "";
  t.match(signIn, /^\/auth\/sign_in\?return_to=/);
  const form = await browser.go(signIn);
  t.match(form.text, "to go on to Good App");
  const answer = await browser.submit(form, { username: "alice", password: PASSWORD });
  const consent = await browser.go(answer.headers["location"] ?? "");
  t.equal(consent.status, 200);
  t.match(consent.text, "Good App");
  t.match(consent.text, "(site.example)");
  t.match(consent.text, "Read everything in your account");
  t.match(consent.text, "Publish, change and delete posts");
  const done = await browser.submit(consent, { decision: "approve" });
  t.equal(done.status, 302);
  const to = back(done);
  t.equal(`${to.origin}${to.pathname}`, "https://app.example/back");
  t.equal(to.searchParams.get("keep"), "1");
  t.equal(to.searchParams.get("state"), 'a b&c="é"');
  t.match(to.searchParams.get("code"), /^[\w-]{43}$/);
  t.equal(done.headers["cache-control"], "private, no-store");
  t.equal(done.headers["referrer-policy"], "no-referrer");
});

t.test("a refusal goes back to the app, with its state", async (t) => {
  const { town, url } = await start();
  t.teardown(() => town.close());
  const browser = await signedIn(town);
  const consent = await browser.go(url());
  const denied = await browser.submit(consent, { decision: "deny" });
  t.equal(back(denied).searchParams.get("error"), "access_denied");
  t.equal(back(denied).searchParams.get("state"), 'a b&c="é"');
  t.equal(back(denied).searchParams.get("code"), null);
  const csrf = /name="csrf" value="([^"]+)"/.exec(consent.text)?.[1] ?? "";
  const byDelete = await browser.go(`${url()}&csrf=${csrf}`, { method: "DELETE" });
  t.equal(back(byDelete).searchParams.get("error"), "access_denied");
});

t.test("SEC-75 a redirect that is not registered is never followed", async (t) => {
  const { town, url } = await start();
  t.teardown(() => town.close());
  const browser = await signedIn(town);
  const wrong = [
    "https://app.example/back",
    "https://app.example/back?keep=1&more=1",
    "https://app.example/back?keep=1/",
    "https://app.example:8443/back?keep=1",
    "https://app.example./back?keep=1",
    "https://APP.example/back?keep=1",
    "http://app.example/back?keep=1",
    "https://app.example@evil.example/back?keep=1",
    "https://evil.example/",
    "javascript:alert(1)",
    "",
  ];
  for (const redirect_uri of wrong) {
    const answer = await browser.go(url({ redirect_uri }));
    t.equal(answer.status, 400, redirect_uri);
    t.equal(answer.headers["location"], undefined);
  }
  for (const client_id of ["", "nobody", "x".repeat(500)]) {
    const answer = await browser.go(url({ client_id }));
    t.equal(answer.status, 400);
    t.equal(answer.headers["location"], undefined);
  }
});

t.test("what else is wrong is told to the app", async (t) => {
  const { town, url } = await start();
  t.teardown(() => town.close());
  const browser = await signedIn(town);
  const rows: [Record<string, string>, string][] = [
    [{ response_type: "token" }, "unsupported_response_type"],
    [{ scope: "read nothing" }, "invalid_scope"],
    [{ scope: "write" }, "invalid_scope"],
    [{ scope: "admin:read" }, "invalid_scope"],
    [{ code_challenge: "x".repeat(43), code_challenge_method: "plain" }, "invalid_request"],
    [{ code_challenge: "x".repeat(43) }, "invalid_request"],
    [{ code_challenge: "short", code_challenge_method: "S256" }, "invalid_request"],
    [{ code_challenge_method: "S256" }, "invalid_request"],
    [{ response_mode: "web_message" }, "invalid_request"],
  ];
  for (const [more, error] of rows) {
    const answer = await browser.go(url(more));
    t.equal(answer.status, 302, JSON.stringify(more));
    t.equal(back(answer).searchParams.get("error"), error, JSON.stringify(more));
    t.equal(back(answer).searchParams.get("state"), 'a b&c="é"');
  }
});

t.test("SEC-80 consent needs a form that we gave to this very browser", async (t) => {
  const { town, url } = await start();
  t.teardown(() => town.close());
  const browser = await signedIn(town);
  const query = Object.fromEntries(new URLSearchParams(url().slice(url().indexOf("?"))));
  for (const csrf of ["", "wrong"]) {
    const answer = await browser.go("/oauth/authorize", {
      form: { ...query, decision: "approve", csrf },
    });
    t.equal(answer.status, 422);
    t.equal(answer.headers["location"], undefined);
  }
  t.equal((await town.store.records.scan("code", "", 10)).length, 0);
});

t.test("SEC-70 SEC-80 the page can't be framed and has no scripts", async (t) => {
  const { town, url } = await start();
  t.teardown(() => town.close());
  const browser = await signedIn(town);
  const page = await browser.go(url());
  const policy = page.headers["content-security-policy"] ?? "";
  for (const part of [
    "default-src 'none'",
    "script-src 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self' https://app.example",
  ]) {
    t.match(policy, part);
  }
  t.equal(page.headers["x-frame-options"], "DENY");
  t.equal(page.headers["cache-control"], "private, no-store");
  t.notMatch(page.text, /<script|<style| style=| on\w+=/i);
});

t.test("what an app calls itself is only text", async (t) => {
  const { town, url } = await start(REDIRECT, '<b onmouseover="x">A</b>&"');
  t.teardown(() => town.close());
  const page = await (await signedIn(town)).go(url());
  t.match(page.text, "&lt;b onmouseover=&quot;x&quot;&gt;A&lt;/b&gt;&amp;&quot;");
  t.notMatch(page.text, "<b onmouseover");
});

t.test("an equal grant that lives is not asked for again, another one is", async (t) => {
  const { town, url, app, secret } = await start();
  t.teardown(() => town.close());
  const browser = await signedIn(town);
  const code = back(
    await browser.submit(await browser.go(url()), { decision: "approve" }),
  ).searchParams.get("code");
  const form = { grant_type: "authorization_code", code: code ?? "", redirect_uri: REDIRECT };
  const client = { client_id: app.clientId, client_secret: secret };
  const token = await send(town.router, "/oauth/token", { form: { ...form, ...client } });
  t.equal(token.status, 200, token.text);
  t.match(back(await browser.go(url())).searchParams.get("code"), /./, "skipped");
  t.equal((await browser.go(url({ scope: "read" }))).status, 200, "other scopes are asked for");
  const forced = await browser.go(url({ force_login: "true" }));
  t.match(forced.headers["location"], /^\/auth\/sign_in\?.*again=1/);
  t.equal((await browser.go(forced.headers["location"] ?? "")).status, 200, "log-in is shown");
  const list = await browser.go("/oauth/authorized_applications");
  t.match(list.text, "Good App");
  const out = await browser.submit(list, {});
  t.equal(out.status, 303);
  t.equal((await browser.go(url())).status, 200, "asked for again once turned out");
  const { access_token } = token.json() as { access_token: string };
  t.match(await town.authenticator.authenticate(access_token), { fault: "no-token" });
  t.equal((await browser.submit(list, {})).status, 404, "not there twice");
});

t.test("the answer comes as the app wants it", async (t) => {
  const { town, url } = await start();
  t.teardown(() => town.close());
  const browser = await signedIn(town);
  const approve = async (response_mode: string) =>
    browser.submit(await browser.go(url({ response_mode })), { decision: "approve" });
  const fragment = back(await approve("fragment"));
  t.match(new URLSearchParams(fragment.hash.slice(1)).get("code"), /./);
  t.equal(fragment.searchParams.get("code"), null);
  const post = await approve("form_post");
  t.equal(post.status, 200);
  t.match(post.text, '<form method="post" action="https://app.example/back?keep=1">');
  t.match(post.text, /name="code" value="[\w-]{43}"/);
  t.match(post.headers["content-security-policy"], "form-action 'self' https://app.example");
});

t.test("private schemes and the code by hand work", async (t) => {
  const oob = "urn:ietf:wg:oauth:2.0:oob";
  const { town, url } = await start(["myapp:/cb", oob]);
  t.teardown(() => town.close());
  const browser = await signedIn(town);
  const page = await browser.go(url());
  t.match(page.headers["content-security-policy"], "form-action 'self' myapp:");
  const done = await browser.submit(page, { decision: "approve" });
  t.match(done.headers["location"], /^myapp:\/cb\?code=[\w-]{43}&state=/);
  const byHand = await browser.submit(await browser.go(url({ redirect_uri: oob })), {
    decision: "approve",
  });
  const shown = await browser.go(byHand.headers["location"] ?? "");
  t.equal(shown.status, 200);
  t.match(shown.text, /<code class="code">[\w-]{43}<\/code>/);
  const forged = await browser.go("/oauth/authorize/native?code=call+0900+now");
  t.equal(forged.status, 404, "it shows no text of others");
});

t.test("who is not ready yet cannot let anybody in", async (t) => {
  const { town, url } = await start();
  t.teardown(() => town.close());
  await town.addUser("pending", { approved: false });
  const browser = town.browser();
  await browser.signIn("pending", PASSWORD);
  const answer = await browser.go(url());
  t.match(answer.headers["location"], /^\/auth\/setup\?return_to=%2Foauth%2Fauthorize%3F/);
  t.match((await browser.go(answer.headers["location"] ?? "")).text, "with the people who run");
  const query = Object.fromEntries(new URLSearchParams(url().slice(url().indexOf("?"))));
  const signOut = await browser.go("/auth/setup");
  const csrf = /name="csrf" value="([^"]+)"/.exec(signOut.text)?.[1] ?? "";
  const forced = await browser.go("/oauth/authorize", {
    form: { ...query, decision: "approve", csrf },
  });
  t.equal(forced.status, 403);
  t.match(forced.text, "pending approval");
});
