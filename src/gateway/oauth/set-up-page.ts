// Owns the page of those who are signed in but may not use the server yet: it says what is missing,
// and sends the confirmation mail again.

import { z } from "zod";
import { type Fault, safeSentence } from "../../base/faults.js";
import { type Route, route } from "../http/route.js";
import type { HttpReply, HttpRequest } from "../http/server.js";
import { html, type Markup } from "../pages/html.js";
import { pageReply, seeOther } from "../pages/layout.js";
import {
  csrfField,
  errorBox,
  formText,
  hiddenFields,
  type PageParts,
  signedInOf,
  statusOf,
} from "./page-parts.js";
import { localPath } from "./sessions.js";
import { mailConfirmation } from "./sign-up.js";

/** Where to send those who are not ready; they go on to `returnTo` once they are. */
export const setUpPath = (returnTo: string): string =>
  `/auth/setup?${new URLSearchParams({ return_to: returnTo })}`;

const form = z.object({ return_to: formText(), csrf: formText() });

type Form = z.output<typeof form>;
type Said = { wrong: Fault } | { sent: true } | null;

/** `GET|POST /auth/setup`. */
export function setUpRoutes(parts: PageParts): Route[] {
  return [
    route({
      method: "GET",
      path: "/auth/setup",
      access: { kind: "public" },
      params: form,
      run: ({ params, request }) => show(parts, request, params, null),
    }),
    route({
      method: "POST",
      path: "/auth/setup",
      access: { kind: "public" },
      params: form,
      run: ({ params, request }) => sendAgain(parts, request, params),
    }),
  ];
}

async function show(
  parts: PageParts,
  request: HttpRequest,
  params: Form,
  said: Said,
): Promise<HttpReply> {
  const visitor = await parts.sessions.visitor(request);
  const returnTo = localPath(params.return_to, "/");
  if (visitor.session === null) {
    return seeOther(`/auth/sign_in?${new URLSearchParams({ return_to: returnTo })}`, 302);
  }
  const { barred, user } = visitor.session;
  if (barred === null) return seeOther(returnTo, 302);
  const wrong = said !== null && "wrong" in said ? said.wrong : null;
  const missing =
    barred.fault === "unconfirmed-email"
      ? html`<h1>Confirm your address</h1>
${errorBox(wrong === null ? null : safeSentence(wrong))}
<p>We have sent a link to <strong>${user.email}</strong>. Open it, then
<a href="${returnTo}">go on</a>.</p>
${said !== null && "sent" in said ? html`<p role="status">Sent again.</p>` : null}
<form method="post" action="/auth/setup">
${csrfField(visitor)}
${hiddenFields({ return_to: returnTo })}
<div class="actions"><button class="quiet" type="submit">Send it again</button></div>
</form>`
      : WAITING;
  return pageReply({
    site: parts.site(),
    title: "Not quite there",
    body: html`<div class="card narrow">${missing}</div>`,
    status: wrong === null ? 200 : statusOf(wrong),
    personal: true,
    signedIn: signedInOf(visitor),
  });
}

const WAITING: Markup = html`<h1>Thank you</h1>
<p>Your request is with the people who run this server. You can sign in to your app once they have
approved it.</p>`;

async function sendAgain(
  parts: PageParts,
  request: HttpRequest,
  params: Form,
): Promise<HttpReply | Fault> {
  const forged = parts.sessions.checkForm(request, params.csrf);
  if (forged !== null) return show(parts, request, params, { wrong: forged });
  const { session } = await parts.sessions.visitor(request);
  if (session?.barred?.fault !== "unconfirmed-email") return show(parts, request, params, null);
  const counted = parts.countAttempt("confirm-email", session.user.accountId);
  if (counted !== null) return show(parts, request, params, { wrong: counted });
  const failed = await mailConfirmation(parts, session.user);
  return failed ?? show(parts, request, params, { sent: true });
}
