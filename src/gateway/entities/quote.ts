// Owns the entities Quote and ShallowQuote.

import type { QuoteState } from "../../domain/status.js";

/** Beside how the quote stands with the quoted author: why this viewer does not see it. */
export type ShownQuoteState =
  | QuoteState
  | "unauthorized"
  | "blocked_account"
  | "blocked_domain"
  | "muted_account";

export type ShallowQuote = { state: ShownQuoteState; quoted_status_id: string | null };

/** Says which status is quoted, and does not show it. The id only while readers may know it. */
export function shallowQuote(state: ShownQuoteState, quotedId: string | null): ShallowQuote {
  const known = state === "accepted" || state === "blocked_account" || state === "muted_account";
  return { state, quoted_status_id: known || state === "blocked_domain" ? quotedId : null };
}

/**
 * A Quote as JSON text around the bytes of the quoted status; null shows none, as in every state
 * but "accepted".
 */
export function quoteJson(state: ShownQuoteState, quoted: string | null): string {
  return `{"state":${JSON.stringify(state)},"quoted_status":${quoted ?? "null"}}`;
}
