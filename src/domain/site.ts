// Owns what a site says of itself: settings that its owners change while it runs, rules, terms,
// announcements; and what a report is. Record kinds, all with the id SITE_ID: "site" (SiteDoc),
// "rules" (RuleDoc[]), "announcements" (AnnouncementDoc[]); and "report" (by report id). Written
// only by the site cell.

export const SITE_ID = "site";

export const RULES_MAX = 100;
export const ANNOUNCEMENTS_MAX = 100;
export const TERMS_MAX = 50;
/** Code units of a text of the site: description, policy, terms, announcement. */
export const SITE_TEXT_UNITS_MAX = 100_000;

/** A text as typed, and as sanitised HTML. */
export type SiteText = { text: string; html: string; updatedAtMs: number };

export type SignUps = "open" | "approval" | "closed";

/** What replaces the settings of the file. A key that is absent leaves the file's value. */
export type SiteSettings = {
  title?: string;
  shortDescription?: string;
  signUps?: SignUps;
  /** Shown where sign-ups are closed. Sanitised HTML. */
  closedMessage?: string;
  contactEmail?: string;
  contactAccountId?: string;
  extendedDescription?: SiteText;
  privacyPolicy?: SiteText;
};

export type TermsDoc = {
  id: string;
  /** `2026-11-24`. */
  effectiveDate: string;
  text: string;
  html: string;
  publishedAtMs: number;
};

/** Record "site". Terms: by date, oldest first. */
export type SiteDoc = { settings: SiteSettings; terms: TermsDoc[] };

export const NO_SITE: SiteDoc = { settings: {}, terms: [] };

export type RuleDoc = {
  id: string;
  text: string;
  hint: string;
  translations: Record<string, { text: string; hint: string }>;
};

export type AnnouncementDoc = {
  id: string;
  text: string;
  /** Sanitised HTML. */
  html: string;
  startsAtMs: number | null;
  endsAtMs: number | null;
  allDay: boolean;
  /** Null until it is published. */
  publishedAtMs: number | null;
  createdAtMs: number;
  updatedAtMs: number;
  mentionIds: string[];
  statusIds: string[];
  tags: string[];
  /** In order of first use. At most REACTION_KINDS_MAX. */
  reactions: { name: string; count: number }[];
};

/** Published, and not over. */
export const isCurrent = (it: AnnouncementDoc, nowMs: number): boolean =>
  it.publishedAtMs !== null && (it.endsAtMs === null || it.endsAtMs > nowMs);

export type ReportCategory = "spam" | "legal" | "violation" | "other";

export const REPORT_CATEGORIES: readonly ReportCategory[] = ["spam", "legal", "violation", "other"];

/** Record "report". */
export type ReportDoc = {
  id: string;
  /** Who reported. */
  accountId: string;
  targetId: string;
  statusIds: string[];
  ruleIds: string[];
  comment: string;
  category: ReportCategory;
  /** A copy was asked to go to the target's own server. */
  forwarded: boolean;
  createdAtMs: number;
  actionTakenAtMs: number | null;
};
