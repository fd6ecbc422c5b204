// Owns the page for joining and the one that a confirmation mail leads to.

import { z } from "zod";
import { type Fault, fault, isFault, safeSentence } from "../../base/faults.js";
import type { UserDoc } from "../../domain/account.js";
import { accountCell } from "../../ports/actors.js";
import { type Route, route } from "../http/route.js";
import type { HttpReply, HttpRequest } from "../http/server.js";
import { html, type Markup } from "../pages/html.js";
import { errorPage, pageReply, type SiteInfo, seeOther } from "../pages/layout.js";
import { findMailToken, takeMailToken } from "./mail-tokens.js";
import {
  csrfField,
  errorBox,
  faultPage,
  formText,
  type PageParts,
  signedInOf,
  statusOf,
} from "./page-parts.js";
import { type Visitor, withCookies } from "./sessions.js";
import { setUpPath } from "./set-up-page.js";
import { signUp } from "./sign-up.js";

const signUpForm = z.object({
  username: formText(),
  email: formText(),
  password: formText(),
  agreement: formText(10),
  reason: formText(),
  date_of_birth: formText(20),
  csrf: formText(),
});

type Form = z.output<typeof signUpForm>;

/** `GET|POST /auth/sign_up` and `GET /auth/confirm`. */
export function signUpPageRoutes(parts: PageParts): Route[] {
  return [
    route({
      method: "GET",
      path: "/auth/sign_up",
      access: { kind: "public" },
      params: signUpForm,
      run: ({ request }) => show(parts, request, {}, null),
    }),
    route({
      method: "POST",
      path: "/auth/sign_up",
      access: { kind: "public" },
      limits: ["sign-up"],
      params: signUpForm,
      run: ({ params, request }) => join(parts, request, params),
    }),
    route({
      method: "GET",
      path: "/auth/confirm",
      access: { kind: "public" },
      params: z.object({ token: formText(100) }),
      run: ({ params }) => confirm(parts, params.token ?? ""),
    }),
  ];
}

const closed = (site: SiteInfo, status: number): HttpReply =>
  errorPage(site, {
    status,
    title: "Closed",
    says: `${site.title} does not take new members at the moment.`,
  });

async function show(
  parts: PageParts,
  request: HttpRequest,
  form: Partial<Form>,
  wrong: Fault | null,
): Promise<HttpReply> {
  const site = parts.site();
  if (site.signUps === "closed") return closed(site, wrong === null ? 200 : 403);
  const visitor = await parts.sessions.visitor(request);
  if (visitor.session !== null && wrong === null) return seeOther("/", 302);
  const page = pageReply({
    site,
    title: `Join ${site.title}`,
    body: formBody(parts, site, visitor, form, wrong),
    status: wrong === null ? 200 : statusOf(wrong),
    personal: true,
    signedIn: signedInOf(visitor),
  });
  return withCookies(page, visitor.cookies);
}

function formBody(
  parts: PageParts,
  site: SiteInfo,
  visitor: Visitor,
  form: Partial<Form>,
  wrong: Fault | null,
): Markup {
  const asksReason = site.signUps === "approval";
  return html`<div class="card narrow">
<h1>Join ${site.title}</h1>
<p class="lead">${asksReason ? "Somebody looks at each request first." : site.shortDescription}</p>
${errorBox(wrong === null ? null : safeSentence(wrong))}
<form method="post" action="/auth/sign_up">
${csrfField(visitor)}
<label for="username">Name</label>
<input type="text" id="username" name="username" value="${form.username ?? ""}" maxlength="30"
 autocomplete="username" autocapitalize="none" spellcheck="false"
 aria-describedby="h-name" required>
<p class="hint" id="h-name">Letters, digits and _. You will be @name@${site.domain}.</p>
<label for="email">E-mail address</label>
<input type="email" id="email" name="email" value="${form.email ?? ""}" maxlength="320"
 autocomplete="email" required>
<label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="new-password"
 minlength="8" aria-describedby="h-password" required>
<p class="hint" id="h-password">8 characters at least.</p>
${
  parts.minAgeYears === null
    ? null
    : html`<label for="birth">Date of birth</label>
<input type="date" id="birth" name="date_of_birth" aria-describedby="h-birth" required>
<p class="hint" id="h-birth">You must be ${parts.minAgeYears} or older. We do not keep it.</p>`
}
${
  asksReason
    ? html`<label for="reason">Why do you want to join?</label>
<textarea id="reason" name="reason" rows="4" maxlength="420"${
        parts.reasonRequired ? html` required` : null
      }>${form.reason ?? ""}</textarea>`
    : null
}
<label class="check"><input type="checkbox" name="agreement" value="1" required>
<span>I have read the <a href="/about">rules</a> and will keep them.</span></label>
<div class="actions"><button type="submit">${asksReason ? "Ask to join" : "Join"}</button></div>
</form>
</div>`;
}

async function join(
  parts: PageParts,
  request: HttpRequest,
  form: Form,
): Promise<HttpReply | Fault> {
  const site = parts.site();
  if (site.signUps === "closed") return closed(site, 403);
  const forged = parts.sessions.checkForm(request, form.csrf);
  if (forged !== null) return show(parts, request, form, forged);
  const joined = await signUp(
    parts,
    {
      username: form.username ?? "",
      email: form.email ?? "",
      password: form.password ?? "",
      agreement: form.agreement === "1",
      locale: "",
      reason: form.reason ?? "",
      dateOfBirth: form.date_of_birth ?? "",
    },
    null,
  );
  if (isFault(joined)) return show(parts, request, form, joined);
  const cookies = await parts.sessions.start(joined.accountId, request);
  if (isFault(cookies)) return cookies;
  const ready = joined.confirmed && joined.approved;
  return withCookies(seeOther(ready ? "/" : setUpPath("/")), cookies);
}

const WAITING = "Your request is with the people who run this server.";

const said = (site: SiteInfo, title: string, says: string): HttpReply =>
  errorPage(site, { status: 200, title, says });

/** A link may be opened by a mail scanner first, so opening it again says the same. */
async function confirm(parts: PageParts, token: string): Promise<HttpReply> {
  const site = parts.site();
  const dead = fault("not-found", "This link is no good any more. Sign in to get another one.");
  const known = await findMailToken(parts, token, "confirm");
  if (known === null) return faultPage(site, dead);
  const mine = await takeMailToken(parts, token, "confirm");
  if (isFault(mine)) return faultPage(site, mine);
  if (mine !== null) {
    const command = { type: "confirm-email", email: mine.email };
    const done = await parts.actors.ask<unknown>(accountCell(mine.accountId), command);
    if (isFault(done)) return faultPage(site, done.fault === "not-found" ? dead : done);
  }
  const text = await parts.store.records.get("user", known.accountId);
  const user = text === null ? null : (JSON.parse(text) as UserDoc);
  if (user === null || user.email !== known.email || user.emailConfirmedAtMs === null) {
    return faultPage(site, dead);
  }
  if (!user.approved) return said(site, "Your address is confirmed", WAITING);
  return said(site, "Your address is confirmed", "You can sign in now.");
}
