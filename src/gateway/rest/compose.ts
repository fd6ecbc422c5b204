// Owns turning what a client sent into a draft that the account cell can record: limits checked,
// text formatted, mentions and the reply's parent resolved. It records nothing.

import type { Draft, Edit, PollDraft } from "../../actors/account/status-facts.js";
import { type Fault, fault, isFault } from "../../base/faults.js";
import type { AccountDoc, QuotePolicy, RelationDoc, UserDoc } from "../../domain/account.js";
import { acctOf, relationId } from "../../domain/account.js";
import { accountUrl, tagUrl } from "../../domain/addresses.js";
import type { Emojis } from "../../domain/emoji.js";
import { MENTIONS_MAX, POST_MEDIA_MAX, TAGS_MAX } from "../../domain/limits.js";
import { pollLength, pollOptions } from "../../domain/poll.js";
import type { StatusDoc, StatusMention } from "../../domain/status.js";
import { countCharacters } from "../../domain/text/count.js";
import { scanEmojiCodes } from "../../domain/text/emoji-codes.js";
import { formatStatus, mentionKey, scan } from "../../domain/text/format.js";
import { normaliseLanguage } from "../../domain/text/language.js";
import type { Visibility } from "../../domain/visibility.js";
import type { Auth, Viewer } from "../http/route.js";
import type { Reads } from "../read/reads.js";

export type ComposeParts = {
  reads: Reads;
  publicUrl: string;
  /** Graphemes a status may have. */
  charactersMax: number;
  /** The server's custom emoji by shortcode. */
  emojis: () => Emojis;
};

export type PollSent = {
  options: string[];
  expires_in?: number | undefined;
  multiple?: boolean | undefined;
  hide_totals?: boolean | undefined;
};

/** What both a new status and an edit may send. */
export type ContentSent = {
  status?: string | undefined;
  spoiler_text?: string | undefined;
  sensitive?: boolean | undefined;
  language?: string | undefined;
  media_ids: string[];
  poll?: PollSent | undefined;
  quote_approval_policy?: QuotePolicy | undefined;
};

export type StatusSent = ContentSent & {
  in_reply_to_id?: string | undefined;
  visibility?: Visibility | undefined;
  quoted_status_id?: string | undefined;
  allowed_mentions?: string[] | undefined;
};

const invalid = (why: string): Fault => fault("invalid", `Validation failed: ${why}`);

/** The draft of a new status. Faults: invalid, not-found (parent or quoted status), forbidden. */
export async function composeDraft(
  parts: ComposeParts,
  by: { viewer: Viewer; auth: Auth },
  sent: StatusSent,
): Promise<Draft | Fault> {
  const { accountId } = by.viewer;
  const [user, author] = await Promise.all([
    parts.reads.userDoc(accountId),
    parts.reads.accountDoc(accountId),
  ]);
  if (user === null || author === null) return fault("user-required");
  const parent = await parentOf(parts, by.viewer, sent.in_reply_to_id);
  if (isFault(parent)) return parent;
  const quoted = await quotedOf(parts, by.viewer, sent.quoted_status_id);
  if (isFault(quoted)) return quoted;
  const content = await contentOf(parts, accountId, sent, quoted !== null, user);
  if (isFault(content)) return content;
  if (sent.allowed_mentions !== undefined) {
    const stranger = content.mentions.find((it) => !sent.allowed_mentions?.includes(it.accountId));
    if (stranger !== undefined) return invalid("The post mentions accounts that are not allowed");
  }
  const visibility = visibilityOf(sent.visibility ?? user.settings.privacy, author, quoted);
  const { application: applied } = applicationOf(by.auth);
  return {
    ...content,
    visibility,
    inReplyToId: parent?.id ?? null,
    inReplyToAccountId: parent?.accountId ?? null,
    answersId: isMentionOf(parent, accountId) ? (parent?.accountId ?? null) : null,
    conversationId: parent?.conversationId ?? null,
    quoteOfId: quoted?.id ?? null,
    quoteOfAccountId: quoted?.accountId ?? null,
    quotePolicy: sent.quote_approval_policy ?? user.settings.quotePolicy,
    application: applied,
  };
}

