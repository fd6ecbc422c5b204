// Owns what an app may ask about its new user's address, of users who may not use the rest yet.

import { z } from "zod";
import { type Fault, fault, isFault } from "../../base/faults.js";
import type { UserDoc } from "../../domain/account.js";
import { type Auth, json, type Route, route } from "../http/route.js";
import { changeEmail } from "../oauth/create-user.js";
import { scopeCovers } from "../oauth/scopes.js";
import type { Sessions } from "../oauth/sessions.js";
import { mailConfirmation, type SignUpParts } from "../oauth/sign-up.js";

export type EmailRoutesParts = SignUpParts & { sessions: Pick<Sessions, "visitor"> };

/** `POST /api/v1/emails/confirmations` and `GET /api/v1/emails/check_confirmation`. */
export function emailRoutes(parts: EmailRoutesParts): Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/emails/confirmations",
      access: { kind: "user", scopes: ["write:accounts"] },
      unreadyToo: true,
      limits: ["confirm-email"],
      params: z.object({ email: z.string().nullish() }),
      run: async ({ params, auth }) => {
        const user = await userOf(parts, auth);
        if (isFault(user)) return user;
        return (await sendAgain(parts, user, auth?.appId, params.email ?? "")) ?? json({});
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/emails/check_confirmation",
      access: { kind: "public" },
      unreadyToo: true,
      params: z.object({}),
      run: async ({ auth, request }) => {
        const { session } = await parts.sessions.visitor(request);
        if (session !== null) return json(session.user.emailConfirmedAtMs !== null);
        if (auth !== null && !scopeCovers(auth.scopes, "read:accounts")) {
          return fault("outside-scopes");
        }
        const user = await userOf(parts, auth);
        return isFault(user) ? user : json(user.emailConfirmedAtMs !== null);
      },
    }),
  ];
}

async function userOf(parts: EmailRoutesParts, auth: Auth | null): Promise<UserDoc | Fault> {
  if (auth === null) return fault("no-token");
  if (auth.accountId === null) return fault("user-required");
  const text = await parts.store.records.get("user", auth.accountId);
  return text === null ? fault("token-revoked") : (JSON.parse(text) as UserDoc);
}

/** Only the app that opened the account may ask, and only while the address is unconfirmed. */
async function sendAgain(
  parts: EmailRoutesParts,
  user: UserDoc,
  appId: string | undefined,
  email: string,
): Promise<null | Fault> {
  if (user.createdByAppId !== appId) {
    return fault("forbidden", "Only the app that the user signed up with may do this");
  }
  if (user.emailConfirmedAtMs !== null) {
    return fault("forbidden", "The e-mail address is confirmed already");
  }
  const { accountId } = user;
  const to = email.trim() === "" ? user.email : email.trim();
  const changed = await changeEmail(parts, { accountId, from: user.email, to, confirmed: false });
  if (changed !== null) return changed;
  return mailConfirmation(parts, { accountId, username: user.username, email: to });
}
