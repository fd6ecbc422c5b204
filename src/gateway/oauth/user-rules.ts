// Owns what may be a local user's name, address, password and the rest of a sign-up. Pure. Answers
// are field errors as the Mastodon API has them (ERR_…).

import { domainToASCII } from "node:url";
import { type Fault, type FaultDetails, fault } from "../../base/faults.js";
import { PASSWORD_BYTES_MAX, PASSWORD_CHARACTERS_MIN } from "./passwords.js";

export type FieldError = { field: string; error: string; description: string };

export const USERNAME_MAX = 30;
const EMAIL_MAX = 320;
const EMAIL_LOCAL_MAX = 64;
const REASON_MAX = 420;

/** Names that would pass for the server itself, or for whoever runs it. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(
  (
    "abuse about account accounts actor admin administrator administration api apps auth " +
    "contact everyone help helpdesk host hostmaster info instance instance_actor internal " +
    "localhost mail mailer_daemon me mod moderation moderator moderators no_reply nobody noreply " +
    "null oauth official operator owner postmaster relay root rookery security server settings " +
    "share site staff status support sysadmin system team undefined webmaster"
  ).split(" "),
);

const bad = (field: string, error: string, description: string): FieldError => ({
  field,
  error,
  description,
});

/** What is wrong with the name. Reserved names are for those who run the server to give. */
export function usernameErrors(username: string, allowReserved = false): FieldError[] {
  const says = (error: string, text: string) => [bad("username", error, text)];
  if (username === "") return says("ERR_BLANK", "can't be blank");
  if (username.length > USERNAME_MAX) return says("ERR_TOO_LONG", "is too long (30 at most)");
  if (!/^[a-z0-9_]+$/i.test(username)) {
    return says("ERR_INVALID", "must contain only letters, numbers and underscores");
  }
  if (!allowReserved && RESERVED_NAMES.has(username.toLowerCase())) {
    return says("ERR_RESERVED", "is reserved");
  }
  return [];
}

/** What is wrong with the address. Stricter than the RFC where mail servers are fooled (SEC-88). */
export function emailErrors(email: string): FieldError[] {
  if (email === "") return [bad("email", "ERR_BLANK", "can't be blank")];
  if (email.length > EMAIL_MAX) return [bad("email", "ERR_TOO_LONG", "is too long (320 at most)")];
  return isEmail(email) ? [] : [bad("email", "ERR_INVALID", "is invalid")];
}

function isEmail(email: string): boolean {
  const [local, domain, ...more] = email.split("@");
  if (local === undefined || domain === undefined || more.length > 0) return false;
  if (local === "" || local.length > EMAIL_LOCAL_MAX || domain.length > 253) return false;
  // What quoting, source routes, percent hacks, lists and header injection are made of.
  if (/[\s%,"():;<>[\]\\\p{Cc}\p{Cf}]/u.test(email)) return false;
  if (local.startsWith(".") || local.endsWith(".") || local.includes("..")) return false;
  const ascii = domainToASCII(domain);
  return /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/.test(ascii);
}

/** What is wrong with the password. */
export function passwordErrors(password: string): FieldError[] {
  if (password === "") return [bad("password", "ERR_BLANK", "can't be blank")];
  if (Buffer.byteLength(password) > PASSWORD_BYTES_MAX) {
    return [bad("password", "ERR_TOO_LONG", "is too long (4096 bytes at most)")];
  }
  if ([...password].length < PASSWORD_CHARACTERS_MIN) {
    return [bad("password", "ERR_TOO_SHORT", "is too short (8 characters at least)")];
  }
  return [];
}

export type JoiningRules = {
  /** A reason is asked for (sign-ups need approval, and the setting says so). */
  reasonRequired: boolean;
  minAgeYears: number | null;
};

export type JoiningForm = {
  agreement: boolean;
  locale: string;
  reason: string;
  dateOfBirth: string;
};

/** What is wrong with the rest of the form. The date of birth is looked at and not kept. */
export function joiningErrors(form: JoiningForm, rules: JoiningRules, nowMs: number): FieldError[] {
  const errors: FieldError[] = [];
  if (!form.agreement) errors.push(bad("agreement", "ERR_ACCEPTED", "must be accepted"));
  if (form.locale !== "" && !/^[a-z]{2,3}([-_][a-z0-9]{2,8}){0,3}$/i.test(form.locale)) {
    errors.push(bad("locale", "ERR_INCLUSION", "is not a language"));
  }
  if (rules.reasonRequired && form.reason.trim() === "") {
    errors.push(bad("reason", "ERR_BLANK", "can't be blank"));
  }
  if ([...form.reason].length > REASON_MAX) {
    errors.push(bad("reason", "ERR_TOO_LONG", `is too long (${REASON_MAX} at most)`));
  }
  return [...errors, ...ageErrors(form.dateOfBirth, rules.minAgeYears, nowMs)];
}

function ageErrors(birth: string, minAgeYears: number | null, nowMs: number): FieldError[] {
  if (minAgeYears === null) return [];
  const says = (error: string, text: string) => [bad("date_of_birth", error, text)];
  if (birth === "") return says("ERR_BLANK", "can't be blank");
  const bornMs = /^\d{4}-\d{2}-\d{2}$/.test(birth) ? Date.parse(birth) : Number.NaN;
  if (Number.isNaN(bornMs)) return says("ERR_INVALID", "is invalid");
  const comesOfAge = new Date(bornMs);
  comesOfAge.setUTCFullYear(comesOfAge.getUTCFullYear() + minAgeYears);
  return comesOfAge.getTime() > nowMs ? says("ERR_BELOW_LIMIT", "is below the age limit") : [];
}

const LABELS: Record<string, string> = {
  username: "Username",
  email: "E-mail",
  password: "Password",
  agreement: "Agreement",
  locale: "Locale",
  reason: "Reason",
  date_of_birth: "Date of birth",
};

/** The field errors as one fault, or null if there are none. */
export function fieldFault(errors: readonly FieldError[]): Fault | null {
  if (errors.length === 0) return null;
  const details: FaultDetails = {};
  for (const { field, error, description } of errors) {
    details[field] = [...(details[field] ?? []), { error, description }];
  }
  const says = errors.map((it) => `${LABELS[it.field] ?? it.field} ${it.description}`).join(", ");
  return fault("invalid", `Validation failed: ${says}`, { details });
}
