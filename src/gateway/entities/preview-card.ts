// Owns the entities PreviewCard and PreviewCardAuthor.

import type { Account } from "./account.js";

export type PreviewCard = {
  url: string;
  title: string;
  description: string;
  language: string | null;
  type: "link" | "photo" | "video" | "rich";
  author_name: string;
  author_url: string;
  provider_name: string;
  provider_url: string;
  html: string;
  width: number;
  height: number;
  image: string | null;
  image_description: string;
  embed_url: string;
  blurhash: string | null;
  published_at: string | null;
  authors: { name: string; url: string; account: Account | null }[];
  missing_attribution?: boolean;
};
