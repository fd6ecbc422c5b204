import t from "tap";
import { putMember } from "../../../src/base/changes.js";
import { activeIn, PUBLIC_LOCAL } from "../../../src/domain/collections.js";
import { announcementJson, announcementRoutes } from "../../../src/gateway/rest/announcements.js";
import { type InstanceSettings, instanceRoutes } from "../../../src/gateway/rest/instance.js";
import { reportRoutes } from "../../../src/gateway/rest/reports.js";
import type { Actors } from "../../../src/ports/actors.js";
import { SITE as SITE_CELL } from "../../../src/ports/actors.js";
import { EMOJIS, SITE } from "../../cast/site.js";
import { checkEntity } from "../../entities-table.js";
import { RelationsBench } from "./relations-bench.js";
import { withSite } from "./site-actors.js";
import { say } from "./write.js";

const settings: InstanceSettings = {
  domain: "social.example",
  streamingUrl: "wss://social.example",
  version: "4.6.5 (compatible; Rookery 0.1.0)",
  sourceUrl: "https://source.example/rookery",
  title: "Rooks",
  shortDescription: "Birds & friends",
  description: "First.\n\nSecond <line>.",
  contactEmail: "root@social.example",
  contactAccount: "mia",
  languages: ["en"],
  signUps: "closed",
  signUpReasonRequired: false,
  minAge: null,
  thumbnailUrl: "https://social.example/pictures/site.png",
  icons: [],
  vapidKey: "",
  supportedMimeTypes: [],
  timelinesAccess: "public",
};

async function open() {
  let cells: Actors | null = null;
  const it = await RelationsBench.open((parts) => {
    cells = withSite(parts);
    const all = { ...parts, actors: cells, site: SITE, emojis: () => EMOJIS };
    return [
      ...instanceRoutes({ ...all, settings, peers: async () => [] }),
      ...announcementRoutes(all),
      ...reportRoutes(all),
    ];
  });
  await it.join("mia");
  const site = <Reply = { id: string }>(command: { type: string; [name: string]: unknown }) =>
    (cells as unknown as Actors).ask<Reply>(SITE_CELL, command) as Promise<Reply>;
  return { it, site };
}

const get = async <Body = Record<string, unknown>>(it: RelationsBench, path: string, as?: string) =>
  await it.call<Body>(`GET ${path}`, as === undefined ? {} : { as });

t.test("both forms of the instance say what is so", async (t) => {
  const { it: opened, site } = await open();
  await using it = opened;
  await site({ type: "add-rule", text: "be kind", hint: "" });
  await say(it, "mia");
  // The test's clock stands in January: two were active in December, one at most since.
  for (const who of ["8", "9"]) {
    await it.parts.store.write([putMember(activeIn("2025-12"), who, who)]);
  }
  const { body: v2 } = await get(it, "/api/v2/instance");
  t.same(checkEntity("Instance", v2), []);
  t.match(v2, {
    title: "Rooks",
    description: "Birds & friends",
    usage: { users: { active_month: 2 } },
    registrations: { enabled: false, approval_required: false },
    rules: [{ text: "be kind" }],
    contact: { email: "root@social.example", account: { username: "mia" } },
  });
  const { body: v1 } = await get(it, "/api/v1/instance");
  t.same(checkEntity("V1::Instance", v1), []);
  const statuses = await it.parts.collections.count(PUBLIC_LOCAL);
  t.equal(statuses, 1);
  t.match(v1, { stats: { user_count: 1, status_count: 1, domain_count: 0 } });
});

t.test("what the site cell keeps overrides the file", async (t) => {
  const { it: opened, site } = await open();
  await using it = opened;
  await site({ type: "set-site", patch: { title: "Crows", signUps: "approval" } });
  const { body } = await get(it, "/api/v2/instance");
  t.match(body, { title: "Crows", registrations: { enabled: true, approval_required: true } });
});

t.test("texts that were not written are not found; those that were are shown", async (t) => {
  const { it: opened, site } = await open();
  await using it = opened;
  const path = (name: string) => `/api/v1/instance/${name}`;
  const { body: about } = await get(it, path("extended_description"));
  t.same(checkEntity("ExtendedDescription", about), []);
  t.same(about, { updated_at: null, content: "<p>First.</p><p>Second &lt;line&gt;.</p>" });
  t.equal((await get(it, path("privacy_policy"))).status, 404);
  t.equal((await get(it, path("terms_of_service"))).status, 404);
  const privacyPolicy = { text: "x", html: "<p>x</p>", updatedAtMs: it.parts.clock.at };
  await site({ type: "set-site", patch: { privacyPolicy } });
  t.same(checkEntity("PrivacyPolicy", (await get(it, path("privacy_policy"))).body), []);
  for (const effectiveDate of ["2026-01-01", "2027-01-01"]) {
    await site({ type: "publish-terms", effectiveDate, text: "x", html: "<p>x</p>" });
  }
  const { body: terms } = await get(it, path("terms_of_service"));
  t.same(checkEntity("TermsOfService", terms), []);
  t.match(terms, { effective_date: "2026-01-01", effective: true, succeeded_by: "2027-01-01" });
  t.match((await get(it, path("terms_of_service/2027-01-01"))).body, { effective: false });
  t.equal((await get(it, path("terms_of_service/2020-01-01"))).status, 404);
});

