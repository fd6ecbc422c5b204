// Owns the `configuration` of both Instance entities: addresses, and limits that clients follow.

import * as limits from "../../domain/limits.js";
import type { InstanceView } from "./instance-view.js";

type Access = "public" | "authenticated" | "disabled";
type FeedAccess = { local: Access; remote: Access };

export type Configuration = {
  urls: {
    streaming: string;
    status: string | null;
    about: string;
    privacy_policy: string;
    terms_of_service: string | null;
  };
  vapid: { public_key: string };
  accounts: {
    max_display_name_length: number;
    max_note_length: number;
    max_avatar_description_length: number;
    max_header_description_length: number;
    max_featured_tags: number;
    max_pinned_statuses: number;
    max_profile_fields: number;
    profile_field_name_limit: number;
    profile_field_value_limit: number;
  };
  statuses: StatusLimits;
  media_attachments: MediaLimits & { description_limit: number };
  polls: PollLimits;
  translation: { enabled: boolean };
  timelines_access: {
    live_feeds: FeedAccess;
    hashtag_feeds: FeedAccess;
    trending_link_feeds: FeedAccess;
  };
  limited_federation: boolean;
};

type StatusLimits = {
  max_characters: number;
  max_media_attachments: number;
  characters_reserved_per_url: number;
};

type MediaLimits = {
  supported_mime_types: string[];
  image_size_limit: number;
  image_matrix_limit: number;
  video_size_limit: number;
  video_frame_rate_limit: number;
  video_matrix_limit: number;
};

type PollLimits = {
  max_options: number;
  max_characters_per_option: number;
  min_expiration: number;
  max_expiration: number;
};

export type V1Configuration = {
  accounts: { max_featured_tags: number };
  statuses: StatusLimits;
  media_attachments: MediaLimits;
  polls: PollLimits;
};

const STATUSES: StatusLimits = {
  max_characters: limits.POST_GRAPHEMES_MAX,
  max_media_attachments: limits.POST_MEDIA_MAX,
  characters_reserved_per_url: limits.URL_GRAPHEMES,
};

const POLLS: PollLimits = {
  max_options: limits.POLL_OPTIONS_MAX,
  max_characters_per_option: limits.POLL_OPTION_GRAPHEMES_MAX,
  min_expiration: limits.POLL_SECONDS_MIN,
  max_expiration: limits.POLL_SECONDS_MAX,
};

const mediaLimits = (view: InstanceView): MediaLimits => ({
  supported_mime_types: [...view.supportedMimeTypes],
  image_size_limit: limits.IMAGE_BYTES_MAX,
  image_matrix_limit: limits.IMAGE_PIXELS_MAX,
  video_size_limit: limits.VIDEO_BYTES_MAX,
  video_frame_rate_limit: limits.VIDEO_FRAMES_PER_SECOND_MAX,
  video_matrix_limit: limits.VIDEO_PIXELS_MAX,
});

export function configuration(view: InstanceView): Configuration {
  const access = view.timelinesAccess;
  // Tag and link feeds know no "disabled" for local posts.
  const feeds: FeedAccess = {
    local: access === "disabled" ? "authenticated" : access,
    remote: access,
  };
  return {
    urls: {
      streaming: view.streamingUrl,
      status: null,
      about: `${view.publicUrl}/about`,
      privacy_policy: `${view.publicUrl}/privacy-policy`,
      terms_of_service: null,
    },
    vapid: { public_key: view.vapidPublicKey },
    accounts: {
      max_display_name_length: limits.DISPLAY_NAME_GRAPHEMES_MAX,
      max_note_length: limits.BIO_GRAPHEMES_MAX,
      max_avatar_description_length: limits.PICTURE_DESCRIPTION_GRAPHEMES_MAX,
      max_header_description_length: limits.PICTURE_DESCRIPTION_GRAPHEMES_MAX,
      max_featured_tags: limits.FEATURED_TAGS_MAX,
      max_pinned_statuses: limits.PINS_MAX,
      max_profile_fields: limits.FIELDS_MAX,
      profile_field_name_limit: limits.FIELD_NAME_GRAPHEMES_MAX,
      profile_field_value_limit: limits.FIELD_VALUE_GRAPHEMES_MAX,
    },
    statuses: STATUSES,
    media_attachments: {
      description_limit: limits.ALT_TEXT_GRAPHEMES_MAX,
      ...mediaLimits(view),
    },
    polls: POLLS,
    translation: { enabled: false },
    timelines_access: {
      live_feeds: { local: access, remote: access },
      hashtag_feeds: feeds,
      trending_link_feeds: feeds,
    },
    limited_federation: view.limitedFederation,
  };
}

export const v1Configuration = (view: InstanceView): V1Configuration => ({
  accounts: { max_featured_tags: limits.FEATURED_TAGS_MAX },
  statuses: STATUSES,
  media_attachments: mediaLimits(view),
  polls: POLLS,
});
