// Owns what pages know of the site: the settings of the file, with what the site's cell keeps over
// them, ready to be read without waiting. Follows the store's commits.

import type { AccountDoc } from "../../domain/account.js";
import { NO_SITE, type RuleDoc, SITE_ID, type SiteDoc } from "../../domain/site.js";
import { escapeHtml } from "../../domain/text/characters.js";
import type { Store } from "../../ports/storage.js";
import type { SiteInfo } from "./layout.js";

/** What the file of settings and the build say. */
export type SiteSettingsOfFile = Omit<SiteInfo, "aboutHtml" | "rules" | "contactUsername"> & {
  /** Plain text, paragraphs by empty lines. */
  description: string;
  /** Name of a local account, or "". */
  contactAccount: string;
};

export type SiteInfoHolder = { site: () => SiteInfo; close: () => void };

/** Reads what is kept of the site, and keeps up with it. */
export async function createSiteInfo(parts: {
  store: Store;
  settings: SiteSettingsOfFile;
}): Promise<SiteInfoHolder> {
  const { store, settings } = parts;
  const [siteText, rulesText] = await Promise.all([
    store.records.get("site", SITE_ID),
    store.records.get("rules", SITE_ID),
  ]);
  let doc = siteText === null ? NO_SITE : (JSON.parse(siteText) as SiteDoc);
  let rules = rulesText === null ? [] : (JSON.parse(rulesText) as RuleDoc[]);
  let contact = await contactOf(store, settings, doc);
  let info = infoOf(settings, doc, rules, contact);
  const stop = store.onCommit((changes) => {
    for (const change of changes) {
      if (change.do !== "put-record") continue;
      if (change.kind === "site") doc = JSON.parse(change.doc) as SiteDoc;
      else if (change.kind === "rules") rules = JSON.parse(change.doc) as RuleDoc[];
      else continue;
      info = infoOf(settings, doc, rules, contact);
      if (change.kind === "site") {
        void contactOf(store, settings, doc).then((name) => {
          contact = name;
          info = infoOf(settings, doc, rules, contact);
        }, forgetFailure);
      }
    }
  });
  return { site: () => info, close: stop };
}

/** The name stays as it was; the next change of the site asks again. */
const forgetFailure = (): void => {};

async function contactOf(
  store: Store,
  settings: SiteSettingsOfFile,
  doc: SiteDoc,
): Promise<string | null> {
  const id = doc.settings.contactAccountId;
  if (id === undefined) return settings.contactAccount === "" ? null : settings.contactAccount;
  const text = await store.records.get("account", id);
  return text === null ? null : (JSON.parse(text) as AccountDoc).username;
}

function infoOf(
  file: SiteSettingsOfFile,
  doc: SiteDoc,
  rules: readonly RuleDoc[],
  contactUsername: string | null,
): SiteInfo {
  const { description, contactAccount, ...rest } = file;
  const { settings } = doc;
  return {
    ...rest,
    title: settings.title ?? file.title,
    shortDescription: settings.shortDescription ?? file.shortDescription,
    signUps: settings.signUps ?? file.signUps,
    contactEmail: settings.contactEmail ?? file.contactEmail,
    aboutHtml: settings.extendedDescription?.html ?? paragraphs(description),
    rules: rules.map(({ id, text, hint }) => ({ id, text, hint })),
    contactUsername,
  };
}

const paragraphs = (text: string): string =>
  text
    .split(/\n\s*\n/)
    .map((it) => it.trim())
    .filter((it) => it !== "")
    .map((it) => `<p>${escapeHtml(it).replaceAll("\n", "<br>")}</p>`)
    .join("");