t.test("lists rules, languages, emoji and peers", async (t) => {
  const { it: opened, site } = await open();
  await using it = opened;
  await site({ type: "add-rule", text: "be kind", hint: "always" });
  const { body: rules } = await get(it, "/api/v1/instance/rules");
  t.same(checkEntity("Rule[]", rules), []);
  t.match(rules, [{ text: "be kind", hint: "always" }]);
  const { body: emoji } = await get(it, "/api/v1/custom_emojis");
  t.same(checkEntity("CustomEmoji[]", emoji), []);
  t.match(emoji, [{ shortcode: "blobtea" }]);
  const { body: languages } = await get<unknown[]>(it, "/api/v1/instance/languages");
  t.same(checkEntity("Language[]", languages), []);
  t.match(languages, [{}]);
  t.same((await get(it, "/api/v1/instance/peers")).body, []);
  t.same((await get(it, "/api/v1/instance/translation_languages")).body, {});
});

const announcement = {
  text: "Tea at five :blobtea:",
  html: "<p>Tea at five :blobtea:</p>",
  startsAtMs: null,
  endsAtMs: null,
  allDay: false,
  mentionIds: [],
  statusIds: [],
  tags: ["tea"],
};

t.test("announcements are read, dismissed, and reacted to", async (t) => {
  const { it: opened, site } = await open();
  await using it = opened;
  await it.join("bob");
  const { id } = await site({ type: "create-announcement", announcement, publish: true });
  await site({ type: "create-announcement", announcement, publish: false });
  const path = "/api/v1/announcements";
  const react = async (method: string, name: string, as = "mia") =>
    (await it.call(`${method} ${path}/${id}/reactions/${encodeURIComponent(name)}`, { as })).status;
  t.equal(await react("PUT", "👍"), 200);
  t.equal(await react("PUT", "👍", "bob"), 200);
  t.equal(await react("PUT", "blobtea"), 200);
  t.equal(await react("PUT", "nonsense"), 422);
  const { body } = await get<Record<string, unknown>[]>(it, path, "bob");
  t.same(checkEntity("Announcement[]", body), []);
  t.equal(body.length, 1, "unpublished ones are not shown");
  t.match(body[0], {
    read: false,
    emojis: [{ shortcode: "blobtea" }],
    reactions: [
      { name: "👍", count: 2, me: true },
      { name: "blobtea", count: 1, me: false },
    ],
  });
  t.equal(await react("DELETE", "👍", "bob"), 200);
  t.match((await get(it, path, "bob")).body, [{ reactions: [{ count: 1, me: false }, {}] }]);
  t.equal((await it.call(`POST ${path}/${id}/dismiss`, { as: "bob" })).status, 200);
  t.same((await get(it, path, "bob")).body, []);
  t.match((await get(it, `${path}?with_dismissed=true`, "bob")).body, [{ read: true }]);
  t.match((await get(it, path, "mia")).body, [{ read: false }], "for others it is unread");
  t.equal((await it.call(`POST ${path}/1/dismiss`, { as: "bob" })).status, 404);
  t.equal((await get(it, path)).status, 401);
  const streamed = await announcementJson({ ...it.parts, site: SITE, emojis: () => EMOJIS })(id);
  const seen = JSON.parse(Buffer.from(streamed ?? []).toString());
  t.match(seen, { id, reactions: [{ name: "👍", count: 1 }, {}] });
  t.notOk("read" in seen);
});

t.test("an announcement that is over is not shown", async (t) => {
  const { it: opened, site } = await open();
  await using it = opened;
  const endsAtMs = it.parts.clock.at + 1_000;
  const over = { ...announcement, endsAtMs };
  await site({ type: "create-announcement", announcement: over, publish: true });
  t.equal((await get<unknown[]>(it, "/api/v1/announcements", "mia")).body.length, 1);
  it.parts.clock.at += 1_000;
  t.equal((await get<unknown[]>(it, "/api/v1/announcements", "mia")).body.length, 0);
});

t.test("a report names the target's own posts that the reporter may see", async (t) => {
  const { it: opened, site } = await open();
  await using it = opened;
  await it.join("bob");
  const rule = await site({ type: "add-rule", text: "be kind", hint: "" });
  const bad = await say(it, "bob");
  const hidden = await say(it, "bob", { visibility: "private" });
  const own = await say(it, "mia");
  const report = {
    account_id: it.id("bob"),
    status_ids: [bad, hidden, own],
    rule_ids: [rule.id],
    category: "violation",
    comment: "rude",
    forward: true,
  };
  const send = (body: object) => it.call("POST /api/v1/reports", { as: "mia", body });
  const { status, body } = await send(report);
  t.equal(status, 200);
  t.same(checkEntity("Report", body), []);
  t.match(body, {
    category: "violation",
    comment: "rude",
    forwarded: false,
    status_ids: [bad],
    rule_ids: [rule.id],
    target_account: { id: it.id("bob") },
  });
  t.equal((await it.parts.collections.page("reports", { limit: 9 })).length, 1);
  t.equal((await send({})).status, 400);
  t.equal((await send({ account_id: "1" })).status, 404);
  t.equal((await send({ ...report, category: "boring" })).status, 422);
  t.equal((await send({ ...report, comment: "x".repeat(1_001) })).status, 422);
  t.equal((await send({ ...report, rule_ids: ["1"] })).status, 422);
});
