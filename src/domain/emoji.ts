// Owns what a custom emoji is. Record "emoji" (by shortcode).

export type EmojiDoc = {
  shortcode: string;
  /** Blob key or address; `staticUrl` never moves. */
  url: string;
  staticUrl: string;
  visibleInPicker: boolean;
  category: string | null;
};

/** The emoji of this server by shortcode. */
export type Emojis = ReadonlyMap<string, EmojiDoc>;
