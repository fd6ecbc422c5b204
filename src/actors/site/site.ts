// Owns the one cell of the site: settings, rules, terms, announcements with their reactions, and
// the taking in of reports. One writer, so that limits (kinds of reactions, number of rules) hold
// whoever asks at once. Pages read its records and never this state. Whether an account has read an
// announcement is not kept here: that is a shared collection, written at the edge.

import { dropCollection, dropMember, putMember, putRecord } from "../../base/changes.js";
import { rankOf } from "../../base/ids.js";
import { REPORTS, reactionsOf, STAFF } from "../../domain/collections.js";
import { type AnnouncementDoc, type ReportDoc, SITE_ID } from "../../domain/site.js";
import type { DomainEvent } from "../../ports/events.js";
import type { Change } from "../../ports/storage.js";
import type { Behaviour, Need } from "../behaviour.js";
import type { Effect } from "../effects.js";
import { decide } from "./decide.js";
import { type Command, type Fact, reactionMember, type Site } from "./state.js";

function needs(_site: Site, command: Command): readonly Need[] {
  if (command.type !== "react" && command.type !== "unreact") return [];
  const member = reactionMember(command.accountId, command.name);
  return [{ collection: reactionsOf(command.announcementId), member }];
}

function evolve(site: Site, fact: Fact): Site {
  switch (fact.type) {
    case "site-set":
      return { ...site, settings: fact.settings };
    case "terms-published":
      return { ...site, terms: fact.terms };
    case "rules-set":
      return { ...site, rules: fact.rules };
    case "announcement-set": {
      const { announcement } = fact;
      const others = site.announcements.filter((it) => it.id !== announcement.id);
      return { ...site, announcements: [...others, announcement] };
    }
    case "announcement-removed":
      return { ...site, announcements: site.announcements.filter((it) => it.id !== fact.id) };
    case "reacted":
    case "unreacted":
      return { ...site, announcements: site.announcements.map((it) => counted(it, fact)) };
    case "reported":
      return site;
  }
}

function counted(
  it: AnnouncementDoc,
  fact: Fact & { type: "reacted" | "unreacted" },
): AnnouncementDoc {
  if (it.id !== fact.announcementId) return it;
  const step = fact.type === "reacted" ? 1 : -1;
  const known = it.reactions.some((reaction) => reaction.name === fact.name);
  const reactions = known ? it.reactions : [...it.reactions, { name: fact.name, count: 0 }];
  return {
    ...it,
    reactions: reactions
      .map((one) => (one.name === fact.name ? { ...one, count: one.count + step } : one))
      .filter((one) => one.count > 0),
  };
}

function index(site: Site, fact: Fact): readonly Change[] {
  const announcements = () => putRecord("announcements", SITE_ID, site.announcements);
  switch (fact.type) {
    case "site-set":
    case "terms-published":
      return [putRecord("site", SITE_ID, { settings: site.settings, terms: site.terms })];
    case "rules-set":
      return [putRecord("rules", SITE_ID, site.rules)];
    case "announcement-set":
      return [announcements()];
    case "announcement-removed":
      return [announcements(), dropCollection(reactionsOf(fact.id))];
    case "reacted": {
      const member = reactionMember(fact.accountId, fact.name);
      return [
        announcements(),
        putMember(reactionsOf(fact.announcementId), member, rankOf(fact.id)),
      ];
    }
    case "unreacted": {
      const member = reactionMember(fact.accountId, fact.name);
      return [announcements(), dropMember(reactionsOf(fact.announcementId), member)];
    }
    case "reported":
      return [
        putRecord("report", fact.report.id, fact.report),
        putMember(REPORTS, fact.report.id, rankOf(fact.report.id)),
      ];
  }
}

const publish = (event: DomainEvent): Effect => ({ ask: "publish", durable: false, event });

function react(site: Site, fact: Fact): readonly Effect[] {
  switch (fact.type) {
    case "announcement-set": {
      const announcementId = fact.announcement.id;
      const shown = fact.announcement.publishedAtMs !== null;
      return [publish({ type: shown ? "announcement" : "announcement-deleted", announcementId })];
    }
    case "announcement-removed":
      return [publish({ type: "announcement-deleted", announcementId: fact.id })];
    case "reacted":
    case "unreacted": {
      const { announcementId, name } = fact;
      const it = site.announcements.find((one) => one.id === announcementId);
      const count = it?.reactions.find((one) => one.name === name)?.count ?? 0;
      return [publish({ type: "announcement-reaction", announcementId, name, count })];
    }
    case "reported":
      return [toStaff(fact.report)];
    default:
      return [];
  }
}

const toStaff = ({ id, accountId, createdAtMs }: ReportDoc): Effect => ({
  ask: "notify-each",
  durable: true,
  collection: STAFF,
  notify: {
    type: "notify",
    notification: "admin.report",
    fromId: accountId,
    statusId: null,
    reportId: id,
    conversationId: null,
    visibility: null,
    atMs: createdAtMs,
  },
});

export const siteBehaviour: Behaviour<Site, Command, Fact> = {
  kind: "site",
  version: 1,
  empty: () => ({ settings: {}, terms: [], rules: [], announcements: [] }),
  needs,
  decide,
  evolve,
  index,
  react,
};
