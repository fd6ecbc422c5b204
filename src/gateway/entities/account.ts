// Owns the entities Account, MutedAccount, CredentialAccount and PartialAccountWithAvatar.

import {
  type AccountDoc,
  acctOf,
  type ProfileField,
  type QuotePolicy,
  type UserDoc,
} from "../../domain/account.js";
import { accountUri, accountUrl, fileUrl } from "../../domain/addresses.js";
import type { Emojis } from "../../domain/emoji.js";
import { cleanName } from "../../domain/text/characters.js";
import type { Visibility } from "../../domain/visibility.js";
import { type CustomEmoji, customEmojis } from "./custom-emoji.js";
import { type AccountRole, accountRole, type Role, role } from "./role.js";
import type { Site } from "./site.js";
import { isoDateOrNull, isoMidnight, isoTimeOrNull } from "./time.js";

export type Field = { name: string; value: string; verified_at: string | null };

export type FeatureApproval = {
  automatic: ("public" | "followers" | "following" | "unsupported_policy")[];
  manual: ("public" | "followers" | "following" | "unsupported_policy")[];
  current_user: "automatic" | "manual" | "denied" | "unknown" | "missing";
};

export type Account = {
  id: string;
  username: string;
  acct: string;
  display_name: string;
  locked: boolean;
  bot: boolean;
  discoverable: boolean | null;
  indexable: boolean;
  group: boolean;
  created_at: string;
  note: string;
  url: string;
  uri: string;
  avatar: string;
  avatar_static: string;
  avatar_description: string;
  header: string;
  header_static: string;
  header_description: string;
  followers_count: number;
  following_count: number;
  statuses_count: number;
  last_status_at: string | null;
  hide_collections: boolean | null;
  show_media: boolean;
  show_media_replies: boolean;
  show_featured: boolean;
  feature_approval: FeatureApproval;
  emojis: CustomEmoji[];
  fields: Field[];
  noindex?: boolean;
  roles?: AccountRole[];
  moved?: Account | null;
  memorial?: true;
  suspended?: true;
  limited?: true;
};

export type AccountView = {
  account: AccountDoc;
  site: Site;
  emojis: Emojis;
  /** Where it moved to, if that is known here; its own move is not followed. */
  movedTo?: AccountDoc | null;
};

const ONLY_OPEN_TO_NOBODY: FeatureApproval = {
  automatic: [],
  manual: [],
  current_user: "denied",
};

/** The profile as everybody sees it. A suspended account shows its name and nothing it wrote. */
export function account(view: AccountView): Account {
  const doc = view.account.suspended ? emptied(view.account) : view.account;
  const { site } = view;
  const entity: Account = {
    id: doc.id,
    username: doc.username,
    acct: acctOf(doc),
    display_name: cleanName(doc.displayName),
    locked: doc.locked,
    bot: doc.bot,
    discoverable: doc.discoverable,
    indexable: doc.indexable,
    group: doc.group,
    created_at: isoMidnight(doc.createdAtMs),
    note: doc.noteHtml,
    url: accountUrl(doc, site.publicUrl),
    uri: accountUri(doc, site.publicUrl),
    ...pictures(doc, site),
    followers_count: doc.followersCount,
    following_count: doc.followingCount,
    statuses_count: doc.statusesCount,
    last_status_at: isoDateOrNull(doc.lastStatusAtMs),
    hide_collections: doc.hideCollections,
    show_media: doc.showMedia,
    show_media_replies: doc.showMediaReplies,
    show_featured: doc.showFeatured,
    feature_approval: ONLY_OPEN_TO_NOBODY,
    emojis: customEmojis(doc.emojis, view.emojis, site),
    fields: doc.fields.map(shownField),
  };
  if (doc.domain === null) {
    entity.noindex = !doc.indexable;
    entity.roles = doc.shownRole === null ? [] : [accountRole(doc.shownRole)];
  }
  const movedTo = view.movedTo ?? null;
  if (movedTo !== null) entity.moved = account({ ...view, account: movedTo, movedTo: null });
  if (doc.memorial) entity.memorial = true;
  if (doc.suspended) entity.suspended = true;
  if (doc.limited) entity.limited = true;
  return entity;
}

