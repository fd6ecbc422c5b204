// Owns the server on which the people of test/cast live, as serializers see it.

import type { EmojiDoc } from "../../src/domain/emoji.js";
import type { Site } from "../../src/gateway/entities/site.js";
import { PUBLIC_URL } from "./cast.js";

export const SITE: Site = {
  publicUrl: PUBLIC_URL,
  filesUrl: `${PUBLIC_URL}/files`,
  defaultAvatarUrl: `${PUBLIC_URL}/pictures/avatar.png`,
  defaultHeaderUrl: `${PUBLIC_URL}/pictures/header.png`,
};

export const EMOJIS: ReadonlyMap<string, EmojiDoc> = new Map([
  [
    "blobtea",
    {
      shortcode: "blobtea",
      url: "emoji/blobtea.gif",
      staticUrl: "emoji/blobtea.png",
      visibleInPicker: true,
      category: "Drinks",
    },
  ],
]);
