// Owns what the site cell answers to a command: which facts follow, or why not. Pure.

import { fault } from "../../base/faults.js";
import { reactionsOf } from "../../domain/collections.js";
import { REACTION_KINDS_MAX } from "../../domain/limits.js";
import {
  ANNOUNCEMENTS_MAX,
  type AnnouncementDoc,
  isCurrent,
  RULES_MAX,
  type RuleDoc,
  SITE_TEXT_UNITS_MAX,
  type SiteSettings,
  TERMS_MAX,
  type TermsDoc,
} from "../../domain/site.js";
import { type DecideContext, type Decision, record, refuse } from "../behaviour.js";
import { type Command, type Fact, reactionMember, type Site } from "./state.js";

const invalid = (why: string) => refuse(fault("invalid", `Validation failed: ${why}`));
const notFound = () => refuse(fault("not-found"));
const tooLong = (text: string | undefined): boolean => (text ?? "").length > SITE_TEXT_UNITS_MAX;

export function decide(site: Site, command: Command, context: DecideContext): Decision<Fact> {
  switch (command.type) {
    case "set-site":
      return setSite(site, command.patch);
    case "publish-terms":
      return publishTerms(site, command, context);
    case "add-rule":
    case "edit-rule":
    case "remove-rule":
    case "order-rules":
      return decideRules(site, command, context);
    case "create-announcement":
    case "update-announcement":
    case "publish-announcement":
    case "unpublish-announcement":
    case "delete-announcement":
      return decideAnnouncement(site, command, context);
    case "react":
    case "unreact":
      return decideReaction(site, command, context);
    case "create-report": {
      const { nowMs } = context;
      const rules = new Set(site.rules.map((rule) => rule.id));
      const unknown = command.report.ruleIds.some((id) => !rules.has(id));
      if (unknown) return invalid("Rules does not reference valid rules");
      const stamps = { id: context.nextId(), createdAtMs: nowMs, actionTakenAtMs: null };
      const report = { ...command.report, ...stamps };
      return record<Fact>([{ type: "reported", report }], report);
    }
  }
}

function setSite(
  site: Site,
  patch: { [Key in keyof SiteSettings]?: SiteSettings[Key] | null },
): Decision<Fact> {
  const texts = [patch.extendedDescription?.html, patch.privacyPolicy?.html, patch.closedMessage];
  if (texts.some((text) => tooLong(text ?? undefined))) return invalid("Text is too long");
  const merged = Object.entries({ ...site.settings, ...patch });
  const settings: SiteSettings = Object.fromEntries(merged.filter(([, value]) => value !== null));
  return record<Fact>([{ type: "site-set", settings }], settings);
}

