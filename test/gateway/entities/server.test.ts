// The documents about the server itself: as in test/golden, and as the table of entities has them.

import t from "tap";
import { LANGUAGES } from "../../../src/domain/text/language.js";
import { account } from "../../../src/gateway/entities/account.js";
import { announcement } from "../../../src/gateway/entities/announcement.js";
import { domainBlock } from "../../../src/gateway/entities/domain-block.js";
import { instanceJson, v1InstanceJson } from "../../../src/gateway/entities/instance.js";
import { language } from "../../../src/gateway/entities/language.js";
import { rule } from "../../../src/gateway/entities/rule.js";
import { extendedDescription, privacyPolicy } from "../../../src/gateway/entities/site-texts.js";
import { alice, bob, mentionOf, NOON_MS, thingId } from "../../cast/cast.js";
import { EMOJIS, SITE } from "../../cast/site.js";
import { checkEntity } from "../../entities-table.js";
import { isEntity } from "./is-entity.js";

const view = { site: SITE, emojis: EMOJIS };

t.test("the server", async (t) => {
  const kettle = { id: "1", text: "No kettles", hint: "They whistle", translations: {} };
  isEntity(t, "Rule", rule(kettle), "rule");
  const described = { html: "<p>A tea house</p>", updatedAtMs: NOON_MS };
  isEntity(t, "ExtendedDescription", extendedDescription(described), "extended-description");
  t.equal(extendedDescription({ html: "", updatedAtMs: null }).updated_at, null);
  isEntity(t, "PrivacyPolicy", privacyPolicy(described), "privacy-policy");
  const house = {
    domain: "social.example",
    publicUrl: SITE.publicUrl,
    streamingUrl: "wss://social.example",
    title: "Tea house",
    version: "4.6.5 (compatible; Rookery 0.1.0)",
    sourceUrl: "https://code.example/rookery",
    shortDescription: "Tea & talk",
    description: "<p>Tea &amp; talk</p>",
    contactEmail: "alice@mail.example",
    thumbnailUrl: `${SITE.publicUrl}/thumbnail.png`,
    thumbnailDescription: null,
    icons: [{ src: `${SITE.publicUrl}/icon.png`, size: "36x36" }],
    languages: ["en"],
    rules: [rule(kettle)],
    activeUsersMonth: 2,
    users: 5,
    statuses: 7,
    domains: 1,
    registrations: {
      mode: "approval" as const,
      messageHtml: null,
      minAge: null,
      reasonRequired: true,
    },
    vapidPublicKey: "",
    supportedMimeTypes: ["image/png"],
    limitedFederation: false,
    timelinesAccess: "public" as const,
  };
  const contact = JSON.stringify(account({ account: alice, ...view }));
  isEntity(t, "Instance", JSON.parse(instanceJson(house, contact)), "instance");
  isEntity(t, "V1::Instance", JSON.parse(v1InstanceJson(house, null)), "instance-v1");
  isEntity(t, "Language", language("de", "German"), "language");
  t.same(checkEntity("Language[]", LANGUAGES), []);
  const block = {
    domain: "spam.example",
    digest: "a".repeat(64),
    severity: "suspend" as const,
    comment: null,
    obfuscate: true,
  };
  isEntity(t, "DomainBlock", domainBlock(block), "domain-block");
});

t.test("announcements", async (t) => {
  const text = {
    id: thingId(60),
    text: "Tea at five",
    html: "<p>Tea at five</p>",
    startsAtMs: null,
    endsAtMs: NOON_MS,
    allDay: false,
    publishedAtMs: NOON_MS,
    createdAtMs: NOON_MS - 1,
    updatedAtMs: NOON_MS,
    mentionIds: [bob.id],
    statusIds: [],
    tags: ["tea"],
    reactions: [
      { name: "🫖", count: 2 },
      { name: "blobtea", count: 1 },
    ],
  };
  const shown = {
    announcement: text,
    mentions: [mentionOf(bob)],
    statuses: [],
    emojiCodes: [],
    viewer: { read: true, reactions: ["blobtea"] },
    ...view,
  };
  isEntity(t, "Announcement", announcement(shown), "announcement");
  t.equal("read" in announcement({ ...shown, viewer: null }), false);
});
