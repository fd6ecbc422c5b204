// Owns the pages about the server itself: front, about, a tag, and what is not there.

import { z } from "zod";
import { isId } from "../../base/ids.js";
import { taggedWith } from "../../domain/collections.js";
import { tagName } from "../../domain/text/tag-name.js";
import { type Route, route } from "../http/route.js";
import type { HttpReply, HttpRequest } from "../http/server.js";
import { html, type Markup, sanitised } from "./html.js";
import { notFoundPage, pageReply, type SignedIn, type SiteInfo } from "./layout.js";
import { pageLinks, postCard } from "./post-card.js";
import { pageOfPosts } from "./posts.js";
import type { ProfileParts } from "./profile-page.js";

export type SitePageParts = ProfileParts & {
  /** Who sits at the browser, with the proof for the sign-out form; null for nobody. */
  signedIn: (request: HttpRequest) => Promise<SignedIn | null>;
};

/** `/`, `/about` and `/tags/:tag`. */
export function siteRoutes(parts: SitePageParts): Route[] {
  const page = (path: string, show: (site: SiteInfo, who: SignedIn | null) => HttpReply) =>
    route({
      method: "GET",
      path,
      access: { kind: "public" },
      cache: "short",
      params: z.object({}),
      run: async ({ request }) => show(parts.site(), await parts.signedIn(request)),
    });
  return [
    page("/", front),
    page("/about", about),
    route({
      method: "GET",
      path: "/tags/:tag",
      access: { kind: "public" },
      cache: "short",
      params: z.object({
        tag: z.string().max(500),
        max_id: z.string().max(20).optional().catch(undefined),
      }),
      run: ({ params }) => tagPage(parts, params.tag, params.max_id),
    }),
  ];
}

const JOINING: Record<SiteInfo["signUps"], string> = {
  open: "Anyone may join.",
  approval: "Anyone may ask to join; somebody looks at each request.",
  closed: "It does not take new members at the moment.",
};

function front(site: SiteInfo, who: SignedIn | null): HttpReply {
  const body = html`<h1>${site.title}</h1>
<p class="lead">${site.shortDescription}</p>
${who === null ? doorOf(site) : html`<p>You are signed in as @${who.username}. ${LINKS}</p>`}
<h2>What this is</h2>
<p>${site.domain} is a social server: its members write posts, and follow and answer each other.
Use it with any app made for Mastodon: give the app the name
<strong>${site.domain}</strong>.</p>
<p>${JOINING[site.signUps]}</p>
${rulesOf(site)}
${contactOf(site)}`;
  return pageReply({
    site,
    title: site.title,
    body,
    signedIn: who,
    head: html`<meta name="description" content="${site.shortDescription}">
<meta property="og:type" content="website">
<meta property="og:title" content="${site.title}">
<meta property="og:url" content="${site.publicUrl}/">
<meta property="og:description" content="${site.shortDescription}">`,
  });
}

function doorOf(site: SiteInfo): Markup {
  const join = site.signUps === "open" ? "Join" : "Ask to join";
  return html`<div class="actions">
<a class="button" href="/auth/sign_in">Sign in</a>
${site.signUps === "closed" ? null : html`<a class="button quiet" href="/auth/sign_up">${join}</a>`}
</div>`;
}

const LINKS = html`<a href="/oauth/authorized_applications">Apps that you let in</a> ·
<a href="/auth/edit">Change your password</a>`;

function about(site: SiteInfo, who: SignedIn | null): HttpReply {
  const body = html`<h1>About ${site.title}</h1>
<p class="lead">${site.shortDescription}</p>
${site.aboutHtml === "" ? null : html`<div class="card">${sanitised(site.aboutHtml)}</div>`}
${rulesOf(site)}
<h2>Joining</h2>
<p>${JOINING[site.signUps]}</p>
${contactOf(site)}
<h2>Software</h2>
<p>Rookery ${site.version}, free software under the AGPL.</p>`;
  return pageReply({ site, title: `About ${site.title}`, body, signedIn: who });
}

function rulesOf(site: SiteInfo): Markup | null {
  if (site.rules.length === 0) return null;
  const rules = site.rules.map(
    (it) =>
      html`<li>${it.text}${it.hint === "" ? null : html`<p class="hint">${it.hint}</p>`}</li>`,
  );
  return html`<h2 id="rules">Rules</h2><ol>${rules}</ol>`;
}

function contactOf(site: SiteInfo): Markup | null {
  const { contactEmail, contactUsername } = site;
  if (contactEmail === "" && contactUsername === null) return null;
  return html`<h2>Contact</h2><p>
${contactUsername === null ? null : html`<a href="/@${contactUsername}">@${contactUsername}</a>`}
${contactEmail === "" ? null : html`<a href="mailto:${contactEmail}">${contactEmail}</a>`}
</p>`;
}

async function tagPage(
  parts: ProfileParts,
  shown: string,
  maxId: string | undefined,
): Promise<HttpReply> {
  const site = parts.site();
  const name = tagName(shown);
  if (name === "" || !site.tagsArePublic) return notFoundPage(site);
  const older = isId(maxId) ? maxId : null;
  const { posts, more } = await pageOfPosts(
    { reads: parts.reads, collections: parts.store.collections },
    taggedWith(name),
    older,
    (flags) => flags.v === "public",
  );
  const body = html`<h1>#${name}</h1>
${posts.length === 0 ? html`<p class="lead">No posts with this tag are known here.</p>` : null}
${posts.map((post) => postCard(post, site))}
${pageLinks(`/tags/${encodeURIComponent(name)}`, older !== null, more)}`;
  return pageReply({ site, title: `#${name}`, body });
}