function publishTerms(
  site: Site,
  command: Command & { type: "publish-terms" },
  { nextId, nowMs }: DecideContext,
): Decision<Fact> {
  const { effectiveDate, text, html } = command;
  const dateMs = Date.parse(`${effectiveDate}T00:00:00Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(effectiveDate) || Number.isNaN(dateMs)) {
    return invalid("Effective date is invalid");
  }
  if (site.terms.some((it) => it.effectiveDate === effectiveDate)) {
    return invalid("Effective date has already been taken");
  }
  if (text.trim() === "" || tooLong(html)) return invalid("Text can't be blank or is too long");
  if (site.terms.length >= TERMS_MAX) return invalid(`There are ${TERMS_MAX} terms already`);
  const one: TermsDoc = { id: nextId(), effectiveDate, text, html, publishedAtMs: nowMs };
  const terms = [...site.terms, one].sort((a, b) => (a.effectiveDate < b.effectiveDate ? -1 : 1));
  return record<Fact>([{ type: "terms-published", terms }], one);
}

type RuleCommand = Command & {
  type: "add-rule" | "edit-rule" | "remove-rule" | "order-rules";
};

function decideRules(site: Site, command: RuleCommand, context: DecideContext): Decision<Fact> {
  const all = site.rules;
  const to = (rules: RuleDoc[], reply?: unknown) =>
    record<Fact>([{ type: "rules-set", rules }], reply);
  if (command.type === "order-rules") {
    const wanted = command.ids.flatMap((id) => all.filter((rule) => rule.id === id));
    return to([...new Set([...wanted, ...all])]);
  }
  if (command.type === "add-rule") {
    const { text, hint } = command;
    if (text.trim() === "" || tooLong(text) || tooLong(hint)) {
      return invalid("Text can't be blank or is too long");
    }
    if (all.length >= RULES_MAX) return invalid(`There are ${RULES_MAX} rules already`);
    const rule: RuleDoc = { id: context.nextId(), text, hint, translations: {} };
    return to([...all, rule], rule);
  }
  const was = all.find((rule) => rule.id === command.id);
  if (was === undefined) return notFound();
  if (command.type === "remove-rule") return to(all.filter((rule) => rule !== was));
  const translations = Object.entries({ ...was.translations, ...command.translations });
  const rule: RuleDoc = {
    id: was.id,
    text: command.text ?? was.text,
    hint: command.hint ?? was.hint,
    translations: Object.fromEntries(
      translations.filter((it): it is [string, { text: string; hint: string }] => it[1] !== null),
    ),
  };
  if (rule.text.trim() === "") return invalid("Text can't be blank");
  return to(
    all.map((it) => (it === was ? rule : it)),
    rule,
  );
}

type AnnouncementCommand = Command & {
  type:
    | "create-announcement"
    | "update-announcement"
    | "publish-announcement"
    | "unpublish-announcement"
    | "delete-announcement";
};

function decideAnnouncement(
  site: Site,
  command: AnnouncementCommand,
  context: DecideContext,
): Decision<Fact> {
  const { nowMs } = context;
  const to = (announcement: AnnouncementDoc): Decision<Fact> => {
    if (announcement.text.trim() === "" || tooLong(announcement.html)) {
      return invalid("Text can't be blank or is too long");
    }
    const { startsAtMs, endsAtMs } = announcement;
    if (startsAtMs !== null && endsAtMs !== null && endsAtMs < startsAtMs) {
      return invalid("It cannot end before it starts");
    }
    return record<Fact>([{ type: "announcement-set", announcement }], announcement);
  };
  if (command.type === "create-announcement") {
    if (site.announcements.length >= ANNOUNCEMENTS_MAX) {
      return invalid(`There are ${ANNOUNCEMENTS_MAX} announcements already`);
    }
    const publishedAtMs = command.publish ? nowMs : null;
    const stamps = { createdAtMs: nowMs, updatedAtMs: nowMs, publishedAtMs };
    return to({ id: context.nextId(), ...command.announcement, ...stamps, reactions: [] });
  }
  const was = site.announcements.find((it) => it.id === command.id);
  if (was === undefined) return notFound();
  switch (command.type) {
    case "update-announcement":
      return to({ ...was, ...command.patch, updatedAtMs: nowMs });
    case "publish-announcement":
      if (was.publishedAtMs !== null) return record<Fact>([], was);
      return to({ ...was, publishedAtMs: nowMs, updatedAtMs: nowMs });
    case "unpublish-announcement":
      if (was.publishedAtMs === null) return record<Fact>([], was);
      return to({ ...was, publishedAtMs: null, updatedAtMs: nowMs });
    case "delete-announcement":
      return record<Fact>([{ type: "announcement-removed", id: was.id }]);
  }
}

function decideReaction(
  site: Site,
  command: Command & { type: "react" | "unreact" },
  context: DecideContext,
): Decision<Fact> {
  const { announcementId, accountId, name } = command;
  const it = site.announcements.find((one) => one.id === announcementId);
  if (it === undefined || !isCurrent(it, context.nowMs)) return notFound();
  const collection = reactionsOf(announcementId);
  const has = context.reads.member(collection, reactionMember(accountId, name)) !== null;
  if (has === (command.type === "react")) return record<Fact>([]);
  const known = it.reactions.some((one) => one.name === name);
  if (!has && !known && it.reactions.length >= REACTION_KINDS_MAX) {
    return invalid("Limit of different reactions reached");
  }
  const type = has ? "unreacted" : "reacted";
  return record<Fact>([{ type, announcementId, accountId, name, id: context.nextId() }]);
}
