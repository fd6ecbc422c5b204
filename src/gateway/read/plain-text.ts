// Owns the plain text of a status that phrase filters look at, made once per document.

import type { PollDoc, StatusDoc } from "../../domain/status.js";
import { plainText } from "../../domain/text/plain-text.js";

const TEXTS = new WeakMap<StatusDoc, string>();

/** Warning, content, poll options and descriptions of media, without markup. */
export function plainTextOf(status: StatusDoc, poll: PollDoc | null): string {
  const known = TEXTS.get(status);
  if (known !== undefined) return known;
  const options = poll?.options.map((option) => option.title) ?? [];
  const media = status.media.map((it) => it.description ?? "");
  const text = [status.spoiler, plainText(status.html), ...options, ...media].join("\n");
  TEXTS.set(status, text);
  return text;
}
