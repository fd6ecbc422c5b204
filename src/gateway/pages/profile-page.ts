// Owns the public page of a local account, its feed, and the page of one of its posts. What nobody
// signed in may see is not found, with the same answer as what is not there (SEC-91); a suspended
// account is gone.

import { z } from "zod";
import { isFault } from "../../base/faults.js";
import { isId } from "../../base/ids.js";
import type { AccountDoc } from "../../domain/account.js";
import { statusesOf } from "../../domain/collections.js";
import type { StatusFlags } from "../../domain/status.js";
import type { Collections, Store } from "../../ports/storage.js";
import type { Account } from "../entities/account.js";
import { type Route, route } from "../http/route.js";
import type { HttpReply } from "../http/server.js";
import type { Reads } from "../read/reads.js";
import { threadOf } from "../rest/thread.js";
import { feedReply } from "./feed.js";
import { html, type Markup, sanitised, wordsOf } from "./html.js";
import { errorPage, notFoundPage, pageReply, type SiteInfo } from "./layout.js";
import { counted, handleOf, nameOf, pageLinks, postCard, webAddress } from "./post-card.js";
import { accountOf, type Post, pageOfPosts, postsOf } from "./posts.js";

export type ProfileParts = {
  reads: Reads;
  store: Pick<Store, "collections">;
  site: () => SiteInfo;
};

const DESCRIPTION_MAX = 300;
const olderThan = z.string().max(20).optional().catch(undefined);

/** `/@:username`, `/@:username.rss` and `/@:username/:id`. */
export function profileRoutes(parts: ProfileParts): Route[] {
  const username = z.string().max(100);
  return [
    route({
      method: "GET",
      path: "/@:username",
      access: { kind: "public" },
      cache: "short",
      params: z.object({ username, max_id: olderThan }),
      run: ({ params }) => profile(parts, params.username, params.max_id),
    }),
    route({
      method: "GET",
      path: "/@:username.rss",
      access: { kind: "public" },
      cache: "short",
      params: z.object({ username }),
      run: ({ params }) => feed(parts, params.username),
    }),
    route({
      method: "GET",
      path: "/@:username/:id",
      access: { kind: "public" },
      cache: "short",
      params: z.object({ username, id: z.string().max(100) }),
      run: ({ params }) => single(parts, params.username, params.id),
    }),
  ];
}

/** The local account that has a public page, or the page that is shown instead. */
async function findAccount(
  parts: ProfileParts,
  username: string,
): Promise<{ doc: AccountDoc } | { instead: HttpReply }> {
  const site = parts.site();
  const missing = { instead: notFoundPage(site) };
  if (!/^[a-z0-9_]{1,30}$/i.test(username)) return missing;
  const id = await parts.reads.accountIdOf(username);
  const doc = id === null ? null : await parts.reads.accountDoc(id);
  if (doc === null || doc.domain !== null) return missing;
  if (doc.suspended) {
    return {
      instead: errorPage(site, {
        status: 410,
        title: "Gone",
        says: "This account is not here any more.",
      }),
    };
  }
  const user = await parts.reads.userDoc(doc.id);
  const ready = user?.approved === true && user.emailConfirmedAtMs !== null;
  return ready ? { doc } : missing;
}

const isOpen = (flags: StatusFlags): boolean => flags.v === "public" || flags.v === "unlisted";
/** Posts and boosts, but not what is said to others. */
const onProfile = (flags: StatusFlags): boolean => isOpen(flags) && flags.r !== 1;
const inFeed = (flags: StatusFlags): boolean =>
  flags.v === "public" && flags.r !== 1 && flags.b !== 1;

const readParts = (parts: ProfileParts): { reads: Reads; collections: Collections } => ({
  reads: parts.reads,
  collections: parts.store.collections,
});

async function profile(
  parts: ProfileParts,
  username: string,
  maxId: string | undefined,
): Promise<HttpReply> {
  const found = await findAccount(parts, username);
  if ("instead" in found) return found.instead;
  const site = parts.site();
  const account = await accountOf(parts.reads, found.doc.id);
  if (account === null) return notFoundPage(site);
  const older = isId(maxId) ? maxId : null;
  const list = statusesOf(account.id);
  const { posts, more } = await pageOfPosts(readParts(parts), list, older, onProfile);
  const path = `/@${account.username}`;
  const body = html`<section class="card h-card">
${headOf(account, site)}
</section>
<h2>Posts</h2>
${posts.length === 0 ? html`<p class="lead">Nothing here yet.</p>` : null}
${posts.map((post) => postCard(post, site))}
${pageLinks(path, older !== null, more)}`;
  const title = `${nameOf(account)} (${handleOf(account, site)})`;
  return pageReply({
    site,
    title,
    body,
    head: html`${alternates(account, site)}
${older === null ? null : html`<meta name="robots" content="noindex">`}
${openGraph(site, account, {
  type: "profile",
  title,
  url: webAddress(account.url),
  description: wordsOf(account.note, DESCRIPTION_MAX),
})}`,
  });
}

