// Owns the promises of the pages without JavaScript: who may see what, and what a page may hold.

import t from "tap";
import { putMember, putRecord } from "../../../src/base/changes.js";
import { idAt, rankOf } from "../../../src/base/ids.js";
import { repliesOf, statusesOf, taggedWith } from "../../../src/domain/collections.js";
import type { StatusDoc, StatusFlags } from "../../../src/domain/status.js";
import { VISIBILITIES } from "../../../src/domain/visibility.js";
import { signedInBy } from "../../../src/gateway/oauth/page-parts.js";
import { missingPage, pageRoutes } from "../../../src/gateway/pages/routes.js";
import { createSiteInfo } from "../../../src/gateway/pages/site-info.js";
import { accountCell } from "../../../src/ports/actors.js";
import { send } from "../oauth/browser.js";
import { openTown, PASSWORD, START_MS, type Town, type TownOptions } from "../oauth/town.js";

const openPages = (options: TownOptions = {}) =>
  openTown({
    ...options,
    more: (town) => pageRoutes({ ...town, signedIn: signedInBy(town.sessions) }),
  });

const EMPTY: Omit<StatusDoc, "id" | "accountId" | "conversationId"> = {
  createdAtMs: START_MS,
  editedAtMs: null,
  visibility: "public",
  text: "",
  html: "",
  spoiler: "",
  sensitive: false,
  language: "en",
  inReplyToId: null,
  inReplyToAccountId: null,
  reblogOfId: null,
  reblogOfAccountId: null,
  quoteOfId: null,
  quoteState: null,
  quotePolicy: "public",
  mentions: [],
  tags: [],
  emojis: [],
  media: [],
  pollId: null,
  application: null,
  uri: null,
  url: null,
  local: true,
  revision: 1,
};

let posts = 0;

/** Writes a post as the account's cell would. */
async function post(town: Town, accountId: string, more: Partial<StatusDoc>): Promise<string> {
  const id = idAt(START_MS, ++posts);
  const doc: StatusDoc = { ...EMPTY, id, accountId, conversationId: id, ...more };
  const flags: StatusFlags = { v: doc.visibility };
  if (doc.inReplyToAccountId !== null) flags.r = doc.inReplyToAccountId === accountId ? 2 : 1;
  if (doc.reblogOfId !== null) flags.b = 1;
  const changes = [
    putRecord("status", id, doc),
    putMember(statusesOf(accountId), id, rankOf(id), flags),
    ...doc.tags.map((tag) => putMember(taggedWith(tag.name), id, rankOf(id), flags)),
  ];
  if (doc.inReplyToId !== null) {
    changes.push(putMember(repliesOf(doc.inReplyToId), id, rankOf(id), flags));
  }
  await town.store.write(changes);
  return id;
}

const get = (town: Town, path: string) => send(town.router, path);

t.test("the front page says what the server is", async (t) => {
  const town = await openPages({ signUps: "approval" });
  t.teardown(() => town.close());
  const page = await get(town, "/");
  t.equal(page.status, 200);
  for (const words of ["Town", "A town for tests.", "Be kind.", "Ask to join", "/auth/sign_in"]) {
    t.match(page.text, words);
  }
  t.match(page.headers["cache-control"], /^public, max-age=15/);
  t.match((await get(town, "/about")).text, "Rookery 0.0.0");
  town.info.signUps = "closed";
  t.notMatch((await get(town, "/")).text, "/auth/sign_up");
  await town.addUser("alice");
  const browser = town.browser();
  await browser.signIn("alice", PASSWORD);
  const mine = await browser.go("/");
  t.match(mine.text, "signed in as @alice");
  t.equal(mine.headers["cache-control"], "private, no-store");
});

