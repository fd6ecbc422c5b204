// Owns what the server says of itself to clients: instance v1 and v2, rules, texts, emoji,
// languages. Settings of the file are overridden by those that the site cell keeps. All counts are
// counts of collections.

import { z } from "zod";
import { fault } from "../../base/faults.js";
import { activeIn, LOCAL_ACCOUNTS, monthOf, PUBLIC_LOCAL } from "../../domain/collections.js";
import type { Emojis } from "../../domain/emoji.js";
import { NO_SITE, type RuleDoc, SITE_ID, type SignUps, type SiteDoc } from "../../domain/site.js";
import { escapeHtml } from "../../domain/text/characters.js";
import { LANGUAGES } from "../../domain/text/language.js";
import type { Clock } from "../../ports/clock.js";
import type { Collections } from "../../ports/storage.js";
import { customEmoji } from "../entities/custom-emoji.js";
import { instanceJson, v1InstanceJson } from "../entities/instance.js";
import type { InstanceView } from "../entities/instance-view.js";
import { language } from "../entities/language.js";
import { rule } from "../entities/rule.js";
import type { Site } from "../entities/site.js";
import { extendedDescription, privacyPolicy } from "../entities/site-texts.js";
import { isoDate } from "../entities/time.js";
import { json, jsonBytes, type Route, route } from "../http/route.js";
import type { Reads } from "../read/reads.js";

/** What the file of settings and the build say. */
export type InstanceSettings = {
  /** Host of the public URL, with its port if unusual. */
  domain: string;
  /** `wss://…` where sockets are opened. */
  streamingUrl: string;
  version: string;
  sourceUrl: string;
  title: string;
  /** Plain text. */
  shortDescription: string;
  /** Plain text, paragraphs by empty lines. */
  description: string;
  contactEmail: string;
  /** Name of a local account, or "". */
  contactAccount: string;
  languages: readonly string[];
  signUps: SignUps;
  signUpReasonRequired: boolean;
  minAge: number | null;
  thumbnailUrl: string;
  icons: readonly { src: string; size: string }[];
  /** "" while push is off. */
  vapidKey: string;
  supportedMimeTypes: readonly string[];
  timelinesAccess: "public" | "authenticated" | "disabled";
};

export type InstanceParts = {
  reads: Reads;
  collections: Collections;
  clock: Clock;
  site: Site;
  settings: InstanceSettings;
  emojis: () => Emojis;
  /** Hosts of other servers that are known here. */
  peers: () => Promise<readonly string[]>;
};

const NOTHING = z.object({});
const ALL_LANGUAGES = LANGUAGES.map(({ code, name }) => language(code, name));
const DAY_MS = 86_400_000;
/** Unix seconds of the release that replaced instance v1. */
const V1_DEPRECATED_S = 1_668_384_000;

/** Rows below `/api/v1/instance` and `/api/v2/instance`, and `/api/v1/custom_emojis`. */
export function instanceRoutes(parts: InstanceParts): Route[] {
  const open = (path: string, run: () => Promise<ReturnType<typeof json>>, deprecated?: number) =>
    route({
      method: "GET",
      path,
      access: { kind: "public" },
      cache: "long",
      ...(deprecated !== undefined && { deprecated }),
      params: NOTHING,
      run,
    });
  const whole = (
    path: string,
    write: (view: InstanceView, contact: string | null) => string,
    deprecated?: number,
  ) =>
    open(
      path,
      async () => {
        const [view, contact] = await Promise.all([instanceView(parts), contactJson(parts)]);
        return jsonBytes(Buffer.from(write(view, contact)));
      },
      deprecated,
    );
  return [
    whole("/api/v2/instance", instanceJson),
    whole("/api/v1/instance", v1InstanceJson, V1_DEPRECATED_S),
    open("/api/v1/instance/peers", async () => json(await parts.peers())),
    open("/api/v1/instance/rules", async () => json((await rulesOf(parts)).map(rule))),
    open("/api/v1/instance/translation_languages", async () => json({})),
    open("/api/v1/instance/languages", async () => json(ALL_LANGUAGES)),
    open("/api/v1/custom_emojis", async () =>
      json([...parts.emojis().values()].map((it) => customEmoji(it, parts.site))),
    ),
    ...textRoutes(parts),
  ];
}

