// Owns turning what a client sent about the own profile into a patch that the account cell records:
// limits checked (each wrong field is named, Mastodon API `details`), note and fields formatted.

import { z } from "zod";
import type { ProfilePatch } from "../../actors/account/profile.js";
import { type Fault, type FaultDetails, fault } from "../../base/faults.js";
import type { AccountDoc, ProfileField, UserSettings } from "../../domain/account.js";
import { tagUrl } from "../../domain/addresses.js";
import type { Emojis } from "../../domain/emoji.js";
import {
  ATTRIBUTION_DOMAINS_MAX,
  BIO_GRAPHEMES_MAX,
  DISPLAY_NAME_GRAPHEMES_MAX,
  FIELD_NAME_GRAPHEMES_MAX,
  FIELD_VALUE_GRAPHEMES_MAX,
  FIELDS_MAX,
  PICTURE_DESCRIPTION_GRAPHEMES_MAX,
} from "../../domain/limits.js";
import { cleanName } from "../../domain/text/characters.js";
import { countCharacters, fitsGraphemes } from "../../domain/text/count.js";
import { scanEmojiCodes } from "../../domain/text/emoji-codes.js";
import { formatField, formatProfile, mentionKey, scan } from "../../domain/text/format.js";
import { normaliseHost } from "../../domain/text/hosts.js";
import { normaliseLanguage } from "../../domain/text/language.js";
import { VISIBILITIES } from "../../domain/visibility.js";
import { bool, enumOf, listOf, optionalText, textList } from "../http/params.js";
import type { Reads } from "../read/reads.js";

const UNITS_MAX = 20_000;
const FIELDS_SENT_MAX = 50;

/** Parameters of an edit, to be spread into `z.object`. */
export const profileSent = {
  display_name: optionalText(UNITS_MAX),
  note: optionalText(UNITS_MAX),
  locked: bool(),
  bot: bool(),
  discoverable: bool(),
  indexable: bool(),
  hide_collections: bool(),
  show_media: bool(),
  show_media_replies: bool(),
  show_featured: bool(),
  avatar: z.unknown().optional(),
  header: z.unknown().optional(),
  avatar_description: optionalText(UNITS_MAX),
  header_description: optionalText(UNITS_MAX),
  attribution_domains: z.unknown().optional(),
  fields_attributes: listOf(
    z.object({ name: optionalText(UNITS_MAX), value: optionalText(UNITS_MAX) }),
    FIELDS_SENT_MAX,
  ).optional(),
};

export const sourceSent = z
  .object({
    privacy: enumOf(VISIBILITIES),
    sensitive: bool(),
    language: optionalText(20),
    quote_policy: enumOf(["public", "followers", "nobody"] as const),
  })
  .optional();

const profileSchema = z.object(profileSent);
export type ProfileSent = z.output<typeof profileSchema>;
export type SourceSent = z.output<typeof sourceSent>;

export type ProfileEditParts = { reads: Reads; publicUrl: string; emojis: () => Emojis };

/** The patch that the parameters make of the profile. Fault invalid names each wrong field. */
export async function profilePatch(
  parts: ProfileEditParts,
  before: AccountDoc,
  sent: ProfileSent,
): Promise<ProfilePatch | Fault> {
  const details: FaultDetails = {};
  const wrong = (name: string, error: string, description: string) => {
    details[name] = [...(details[name] ?? []), { error, description }];
  };
  checkLengths(sent, wrong);
  const patch: ProfilePatch = {
    ...plain(sent),
    ...(await formatted(parts, before, sent, wrong)),
  };
  if (Object.keys(details).length === 0) return patch;
  const sentences = Object.entries(details).map(([name, list]) => {
    const label = name.replace(/_/g, " ");
    return `${label.charAt(0).toUpperCase()}${label.slice(1)} ${list[0]?.description ?? ""}`;
  });
  return fault("invalid", `Validation failed: ${sentences.join(", ")}`, { details });
}

type Wrong = (name: string, error: string, description: string) => void;

function checkLengths(sent: ProfileSent, wrong: Wrong): void {
  const bounded = [
    ["display_name", DISPLAY_NAME_GRAPHEMES_MAX],
    ["avatar_description", PICTURE_DESCRIPTION_GRAPHEMES_MAX],
    ["header_description", PICTURE_DESCRIPTION_GRAPHEMES_MAX],
  ] as const;
  for (const [name, max] of bounded) {
    if (!fitsGraphemes(sent[name] ?? "", max)) {
      wrong(name, "ERR_TOO_LONG", `is too long (maximum is ${max} characters)`);
    }
  }
  if (countCharacters(sent.note ?? "") > BIO_GRAPHEMES_MAX) {
    wrong("note", "ERR_TOO_LONG", `is too long (maximum is ${BIO_GRAPHEMES_MAX} characters)`);
  }
  for (const name of ["avatar", "header"] as const) {
    const { [name]: file } = sent;
    if (file === undefined || file === null || file === "") continue;
    wrong(name, "ERR_INVALID", "cannot be stored: this server does not take uploads yet");
  }
}

