// Owns changing a password: signed in, or by a link in a mail. A change ends every session and
// every token of the account (SEC-82): the records of sessions and tokens are older than the
// change, and the tokens are also revoked one by one, which closes their streams. Asking for a
// link answers the same for an address that has no account.

import { z } from "zod";
import { type Fault, fault, isFault, safeSentence } from "../../base/faults.js";
import type { UserDoc } from "../../domain/account.js";
import { accountCell } from "../../ports/actors.js";
import { type Route, route } from "../http/route.js";
import type { HttpReply, HttpRequest } from "../http/server.js";
import { html } from "../pages/html.js";
import { errorPage, notFoundPage, pageReply, seeOther } from "../pages/layout.js";
import { findUser } from "./find-user.js";
import { findMailToken, makeMailToken, takeMailToken } from "./mail-tokens.js";
import {
  csrfField,
  errorBox,
  faultPage,
  formText,
  hiddenFields,
  type PageParts,
  signedInOf,
  statusOf,
} from "./page-parts.js";
import { withCookies } from "./sessions.js";
import { revokeTokensOf } from "./tokens.js";
import { fieldFault, passwordErrors } from "./user-rules.js";

const form = z.object({
  current_password: formText(),
  password: formText(),
  email: formText(),
  token: formText(100),
  csrf: formText(),
});

type Form = z.output<typeof form>;

type Act = (parts: PageParts, params: Form, request: HttpRequest) => Promise<HttpReply | Fault>;

/** `/auth/edit`, `/auth/password/new`, `/auth/password/edit`, `/.well-known/change-password`. */
export function passwordRoutes(parts: PageParts): Route[] {
  const row = (method: "GET" | "POST", path: string, act: Act, limits: string[] = []) =>
    route({
      method,
      path,
      access: { kind: "public" },
      limits,
      params: form,
      run: ({ params, request }) => act(parts, params, request),
    });
  return [
    row("GET", "/auth/edit", (_, params, request) => showChange(parts, request, params, null)),
    row("POST", "/auth/edit", change, ["login"]),
    row("GET", "/auth/password/new", (_, params, request) => showAsk(parts, request, params, null)),
    row("POST", "/auth/password/new", sendLink, ["password-reset"]),
    row("GET", "/auth/password/edit", (_, params, request) =>
      showReset(parts, request, params, null),
    ),
    row("POST", "/auth/password/edit", reset, ["password-reset"]),
    row("GET", "/.well-known/change-password", async () => seeOther("/auth/edit", 302)),
  ];
}

async function showChange(
  parts: PageParts,
  request: HttpRequest,
  _: Form,
  wrong: Fault | null,
): Promise<HttpReply> {
  const visitor = await parts.sessions.visitor(request);
  if (visitor.session === null) return seeOther("/auth/sign_in?return_to=%2Fauth%2Fedit", 302);
  const body = html`<div class="card narrow">
<h1>Change your password</h1>
<p>This signs you out everywhere else, and turns out all apps.</p>
${errorBox(wrong === null ? null : safeSentence(wrong))}
<form method="post" action="/auth/edit">
${csrfField(visitor)}
<label for="current">Your password now</label>
<input type="password" id="current" name="current_password"
 autocomplete="current-password" required>
<label for="password">New password</label>
<input type="password" id="password" name="password"
 autocomplete="new-password" minlength="8" required>
<div class="actions"><button type="submit">Change it</button></div>
</form>
</div>`;
  return pageReply({
    site: parts.site(),
    title: "Change your password",
    body,
    status: wrong === null ? 200 : statusOf(wrong),
    personal: true,
    signedIn: signedInOf(visitor),
  });
}

const change: Act = async (parts, params, request) => {
  const visitor = await parts.sessions.visitor(request);
  if (visitor.session === null) return seeOther("/auth/sign_in?return_to=%2Fauth%2Fedit");
  const forged = parts.sessions.checkForm(request, params.csrf);
  if (forged !== null) return showChange(parts, request, params, forged);
  const { user } = visitor.session;
  const counted = await parts.countAttempt("password-change", user.accountId);
  if (counted !== null) return showChange(parts, request, params, counted);
  const right = await parts.passwords.verify(user.passwordHash, params.current_password ?? "");
  const wrong = isFault(right) || right ? right : fault("forbidden", "The password is wrong.");
  if (isFault(wrong)) return showChange(parts, request, params, wrong);
  const failed = await setPassword(parts, user, params.password ?? "");
  if (failed !== null) return showChange(parts, request, params, failed);
  const cookies = await parts.sessions.start(user.accountId, request);
  if (isFault(cookies)) return cookies;
  return withCookies(
    errorPage(parts.site(), {
      status: 200,
      title: "Your password is changed",
      says: "You are signed out everywhere else.",
    }),
    cookies,
  );
};

