// Owns what the pages with forms share: their parts, lenient parameters, and small pieces of
// markup.

import { z } from "zod";
import { type Fault, safeSentence } from "../../base/faults.js";
import type { Actors } from "../../ports/actors.js";
import type { Events } from "../../ports/events.js";
import { STATUS_OF } from "../http/fault-to-status.js";
import type { HttpReply, HttpRequest } from "../http/server.js";
import { html, type Markup } from "../pages/html.js";
import { errorPage, type SignedIn, type SiteInfo } from "../pages/layout.js";
import type { LoginParts } from "./find-user.js";
import type { GrantParts } from "./server.js";
import type { Sessions, Visitor } from "./sessions.js";
import type { SignUpParts } from "./sign-up.js";

export type PageParts = SignUpParts &
  LoginParts &
  GrantParts & {
    sessions: Sessions;
    actors: Actors;
    events: Events;
    site: () => SiteInfo;
  };

/**
 * A form's text. What is no text, or too long, counts as not sent: a page answers, not a parser.
 */
export const formText = (charactersMax = 8_000) =>
  z.string().max(charactersMax).optional().catch(undefined);

/** The hidden field that proves where a form came from. */
export const csrfField = (visitor: Visitor): Markup =>
  html`<input type="hidden" name="csrf" value="${visitor.csrf}">`;

/** Hidden fields; those without a value are left out. */
export const hiddenFields = (values: Record<string, string | undefined>): Markup =>
  html`${Object.entries(values).map(([name, value]) =>
    value === undefined ? null : html`<input type="hidden" name="${name}" value="${value}">`,
  )}`;

/** The box that says what was wrong with a form; nothing if nothing was. */
export const errorBox = (says: string | null): Markup | null =>
  says === null ? null : html`<p class="error" role="alert">${says}</p>`;

/** For the layout: who is signed in. */
export const signedInOf = (visitor: Visitor): SignedIn | null =>
  visitor.session === null ? null : { username: visitor.session.user.username, csrf: visitor.csrf };

/** The status of a page that shows the fault. */
export const statusOf = (it: Fault): number => STATUS_OF[it.fault];

/** A page of its own for a fault that leaves no form to show again. */
export function faultPage(site: SiteInfo, it: Fault): HttpReply {
  const title = statusOf(it) >= 500 ? "Please try again" : "That did not work";
  return errorPage(site, { status: statusOf(it), title, says: safeSentence(it) });
}

/** What pages/routes.ts asks for: who sits at the browser. */
export const signedInBy =
  (sessions: Sessions) =>
  async (request: HttpRequest): Promise<SignedIn | null> =>
    signedInOf(await sessions.visitor(request));
