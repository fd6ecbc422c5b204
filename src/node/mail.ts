// Owns the mails that cells ask for: which words go to whom.

import type { Effect } from "../actors/effects.js";
import { type Fault, isFault } from "../base/faults.js";
import type { UserDoc } from "../domain/account.js";
import type { Mailer } from "../gateway/oauth/mail.js";

export type SendMail = (
  effect: Extract<Effect, { ask: "mail" }>,
  user: UserDoc,
) => Promise<null | Fault>;

/** Sends what a cell asked for. What cannot be sent is given up: the mailer has logged it. */
export function mailEffects(options: {
  mailer: Mailer;
  publicUrl: string;
  title: string;
}): SendMail {
  const { mailer, publicUrl, title } = options;
  return async ({ template }, user) => {
    const sent = await mailer.send(template, user.email, {
      username: user.username,
      siteTitle: title,
      siteUrl: publicUrl,
      link: `${publicUrl}/auth/sign_in`,
    });
    return isFault(sent) && sent.fault === "store-busy" ? sent : null;
  };
}
