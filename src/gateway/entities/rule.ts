// Owns the entity Rule.

import type { RuleDoc } from "../../domain/site.js";

export type Rule = {
  id: string;
  text: string;
  hint: string;
  translations: Record<string, { text: string; hint: string }>;
};

export const rule = (doc: RuleDoc): Rule => ({
  id: doc.id,
  text: doc.text,
  hint: doc.hint,
  translations: doc.translations,
});
