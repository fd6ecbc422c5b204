// Owns the RSS feed of an account: its public posts, newest first. Content goes in as escaped HTML,
// not as CDATA, so nothing in a post can end it early (SEC-74).

import type { Account } from "../entities/account.js";
import type { HttpReply } from "../http/server.js";
import { html, sanitised } from "./html.js";
import type { SiteInfo } from "./layout.js";
import { handleOf, nameOf, postAddress, webAddress } from "./post-card.js";
import type { Post } from "./posts.js";

/** The feed as a reply. */
export function feedReply(site: SiteInfo, account: Account, posts: readonly Post[]): HttpReply {
  const self = `${site.publicUrl}/@${account.username}.rss`;
  const document = html`<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:media="http://search.yahoo.com/mrss/">
<channel>
<title>${nameOf(account)}</title>
<description>Public posts from ${handleOf(account, site)}</description>
<link>${webAddress(account.url)}</link>
<atom:link rel="self" type="application/rss+xml" href="${self}"/>
<image><url>${account.avatar}</url><title>${nameOf(account)}</title>
<link>${webAddress(account.url)}</link></image>
<generator>Rookery ${site.version}</generator>
${posts.map(itemOf)}
</channel>
</rss>
`;
  return {
    status: 200,
    headers: { "content-type": "application/rss+xml; charset=utf-8" },
    body: document.markup,
  };
}

function itemOf(post: Post) {
  const warning =
    post.spoiler_text === "" ? null : html`<p><strong>${post.spoiler_text}</strong></p><hr>`;
  const said = html`${warning}${sanitised(post.content ?? "")}`;
  return html`<item>
<guid isPermaLink="true">${postAddress(post)}</guid>
<link>${postAddress(post)}</link>
<pubDate>${new Date(post.created_at).toUTCString()}</pubDate>
<description>${said.markup}</description>
${post.media_attachments.map(
  (it) =>
    html`<media:content url="${webAddress(it.url)}" medium="${mediumOf(it.type)}">
<media:rating scheme="urn:simple">${post.sensitive ? "adult" : "nonadult"}</media:rating>
<media:description type="plain">${it.description ?? ""}</media:description>
</media:content>`,
)}
${post.tags.map((tag) => html`<category>${tag.name}</category>`)}
</item>
`;
}

const mediumOf = (type: string): string =>
  type === "audio" || type === "image" ? type : type === "unknown" ? "document" : "video";
