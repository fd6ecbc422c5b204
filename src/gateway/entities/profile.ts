// Owns the entity Profile: the own profile, for editing.

import type { AccountDoc } from "../../domain/account.js";
import { fileUrl } from "../../domain/addresses.js";
import { type Field, shownField, typedField } from "./account.js";
import type { Site } from "./site.js";
import type { FeaturedTag } from "./tag.js";

export type Profile = {
  id: string;
  display_name: string;
  note: string;
  formatted_note: string;
  fields: Field[];
  formatted_fields: Field[];
  avatar: string | null;
  avatar_static: string | null;
  avatar_description: string;
  header: string | null;
  header_static: string | null;
  header_description: string;
  locked: boolean;
  bot: boolean;
  hide_collections: boolean | null;
  discoverable: boolean | null;
  indexable: boolean;
  show_media: boolean;
  show_media_replies: boolean;
  show_featured: boolean;
  attribution_domains: string[];
  featured_tags: FeaturedTag[];
};

export type ProfileView = {
  account: AccountDoc;
  featuredTags: readonly FeaturedTag[];
  site: Pick<Site, "filesUrl">;
};

/** Pictures that were never set are null here, unlike in Account. */
export function profile({ account: doc, featuredTags, site }: ProfileView): Profile {
  const at = (place: string | null) => (place === null ? null : fileUrl(place, site.filesUrl));
  return {
    id: doc.id,
    display_name: doc.displayName,
    note: doc.note,
    formatted_note: doc.noteHtml,
    fields: doc.fields.map(typedField),
    formatted_fields: doc.fields.map(shownField),
    avatar: at(doc.avatar),
    avatar_static: at(doc.avatarStatic ?? doc.avatar),
    avatar_description: doc.avatarDescription,
    header: at(doc.header),
    header_static: at(doc.headerStatic ?? doc.header),
    header_description: doc.headerDescription,
    locked: doc.locked,
    bot: doc.bot,
    hide_collections: doc.hideCollections,
    discoverable: doc.discoverable,
    indexable: doc.indexable,
    show_media: doc.showMedia,
    show_media_replies: doc.showMediaReplies,
    show_featured: doc.showFeatured,
    attribution_domains: doc.attributionDomains,
    featured_tags: [...featuredTags],
  };
}
