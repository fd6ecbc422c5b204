// Owns how host names are written: as peers compare them, and as people may safely read them. A
// name in another script can be made to look like one people know, so only names of one script, and
// not of look-alike letters alone, are shown in that script; all others as punycode.

import { domainToUnicode } from "node:url";

/** Sets of scripts that are written together. Each takes marks, digits and dashes as well. */
const SCRIPTS = [
  /^[\p{Script=Latin}\p{M}\p{Nd}-]+$/u,
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{M}\p{Nd}ー-]+$/u,
  /^[\p{Script=Han}\p{Script=Bopomofo}\p{Nd}-]+$/u,
  /^[\p{Script=Han}\p{Script=Hangul}\p{Nd}-]+$/u,
  /^[\p{Script=Cyrillic}\p{M}\p{Nd}-]+$/u,
  /^[\p{Script=Greek}\p{M}\p{Nd}-]+$/u,
  /^[\p{Script=Arabic}\p{M}\p{Nd}-]+$/u,
  /^[\p{Script=Hebrew}\p{M}\p{Nd}-]+$/u,
  /^[\p{Script=Devanagari}\p{M}\p{Nd}-]+$/u,
  /^[\p{Script=Thai}\p{M}\p{Nd}-]+$/u,
  /^[\p{Script=Georgian}\p{Nd}-]+$/u,
  /^[\p{Script=Tamil}\p{M}\p{Nd}-]+$/u,
  /^[\p{Script=Bengali}\p{M}\p{Nd}-]+$/u,
];

/** Letters of other scripts, and odd Latin ones, that pass for a plain Latin letter. */
const LOOK_ALIKES = /^[асԁеһіјӏорԛѕԝхуъьгвкмнтɡıɑʟοανρτυικχγωѵ0-9-]+$/u;

/** The host as peers write it (lower case, punycode, port kept), or null if it can be none. */
export function normaliseHost(host: string): string | null {
  const url = `https://${host}/`;
  if (/[\s/?#@\\]/.test(host) || !URL.canParse(url)) return null;
  const parsed = new URL(url);
  return parsed.host === "" || parsed.pathname !== "/" ? null : parsed.host;
}

/** The host as people may read it: in its own script where that cannot deceive. */
export function shownHost(host: string): string {
  const ascii = normaliseHost(host);
  if (ascii === null || !ascii.includes("xn--")) return host;
  const [name, port] = ascii.split(":");
  const unicode = domainToUnicode(name ?? "");
  if (unicode === "" || !unicode.split(".").every(isHonestLabel)) return ascii;
  return port === undefined ? unicode : `${unicode}:${port}`;
}

function isHonestLabel(label: string): boolean {
  if (/^[\u0000-\u007f]*$/.test(label)) return true;
  if (LOOK_ALIKES.test(label)) return false;
  return SCRIPTS.some((script) => script.test(label));
}
