// Owns the entity QuoteApproval: who may quote a status, and whether this viewer may.

import type { QuotePolicy } from "../../domain/account.js";

type Audience = "public" | "followers" | "following" | "unsupported_policy";

export type QuoteApproval = {
  automatic: Audience[];
  manual: Audience[];
  current_user: "automatic" | "manual" | "denied" | "unknown";
};

export type QuoteApprovalView = {
  policy: QuotePolicy;
  /** Null: nobody is signed in. */
  viewer: { isAuthor: boolean; followsAuthor: boolean } | null;
  /** False for what can never be quoted: boosts, direct posts, private posts of others. */
  quotable: boolean;
};

const AUTOMATIC: Readonly<Record<QuotePolicy, Audience[]>> = {
  public: ["public"],
  followers: ["followers"],
  nobody: [],
};

export function quoteApproval(view: QuoteApprovalView): QuoteApproval {
  return { automatic: AUTOMATIC[view.policy], manual: [], current_user: standing(view) };
}

function standing({ policy, viewer, quotable }: QuoteApprovalView): "automatic" | "denied" {
  if (viewer === null || !quotable) return "denied";
  if (viewer.isAuthor || policy === "public") return "automatic";
  return policy === "followers" && viewer.followsAuthor ? "automatic" : "denied";
}
