// Owns the entities that are a text of the server: ExtendedDescription and PrivacyPolicy.

import { isoTime, isoTimeOrNull } from "./time.js";

export type ExtendedDescription = { updated_at: string | null; content: string };
export type PrivacyPolicy = { updated_at: string; content: string };

/** `html` is sanitised; `updatedAtMs` null if it was never written. */
export const extendedDescription = (view: {
  html: string;
  updatedAtMs: number | null;
}): ExtendedDescription => ({ updated_at: isoTimeOrNull(view.updatedAtMs), content: view.html });

export const privacyPolicy = (view: { html: string; updatedAtMs: number }): PrivacyPolicy => ({
  updated_at: isoTime(view.updatedAtMs),
  content: view.html,
});
