// Owns the fields of the entity Report. `target_account` is put in as bytes.

import type { ReportCategory, ReportDoc } from "../../domain/site.js";
import { isoTime, isoTimeOrNull } from "./time.js";

/** Without `target_account`. */
export type ReportFields = {
  id: string;
  action_taken: boolean;
  action_taken_at: string | null;
  category: ReportCategory;
  comment: string;
  forwarded: boolean;
  created_at: string;
  status_ids: string[];
  collection_ids: string[];
  rule_ids: string[];
};

export const reportFields = (doc: ReportDoc): ReportFields => ({
  id: doc.id,
  action_taken: doc.actionTakenAtMs !== null,
  action_taken_at: isoTimeOrNull(doc.actionTakenAtMs),
  category: doc.category,
  comment: doc.comment,
  forwarded: doc.forwarded,
  created_at: isoTime(doc.createdAtMs),
  status_ids: doc.statusIds,
  collection_ids: [],
  rule_ids: doc.ruleIds,
});
