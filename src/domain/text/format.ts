// Owns how what people type becomes HTML: paragraphs, line breaks, links, mentions, hashtags; and
// what a text names, without making HTML. All text between tags is escaped here and nowhere else;
// nothing typed is ever markup. The HTML has the shape that Mastodon clients style and shorten.

import { localDomain } from "../addresses.js";
import { cleanText, escapeHtml, withoutBidi } from "./characters.js";
import { normaliseHost, shownHost } from "./hosts.js";
import { tagName } from "./tag-name.js";
import { type Token, tokenise } from "./tokens.js";

/** An account that a mention was resolved to. */
export type MentionTarget = {
  url: string;
  username: string;
  /** `user`, or `user@host` of a remote account. */
  acct: string;
};

export type NamedMention = {
  /** As typed. */
  username: string;
  /** Lower case, punycode; null when typed without a host, or with our own. */
  domain: string | null;
};

export type NamedTag = { name: string; shown: string };

export type Scanned = { mentions: NamedMention[]; tags: NamedTag[]; links: string[] };

export type FormatOptions = {
  /** Resolved mentions by `mentionKey`; the others stay text. */
  mentions: ReadonlyMap<string, MentionTarget>;
  /** The page of a tag, by its normalised name. */
  tagUrl: (name: string) => string;
  /** Without a slash at its end: tells which handles are our own. */
  publicUrl: string;
};

export type Formatted = {
  html: string;
  tags: NamedTag[];
  /** Keys of the mentions that were linked, each once, in order. */
  mentioned: string[];
  links: string[];
};

type Style = FormatOptions & {
  rel: string;
  /** Mentions are shown with their host. */
  withHosts: boolean;
};

const SHOWN_LINK_UNITS_MAX = 30;
const REL = "nofollow noopener";

/** Under which key a mention is found among the resolved ones: `user` or `user@host`, lower case. */
export function mentionKey(mention: NamedMention): string {
  const username = mention.username.toLowerCase();
  return mention.domain === null ? username : `${username}@${mention.domain}`;
}

/** What the text names, each once, in order. With `publicUrl`, handles of our own host are local. */
export function scan(text: string, publicUrl = ""): Scanned {
  const mentions = new Map<string, NamedMention>();
  const tags = new Map<string, NamedTag>();
  const links = new Set<string>();
  for (const token of tokenise(text)) {
    if (token.kind === "link") links.add(token.url);
    else if (token.kind === "tag") addTag(tags, token.shown);
    else {
      const mention = namedMention(token, localDomain(publicUrl));
      const key = mention === null ? "" : mentionKey(mention);
      if (mention !== null && !mentions.has(key)) mentions.set(key, mention);
    }
  }
  return { mentions: [...mentions.values()], tags: [...tags.values()], links: [...links] };
}

function addTag(tags: Map<string, NamedTag>, shown: string): void {
  const name = tagName(shown);
  if (name !== "" && !tags.has(name)) tags.set(name, { name, shown });
}

/** Null if the host can be none. */
function namedMention(
  token: { username: string; domain: string | null },
  ours: string,
): NamedMention | null {
  if (token.domain === null) return { username: token.username, domain: null };
  const domain = normaliseHost(token.domain);
  if (domain === null) return null;
  return { username: token.username, domain: domain === ours ? null : domain };
}

/** The HTML of a post, in paragraphs. An empty text gives "". */
export function formatStatus(text: string, options: FormatOptions): Formatted {
  return format(text, { ...options, rel: REL, withHosts: false }, true);
}

/** The HTML of a profile's note, in paragraphs. */
export function formatProfile(note: string, options: FormatOptions): Formatted {
  return format(note, { ...options, rel: REL, withHosts: false }, true);
}

/** The HTML of the value of a profile field: one line, links say that they are the owner's. */
export function formatField(value: string, options: FormatOptions): Formatted {
  return format(
    value.replace(/\s+/g, " "),
    { ...options, rel: `${REL} me`, withHosts: true },
    false,
  );
}

function format(typed: string, style: Style, paragraphs: boolean): Formatted {
  // Overrides would turn the rest of a paragraph around, links included.
  const text = cleanText(typed)
    .replace(/[\u202d\u202e]/g, "")
    .trim();
  const ours = localDomain(style.publicUrl);
  const tags = new Map<string, NamedTag>();
  const mentioned = new Set<string>();
  const links = new Set<string>();
  const parts: string[] = [];
  let from = 0;
  for (const token of tokenise(text)) {
    parts.push(escapeHtml(text.slice(from, token.start)));
    from = token.end;
    if (token.kind === "link") {
      links.add(token.url);
      parts.push(linkHtml(token, style.rel));
    } else if (token.kind === "tag") {
      addTag(tags, token.shown);
      parts.push(tagHtml(token.shown, style));
    } else {
      const mention = namedMention(token, ours);
      const key = mention === null ? "" : mentionKey(mention);
      const target = style.mentions.get(key);
      if (target !== undefined) mentioned.add(key);
      const shown = text.slice(token.start, token.end);
      parts.push(target === undefined ? escapeHtml(shown) : mentionHtml(target, style.withHosts));
    }
  }
  parts.push(escapeHtml(text.slice(from)));
  const line = parts.join("");
  const html = paragraphs ? inParagraphs(line) : line;
  return { html, tags: [...tags.values()], mentioned: [...mentioned], links: [...links] };
}

/** Blank lines part paragraphs, other line ends become breaks. No token holds a line end. */
function inParagraphs(html: string): string {
  if (html === "") return "";
  const paragraphs = html.split(/\n{2,}/);
  return paragraphs.map((it) => `<p>${it.replace(/\n/g, "<br />")}</p>`).join("");
}

function linkHtml(link: Token & { kind: "link" }, rel: string): string {
  const parsed = new URL(link.url);
  const host = shownHost(link.host);
  const rest = withoutBidi(link.url.slice(link.scheme.length + link.host.length));
  const www = /^www\./i.test(host) ? host.slice(0, 4) : "";
  const tail = host.slice(www.length) + rest;
  // The host is always shown whole: a cut must not make it look like another.
  const cut = cutAt(tail, Math.max(SHOWN_LINK_UNITS_MAX, host.length - www.length));
  const shown = `<span class="${cut < tail.length ? "ellipsis" : ""}">${escapeHtml(
    tail.slice(0, cut),
  )}</span>`;
  return (
    `<a href="${escapeHtml(parsed.href)}" target="_blank" rel="${rel}" translate="no">` +
    `<span class="invisible">${escapeHtml(link.scheme + www)}</span>${shown}` +
    `<span class="invisible">${escapeHtml(tail.slice(cut))}</span></a>`
  );
}

/** At most `units`, and not between the halves of a surrogate pair. */
function cutAt(text: string, units: number): number {
  if (text.length <= units) return text.length;
  const code = text.charCodeAt(units - 1);
  return code >= 0xd800 && code <= 0xdbff ? units - 1 : units;
}

function tagHtml(shown: string, style: Style): string {
  const name = tagName(shown);
  if (name === "") return `#${escapeHtml(shown)}`;
  return (
    `<a href="${escapeHtml(style.tagUrl(name))}" class="mention hashtag" rel="tag">` +
    `#<span>${escapeHtml(shown)}</span></a>`
  );
}

function mentionHtml(target: MentionTarget, withHost: boolean): string {
  const shown = withHost ? target.acct : target.username;
  return (
    `<span class="h-card" translate="no"><a href="${escapeHtml(target.url)}" ` +
    `class="u-url mention">@<span>${escapeHtml(shown)}</span></a></span>`
  );
}
