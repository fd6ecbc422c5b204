// Owns leaving for an app's redirect address: how the answer is put into it, and which page may
// send a form there. Addresses are compared whole, byte by byte, with those registered (SEC-75).

import type { Store } from "../../ports/storage.js";
import type { HttpReply } from "../http/server.js";
import { cleanText, html } from "../pages/html.js";
import { pageReply, type SiteInfo, seeOther } from "../pages/layout.js";
import { findApp, OUT_OF_BAND } from "./apps.js";

export type ResponseMode = "query" | "fragment" | "form_post";

/** The mode that is asked for, or null for one that there is not. */
export function responseMode(text: string | undefined): ResponseMode | null {
  if (text === undefined || text === "") return "query";
  return text === "query" || text === "fragment" || text === "form_post" ? text : null;
}

/** Brings the answer to the app, in the way that it asked for. */
export function answerApp(
  site: SiteInfo,
  to: { redirectUri: string; mode: ResponseMode },
  answer: Record<string, string | undefined>,
): HttpReply {
  const values = Object.entries(answer).filter((it): it is [string, string] => it[1] !== undefined);
  if (to.redirectUri === OUT_OF_BAND) {
    return seeOther(`/oauth/authorize/native?${new URLSearchParams(values)}`, 302);
  }
  if (to.mode === "form_post") return formPost(site, to.redirectUri, values);
  return seeOther(safeLocation(withValues(to, values)), 302);
}

function withValues(
  to: { redirectUri: string; mode: ResponseMode },
  values: [string, string][],
): string {
  const text = new URLSearchParams(values).toString();
  if (to.mode === "fragment") return `${to.redirectUri}#${text}`;
  return `${to.redirectUri}${to.redirectUri.includes("?") ? "&" : "?"}${text}`;
}

/** Only printable ASCII may stand in a header. */
const safeLocation = (location: string): string =>
  cleanText(location).replace(/[^\x21-\x7e]+/g, encodeURIComponent);

/** Without scripts the form needs a push of its button. */
function formPost(site: SiteInfo, redirectUri: string, values: [string, string][]): HttpReply {
  const body = html`<div class="card narrow">
<h1>Back to the app</h1>
<form method="post" action="${redirectUri}">
${values.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<p>One more step: hand the answer over.</p>
<div class="actions"><button type="submit">Continue</button></div>
</form></div>`;
  return pageReply({
    site,
    title: "Back to the app",
    body,
    personal: true,
    formTargets: formTargets(redirectUri),
  });
}

/**
 * Content-policy sources that let a form's answer redirect to the address; browsers hold redirects
 * after a form to `form-action` too.
 */
export function formTargets(redirectUri: string): string[] {
  if (redirectUri === OUT_OF_BAND || !URL.canParse(redirectUri)) return [];
  const url = new URL(redirectUri);
  const web = url.protocol === "http:" || url.protocol === "https:";
  return [web && /^[a-z0-9.-]+(:\d+)?$/.test(url.host) ? url.origin : url.protocol];
}

/** The same for a page that leads to the authorisation page at `returnTo`. */
export async function formTargetsOf(store: Store, returnTo: string): Promise<string[]> {
  if (!returnTo.startsWith("/oauth/authorize?")) return [];
  const query = new URLSearchParams(returnTo.slice(returnTo.indexOf("?")));
  const app = await findApp(store, query.get("client_id") ?? "");
  const redirectUri = query.get("redirect_uri") ?? "";
  return app?.redirectUris.includes(redirectUri) ? formTargets(redirectUri) : [];
}
