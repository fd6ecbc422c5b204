// Owns what all pages have in common: the document around their content, and the headers that keep
// scripts, frames and foreign forms out (SEC-70, SEC-80). No page has a script or an inline style.

import type { HttpReply } from "../http/server.js";
import { html, type Markup } from "./html.js";
import { STYLES_PATH } from "./styles.js";

/** What pages say of the server. Plain text, but for what is marked. */
export type SiteInfo = {
  title: string;
  shortDescription: string;
  /** At length: sanitised HTML. */
  aboutHtml: string;
  /** Such as `https://social.example`, without a slash at the end. */
  publicUrl: string;
  /** The name after the @ of handles here. */
  domain: string;
  version: string;
  rules: readonly { id: string; text: string; hint: string }[];
  contactEmail: string;
  /** Name of the account that speaks for the site, or null. */
  contactUsername: string | null;
  signUps: "open" | "approval" | "closed";
  /** The first of the site's languages. */
  language: string;
  /** Who may read posts by hashtag without signing in. */
  tagsArePublic: boolean;
};

/** The person at the browser, and the proof for their sign-out form. */
export type SignedIn = { username: string; csrf: string };

export type Page = {
  title: string;
  body: Markup;
  site: SiteInfo;
  status?: number;
  /** More for the head: alternates, Open Graph. */
  head?: Markup;
  language?: string;
  /** Shows who is signed in, with a way out. */
  signedIn?: SignedIn | null;
  /** Pages with forms or secrets: kept by nobody. Others follow their route's cache rule. */
  personal?: boolean;
  /** Where forms may lead besides here, as CSP sources: the redirect of an app (authorize.ts). */
  formTargets?: readonly string[];
};

const POLICY = [
  "default-src 'none'",
  "script-src 'none'",
  "object-src 'none'",
  "style-src 'self'",
  "img-src 'self' https: data:",
  "media-src 'self' https:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
];

/** Headers of every HTML answer. */
export function htmlHeaders(page: Pick<Page, "personal" | "formTargets">): Record<string, string> {
  const targets = ["'self'", ...(page.formTargets ?? [])].join(" ");
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": [...POLICY, `form-action ${targets}`].join("; "),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": page.personal ? "no-referrer" : "same-origin",
    ...(page.personal ? { "cache-control": "private, no-store" } : {}),
  };
}

/** The whole document as a reply. */
export function pageReply(page: Page): HttpReply {
  const { site, signedIn } = page;
  const document = html`<!doctype html>
<html lang="${page.language ?? site.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title === site.title ? site.title : `${page.title} · ${site.title}`}</title>
<link rel="stylesheet" href="${STYLES_PATH}">
${page.head}
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<a class="site" href="/">${site.title}</a>
<nav aria-label="Site"><a href="/about">About</a></nav>
${
  signedIn
    ? html`<form method="post" action="/auth/sign_out">
<span>Signed in as @${signedIn.username}</span>
<input type="hidden" name="csrf" value="${signedIn.csrf}">
<button class="link" type="submit">Sign out</button>
</form>`
    : html`<a href="/auth/sign_in">Sign in</a>`
}
</header>
<main id="main">
${page.body}
</main>
<footer class="foot">
<p>${site.domain} runs Rookery ${site.version}. <a href="/about">About this server</a></p>
</footer>
</body>
</html>
`;
  return { status: page.status ?? 200, headers: htmlHeaders(page), body: document.markup };
}

/** A page that says what went wrong. Tells nothing that the sentence does not. */
export function errorPage(
  site: SiteInfo,
  error: { status: number; title: string; says: string },
): HttpReply {
  return pageReply({
    site,
    title: error.title,
    status: error.status,
    personal: true,
    body: html`<h1>${error.title}</h1><p class="lead">${error.says}</p>
<p><a href="/">To the front page</a></p>`,
  });
}

/** The one answer for what is missing and for what the viewer may not see (SEC-91). */
export function notFoundPage(site: SiteInfo): HttpReply {
  return errorPage(site, {
    status: 404,
    title: "Not found",
    says: "There is nothing here, or nothing that you may see.",
  });
}

/** Goes to another address by GET. */
export function seeOther(location: string, status: 302 | 303 = 303): HttpReply {
  return {
    status,
    headers: {
      location,
      "cache-control": "private, no-store",
      "referrer-policy": "no-referrer",
      "content-type": "text/html; charset=utf-8",
    },
    body: "",
  };
}
