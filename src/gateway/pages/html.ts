// Owns writing HTML and XML safely: whatever is put into a template is escaped, unless it is markup
// already (made by a template, or sanitised before and said so with `trusted`). Lone surrogates and
// control characters, which no document may hold, are replaced. Pure.

import { plainText } from "../../domain/text/plain-text.js";
import { sanitiseHtml } from "../../domain/text/sanitise.js";

/** Text that may stand in a document as it is. Only this file makes it. */
export type Markup = { readonly markup: string };

type Piece = Markup | string | number | null | undefined | false | readonly Piece[];

/** A template whose values are escaped. Null, undefined and false are nothing; lists are joined. */
export function html(parts: TemplateStringsArray, ...values: readonly Piece[]): Markup {
  let out = parts[0] ?? "";
  for (let at = 0; at < values.length; at++) {
    out += written(values[at]) + (parts[at + 1] ?? "");
  }
  return { markup: out };
}

function written(value: Piece): string {
  if (value === null || value === undefined || value === false) return "";
  if (typeof value === "string") return escapeText(value);
  if (typeof value === "number") return String(value);
  return "markup" in value ? value.markup : value.map(written).join("");
}

/** HTML of posts and profiles as markup: sanitised at intake, and here again (SEC-66). */
export const sanitised = (text: string): Markup => ({ markup: sanitiseHtml(cleanText(text)) });

const ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** The text with what HTML or XML would read as markup escaped, in content and in attributes. */
export function escapeText(text: string): string {
  return cleanText(text).replace(/[&<>"']/g, (it) => ESCAPES[it] as string);
}

/** The text without characters that XML 1.0 does not allow; lone surrogates become U+FFFD. */
export function cleanText(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
}

/** The words of HTML, for titles and descriptions: on one line, at most `charactersMax`. */
export function wordsOf(text: string, charactersMax: number): string {
  const words = cleanText(plainText(text.slice(0, 20 * charactersMax)))
    .replace(/\s+/g, " ")
    .trim();
  const characters = [...words];
  if (characters.length <= charactersMax) return words;
  return `${characters.slice(0, charactersMax - 1).join("")}…`;
}