function headOf(account: Account, site: SiteInfo): Markup {
  const fields = account.fields.map(
    (it) => html`<dt>${it.name}</dt><dd>${sanitised(it.value)}</dd>`,
  );
  const traits = `${account.bot ? " · bot" : ""}${account.locked ? " · approves followers" : ""}`;
  return html`<div class="profile">
<img class="avatar" src="${account.avatar_static}" alt="${account.avatar_description}"
 width="88" height="88">
<div><h1><bdi>${nameOf(account)}</bdi></h1>
<p class="handle">${handleOf(account, site)}${traits}</p></div>
<div class="bio">${sanitised(account.note)}
${fields.length === 0 ? null : html`<dl class="fields">${fields}</dl>`}
<ul class="counts handle">
<li>${counted(account.statuses_count, "post", "posts")}</li>
<li>${account.following_count} following</li>
<li>${counted(account.followers_count, "follower", "followers")}</li>
</ul>
<p class="hint">To follow, search for ${handleOf(account, site)} in your app.
<a href="/@${account.username}.rss">RSS feed</a></p></div>
</div>`;
}

function alternates(account: Account, site: SiteInfo): Markup {
  return html`<link rel="alternate" type="application/activity+json"
 href="${webAddress(account.uri)}">
<link rel="alternate" type="application/rss+xml" href="${site.publicUrl}/@${account.username}.rss">
<link rel="canonical" href="${webAddress(account.url)}">
${account.noindex === true ? html`<meta name="robots" content="noindex, noarchive">` : null}`;
}

function openGraph(
  site: SiteInfo,
  account: Account,
  it: { type: string; title: string; url: string; description: string },
): Markup {
  return html`<meta name="description" content="${it.description}">
<meta property="og:site_name" content="${site.title}">
<meta property="og:type" content="${it.type}">
<meta property="og:title" content="${it.title}">
<meta property="og:url" content="${it.url}">
<meta property="og:description" content="${it.description}">
<meta property="og:image" content="${account.avatar}">
<meta property="profile:username" content="${handleOf(account, site).slice(1)}">
<meta name="twitter:card" content="summary">`;
}

async function feed(parts: ProfileParts, username: string): Promise<HttpReply> {
  const found = await findAccount(parts, username);
  if ("instead" in found) return found.instead;
  const site = parts.site();
  const account = await accountOf(parts.reads, found.doc.id);
  if (account === null) return notFoundPage(site);
  const list = statusesOf(account.id);
  const { posts } = await pageOfPosts(readParts(parts), list, null, inFeed);
  return feedReply(site, account, posts);
}

async function single(parts: ProfileParts, username: string, id: string): Promise<HttpReply> {
  const found = await findAccount(parts, username);
  if ("instead" in found) return found.instead;
  const site = parts.site();
  if (!isId(id)) return notFoundPage(site);
  const thread = await threadOf({ reads: parts.reads, store: parts.store }, null, id);
  if (isFault(thread)) return notFoundPage(site);
  const { ancestors, descendants } = thread;
  const posts = await postsOf(parts.reads, [...ancestors, id, ...descendants]);
  const post = posts.find((it) => it.id === id);
  if (post === undefined || post.account.id !== found.doc.id || post.reblog !== null) {
    return notFoundPage(site);
  }
  const body = html`<h1>A post by <bdi>${nameOf(post.account)}</bdi></h1>
${posts.map((it) => postCard(it, site, it.id === id))}`;
  return pageReply({
    site,
    title: titleOf(post),
    body,
    head: html`<link rel="alternate" type="application/activity+json"
 href="${webAddress(post.uri)}">
<link rel="canonical" href="${webAddress(post.url)}">
${post.account.noindex === true ? html`<meta name="robots" content="noindex, noarchive">` : null}
${openGraph(site, post.account, {
  type: "article",
  title: `${nameOf(post.account)} (${handleOf(post.account, site)})`,
  url: webAddress(post.url),
  description: summaryOf(post),
})}
<meta property="og:published_time" content="${post.created_at}">`,
  });
}

/** A warning stands for what it hides. */
const summaryOf = (post: Post): string =>
  post.spoiler_text === "" ? wordsOf(post.content ?? "", DESCRIPTION_MAX) : post.spoiler_text;

const titleOf = (post: Post): string => {
  const words = post.spoiler_text === "" ? wordsOf(post.content ?? "", 60) : post.spoiler_text;
  return words === "" ? nameOf(post.account) : `${nameOf(post.account)}: “${words}”`;
};
