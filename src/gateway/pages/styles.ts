// Owns the one stylesheet of the pages without JavaScript, and its address, which changes with it.

import { createHash } from "node:crypto";
import { z } from "zod";
import { type Route, route } from "../http/route.js";

const CSS = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --card: #ffffff; --ink: #1d1b22; --soft: #625d6b; --line: #dfdbe4;
  --accent: #5b3fd6; --on-accent: #ffffff; --warn: #9c2340; --warn-paper: #fdeef1;
  --radius: 12px; --step: 1rem;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15131a; --card: #1f1c26; --ink: #efedf4; --soft: #a8a2b5; --line: #37323f;
    --accent: #b3a1ff; --on-accent: #1a1330; --warn: #ff9db0; --warn-paper: #3a1a23;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { font: 100%/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
body { margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: anywhere; }
a { color: var(--accent); text-underline-offset: .15em; }
a:focus-visible, button:focus-visible, input:focus-visible, textarea:focus-visible,
summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
img, video { max-width: 100%; height: auto; border-radius: 8px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: var(--step); top: var(--step); background: var(--card); padding: .5rem 1rem; }
.top, main, .foot { max-width: 42rem; margin: 0 auto; padding: var(--step); }
.top { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: baseline; }
.top .site { font-weight: 700; font-size: 1.1rem; text-decoration: none; margin-right: auto; }
.top form { display: inline; }
.foot { color: var(--soft); font-size: .875rem; padding-bottom: 3rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: .5rem 0 1rem; text-wrap: balance; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
.lead { font-size: 1.15rem; color: var(--soft); margin-top: 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: var(--radius);
  padding: 1.25rem; margin: 0 0 1rem; }
.narrow { max-width: 27rem; margin-inline: auto; }
.note { border-left: 4px solid var(--accent); padding: .5rem 1rem; margin: 0 0 1rem; }
.error { border: 1px solid var(--warn); background: var(--warn-paper); color: var(--warn);
  border-radius: 8px; padding: .6rem 1rem; margin: 0 0 1rem; }
label { display: block; font-weight: 600; margin: 1rem 0 .25rem; }
.hint { color: var(--soft); font-size: .875rem; margin: .25rem 0 0; }
input[type=text], input[type=email], input[type=password], input[type=date], textarea {
  width: 100%; font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--soft); border-radius: 8px; padding: .6rem .75rem; }
.check { display: flex; gap: .6rem; align-items: baseline; font-weight: 400; }
button, .button { display: inline-block; font: inherit; font-weight: 600; cursor: pointer;
  border: 1px solid var(--accent); border-radius: 999px; padding: .6rem 1.4rem;
  background: var(--accent); color: var(--on-accent); text-decoration: none; }
button.quiet, .button.quiet { background: transparent; color: var(--accent); }
button.link { border: 0; background: none; padding: 0; font-weight: 400; color: var(--accent);
  text-decoration: underline; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
.scopes { padding-left: 1.25rem; }
.scopes .risky { color: var(--warn); font-weight: 600; }
code.code { display: block; font-size: 1.1rem; padding: 1rem; background: var(--paper);
  border: 1px dashed var(--soft); border-radius: 8px; user-select: all; }
.profile { display: grid; grid-template-columns: auto 1fr; gap: 0 1rem; align-items: center; }
.profile h1 { margin: 0; }
.avatar { width: 5.5rem; height: 5.5rem; object-fit: cover; border-radius: 22%; }
.avatar.small { width: 2.75rem; height: 2.75rem; }
.handle, .meta { color: var(--soft); }
.bio { grid-column: 1 / -1; }
dl.fields { display: grid; grid-template-columns: minmax(6rem, auto) 1fr; gap: .25rem 1rem; }
dl.fields dt { font-weight: 600; } dl.fields dd { margin: 0; }
.counts { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; list-style: none; padding: 0; }
article.post header { display: flex; gap: .75rem; align-items: center; }
article.post .content p { margin: .6rem 0; }
article.post .meta { font-size: .875rem; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
article.post.focus { border-width: 2px; border-color: var(--accent); }
.boosted { color: var(--soft); font-size: .875rem; margin: 0 0 .5rem; }
.media { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: .5rem;
  margin: .75rem 0; }
.media figure { margin: 0; } .media figcaption { font-size: .8rem; color: var(--soft); }
.invisible { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.ellipsis::after { content: "…"; }
.pages { display: flex; justify-content: space-between; }
summary { cursor: pointer; }
`.trim();

const TAG = createHash("sha256").update(CSS).digest("base64url").slice(0, 12);

/** Where pages find their stylesheet. */
export const STYLES_PATH = `/assets/pages.css?v=${TAG}`;

/** `GET /assets/pages.css`: may be kept for ever, for its address names its content. */
export const styleRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/assets/pages.css",
    access: { kind: "public" },
    params: z.object({}),
    run: () => ({
      status: 200,
      headers: {
        "content-type": "text/css; charset=utf-8",
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
        etag: `"${TAG}"`,
      },
      body: CSS,
    }),
  }),
];