function emptied(doc: AccountDoc): AccountDoc {
  return {
    ...doc,
    displayName: "",
    noteHtml: "",
    fields: [],
    emojis: [],
    avatar: null,
    avatarStatic: null,
    avatarDescription: "",
    header: null,
    headerStatic: null,
    headerDescription: "",
    discoverable: false,
    locked: false,
    bot: false,
    shownRole: null,
  };
}

type Pictures = Pick<
  Account,
  | "avatar"
  | "avatar_static"
  | "avatar_description"
  | "header"
  | "header_static"
  | "header_description"
>;

function pictures(doc: AccountDoc, site: Site): Pictures {
  const at = (place: string | null, missing: string) =>
    place === null ? missing : fileUrl(place, site.filesUrl);
  return {
    avatar: at(doc.avatar, site.defaultAvatarUrl),
    avatar_static: at(doc.avatarStatic ?? doc.avatar, site.defaultAvatarUrl),
    avatar_description: doc.avatarDescription,
    header: at(doc.header, site.defaultHeaderUrl),
    header_static: at(doc.headerStatic ?? doc.header, site.defaultHeaderUrl),
    header_description: doc.headerDescription,
  };
}

/** A field of a profile for readers: its value is HTML. */
export const shownField = (field: ProfileField): Field => ({
  name: field.name,
  value: field.html,
  verified_at: isoTimeOrNull(field.verifiedAtMs),
});

/** A field of a profile for its owner: its value is what was typed. */
export const typedField = (field: ProfileField): Field => ({
  name: field.name,
  value: field.value,
  verified_at: isoTimeOrNull(field.verifiedAtMs),
});

export type MutedAccount = Account & { mute_expires_at: string | null };

/** `expiresAtMs` null: the mute has no end. */
export const mutedAccount = (view: AccountView, expiresAtMs: number | null): MutedAccount => ({
  ...account(view),
  mute_expires_at: isoTimeOrNull(expiresAtMs),
});

export type CredentialAccount = Account & {
  source: {
    note: string;
    fields: Field[];
    privacy: Visibility;
    sensitive: boolean;
    language: string;
    follow_requests_count: number;
    hide_collections: boolean | null;
    discoverable: boolean | null;
    indexable: boolean;
    attribution_domains: string[];
    quote_policy: QuotePolicy;
  };
  role: Role;
};

export type CredentialAccountView = AccountView & { user: UserDoc; followRequestsCount: number };

/** The own account, with what was typed and the defaults for posting. */
export function credentialAccount(view: CredentialAccountView): CredentialAccount {
  const { account: doc, user } = view;
  return {
    ...account(view),
    source: {
      note: doc.note,
      fields: doc.fields.map(typedField),
      privacy: user.settings.privacy,
      sensitive: user.settings.sensitive,
      language: user.settings.language ?? user.locale,
      follow_requests_count: view.followRequestsCount,
      hide_collections: doc.hideCollections,
      discoverable: doc.discoverable,
      indexable: doc.indexable,
      attribution_domains: doc.attributionDomains,
      quote_policy: user.settings.quotePolicy,
    },
    role: role(user.role),
  };
}

export type PartialAccountWithAvatar = Pick<
  Account,
  "id" | "acct" | "url" | "avatar" | "avatar_static" | "avatar_description" | "locked" | "bot"
>;

/** Enough of an account to show its picture in a group of notifications. */
export function partialAccount(view: AccountView): PartialAccountWithAvatar {
  const whole = account(view);
  return {
    id: whole.id,
    acct: whole.acct,
    url: whole.url,
    avatar: whole.avatar,
    avatar_static: whole.avatar_static,
    avatar_description: whole.avatar_description,
    locked: whole.locked,
    bot: whole.bot,
  };
}
