// Owns the page that lists the apps a user has let in, and turning one out again.

import { z } from "zod";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { type Route, route } from "../http/route.js";
import type { HttpReply, HttpRequest } from "../http/server.js";
import { html, type Markup } from "../pages/html.js";
import { pageReply, seeOther } from "../pages/layout.js";
import type { AppDoc } from "./apps.js";
import { csrfField, faultPage, formText, type PageParts, signedInOf } from "./page-parts.js";
import { scopeInWords } from "./scopes.js";
import type { Visitor } from "./sessions.js";
import { type Grant, grantsOf, revokeTokensOf } from "./tokens.js";

/** `GET /oauth/authorized_applications`, and DELETE (or a form's POST) of one. */
export function appPageRoutes(parts: PageParts): Route[] {
  return [
    route({
      method: "GET",
      path: "/oauth/authorized_applications",
      access: { kind: "public" },
      params: z.object({}),
      run: ({ request }) => list(parts, request),
    }),
    ...(["DELETE", "POST"] as const).map((method) =>
      route({
        method,
        path: "/oauth/authorized_applications/:id",
        access: { kind: "public" },
        params: z.object({ id: z.string().max(100), csrf: formText() }),
        run: ({ params, request }) => turnOut(parts, params, request),
      }),
    ),
  ];
}

const toSignIn = (): HttpReply =>
  seeOther("/auth/sign_in?return_to=%2Foauth%2Fauthorized_applications", 302);

async function list(parts: PageParts, request: HttpRequest): Promise<HttpReply> {
  const visitor = await parts.sessions.visitor(request);
  if (visitor.session === null) return toSignIn();
  const grants = await grantsOf(parts.store, visitor.session.user.accountId);
  const ids = grants.map((it) => it.appId).slice(0, 1_000);
  const apps = await parts.store.records.getMany("app", ids);
  const rows = grants.flatMap((grant) => {
    const text = apps.get(grant.appId);
    return text === undefined ? [] : [row(JSON.parse(text) as AppDoc, grant, visitor)];
  });
  const body = html`<h1>Apps that you let in</h1>
${rows.length === 0 ? html`<p class="lead">None yet.</p>` : rows}`;
  return pageReply({
    site: parts.site(),
    title: "Apps that you let in",
    body,
    personal: true,
    signedIn: signedInOf(visitor),
  });
}

function row(app: AppDoc, grant: Grant, visitor: Visitor): Markup {
  const since = new Date(grant.sinceMs).toISOString().slice(0, 10);
  return html`<section class="card">
<h2>${app.name}</h2>
<p class="meta">${app.website === null ? null : `${new URL(app.website).host}, `}since ${since}</p>
<ul class="scopes">${grant.scopes.map((scope) => html`<li>${scopeInWords(scope)}</li>`)}</ul>
<form method="post" action="/oauth/authorized_applications/${app.clientId}">
${csrfField(visitor)}
<button class="quiet" type="submit">Turn ${app.name} out</button>
</form>
</section>`;
}

async function turnOut(
  parts: PageParts,
  params: { id: string; csrf?: string | undefined },
  request: HttpRequest,
): Promise<HttpReply | Fault> {
  const site = parts.site();
  const forged = parts.sessions.checkForm(request, params.csrf);
  if (forged !== null) return faultPage(site, forged);
  const { session } = await parts.sessions.visitor(request);
  if (session === null) return toSignIn();
  const { accountId } = session.user;
  const grants = await grantsOf(parts.store, accountId);
  if (!grants.some((it) => it.appId === params.id)) return faultPage(site, fault("not-found"));
  const failed = await revokeTokensOf(parts, accountId, { appId: params.id });
  return isFault(failed) ? failed : seeOther("/oauth/authorized_applications");
}