async function setPassword(
  parts: PageParts,
  user: Pick<UserDoc, "accountId">,
  password: string,
): Promise<null | Fault> {
  const wrong = fieldFault(passwordErrors(password));
  if (wrong !== null) return wrong;
  const passwordHash = await parts.passwords.hash(password);
  if (isFault(passwordHash)) return passwordHash;
  const command = { type: "change-password", passwordHash };
  const done = await parts.actors.ask<unknown>(accountCell(user.accountId), command);
  return isFault(done) ? done : revokeTokensOf(parts, user.accountId);
}

async function showAsk(
  parts: PageParts,
  request: HttpRequest,
  _: Form,
  wrong: Fault | null,
): Promise<HttpReply> {
  const site = parts.site();
  if (parts.mailer === null) {
    return errorPage(site, {
      status: 404,
      title: "Ask the people who run this server",
      says: "This server sends no mail, so it cannot send you a link.",
    });
  }
  const visitor = await parts.sessions.visitor(request);
  const body = html`<div class="card narrow">
<h1>Forgot your password?</h1>
<p>We can send you a link to choose another.</p>
${errorBox(wrong === null ? null : safeSentence(wrong))}
<form method="post" action="/auth/password/new">
${csrfField(visitor)}
<label for="email">E-mail address</label>
<input type="email" id="email" name="email" autocomplete="email" required>
<div class="actions"><button type="submit">Send the link</button></div>
</form>
</div>`;
  const status = wrong === null ? 200 : statusOf(wrong);
  const page = pageReply({ site, title: "Forgot your password?", body, status, personal: true });
  return withCookies(page, visitor.cookies);
}

const sendLink: Act = async (parts, params, request) => {
  const site = parts.site();
  if (parts.mailer === null) return notFoundPage(site);
  const forged = parts.sessions.checkForm(request, params.csrf);
  if (forged !== null) return showAsk(parts, request, params, forged);
  const email = (params.email ?? "").trim();
  const counted = await parts.countAttempt("password-reset", email.toLowerCase());
  if (counted !== null) return showAsk(parts, request, params, counted);
  const user = email.includes("@") ? await findUser(parts.store, email) : null;
  // Nobody's link costs the same write, and is never sent.
  const accountId = user?.accountId ?? "0";
  const token = await makeMailToken(parts, {
    purpose: "reset",
    accountId,
    email: user?.email ?? "",
  });
  if (isFault(token)) return token;
  if (user !== null) {
    parts.mailer.post("reset-password", user.email, {
      username: user.username,
      siteTitle: site.title,
      siteUrl: site.publicUrl,
      link: `${site.publicUrl}/auth/password/edit?token=${token}`,
    });
  }
  return errorPage(site, {
    status: 200,
    title: "Look into your mail",
    says: "If this address has an account, we have sent it a link. It works for two hours.",
  });
};

const DEAD = fault("not-found", "This link is no good any more. Ask for another one.");

async function showReset(
  parts: PageParts,
  request: HttpRequest,
  params: Form,
  wrong: Fault | null,
): Promise<HttpReply> {
  const site = parts.site();
  const known = await findMailToken(parts, params.token ?? "", "reset");
  if (known === null) return faultPage(site, DEAD);
  const visitor = await parts.sessions.visitor(request);
  const body = html`<div class="card narrow">
<h1>Choose a new password</h1>
${errorBox(wrong === null ? null : safeSentence(wrong))}
<form method="post" action="/auth/password/edit">
${csrfField(visitor)}
${hiddenFields({ token: params.token })}
<label for="password">New password</label>
<input type="password" id="password" name="password"
 autocomplete="new-password" minlength="8" required>
<div class="actions"><button type="submit">Change it</button></div>
</form>
</div>`;
  const status = wrong === null ? 200 : statusOf(wrong);
  const page = pageReply({ site, title: "Choose a new password", body, status, personal: true });
  return withCookies(page, visitor.cookies);
}

const reset: Act = async (parts, params, request) => {
  const site = parts.site();
  const forged = parts.sessions.checkForm(request, params.csrf);
  if (forged !== null) return showReset(parts, request, params, forged);
  const wrong = fieldFault(passwordErrors(params.password ?? ""));
  if (wrong !== null) return showReset(parts, request, params, wrong);
  const link = await takeMailToken(parts, params.token ?? "", "reset");
  if (isFault(link)) return link;
  const text = link === null ? null : await parts.store.records.get("user", link.accountId);
  const user = text === null ? null : (JSON.parse(text) as UserDoc);
  // A link from before the last change of password or address is dead.
  const stale = user === null || link === null || user.passwordChangedAtMs > link.createdAtMs;
  if (stale || user.email !== link.email) return faultPage(site, DEAD);
  const failed = await setPassword(parts, user, params.password ?? "");
  if (failed !== null) return faultPage(site, failed);
  return errorPage(site, {
    status: 200,
    title: "Your password is changed",
    says: "You are signed out everywhere. Sign in with the new password.",
  });
};