/** What is kept as it was sent. */
function plain(sent: ProfileSent): ProfilePatch {
  const patch: ProfilePatch = {
    displayName: sent.display_name === undefined ? undefined : cleanName(sent.display_name),
    note: sent.note,
    locked: sent.locked,
    bot: sent.bot,
    discoverable: sent.discoverable,
    indexable: sent.indexable,
    hideCollections: sent.hide_collections,
    showMedia: sent.show_media,
    showMediaReplies: sent.show_media_replies,
    showFeatured: sent.show_featured,
    avatarDescription: sent.avatar_description,
    headerDescription: sent.header_description,
  };
  return Object.fromEntries(
    Object.entries(patch).filter(([, value]) => value !== undefined),
  ) as ProfilePatch;
}

async function formatted(
  parts: ProfileEditParts,
  before: AccountDoc,
  sent: ProfileSent,
  wrong: Wrong,
): Promise<ProfilePatch> {
  const patch: ProfilePatch = {};
  const { fields_attributes: fields, attribution_domains: domains } = sent;
  if (sent.note !== undefined) patch.noteHtml = await noteHtml(parts, sent.note);
  if (fields !== undefined) patch.fields = checkFields(parts, before, fields, wrong);
  if (domains !== undefined) patch.attributionDomains = checkDomains(domains, wrong);
  const name = sent.display_name ?? before.displayName;
  const note = sent.note ?? before.note;
  const shown = (patch.fields ?? before.fields).flatMap((field) => [field.name, field.value]);
  const known = parts.emojis();
  patch.emojis = scanEmojiCodes(name, note, ...shown).filter((code) => known.has(code));
  return patch;
}

async function noteHtml({ reads, publicUrl }: ProfileEditParts, note: string): Promise<string> {
  const mentions = new Map<string, { url: string; username: string; acct: string }>();
  for (const named of scan(note, publicUrl).mentions) {
    const key = mentionKey(named);
    const id = await reads.accountIdOf(key);
    const doc = id === null ? null : await reads.accountDoc(id);
    if (doc === null) continue;
    const url = doc.url ?? `${publicUrl}/@${doc.username}`;
    mentions.set(key, { url, username: doc.username, acct: key });
  }
  const tag = (name: string) => tagUrl(name, publicUrl);
  return formatProfile(note, { mentions, tagUrl: tag, publicUrl }).html;
}

function checkFields(
  { publicUrl }: ProfileEditParts,
  before: AccountDoc,
  sent: readonly { name?: string | undefined; value?: string | undefined }[],
  wrong: Wrong,
): ProfileField[] {
  const filled = sent
    .map((it) => ({ name: cleanName(it.name ?? ""), value: (it.value ?? "").trim() }))
    .filter((it) => it.name !== "" || it.value !== "");
  if (filled.length > FIELDS_MAX) wrong("fields", "ERR_TOO_LONG", `can be ${FIELDS_MAX} at most`);
  const tag = (name: string) => tagUrl(name, publicUrl);
  return filled.map(({ name, value }) => {
    if (name === "") wrong("fields", "ERR_BLANK", "need a name");
    const fits =
      fitsGraphemes(name, FIELD_NAME_GRAPHEMES_MAX) &&
      fitsGraphemes(value, FIELD_VALUE_GRAPHEMES_MAX);
    if (!fits) wrong("fields", "ERR_TOO_LONG", "have a name or value of over 255 characters");
    const same = before.fields.find((field) => field.name === name && field.value === value);
    const { html } = formatField(value, { mentions: new Map(), tagUrl: tag, publicUrl });
    return { name, value, html, verifiedAtMs: same?.verifiedAtMs ?? null };
  });
}

const domainsSent = textList({ max: 1_000, lengthMax: 2_048 });

function checkDomains(sent: unknown, wrong: Wrong): string[] {
  const read = domainsSent.safeParse(typeof sent === "string" ? sent.split(/\s+/) : sent);
  const typed = read.success ? read.data.filter((it) => it !== "") : [];
  if (!read.success || typed.length > ATTRIBUTION_DOMAINS_MAX) {
    wrong("attribution_domains", "ERR_TOO_LONG", `can be ${ATTRIBUTION_DOMAINS_MAX} at most`);
    return [];
  }
  const hosts = typed.map((it) => normaliseHost(it.replace(/^https?:\/\//, "")));
  if (hosts.includes(null)) wrong("attribution_domains", "ERR_INVALID", "hold an invalid domain");
  return [...new Set(hosts.filter((host) => host !== null))];
}

/** The posting defaults that the parameters set. Fault invalid for an unknown language. */
export function settingsPatch(sent: SourceSent): Partial<UserSettings> | Fault {
  const settings: Partial<UserSettings> = {};
  if (sent === undefined) return settings;
  if (sent.privacy !== undefined) settings.privacy = sent.privacy;
  if (sent.sensitive !== undefined) settings.sensitive = sent.sensitive;
  if (sent.quote_policy !== undefined) settings.quotePolicy = sent.quote_policy;
  if (sent.language !== undefined) {
    const language = sent.language === "" ? null : normaliseLanguage(sent.language);
    if (language === null && sent.language !== "") {
      return fault("invalid", "Validation failed: Language is not included in the list");
    }
    settings.language = language;
  }
  return settings;
}
