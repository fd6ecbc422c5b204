// Owns the log-in page and log-out. Logging in is a list of steps, each of which lets go on or says
// why not; a second factor will be one more. Where it leads afterwards is always a path of ours.

import { z } from "zod";
import { type Fault, isFault, safeSentence } from "../../base/faults.js";
import type { UserDoc } from "../../domain/account.js";
import { type Route, route } from "../http/route.js";
import type { HttpReply, HttpRequest } from "../http/server.js";
import { html } from "../pages/html.js";
import { pageReply, seeOther } from "../pages/layout.js";
import { findApp } from "./apps.js";
import { checkPassword } from "./find-user.js";
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
import { formTargetsOf } from "./redirects.js";
import { localPath, withCookies } from "./sessions.js";
import { setUpPath } from "./set-up-page.js";

const signInForm = z.object({
  username: formText(),
  password: formText(),
  csrf: formText(),
  return_to: formText(),
  again: formText(),
});

type SignInForm = z.output<typeof signInForm>;

/** What a step knows: whom the earlier steps found, and the form. */
type Attempt = {
  form: SignInForm;
  user: UserDoc | null;
  /** Why they may not use the server yet: they may come in to see to that. */
  barred: Fault | null;
};

/** Lets go on with what it knows now, or says why not. */
type SignInStep = (parts: PageParts, attempt: Attempt) => Promise<Attempt | Fault>;

const withPassword: SignInStep = async (parts, attempt) => {
  const login = attempt.form.username ?? "";
  const found = await checkPassword(parts, login, attempt.form.password ?? "");
  return isFault(found) ? found : { ...attempt, ...found };
};

/** In order. Whoever comes through all of them is signed in. */
const STEPS: readonly SignInStep[] = [withPassword];

/** `GET|POST /auth/sign_in` and `POST /auth/sign_out`. */
export function signInRoutes(parts: PageParts): Route[] {
  return [
    route({
      method: "GET",
      path: "/auth/sign_in",
      access: { kind: "public" },
      params: signInForm,
      run: ({ params, request }) => showSignIn(parts, request, params, null),
    }),
    route({
      method: "POST",
      path: "/auth/sign_in",
      access: { kind: "public" },
      limits: ["login"],
      params: signInForm,
      run: ({ params, request }) => signIn(parts, request, params),
    }),
    route({
      method: "POST",
      path: "/auth/sign_out",
      access: { kind: "public" },
      params: z.object({ csrf: formText() }),
      run: async ({ params, request }) => {
        const forged = parts.sessions.checkForm(request, params.csrf);
        if (forged !== null) return faultPage(parts.site(), forged);
        const cookies = await parts.sessions.end(request);
        return isFault(cookies) ? cookies : withCookies(seeOther("/"), cookies);
      },
    }),
  ];
}

async function showSignIn(
  parts: PageParts,
  request: HttpRequest,
  form: SignInForm,
  wrong: Fault | null,
): Promise<HttpReply> {
  const site = parts.site();
  const visitor = await parts.sessions.visitor(request);
  const returnTo = localPath(form.return_to, "/");
  if (visitor.session !== null && wrong === null && form.again === undefined) {
    return seeOther(returnTo, 302);
  }
  const app = await appOf(parts, returnTo);
  const body = html`<div class="card narrow">
<h1>Sign in</h1>
<p class="lead">${app === null ? `to ${site.title}` : `to go on to ${app}`}</p>
${errorBox(wrong === null ? null : safeSentence(wrong))}
<form method="post" action="/auth/sign_in">
${csrfField(visitor)}
${hiddenFields({ return_to: returnTo, again: form.again })}
<label for="username">Name or e-mail address</label>
<input type="text" id="username" name="username" value="${form.username ?? ""}"
 autocomplete="username" autocapitalize="none" spellcheck="false" required>
<label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="current-password" required>
<div class="actions"><button type="submit">Sign in</button></div>
</form>
${parts.mailer === null ? null : FORGOTTEN}
${site.signUps === "closed" ? null : html`<p><a href="/auth/sign_up">Join ${site.title}</a></p>`}
</div>`;
  const page = pageReply({
    site,
    title: "Sign in",
    body,
    status: wrong === null ? 200 : statusOf(wrong),
    personal: true,
    signedIn: signedInOf(visitor),
    formTargets: await formTargetsOf(parts.store, returnTo),
  });
  return withCookies(page, visitor.cookies);
}

const FORGOTTEN = html`<p><a href="/auth/password/new">Forgot your password?</a></p>`;

/** Name of the app that the user will come to after this, or null. */
async function appOf(parts: PageParts, returnTo: string): Promise<string | null> {
  if (!returnTo.startsWith("/oauth/authorize?")) return null;
  const clientId = new URLSearchParams(returnTo.slice(returnTo.indexOf("?"))).get("client_id");
  return (await findApp(parts.store, clientId ?? ""))?.name ?? null;
}

async function signIn(
  parts: PageParts,
  request: HttpRequest,
  form: SignInForm,
): Promise<HttpReply | Fault> {
  const forged = parts.sessions.checkForm(request, form.csrf);
  if (forged !== null) return showSignIn(parts, request, form, forged);
  let attempt: Attempt = { form, user: null, barred: null };
  for (const step of STEPS) {
    const next = await step(parts, attempt);
    if (isFault(next)) return showSignIn(parts, request, form, next);
    attempt = next;
  }
  if (attempt.user === null) return showSignIn(parts, request, form, { fault: "forbidden" });
  const cookies = await parts.sessions.start(attempt.user.accountId, request);
  if (isFault(cookies)) return cookies;
  const returnTo = localPath(form.return_to, "/");
  return withCookies(seeOther(attempt.barred === null ? returnTo : setUpPath(returnTo)), cookies);
}
