// Owns what a push subscription is: where a token wants to hear of notifications. Record "push" (by
// the token's hash), listed in `pushesOf(account)`; written at the edge, for it belongs to a token.

import type { NotificationType } from "./notification.js";

export type PushPolicy = "all" | "followed" | "follower" | "none";
export const PUSH_POLICIES: readonly PushPolicy[] = ["all", "followed", "follower", "none"];

export type PushDoc = {
  id: string;
  tokenHash: string;
  accountId: string;
  endpoint: string;
  /** Public key of the receiver: P-256, uncompressed, base64url. */
  p256dh: string;
  /** Shared secret of 16 bytes, base64url. */
  auth: string;
  /** RFC 8291 encryption; else the older draft. */
  standard: boolean;
  /** Only the types that were named. */
  alerts: Partial<Record<NotificationType, boolean>>;
  policy: PushPolicy;
  createdAtMs: number;
};
