// Owns how much people may create: the numbers that Mastodon clients expect (API version 11).
// Lengths of text are graphemes unless the name says otherwise. Nothing else holds these numbers.

const MINUTE_S = 60;
const DAY_MS = 86_400_000;

/** A post, with its spoiler. */
export const POST_GRAPHEMES_MAX = 500;
/** What any URL counts as. */
export const URL_GRAPHEMES = 23;
/** A grapheme can be any number of code points: this bounds the work, far above what 500 need. */
export const POST_UNITS_MAX = 65_536;
export const POST_MEDIA_MAX = 4;
export const MENTIONS_MAX = 200;
export const TAGS_MAX = 200;

export const POLL_OPTIONS_MIN = 2;
export const POLL_OPTIONS_MAX = 4;
export const POLL_OPTION_GRAPHEMES_MAX = 50;
export const POLL_SECONDS_MIN = 5 * MINUTE_S;
/** One mean month. */
export const POLL_SECONDS_MAX = 2_629_746;

export const ALT_TEXT_GRAPHEMES_MAX = 10_000;
export const IMAGE_BYTES_MAX = 16_777_216;
export const IMAGE_PIXELS_MAX = 33_177_600;
export const ANIMATED_GIF_PIXELS_MAX = 921_600;
export const VIDEO_BYTES_MAX = 103_809_024;
export const VIDEO_PIXELS_MAX = 8_294_400;
export const VIDEO_FRAMES_PER_SECOND_MAX = 120;

export const DISPLAY_NAME_GRAPHEMES_MAX = 40;
export const BIO_GRAPHEMES_MAX = 500;
export const FIELDS_MAX = 4;
export const FIELD_NAME_GRAPHEMES_MAX = 255;
export const FIELD_VALUE_GRAPHEMES_MAX = 255;
export const PINS_MAX = 5;
export const FEATURED_TAGS_MAX = 10;
/** Code units: usernames are ASCII. */
export const USERNAME_UNITS_MAX = 30;
export const PICTURE_BYTES_MAX = 8 * 1024 * 1024;
export const PICTURE_DESCRIPTION_GRAPHEMES_MAX = 150;
export const ATTRIBUTION_DOMAINS_MAX = 100;

export const LISTS_MAX = 50;
export const LIST_TITLE_GRAPHEMES_MAX = 256;
export const FILTERS_MAX = 200;
export const FILTER_KEYWORDS_MAX = 200;
export const FILTER_STATUSES_MAX = 500;
export const FILTER_TITLE_GRAPHEMES_MAX = 256;
export const FILTER_KEYWORD_GRAPHEMES_MAX = 512;

export const ACCOUNT_NOTE_GRAPHEMES_MAX = 2_000;
export const REPORT_COMMENT_GRAPHEMES_MAX = 1_000;
export const APPEAL_GRAPHEMES_MAX = 2_000;

export const SCHEDULED_AHEAD_MS_MIN = 5 * MINUTE_S * 1000;
export const SCHEDULED_A_DAY_MAX = 25;
export const SCHEDULED_MAX = 300;
export const SCHEDULED_DAY_MS = DAY_MS;

export const REACTION_KINDS_MAX = 8;
export const FOLLOWS_MAX = 7_500;
/** Above FOLLOWS_MAX one may follow this many times one's followers. */
export const FOLLOWS_PER_FOLLOWER_MAX = 1.1;

export const APP_NAME_UNITS_MAX = 60;
export const APP_REDIRECT_URIS_UNITS_MAX = 2_000;
export const APP_WEBSITE_UNITS_MAX = 2_000;

export const EMOJI_BYTES_MAX = 262_144;
export const EMOJI_SHORTCODE_UNITS_MIN = 2;
export const EMOJI_SHORTCODE_UNITS_MAX = 128;

export const IDEMPOTENCY_MS = 3_600_000;
/** Ancestors and descendants of a thread: signed in, and not. */
export const CONTEXT_ANCESTORS_MAX = 4_096;
export const CONTEXT_DESCENDANTS_MAX = 4_096;
export const CONTEXT_ANCESTORS_PUBLIC_MAX = 40;
export const CONTEXT_DESCENDANTS_PUBLIC_MAX = 60;
export const CONTEXT_DEPTH_PUBLIC_MAX = 20;
export const GROUP_SAMPLE_ACCOUNTS_MAX = 8;

/** Longest host name (RFC 1035). */
export const HOST_UNITS_MAX = 253;
export const TAG_UNITS_MAX = 255;

/** `default` and `max` of the `limit` parameter, by kind of list. */
export type PageSize = { readonly default: number; readonly max: number };

export const PAGE_STATUSES: PageSize = { default: 20, max: 40 };
export const PAGE_CONVERSATIONS: PageSize = { default: 20, max: 40 };
export const PAGE_ACCOUNTS: PageSize = { default: 40, max: 80 };
export const PAGE_NOTIFICATIONS: PageSize = { default: 40, max: 80 };
export const PAGE_UNREAD: PageSize = { default: 100, max: 1_000 };
export const PAGE_SEARCH: PageSize = { default: 20, max: 40 };
export const PAGE_TRENDS: PageSize = { default: 10, max: 20 };
export const PAGE_DOMAINS: PageSize = { default: 100, max: 200 };
export const PAGE_FOLLOWED_TAGS: PageSize = { default: 100, max: 200 };
export const PAGE_ADMIN: PageSize = { default: 100, max: 200 };
export const STATUSES_BY_ID_MAX = 20;
export const ACCOUNTS_BY_ID_MAX = 40;
