// Owns `POST /api/v1/accounts`: joining through an app. The app's own token asks; the answer is a
// token of the new user, which works once the address is confirmed and the account approved.

import { z } from "zod";
import { fault, isFault } from "../../base/faults.js";
import { type Route, route } from "../http/route.js";
import { type SignUpParts, signUp } from "../oauth/sign-up.js";
import { tokenReply } from "../oauth/token-routes.js";
import { issueToken, type TokenParts } from "../oauth/tokens.js";

const FALSE = new Set(["", "0", "f", "false", "off"]);

const flag = z
  .union([z.boolean(), z.string(), z.number()])
  .transform((it) => (typeof it === "boolean" ? it : !FALSE.has(String(it).toLowerCase())));

const text = z.string().nullish();

const form = z.object({
  username: text,
  email: text,
  password: text,
  agreement: flag.nullish(),
  locale: text,
  reason: text,
  date_of_birth: text,
});

/** The sign-up route. */
export function signUpRoutes(parts: SignUpParts & TokenParts): Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/accounts",
      access: { kind: "app-only", scopes: ["write:accounts"] },
      limits: ["sign-up"],
      params: form,
      run: async ({ params, auth }) => {
        if (auth === null || auth.accountId !== null) return fault("forbidden");
        const joined = await signUp(
          parts,
          {
            username: params.username ?? "",
            email: params.email ?? "",
            password: params.password ?? "",
            agreement: params.agreement ?? false,
            locale: params.locale ?? "",
            reason: params.reason ?? "",
            dateOfBirth: params.date_of_birth ?? "",
          },
          auth.appId,
        );
        if (isFault(joined)) return joined;
        const { accountId } = joined;
        const made = await issueToken(parts, {
          accountId,
          appId: auth.appId,
          scopes: auth.scopes,
        });
        if (isFault(made)) return made;
        return tokenReply({
          token: made.token,
          refresh: null,
          scopes: made.doc.scopes,
          createdAtMs: made.doc.createdAtMs,
          ttlMs: null,
        });
      },
    }),
  ];
}
