// Owns the page on which a person lets an app in. Who the app is and where the answer may go is
// settled first: if either is wrong, the page says so and nobody is sent anywhere. After that every
// answer, good or bad, goes to the app's registered address (RFC 6749 §4.1.2).

import { z } from "zod";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { type Route, route } from "../http/route.js";
import type { HttpReply, HttpRequest } from "../http/server.js";
import { html } from "../pages/html.js";
import { errorPage, pageReply, seeOther } from "../pages/layout.js";
import { type AppDoc, findApp } from "./apps.js";
import {
  csrfField,
  faultPage,
  formText,
  hiddenFields,
  type PageParts,
  signedInOf,
} from "./page-parts.js";
import { answerApp, formTargets, type ResponseMode, responseMode } from "./redirects.js";
import { parseScopes, scopeInWords, scopesWithin } from "./scopes.js";
import { grantCode, isRefusal } from "./server.js";
import { type Session, type Visitor, withCookies } from "./sessions.js";
import { setUpPath } from "./set-up-page.js";
import { hasEqualGrant } from "./tokens.js";

const asked = z.object({
  response_type: formText(),
  client_id: formText(),
  redirect_uri: formText(),
  scope: formText(),
  state: formText(),
  response_mode: formText(),
  code_challenge: formText(),
  code_challenge_method: formText(),
  force_login: formText(),
  lang: formText(),
  csrf: formText(),
  decision: formText(),
});

type Asked = z.output<typeof asked>;

/** What was asked, once it is known to be in order. */
type Ask = {
  app: AppDoc;
  redirectUri: string;
  mode: ResponseMode;
  scopes: string[];
  challenge: string | null;
  state: string | undefined;
};

/** `GET|POST|DELETE /oauth/authorize` and `GET /oauth/authorize/native`. */
export function authorizeRoutes(parts: PageParts): Route[] {
  const rows = [
    { method: "GET", act: show },
    { method: "POST", act: decide },
    { method: "DELETE", act: deny },
  ] as const;
  return [
    ...rows.map(({ method, act }) =>
      route({
        method,
        path: "/oauth/authorize",
        access: { kind: "public" },
        params: asked,
        run: ({ params, request }) => act(parts, params, request),
      }),
    ),
    route({
      method: "GET",
      path: "/oauth/authorize/native",
      access: { kind: "public" },
      params: z.object({ code: formText(100), error: formText(100) }),
      run: ({ params, request }) => showCode(parts, params, request),
    }),
  ];
}

/** The request in order, or the reply that says what is wrong with it. */
async function readAsk(
  parts: PageParts,
  params: Asked,
): Promise<{ ask: Ask } | { wrong: HttpReply }> {
  const site = parts.site();
  const here = (says: string) => ({
    wrong: errorPage(site, { status: 400, title: "This app cannot be let in", says }),
  });
  const app = await findApp(parts.store, params.client_id ?? "");
  if (app === null) return here("The server does not know this app. It may have to sign up anew.");
  const redirectUri = params.redirect_uri ?? "";
  if (!app.redirectUris.includes(redirectUri)) {
    return here("The app asks for an answer at an address that it did not register.");
  }
  const mode = responseMode(params.response_mode);
  const { state } = params;
  const there = (error: string, error_description: string) => ({
    wrong: answerApp(
      site,
      { redirectUri, mode: mode ?? "query" },
      { error, error_description, state },
    ),
  });
  if (mode === null) return there("invalid_request", "The response mode is not supported.");
  if (params.response_type !== "code") {
    return params.response_type === undefined
      ? there("invalid_request", "Missing required parameter: response_type.")
      : there("unsupported_response_type", "The response type is not supported.");
  }
  const scopes = parseScopes(params.scope ?? "");
  if (isFault(scopes) || !scopesWithin(app.scopes, scopes)) {
    return there("invalid_scope", "The requested scope is invalid, unknown, or not the app's.");
  }
  const challenge = params.code_challenge ?? null;
  if (!challengeInOrder(challenge, params.code_challenge_method)) {
    return there("invalid_request", "The code challenge must be S256, of 43 characters.");
  }
  return { ask: { app, redirectUri, mode, scopes, challenge, state } };
}

/** Only S256; without a challenge there must be no method either. */
const challengeInOrder = (challenge: string | null, method: string | undefined): boolean =>
  challenge === null
    ? method === undefined
    : method === "S256" && /^[A-Za-z0-9_-]{43}$/.test(challenge);

async function show(parts: PageParts, params: Asked, request: HttpRequest) {
  const read = await readAsk(parts, params);
  if ("wrong" in read) return read.wrong;
  const visitor = await parts.sessions.visitor(request);
  const forced = isTrue(params.force_login);
  if (visitor.session === null || forced) return toSignIn(params, forced);
  if (visitor.session.barred !== null) {
    return seeOther(setUpPath(`/oauth/authorize?${queryOf(params)}`), 302);
  }
  const { ask } = read;
  const { user } = visitor.session;
  const allowed = await hasEqualGrant(
    parts.store,
    { accountId: user.accountId, appId: ask.app.clientId, scopes: ask.scopes },
    user.passwordChangedAtMs,
  );
  if (allowed) return giveCode(parts, ask, visitor.session);
  return withCookies(consentPage(parts, ask, params, visitor), visitor.cookies);
}