function textRoutes(parts: InstanceParts): Route[] {
  const base = { method: "GET", access: { kind: "public" }, cache: "long" } as const;
  return [
    route({
      ...base,
      path: "/api/v1/instance/extended_description",
      params: NOTHING,
      run: async () => {
        const { settings } = await siteOf(parts);
        const { html, updatedAtMs } = settings.extendedDescription ?? {
          html: paragraphs(parts.settings.description),
          updatedAtMs: null,
        };
        return json(extendedDescription({ html, updatedAtMs }));
      },
    }),
    route({
      ...base,
      path: "/api/v1/instance/privacy_policy",
      params: NOTHING,
      run: async () => {
        const { privacyPolicy: text } = (await siteOf(parts)).settings;
        return text === undefined ? fault("not-found") : json(privacyPolicy(text));
      },
    }),
    route({
      ...base,
      path: "/api/v1/instance/terms_of_service",
      params: NOTHING,
      run: async () => await terms(parts, null),
    }),
    route({
      ...base,
      path: "/api/v1/instance/terms_of_service/:date",
      params: z.object({ date: z.string().max(10) }),
      run: async ({ params }) => await terms(parts, params.date),
    }),
  ];
}

/** Terms of a date; without one those in force, or the first ones to come. */
async function terms(parts: InstanceParts, date: string | null) {
  const all = (await siteOf(parts)).terms;
  const today = isoDate(parts.clock.nowMs());
  const inForce = all.filter((it) => it.effectiveDate <= today);
  const found =
    date === null ? (inForce.at(-1) ?? all[0]) : all.find((it) => it.effectiveDate === date);
  if (found === undefined) return fault("not-found");
  return json({
    effective_date: found.effectiveDate,
    effective: found.effectiveDate <= today,
    content: found.html,
    succeeded_by: all.find((it) => it.effectiveDate > found.effectiveDate)?.effectiveDate ?? null,
  });
}

const siteOf = async ({ reads }: Pick<InstanceParts, "reads">): Promise<SiteDoc> =>
  (await reads.doc<SiteDoc>("site", SITE_ID)) ?? NO_SITE;

const rulesOf = async ({ reads }: Pick<InstanceParts, "reads">): Promise<RuleDoc[]> =>
  (await reads.doc<RuleDoc[]>("rules", SITE_ID)) ?? [];

/** Plain text as HTML: empty lines part paragraphs. */
const paragraphs = (text: string): string =>
  text
    .split(/\n\s*\n/)
    .filter((it) => it.trim() !== "")
    .map((it) => `<p>${escapeHtml(it.trim()).replaceAll("\n", "<br>")}</p>`)
    .join("");

/**
 * Accounts active in a month: the larger of the running month and the one before it, for the running
 * one is short at its start.
 */
async function activeUsers({ collections, clock }: InstanceParts): Promise<number> {
  const nowMs = clock.nowMs();
  const month = monthOf(nowMs);
  const day = Number(isoDate(nowMs).slice(8));
  const before = monthOf(nowMs - day * DAY_MS);
  const counts = await Promise.all([
    collections.count(activeIn(month)),
    collections.count(activeIn(before)),
  ]);
  return Math.max(...counts);
}

/** The text of the contact account's entity; null if there is none. */
async function contactJson({ reads, settings }: InstanceParts): Promise<string | null> {
  const chosen = (await siteOf({ reads })).settings.contactAccountId;
  const name = settings.contactAccount;
  const id = chosen ?? (name === "" ? null : await reads.accountIdOf(name));
  const bytes = id === null ? null : await reads.account(id);
  return bytes === null ? null : Buffer.from(bytes).toString();
}

async function instanceView(parts: InstanceParts): Promise<InstanceView> {
  const { settings, site, collections } = parts;
  const [{ settings: chosen }, rules, users, statuses, activeUsersMonth, peers] = await Promise.all(
    [
      siteOf(parts),
      rulesOf(parts),
      collections.count(LOCAL_ACCOUNTS),
      collections.count(PUBLIC_LOCAL),
      activeUsers(parts),
      parts.peers(),
    ],
  );
  return {
    domain: settings.domain,
    publicUrl: site.publicUrl,
    streamingUrl: settings.streamingUrl,
    title: chosen.title ?? settings.title,
    version: settings.version,
    sourceUrl: settings.sourceUrl,
    shortDescription: chosen.shortDescription ?? settings.shortDescription,
    description: chosen.extendedDescription?.html ?? paragraphs(settings.description),
    contactEmail: chosen.contactEmail ?? settings.contactEmail,
    thumbnailUrl: settings.thumbnailUrl,
    thumbnailDescription: null,
    icons: settings.icons,
    languages: settings.languages,
    rules: rules.map(rule),
    activeUsersMonth,
    users,
    statuses,
    domains: peers.length,
    registrations: {
      mode: chosen.signUps ?? settings.signUps,
      messageHtml: chosen.closedMessage ?? null,
      minAge: settings.minAge,
      reasonRequired: settings.signUpReasonRequired,
    },
    vapidPublicKey: settings.vapidKey,
    supportedMimeTypes: settings.supportedMimeTypes,
    limitedFederation: false,
    timelinesAccess: settings.timelinesAccess,
  };
}
