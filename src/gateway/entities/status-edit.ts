// Owns the entity StatusEdit: one version of a status. The account's bytes are put in by the reader.

import type { Emojis } from "../../domain/emoji.js";
import type { StatusEditDoc } from "../../domain/status.js";
import { type CustomEmoji, customEmojis } from "./custom-emoji.js";
import { type MediaAttachment, mediaAttachment } from "./media-attachment.js";
import type { Site } from "./site.js";
import { isoTime } from "./time.js";

/** Without `account`. */
export type StatusEdit = {
  content: string;
  spoiler_text: string;
  sensitive: boolean;
  created_at: string;
  poll?: { options: { title: string }[] };
  media_attachments: MediaAttachment[];
  emojis: CustomEmoji[];
};

export function statusEdit(edit: StatusEditDoc, site: Site, emojis: Emojis): StatusEdit {
  const entity: StatusEdit = {
    content: edit.html,
    spoiler_text: edit.spoiler,
    sensitive: edit.sensitive,
    created_at: isoTime(edit.createdAtMs),
    media_attachments: edit.media.map((it) => mediaAttachment(it, site)),
    emojis: customEmojis(edit.emojis, emojis, site),
  };
  if (edit.pollOptions !== null) {
    entity.poll = { options: edit.pollOptions.map((title) => ({ title })) };
  }
  return entity;
}
