// Owns drafts for tests: what the gateway would have made of a post.

import type { Draft } from "../../../src/actors/account/status-facts.js";

export const draft = (more: Partial<Draft> = {}): Draft => ({
  text: "hello",
  html: "<p>hello</p>",
  spoiler: "",
  sensitive: false,
  language: "en",
  visibility: "public",
  inReplyToId: null,
  inReplyToAccountId: null,
  answersId: null,
  conversationId: null,
  quoteOfId: null,
  quoteOfAccountId: null,
  quotePolicy: "public",
  mentions: [],
  tags: [],
  emojis: [],
  media: [],
  poll: null,
  application: null,
  ...more,
});

/** The command that posts the draft. */
export const post = (more: Partial<Draft> = {}, idempotencyKey: string | null = null) =>
  ({ type: "post", draft: draft(more), idempotencyKey }) as { type: string };