t.test("SEC-70 every page is closed to scripts, frames and foreign forms", async (t) => {
  const town = await openPages();
  t.teardown(() => town.close());
  const id = await post(town, await town.addUser("alice"), { html: "<p>Hello</p>" });
  const paths = [
    "/",
    "/about",
    "/@alice",
    `/@alice/${id}`,
    "/tags/x",
    "/@nobody",
    "/auth/sign_in",
    "/auth/sign_up",
    "/oauth/authorize",
  ];
  for (const path of paths) {
    const page = await get(town, path);
    const policy = page.headers["content-security-policy"] ?? "";
    for (const part of [
      "default-src 'none'",
      "script-src 'none'",
      "object-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "form-action 'self'",
    ]) {
      t.ok(policy.includes(part), `${path}: ${part}`);
    }
    t.equal(page.headers["x-content-type-options"], "nosniff");
    t.notMatch(page.text, /<script|<style| style=| on\w+="/i, path);
    t.match(page.text, /^<!doctype html>\n<html lang="en">/, path);
  }
});

t.test("SEC-90 a page shows each post to just those it is for", async (t) => {
  const town = await openPages();
  t.teardown(() => town.close());
  const alice = await town.addUser("alice");
  for (const visibility of VISIBILITIES) {
    const id = await post(town, alice, {
      visibility,
      html: `<p>this is ${visibility}</p>`,
      tags: [{ name: "topic", shown: "Topic" }],
    });
    const open = visibility === "public" || visibility === "unlisted";
    t.equal((await get(town, `/@alice/${id}`)).status, open ? 200 : 404, visibility);
    const doors: [string, boolean][] = [
      ["/@alice", open],
      ["/@alice.rss", visibility === "public"],
      ["/tags/topic", visibility === "public"],
    ];
    for (const [path, shown] of doors) {
      const page = await get(town, path);
      t.equal(page.text.includes(`this is ${visibility}`), shown, `${path} ${visibility}`);
    }
  }
});

t.test("SEC-91 hidden, foreign and missing posts get one and the same answer", async (t) => {
  const town = await openPages();
  t.teardown(() => town.close());
  const alice = await town.addUser("alice");
  const bob = await town.addUser("bob");
  const hidden = await post(town, alice, { visibility: "private", html: "<p>secret</p>" });
  const bobs = await post(town, bob, { html: "<p>by bob</p>" });
  const boost = await post(town, alice, { reblogOfId: bobs, reblogOfAccountId: bob });
  const missing = await get(town, "/@alice/999999999999");
  t.equal(missing.status, 404);
  for (const path of [
    `/@alice/${hidden}`,
    `/@alice/${bobs}`,
    `/@alice/${boost}`,
    "/@alice/abc",
    "/@alice/0",
    `/@nobody/${bobs}`,
    "/@nobody",
    "/@alice@other.example",
    "/@%00",
    "/@a%2Fb",
    "/@nobody.rss",
  ]) {
    const page = await get(town, path);
    t.equal(page.status, 404, path);
    t.equal(page.text, missing.text, path);
    t.equal(page.headers["cache-control"], "private, no-store");
  }
});

t.test("a suspended account is gone; one that is not ready is not there yet", async (t) => {
  const town = await openPages();
  t.teardown(() => town.close());
  const alice = await town.addUser("alice");
  const id = await post(town, alice, { html: "<p>Hello</p>" });
  await town.addUser("pending", { approved: false });
  await town.addUser("unconfirmed", { confirmed: false });
  for (const name of ["pending", "unconfirmed"]) {
    t.equal((await get(town, `/@${name}`)).status, 404, name);
    t.equal((await get(town, `/@${name}.rss`)).status, 404, name);
  }
  const suspend = { type: "set-moderation", suspended: true };
  await town.actors.ask(accountCell(alice), suspend);
  for (const path of ["/@alice", "/@alice.rss", `/@alice/${id}`]) {
    const page = await get(town, path);
    t.equal(page.status, 410, path);
    t.notMatch(page.text, "Hello");
  }
});

t.test("a profile shows posts and boosts, not what is said to others, twenty a page", async (t) => {
  const town = await openPages();
  t.teardown(() => town.close());
  const alice = await town.addUser("alice");
  const bob = await town.addUser("bob");
  const first = await post(town, alice, { html: "<p>oldest</p>" });
  for (let at = 0; at < 45; at++) {
    const visibility = at % 2 === 0 ? "public" : "private";
    await post(town, alice, { html: `<p>number ${at}.</p>`, visibility });
  }
  const bobs = await post(town, bob, { html: "<p>by bob</p>" });
  await post(town, alice, { reblogOfId: bobs, reblogOfAccountId: bob });
  await post(town, alice, {
    html: "<p>a reply</p>",
    inReplyToId: bobs,
    inReplyToAccountId: bob,
  });
  const page = await get(town, "/@alice");
  t.match(page.text, "by bob");
  t.match(page.text, "boosted");
  t.notMatch(page.text, "a reply");
  t.match(page.text, "number 44.");
  const articles = (text: string) => text.split("<article").length - 1;
  t.equal(articles(page.text), 20);
  const older = /rel="next" href="([^"]+)"/.exec(page.text)?.[1] ?? "";
  const next = await get(town, older);
  t.equal(articles(next.text), 5);
  t.match(next.text, "oldest");
  t.notMatch(next.text, 'rel="next"');
  t.match(next.text, `/@alice/${first}`);
  t.equal((await get(town, "/@alice?max_id=nonsense")).status, 200);
  t.equal((await get(town, "/@ALICE")).status, 200, "in any case");
});

t.test("a post is shown with its public context", async (t) => {
  const town = await openPages();
  t.teardown(() => town.close());
  const alice = await town.addUser("alice");
  const bob = await town.addUser("bob");
  const top = await post(town, alice, { html: "<p>the start</p>" });
  const middle = await post(town, bob, {
    html: "<p>an answer</p>",
    inReplyToId: top,
    inReplyToAccountId: alice,
  });
  const below = { inReplyToId: middle, inReplyToAccountId: bob };
  await post(town, alice, { html: "<p>open below</p>", ...below });
  await post(town, alice, { html: "<p>hidden below</p>", visibility: "private", ...below });
  const page = await get(town, `/@bob/${middle}`);
  for (const words of ["the start", "an answer", "open below"]) t.match(page.text, words);
  t.notMatch(page.text, "hidden below");
  t.equal(page.text.split('class="card post focus"').length - 1, 1);
  t.match(
    page.text,
    `<link rel="alternate" type="application/activity+json"\n` +
      ` href="https://town.example/users/bob/statuses/${middle}">`,
  );
  t.match(page.text, '<meta property="og:description" content="an answer">');
});