/** What an edit makes of a status; what was not sent stays. */
export async function composeEdit(
  parts: ComposeParts,
  by: { viewer: Viewer },
  before: StatusDoc,
  sent: ContentSent,
): Promise<Edit | Fault> {
  const user = await parts.reads.userDoc(by.viewer.accountId);
  if (user === null) return fault("user-required");
  const whole: ContentSent = {
    ...sent,
    status: sent.status ?? before.text,
    spoiler_text: sent.spoiler_text ?? before.spoiler,
    sensitive: sent.sensitive ?? before.sensitive,
    language: sent.language ?? before.language ?? undefined,
  };
  const content = await contentOf(parts, before.accountId, whole, before.quoteOfId !== null, user);
  if (isFault(content)) return content;
  const { quote_approval_policy: policy } = sent;
  return policy === undefined ? content : { ...content, quotePolicy: policy };
}

type Content = Pick<
  Draft,
  | "text"
  | "html"
  | "spoiler"
  | "sensitive"
  | "language"
  | "mentions"
  | "tags"
  | "emojis"
  | "media"
  | "poll"
>;

async function contentOf(
  parts: ComposeParts,
  authorId: string,
  sent: ContentSent,
  hasQuote: boolean,
  user: UserDoc,
): Promise<Content | Fault> {
  let text = sent.status?.trim() ?? "";
  let spoiler = sent.spoiler_text?.trim() ?? "";
  const more = sent.media_ids.length > 0 || sent.poll !== undefined || hasQuote;
  if (text === "" && !more && spoiler !== "") {
    text = spoiler;
    spoiler = "";
  }
  if (text === "" && !more) return invalid("Text can't be blank");
  if (countCharacters(text, spoiler) > parts.charactersMax) {
    return invalid(`Text character limit of ${parts.charactersMax} exceeded`);
  }
  if (sent.media_ids.length > POST_MEDIA_MAX) {
    return invalid("Cannot attach more than 4 files");
  }
  // No upload exists yet on this server, so no id can be one of the author's own.
  if (sent.media_ids.length > 0) return invalid("Media could not be found");
  const poll = pollOf(sent.poll);
  if (isFault(poll)) return poll;
  const mentions = await resolveMentions(parts, authorId, text);
  if (isFault(mentions)) return mentions;
  const formatted = formatStatus(text, {
    mentions: mentions.targets,
    tagUrl: (name) => tagUrl(name, parts.publicUrl),
    publicUrl: parts.publicUrl,
  });
  if (formatted.tags.length > TAGS_MAX) return invalid(`A post can have ${TAGS_MAX} tags at most`);
  const language = languageOf(sent.language, user);
  if (isFault(language)) return language;
  const known = parts.emojis();
  const codes = scanEmojiCodes(text, spoiler, ...(poll?.options ?? []));
  return {
    text,
    html: formatted.html,
    spoiler,
    sensitive: (sent.sensitive ?? user.settings.sensitive) || spoiler !== "",
    language,
    mentions: mentions.mentions,
    tags: formatted.tags,
    emojis: codes.filter((code) => known.has(code)),
    media: [],
    poll,
  };
}

function pollOf(sent: PollSent | undefined): PollDraft | null | Fault {
  if (sent === undefined) return null;
  const options = pollOptions(sent.options);
  if (isFault(options)) return options;
  const expiresInS = sent.expires_in ?? Number.NaN;
  const wrong = pollLength(expiresInS);
  if (wrong !== null) return wrong;
  return {
    options,
    multiple: sent.multiple ?? false,
    hideTotals: sent.hide_totals ?? false,
    expiresInS,
  };
}

/** Clients say in which language one writes; for those that do not, the account's own stands. */
function languageOf(sent: string | undefined, user: UserDoc): string | null | Fault {
  if (sent !== undefined && sent !== "") {
    return normaliseLanguage(sent) ?? invalid("Language is not one this server knows");
  }
  return user.settings.language ?? normaliseLanguage(user.locale);
}

type Resolved = {
  mentions: StatusMention[];
  targets: Map<string, { url: string; username: string; acct: string }>;
};

