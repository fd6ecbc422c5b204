// Owns joining: what the API and the page share. Whether sign-ups are open, what is asked for, and
// the mail that confirms an address.

import { type Fault, fault, isFault } from "../../base/faults.js";
import type { UserDoc } from "../../domain/account.js";
import type { SiteInfo } from "../pages/layout.js";
import { createUser, type UserMaker } from "./create-user.js";
import type { Mailer } from "./mail.js";
import { type MailTokenParts, makeMailToken } from "./mail-tokens.js";
import {
  emailErrors,
  fieldFault,
  joiningErrors,
  passwordErrors,
  usernameErrors,
} from "./user-rules.js";

export type SignUpParts = UserMaker &
  MailTokenParts & {
    site: () => SiteInfo;
    /** Ask for a reason where sign-ups need approval. */
    reasonRequired: boolean;
    minAgeYears: number | null;
    /** Null: no mail is sent, and an address counts as confirmed. */
    mailer: Mailer | null;
  };

export type SignUpForm = {
  username: string;
  email: string;
  password: string;
  agreement: boolean;
  locale: string;
  reason: string;
  dateOfBirth: string;
};

/**
 * Opens an account, to be confirmed or approved first if the site wants that. Faults: forbidden
 * (closed), invalid with details.
 */
export async function signUp(
  parts: SignUpParts,
  form: SignUpForm,
  createdByAppId: string | null,
): Promise<{ accountId: string; confirmed: boolean; approved: boolean } | Fault> {
  const { signUps } = parts.site();
  if (signUps === "closed") return fault("forbidden", "This server does not take new members.");
  const rules = {
    reasonRequired: parts.reasonRequired && signUps === "approval",
    minAgeYears: parts.minAgeYears,
  };
  const username = form.username.trim();
  const email = form.email.trim();
  const wrong = fieldFault([
    ...usernameErrors(username),
    ...emailErrors(email),
    ...passwordErrors(form.password),
    ...joiningErrors(form, rules, parts.clock.nowMs()),
  ]);
  if (wrong !== null) return wrong;
  const confirmed = parts.mailer === null;
  const approved = signUps === "open";
  const made = await createUser(parts, {
    username,
    email,
    password: form.password,
    role: "user",
    confirmed,
    approved,
    locale: form.locale === "" ? parts.site().language : form.locale,
    reason: form.reason.trim() === "" ? null : form.reason.trim(),
    createdByAppId,
  });
  if (isFault(made)) return made;
  const mailed = await mailConfirmation(parts, { accountId: made.accountId, username, email });
  if (isFault(mailed)) return mailed;
  return { ...made, confirmed, approved };
}

/** Sends the link that confirms the address, where mail is configured. */
export async function mailConfirmation(
  parts: MailTokenParts & Pick<SignUpParts, "mailer" | "site">,
  user: Pick<UserDoc, "accountId" | "username" | "email">,
): Promise<null | Fault> {
  if (parts.mailer === null) return null;
  const { accountId, email } = user;
  const token = await makeMailToken(parts, { purpose: "confirm", accountId, email });
  if (isFault(token)) return token;
  const { title, publicUrl } = parts.site();
  parts.mailer.post("confirm-email", email, {
    username: user.username,
    siteTitle: title,
    siteUrl: publicUrl,
    link: `${publicUrl}/auth/confirm?token=${token}`,
  });
  return null;
}
