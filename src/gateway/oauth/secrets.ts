// Owns how secrets are made, named and compared. A secret (token, code, cookie, mail link) is 256
// random bits; only its SHA-256 is stored, so the store's content signs nobody in (SEC-78).

import { createHmac, hash, timingSafeEqual } from "node:crypto";
import type { Random } from "../../ports/clock.js";

const SECRET_BYTES = 32;

/** A fresh secret: 43 characters of base64url. */
export function newSecret(random: Random): string {
  return Buffer.from(random.bytes(SECRET_BYTES)).toString("base64url");
}

/** SHA-256 of the secret, as 64 hex digits: names it without holding it. */
export function hashSecret(secret: string): string {
  return hash("sha256", secret, "hex");
}

/** Whether both texts are the same, in a time that does not tell where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const left = Buffer.from(hashSecret(a));
  return timingSafeEqual(left, Buffer.from(hashSecret(b)));
}

/** A text that only a holder of `key` can make for `purpose`; it does not give the key away. */
export function proofOf(key: string, purpose: string): string {
  return createHmac("sha256", key).update(purpose).digest("base64url");
}
