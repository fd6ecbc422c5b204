// Owns the operators' commands about the site itself: its rules, and who may join. Changes go to the
// site's cell.

import { fault, isFault } from "../../src/base/faults.js";
import { type RuleDoc, SITE_ID, type SignUps, type SiteDoc } from "../../src/domain/site.js";
import { type Actors, SITE } from "../../src/ports/actors.js";
import type { Store } from "../../src/ports/storage.js";
import type { AdminOps, OpArgs } from "./ops.js";

export type SiteParts = {
  store: Store;
  actors: Actors;
  /** Of the settings; the site's own answer goes before it. */
  signUps: SignUps;
};

/** The part of the table that is about the site. */
export function siteOps(
  parts: SiteParts,
): Pick<AdminOps, "rulesList" | "rulesAdd" | "rulesRemove" | "signUps"> {
  return {
    rulesList: async () => ({ rules: await readRules(parts.store) }),
    async rulesAdd({ text, hint, dryRun }) {
      if (dryRun) return { rule: null, dryRun };
      const rule = await parts.actors.ask<RuleDoc>(SITE, {
        type: "add-rule",
        text,
        hint,
      } as Command);
      return isFault(rule) ? rule : { rule, dryRun };
    },
    async rulesRemove({ id, dryRun }) {
      const rule = (await readRules(parts.store)).find((it) => it.id === id);
      if (rule === undefined) return fault("not-found", `There is no rule with the id ${id}`);
      if (!dryRun) {
        const done = await parts.actors.ask<unknown>(SITE, { type: "remove-rule", id } as Command);
        if (isFault(done)) return done;
      }
      return { id, text: rule.text, dryRun };
    },
    signUps: (args) => setSignUps(parts, args),
  };
}

type Command = { type: string };

async function readRules(store: Store): Promise<RuleDoc[]> {
  const text = await store.records.get("rules", SITE_ID);
  return text === null ? [] : (JSON.parse(text) as RuleDoc[]);
}

async function setSignUps(parts: SiteParts, { mode, dryRun }: OpArgs<"signUps">) {
  if (mode === null || dryRun) {
    const text = await parts.store.records.get("site", SITE_ID);
    const own = text === null ? undefined : (JSON.parse(text) as SiteDoc).settings.signUps;
    return answer(parts, mode === null ? own : ownOf(mode), dryRun);
  }
  const patch = { signUps: mode === "settings" ? null : mode };
  const done = await parts.actors.ask<unknown>(SITE, { type: "set-site", patch } as Command);
  return isFault(done) ? done : answer(parts, ownOf(mode), dryRun);
}

const ownOf = (mode: SignUps | "settings"): SignUps | undefined =>
  mode === "settings" ? undefined : mode;

const answer = (parts: SiteParts, own: SignUps | undefined, dryRun: boolean) => ({
  mode: own ?? parts.signUps,
  from: own === undefined ? ("settings" as const) : ("site" as const),
  dryRun,
});