const isTrue = (text: string | undefined): boolean =>
  text !== undefined && !["", "0", "f", "F", "false", "FALSE", "off", "OFF"].includes(text);

/** The same request again after log-in, without what forced it. */
function toSignIn(params: Asked, forced: boolean): HttpReply {
  const query = new URLSearchParams([
    ["return_to", `/oauth/authorize?${queryOf(params)}`],
    ...(forced ? [["again", "1"] as [string, string]] : []),
  ]);
  return seeOther(`/auth/sign_in?${query}`, 302);
}

/** The request's query again, without what forced a log-in and what a form added. */
function queryOf(params: Asked): URLSearchParams {
  const { force_login, csrf, decision, ...rest } = params;
  const kept = Object.entries(rest).filter((it): it is [string, string] => it[1] !== undefined);
  return new URLSearchParams(kept);
}

const RISKY = /^(write|follow|admin:.*)$/;

function consentPage(parts: PageParts, ask: Ask, params: Asked, visitor: Visitor): HttpReply {
  const { app } = ask;
  const host = app.website === null ? null : new URL(app.website).host;
  const { csrf, decision, force_login, ...fields } = params;
  const body = html`<div class="card narrow">
<h1>Let ${app.name} in?</h1>
<p class="lead">The app ${app.name}${host === null ? "" : ` (${host})`} asks to use your account
@${visitor.session?.user.username}.</p>
<p>It will be able to:</p>
<ul class="scopes">
${ask.scopes.map(
  (scope) =>
    html`<li${RISKY.test(scope) ? html` class="risky"` : null}>${scopeInWords(scope)}</li>`,
)}
</ul>
<p class="hint">It will never see your password. You can turn it out again under
<a href="/oauth/authorized_applications">apps that you let in</a>.</p>
<form method="post" action="/oauth/authorize">
${csrfField(visitor)}
${hiddenFields(fields)}
<div class="actions">
<button type="submit" name="decision" value="approve">Let it in</button>
<button class="quiet" type="submit" name="decision" value="deny">Refuse</button>
</div>
</form>
</div>`;
  return pageReply({
    site: parts.site(),
    title: `Let ${app.name} in?`,
    body,
    personal: true,
    signedIn: signedInOf(visitor),
    formTargets: formTargets(ask.redirectUri),
  });
}

/** Who decides, and on what; or the reply when they may not. */
async function decider(parts: PageParts, params: Asked, request: HttpRequest) {
  const read = await readAsk(parts, params);
  if ("wrong" in read) return read;
  const forged = parts.sessions.checkForm(request, params.csrf);
  if (forged !== null) return { wrong: faultPage(parts.site(), forged) };
  const { session } = await parts.sessions.visitor(request);
  if (session === null) return { wrong: toSignIn(params, false) };
  if (session.barred !== null) return { wrong: faultPage(parts.site(), session.barred) };
  return { ask: read.ask, session };
}

async function decide(parts: PageParts, params: Asked, request: HttpRequest) {
  if (params.decision === "deny") return deny(parts, params, request);
  const it = await decider(parts, params, request);
  return "wrong" in it ? it.wrong : giveCode(parts, it.ask, it.session);
}

async function deny(parts: PageParts, params: Asked, request: HttpRequest): Promise<HttpReply> {
  const it = await decider(parts, params, request);
  if ("wrong" in it) return it.wrong;
  return answerApp(parts.site(), it.ask, {
    error: "access_denied",
    error_description: "The resource owner or authorization server denied the request.",
    state: it.ask.state,
  });
}

async function giveCode(parts: PageParts, ask: Ask, session: Session): Promise<HttpReply | Fault> {
  const given = await grantCode(parts, {
    app: ask.app,
    accountId: session.user.accountId,
    redirectUri: ask.redirectUri,
    scopes: ask.scopes,
    challenge: ask.challenge,
  });
  if (isFault(given)) return given;
  if (isRefusal(given)) {
    return answerApp(parts.site(), ask, {
      error: given.refusal,
      error_description: given.says,
      state: ask.state,
    });
  }
  return answerApp(parts.site(), ask, { code: given.code, state: ask.state });
}

/** Shows the code of the out-of-band redirect, to be copied by hand. */
async function showCode(
  parts: PageParts,
  params: { code?: string | undefined; error?: string | undefined },
  request: HttpRequest,
): Promise<HttpReply> {
  const site = parts.site();
  const visitor = await parts.sessions.visitor(request);
  if (params.error !== undefined) {
    return errorPage(site, { status: 200, title: "Refused", says: "The app was not let in." });
  }
  if (visitor.session === null || !/^[A-Za-z0-9_-]{43}$/.test(params.code ?? "")) {
    return faultPage(site, fault("not-found", "There is no code to show."));
  }
  const body = html`<div class="card narrow">
<h1>Your code</h1>
<p>Copy this code and give it to the app. It works once, for ten minutes.
Give it to nobody else.</p>
<code class="code">${params.code}</code>
</div>`;
  return pageReply({
    site,
    title: "Your code",
    body,
    personal: true,
    signedIn: signedInOf(visitor),
  });
}
