// Owns what the pages and sign-ups know of the site at any moment without asking the store: the
// settings of the file, overridden by what the site cell keeps, followed commit by commit.

import { NO_SITE, type RuleDoc, SITE_ID, type SiteDoc } from "../domain/site.js";
import type { SiteInfo } from "../gateway/pages/layout.js";
import type { Store } from "../ports/storage.js";

/** Loads the site's record and follows it. `settings` is what the file says. */
export async function followSite(
  store: Pick<Store, "records" | "onCommit">,
  settings: Omit<SiteInfo, "rules">,
): Promise<() => SiteInfo> {
  let site = NO_SITE;
  let rules: readonly RuleDoc[] = [];
  const take = (kind: string, text: string | null) => {
    if (kind === "site") site = text === null ? NO_SITE : (JSON.parse(text) as SiteDoc);
    if (kind === "rules") rules = text === null ? [] : (JSON.parse(text) as RuleDoc[]);
  };
  store.onCommit((changes) => {
    for (const change of changes) {
      if (change.do === "put-record" && change.id === SITE_ID) take(change.kind, change.doc);
      if (change.do === "drop-record" && change.id === SITE_ID) take(change.kind, null);
    }
  });
  for (const kind of ["site", "rules"]) take(kind, await store.records.get(kind, SITE_ID));
  return () => {
    const own = site.settings;
    return {
      ...settings,
      title: own.title ?? settings.title,
      shortDescription: own.shortDescription ?? settings.shortDescription,
      signUps: own.signUps ?? settings.signUps,
      aboutHtml: own.extendedDescription?.html ?? settings.aboutHtml,
      contactEmail: own.contactEmail ?? settings.contactEmail,
      rules,
    };
  };
}
