// Owns the entity CustomEmoji.

import { fileUrl } from "../../domain/addresses.js";
import type { EmojiDoc, Emojis } from "../../domain/emoji.js";
import type { Site } from "./site.js";

export type CustomEmoji = {
  shortcode: string;
  url: string;
  static_url: string;
  visible_in_picker: boolean;
  category?: string;
};

export function customEmoji(emoji: EmojiDoc, site: Pick<Site, "filesUrl">): CustomEmoji {
  const entity: CustomEmoji = {
    shortcode: emoji.shortcode,
    url: fileUrl(emoji.url, site.filesUrl),
    static_url: fileUrl(emoji.staticUrl, site.filesUrl),
    visible_in_picker: emoji.visibleInPicker,
  };
  if (emoji.category !== null) entity.category = emoji.category;
  return entity;
}

/** Those of the shortcodes that exist, in order. */
export function customEmojis(
  codes: readonly string[],
  emojis: Emojis,
  site: Pick<Site, "filesUrl">,
): CustomEmoji[] {
  if (codes.length === 0 || emojis.size === 0) return [];
  const found: CustomEmoji[] = [];
  for (const code of codes) {
    const emoji = emojis.get(code);
    if (emoji !== undefined) found.push(customEmoji(emoji, site));
  }
  return found;
}
