// Owns how a post, and a person's name, look on a page. Names and warnings are plain text; the body
// is sanitised HTML. Right-to-left marks in names are isolated by <bdi> (SEC-73).

import { cleanName } from "../../domain/text/characters.js";
import type { Account } from "../entities/account.js";
import type { MediaAttachment } from "../entities/media-attachment.js";
import type { Poll } from "../entities/poll.js";
import { html, type Markup, sanitised } from "./html.js";
import type { SiteInfo } from "./layout.js";
import type { Post } from "./posts.js";

/** The name to show: the display name, else the user name. */
export const nameOf = (account: Account): string =>
  cleanName(account.display_name) || account.username;

/** `@name@host`. */
export const handleOf = (account: Account, site: SiteInfo): string =>
  account.acct.includes("@") ? `@${account.acct}` : `@${account.acct}@${site.domain}`;

/** A web address that may be put into a link; others become "#". */
export const webAddress = (url: string | null | undefined): string =>
  /^https?:\/\//i.test(url ?? "") ? (url as string) : "#";

/** Where a post can be read: its own page, or its server's. */
export const postAddress = (post: Post): string => webAddress(post.url ?? post.uri);

/** The post as an article. `focus` is the one that the page is about. */
export function postCard(post: Post, site: SiteInfo, focus = false): Markup {
  const shown = post.reblog ?? post;
  const { account } = shown;
  return html`<article class="card post${focus ? " focus" : ""}"${language(shown)}>
${
  post.reblog === null
    ? null
    : html`<p class="boosted"><bdi>${nameOf(post.account)}</bdi> boosted</p>`
}
<header>
<img class="avatar small" src="${account.avatar_static}" alt="" width="44" height="44"
 loading="lazy">
<p><a href="${webAddress(account.url)}"><bdi>${nameOf(account)}</bdi></a><br>
<span class="handle">${handleOf(account, site)}</span></p>
</header>
${bodyOf(shown)}
<p class="meta">
<a href="${postAddress(shown)}"><time
 datetime="${shown.created_at}">${when(shown.created_at)}</time></a>
${shown.edited_at === null ? null : html`<span>edited</span>`}
<span>${counted(shown.replies_count, "reply", "replies")}</span>
<span>${counted(shown.reblogs_count, "boost", "boosts")}</span>
<span>${counted(shown.favourites_count, "favourite", "favourites")}</span>
</p>
</article>`;
}

const language = (post: Post): Markup | null =>
  post.language === null ? null : html` lang="${post.language}"`;

export const counted = (count: number, one: string, many: string): string =>
  `${count} ${count === 1 ? one : many}`;

/** Such as `2026-01-02 03:04` (UTC). */
const when = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;

function bodyOf(post: Post): Markup {
  const said = html`<div class="content">${sanitised(post.content ?? "")}</div>
${post.poll === null ? null : pollOf(post.poll)}
${post.media_attachments.length === 0 ? null : mediaOf(post)}`;
  if (post.spoiler_text === "") return said;
  return html`<details><summary>${post.spoiler_text}</summary>
${said}
</details>`;
}

function pollOf(poll: Poll): Markup {
  const votesOf = (count: number | null): Markup | null =>
    count === null ? null : html` <span class="handle">(${counted(count, "vote", "votes")})</span>`;
  return html`<ul>${poll.options.map(
    (it) => html`<li>${it.title}${votesOf(it.votes_count)}</li>`,
  )}</ul>`;
}

function mediaOf(post: Post): Markup {
  const shown = html`<div class="media">${post.media_attachments.map(mediumOf)}</div>`;
  if (!post.sensitive || post.spoiler_text !== "") return shown;
  return html`<details><summary>Sensitive media</summary>${shown}</details>`;
}

function mediumOf(it: MediaAttachment): Markup {
  const url = webAddress(it.url ?? it.remote_url);
  const words = it.description ?? "";
  const caption = words === "" ? null : html`<figcaption>${words}</figcaption>`;
  switch (it.type) {
    case "image":
      return html`<figure><a href="${url}"><img src="${webAddress(it.preview_url ?? it.url)}"
 alt="${words}" loading="lazy"></a>${caption}</figure>`;
    case "video":
    case "gifv":
      return html`<figure><video src="${url}" controls preload="none"></video>${caption}</figure>`;
    case "audio":
      return html`<figure><audio src="${url}" controls preload="none"></audio>${caption}</figure>`;
    default:
      return html`<figure><a href="${url}">${words === "" ? "A file" : words}</a></figure>`;
  }
}

/** Links to the newest page and to older posts. */
export function pageLinks(path: string, paged: boolean, more: string | null): Markup {
  return html`<nav class="pages" aria-label="Pages">
${paged ? html`<a href="${path}">Newest</a>` : html`<span></span>`}
${more === null ? null : html`<a rel="next" href="${path}?max_id=${more}">Older</a>`}
</nav>`;
}
