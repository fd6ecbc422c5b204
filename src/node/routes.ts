// Owns the list of all routes of a node: each area gets the pieces it needs, and what the API has
// and this server does not have yet answers an empty list or not found.

import { fallbackRoutes } from "../gateway/http/fallback.js";
import type { Route } from "../gateway/http/route.js";
import { type OAuthParts, oauthRoutes } from "../gateway/oauth/routes.js";
import { accountActionRoutes } from "../gateway/rest/account-actions.js";
import { accountsRoutes } from "../gateway/rest/accounts.js";
import { announcementRoutes } from "../gateway/rest/announcements.js";
import { appRoutes } from "../gateway/rest/apps.js";
import { blocksRoutes } from "../gateway/rest/blocks.js";
import { conversationRoutes } from "../gateway/rest/conversations.js";
import { credentialsRoutes } from "../gateway/rest/credentials.js";
import { directoryRoutes } from "../gateway/rest/directory.js";
import { domainBlocksRoutes } from "../gateway/rest/domain-blocks.js";
import { emailRoutes } from "../gateway/rest/emails.js";
import { filtersRoutes } from "../gateway/rest/filters.js";
import { filtersV1Routes } from "../gateway/rest/filters-v1.js";
import { followRequestsRoutes } from "../gateway/rest/follow-requests.js";
import { healthRoutes } from "../gateway/rest/health.js";
import { type InstanceSettings, instanceRoutes } from "../gateway/rest/instance.js";
import { listsRoutes } from "../gateway/rest/lists.js";
import { markersRoutes } from "../gateway/rest/markers.js";
import { marksRoutes } from "../gateway/rest/marks.js";
import { notificationPolicyRoutes } from "../gateway/rest/notification-policy.js";
import { notificationRequestRoutes } from "../gateway/rest/notification-requests.js";
import { notificationRoutes } from "../gateway/rest/notifications.js";
import { groupedRoutes } from "../gateway/rest/notifications-grouped.js";
import { oembedRoutes } from "../gateway/rest/oembed.js";
import { pollsRoutes } from "../gateway/rest/polls.js";
import { preferenceRoutes } from "../gateway/rest/preferences.js";
import { profileRoutes } from "../gateway/rest/profile.js";
import { pushRoutes } from "../gateway/rest/push.js";
import { relationshipsRoutes } from "../gateway/rest/relationships.js";
import { reportRoutes } from "../gateway/rest/reports.js";
import { scheduledStatusesRoutes } from "../gateway/rest/scheduled-statuses.js";
import { searchRoutes } from "../gateway/rest/search.js";
import { signUpRoutes } from "../gateway/rest/sign-up.js";
import { statusesRoutes } from "../gateway/rest/statuses.js";
import { suggestionsRoutes } from "../gateway/rest/suggestions.js";
import { tagsRoutes } from "../gateway/rest/tags.js";
import type { FeedAccess } from "../gateway/rest/timelines.js";
import { timelinesRoutes } from "../gateway/rest/timelines.js";
import { trendRoutes } from "../gateway/rest/trends.js";
import { API_TABLE } from "./api-table.js";
import type { Core } from "./core.js";

export type RoutesOptions = {
  core: Core;
  oauth: OAuthParts;
  instance: InstanceSettings;
  charactersMax: number;
  feedAccess: { local: FeedAccess; remote: FeedAccess };
  vapidKey: string;
  /** Routes of other parts: streaming, pages. */
  more: readonly Route[];
};

/** Every route, and after them a truthful answer for the rest of the API table. */
export function nodeRoutes(options: RoutesOptions): Route[] {
  const built = [
    ...statusAreas(options),
    ...accountAreas(options),
    ...serverAreas(options),
    ...options.more,
  ];
  return [...built, ...fallbackRoutes(API_TABLE, built)];
}

function parts({ core }: RoutesOptions) {
  const { store, actors, reads, clock, site, emojis, ids, random } = core;
  const { collections, texts } = store;
  const { publicUrl } = site;
  return { store, actors, reads, clock, site, emojis, ids, random, collections, texts, publicUrl };
}

function statusAreas(options: RoutesOptions): Route[] {
  const all = { ...parts(options), charactersMax: options.charactersMax };
  const { homes } = options.core;
  return [
    ...statusesRoutes(all),
    ...marksRoutes(all),
    ...pollsRoutes(all),
    ...scheduledStatusesRoutes(all),
    ...timelinesRoutes({
      ...all,
      homePage: (accountId, page) => homes.page(accountId, page),
      feedAccess: options.feedAccess,
    }),
    ...searchRoutes(all),
    ...conversationRoutes(all),
    ...trendRoutes(all),
    ...oembedRoutes(all),
  ];
}

function accountAreas(options: RoutesOptions): Route[] {
  const all = parts(options);
  return [
    ...credentialsRoutes(all),
    ...accountsRoutes(all),
    ...accountActionRoutes(all),
    ...relationshipsRoutes(all),
    ...followRequestsRoutes(all),
    ...blocksRoutes(all),
    ...domainBlocksRoutes(all),
    ...listsRoutes(all),
    ...filtersRoutes(all),
    ...filtersV1Routes(all),
    ...tagsRoutes(all),
    ...markersRoutes(all),
    ...suggestionsRoutes(all),
    ...directoryRoutes(all),
    ...preferenceRoutes(all),
    ...profileRoutes(all),
    ...notificationRoutes(all),
    ...groupedRoutes(all),
    ...notificationPolicyRoutes(all),
    ...notificationRequestRoutes(all),
    ...reportRoutes(all),
  ];
}

function serverAreas(options: RoutesOptions): Route[] {
  const { oauth, instance, vapidKey } = options;
  const all = { ...parts(options), vapidKey };
  return [
    ...appRoutes(all),
    ...signUpRoutes(oauth),
    ...emailRoutes(oauth),
    ...oauthRoutes(oauth),
    ...instanceRoutes({ ...all, settings: instance, peers: async () => [] }),
    ...announcementRoutes(all),
    ...pushRoutes(all),
    ...healthRoutes(),
  ];
}