t.test("SEC-67 names, warnings and descriptions are only text", async (t) => {
  const town = await openPages();
  t.teardown(() => town.close());
  const alice = await town.addUser("alice");
  const evil = '"><img src=x onerror=alert(1)>';
  await town.actors.ask(accountCell(alice), {
    type: "update-profile",
    patch: {
      displayName: `${evil}\u202e]]>`,
      noteHtml: '<p>Hi<script>alert(1)</script><a href="javascript:x">l</a></p>',
      fields: [
        {
          name: evil,
          value: "",
          html: '<a href="https://me.example" rel="me nofollow">me</a>',
          verifiedAtMs: null,
        },
      ],
    },
  } as { type: string });
  const id = await post(town, alice, {
    html: `<p>body ]]> \ud83d<script>alert(1)</script><img src=x onerror=alert(1)></p>`,
    spoiler: `${evil}\u0001`,
    sensitive: true,
    media: [
      {
        id: "1",
        accountId: alice,
        type: "image",
        url: "javascript:alert(1)",
        previewUrl: null,
        remoteUrl: null,
        previewRemoteUrl: null,
        meta: null,
        description: evil,
        blurhash: null,
      },
    ],
  });
  for (const path of ["/@alice", `/@alice/${id}`]) {
    const page = await get(town, path);
    t.equal(page.status, 200);
    t.notMatch(page.text, /<img src=x|<script|href="javascript:|src="javascript:|\u202e/, path);
    t.match(page.text, "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;");
  }
  t.match((await get(town, "/@alice")).text, /rel="[^"]*\bme\b[^"]*"/);
  const feed = await get(town, "/@alice.rss");
  t.match(feed.headers["content-type"], "application/rss+xml");
  t.ok(isWellFormedXml(feed.text), "the feed is one XML document");
  t.notMatch(feed.text, /<!\[CDATA|<script|\u0001|[^&]\]\]>/);
  t.match(feed.text, "\ufffd");
});

/** Whether tags pair and only known entities occur: enough for what templates could break. */
function isWellFormedXml(text: string): boolean {
  const open: string[] = [];
  const body = text.replace(/^<\?xml[^>]*\?>/, "");
  for (const [, close, name, attributes, alone] of body.matchAll(
    /<(\/?)([\w:]+)((?:\s+[\w:]+="[^"<]*")*)\s*(\/?)>/g,
  )) {
    if (attributes?.includes("<")) return false;
    if (alone === "/") continue;
    if (close !== "/") open.push(name ?? "");
    else if (open.pop() !== name) return false;
  }
  const left = body.replace(/<(\/?)([\w:]+)((?:\s+[\w:]+="[^"<]*")*)\s*(\/?)>/g, "");
  return open.length === 0 && !left.includes("<") && !/&(?!(amp|lt|gt|quot|#39);)/.test(left);
}

t.test("the stylesheet is named by its content and kept for long", async (t) => {
  const town = await openPages();
  t.teardown(() => town.close());
  const path = /href="(\/assets\/pages\.css\?v=[\w-]+)"/.exec((await get(town, "/")).text)?.[1];
  const styles = await get(town, path ?? "");
  t.equal(styles.status, 200);
  t.match(styles.headers["content-type"], "text/css");
  t.match(styles.headers["cache-control"], "immutable");
  t.match(styles.text, "prefers-color-scheme: dark");
});

t.test("tags can be closed to people who are not signed in", async (t) => {
  const town = await openPages();
  t.teardown(() => town.close());
  t.equal((await get(town, "/tags/Topic")).status, 200);
  town.info.tagsArePublic = false;
  t.equal((await get(town, "/tags/Topic")).status, 404);
});

t.test("what nobody serves is a page for people and JSON for programs", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const missing = missingPage({ site: () => town.info });
  const request = (accept: string) => ({ header: () => accept }) as never;
  t.equal(missing(request("text/html,*/*"))?.status, 404);
  t.equal(missing(request("application/json")), null);
});

t.test("what the site's cell keeps stands over the file, at once", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const settings = { ...town.info, description: "One <b>.\n\nTwo.", contactAccount: "" };
  const holder = await createSiteInfo({ store: town.store, settings });
  t.teardown(() => holder.close());
  t.equal(holder.site().aboutHtml, "<p>One &lt;b&gt;.</p><p>Two.</p>");
  t.same(holder.site().rules, []);
  await town.store.write([
    putRecord("site", "site", { settings: { title: "New", signUps: "closed" }, terms: [] }),
    putRecord("rules", "site", [{ id: "1", text: "Be kind.", hint: "", translations: {} }]),
  ]);
  t.match(holder.site(), { title: "New", signUps: "closed", rules: [{ text: "Be kind." }] });
});