/** The accounts that the text names; between people who block each other nobody is mentioned. */
async function resolveMentions(
  parts: ComposeParts,
  authorId: string,
  text: string,
): Promise<Resolved | Fault> {
  const named = scan(text, parts.publicUrl).mentions;
  if (named.length > MENTIONS_MAX) {
    return invalid(`A post can mention ${MENTIONS_MAX} accounts at most`);
  }
  const resolved: Resolved = { mentions: [], targets: new Map() };
  if (named.length === 0) return resolved;
  const keys = named.map(mentionKey);
  const ids = await Promise.all(keys.map((key) => parts.reads.accountIdOf(key)));
  const docs = await parts.reads.accountDocs(ids.filter((id) => id !== null));
  const relations = await parts.reads.docs<RelationDoc>(
    "relation",
    [...docs.keys()].flatMap((id) => [relationId(id, authorId), relationId(authorId, id)]),
  );
  const blocks = (by: string, whom: string) =>
    relations.get(relationId(by, whom))?.blocking !== undefined;
  for (const [at, key] of keys.entries()) {
    const id = ids[at] ?? null;
    const doc = id === null ? undefined : docs.get(id);
    if (doc === undefined || doc.suspended) continue;
    const acct = acctOf(doc);
    const url = accountUrl(doc, parts.publicUrl);
    resolved.targets.set(key, { url, username: doc.username, acct });
    if (blocks(doc.id, authorId) || blocks(authorId, doc.id)) continue;
    if (resolved.mentions.some((it) => it.accountId === doc.id)) continue;
    resolved.mentions.push({ accountId: doc.id, username: doc.username, acct, url: doc.url });
  }
  return resolved;
}

const NO_PARENT = "The post you are trying to reply to does not appear to exist";
const NO_QUOTED = "The post you are trying to quote does not appear to exist";

/** The parent of a reply: of a boost, the boosted status. */
async function parentOf(
  { reads }: ComposeParts,
  viewer: Viewer,
  id: string | undefined,
): Promise<StatusDoc | null | Fault> {
  if (id === undefined) return null;
  const found = await reads.visibleStatus(viewer, id);
  if (isFault(found)) return fault("not-found", NO_PARENT);
  if (found.reblogOfId === null) return found;
  const inner = await reads.visibleStatus(viewer, found.reblogOfId);
  return isFault(inner) ? fault("not-found", NO_PARENT) : inner;
}

async function quotedOf(
  { reads }: ComposeParts,
  viewer: Viewer,
  id: string | undefined,
): Promise<StatusDoc | null | Fault> {
  if (id === undefined) return null;
  const found = await reads.visibleStatus(viewer, id);
  if (isFault(found) || found.reblogOfId !== null) return fault("not-found", NO_QUOTED);
  if (found.accountId === viewer.accountId && found.visibility !== "direct") return found;
  const open = found.visibility === "public" || found.visibility === "unlisted";
  if (!open) return invalid("Quoted status cannot be quoted");
  if (found.quotePolicy === "public") return found;
  const mine = (await reads.relations(viewer.accountId, [found.accountId])).get(found.accountId);
  const follows = mine?.following !== undefined;
  if (found.quotePolicy === "followers" && follows) return found;
  return invalid("Quoted status cannot be quoted");
}

const isMentionOf = (status: StatusDoc | null, accountId: string): boolean =>
  status?.mentions.some((mention) => mention.accountId === accountId) === true;

/** Limited accounts stay off public places; a quote of a private post is private. */
function visibilityOf(
  wanted: Visibility,
  author: AccountDoc,
  quoted: StatusDoc | null,
): Visibility {
  const quiet = wanted === "public" && author.limited ? "unlisted" : wanted;
  const open = quiet === "public" || quiet === "unlisted";
  return quoted?.visibility === "private" && open ? "private" : quiet;
}

function applicationOf(auth: Auth): Pick<Draft, "application"> {
  if (auth.appId === "") return { application: null };
  return { application: { id: auth.appId, name: auth.appName, website: auth.appWebsite } };
}
