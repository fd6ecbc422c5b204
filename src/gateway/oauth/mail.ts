// Owns sending mail: the one door to nodemailer, and the words of our mails. Each goes as plain
// text and as simple HTML. Headers are built by the library from checked parts, never by hand
// (SEC-88). `close` waits for nothing: what is not sent yet is asked for again by the reader.

import { createTransport } from "nodemailer";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { html, type Markup } from "../pages/html.js";

export type MailSettings = {
  host: string;
  port: number;
  /** TLS from the first byte; otherwise STARTTLS where offered. */
  secure: boolean;
  /** "" for no log-in. */
  user: string;
  password: string;
  /** Such as `Rookery <no-reply@example.org>`. */
  from: string;
};

export type MailTemplate = "confirm-email" | "approved" | "rejected" | "reset-password";

export type MailData = {
  username: string;
  siteTitle: string;
  siteUrl: string;
  /** What the mail asks to open; every template but "rejected" has one. */
  link?: string;
};

export interface Mailer {
  /**
   * Sends, and waits until the mail server has taken it. Fault: store-unavailable, with the cause.
   */
  send(template: MailTemplate, to: string, data: MailData): Promise<null | Fault>;
  /**
   * Sends without waiting; failures go to `onFailure`. Past the bound the mail is dropped there
   * too.
   */
  post(template: MailTemplate, to: string, data: MailData): void;
  close(): void;
}

const WAITING_MAX = 1_000;
const TIMEOUT_MS = 20_000;

/** Makes the mailer. Connections are pooled; nothing is opened before the first mail. */
export function createMailer(
  settings: MailSettings,
  onFailure: (why: Fault) => void = () => {},
): Mailer {
  const transport = createTransport({
    host: settings.host,
    port: settings.port,
    secure: settings.secure,
    pool: true,
    maxConnections: 2,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(settings.user === "" ? {} : { auth: { user: settings.user, pass: settings.password } }),
  });
  let waiting = 0;
  const send = async (template: MailTemplate, to: string, data: MailData) => {
    if (waiting >= WAITING_MAX) return fault("store-busy", undefined, { cause: "too much mail" });
    waiting++;
    try {
      const { subject, text, page } = mailOf(template, data);
      await transport.sendMail({
        from: settings.from,
        to: { name: "", address: to },
        subject,
        text,
        html: page.markup,
        headers: { "Auto-Submitted": "auto-generated" },
      });
      return null;
    } catch (error) {
      return fault("store-unavailable", undefined, { cause: `mail: ${(error as Error).message}` });
    } finally {
      waiting--;
    }
  };
  return {
    send,
    post(template, to, data) {
      const sent = send(template, to, data);
      void sent.then((done) => {
        if (isFault(done)) onFailure(done);
      });
    },
    close: () => transport.close(),
  };
}

type Words = { subject: string; says: string[]; action?: string; after?: string };

const WORDS: Record<MailTemplate, (data: MailData) => Words> = {
  "confirm-email": (it) => ({
    subject: `Confirm your address for ${it.siteTitle}`,
    says: [`Somebody, we hope you, opened the account @${it.username} with this address.`],
    action: "Confirm the address",
    after: "If it was not you, do nothing: without this the account stays closed.",
  }),
  approved: (it) => ({
    subject: `Welcome to ${it.siteTitle}`,
    says: [`Your account @${it.username} was approved. You can sign in now.`],
    action: "Sign in",
  }),
  rejected: (it) => ({
    subject: `Your request to join ${it.siteTitle}`,
    says: [`We cannot give you the account @${it.username} that you asked for.`],
  }),
  "reset-password": (it) => ({
    subject: `A new password for ${it.siteTitle}`,
    says: [`Somebody, we hope you, asked for a new password for @${it.username}.`],
    action: "Choose a new password",
    after: "If it was not you, do nothing: your password stays as it is.",
  }),
};

/** The mail's words, as text and as HTML. */
export function mailOf(template: MailTemplate, data: MailData) {
  const { subject, says, action, after } = WORDS[template](data);
  const link = action === undefined ? undefined : (data.link ?? data.siteUrl);
  const lines = [`Hello @${data.username},`, ...says];
  if (link !== undefined) lines.push(`${action}:\n${link}`);
  if (after !== undefined) lines.push(after);
  lines.push(`${data.siteTitle}\n${data.siteUrl}`);
  const page: Markup = html`<!doctype html>
<html lang="en"><body>
<p>Hello @${data.username},</p>
${says.map((line) => html`<p>${line}</p>`)}
${link === undefined ? null : html`<p><a href="${link}">${action}</a></p><p>${link}</p>`}
${after === undefined ? null : html`<p>${after}</p>`}
<p><a href="${data.siteUrl}">${data.siteTitle}</a></p>
</body></html>`;
  return { subject: subject.replace(/[\r\n]+/g, " "), text: `${lines.join("\n\n")}\n`, page };
}
