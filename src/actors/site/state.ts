// Owns the state of the site cell, the commands that it decides and the facts that it records.

import type {
  AnnouncementDoc,
  ReportDoc,
  RuleDoc,
  SiteSettings,
  TermsDoc,
} from "../../domain/site.js";

export type Site = {
  settings: SiteSettings;
  terms: TermsDoc[];
  rules: RuleDoc[];
  announcements: AnnouncementDoc[];
};

export type AnnouncementText = Pick<
  AnnouncementDoc,
  "text" | "html" | "startsAtMs" | "endsAtMs" | "allDay" | "mentionIds" | "statusIds" | "tags"
>;

export type Command =
  /** Null takes an override back: the value of the file holds again. */
  | {
      type: "set-site";
      patch: { [Key in keyof SiteSettings]?: SiteSettings[Key] | null };
    }
  | { type: "publish-terms"; effectiveDate: string; text: string; html: string }
  | { type: "add-rule"; text: string; hint: string }
  | {
      type: "edit-rule";
      id: string;
      text?: string;
      hint?: string;
      /** Null removes a language. */
      translations?: Record<string, { text: string; hint: string } | null>;
    }
  | { type: "remove-rule"; id: string }
  /** `ids` in the order wanted; rules that it does not name keep their order after them. */
  | { type: "order-rules"; ids: readonly string[] }
  | { type: "create-announcement"; announcement: AnnouncementText; publish: boolean }
  | { type: "update-announcement"; id: string; patch: Partial<AnnouncementText> }
  | { type: "publish-announcement" | "unpublish-announcement"; id: string }
  | { type: "delete-announcement"; id: string }
  | { type: "react" | "unreact"; announcementId: string; accountId: string; name: string }
  | { type: "create-report"; report: Omit<ReportDoc, "id" | "createdAtMs" | "actionTakenAtMs"> };

export type Fact =
  | { type: "site-set"; settings: SiteSettings }
  | { type: "terms-published"; terms: TermsDoc[] }
  | { type: "rules-set"; rules: RuleDoc[] }
  | { type: "announcement-set"; announcement: AnnouncementDoc }
  | { type: "announcement-removed"; id: string }
  | {
      type: "reacted" | "unreacted";
      announcementId: string;
      accountId: string;
      name: string;
      /** Id of the reaction: ranks it. */
      id: string;
    }
  | { type: "reported"; report: ReportDoc };

export const reactionMember = (accountId: string, name: string): string => `${accountId}:${name}`;
