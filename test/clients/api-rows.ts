// Owns what each row of the API table is called with, and what its answer is: an entity, a list of
// them, or a word of SHAPES in api-answers.ts. Rows that are not here are not built: they must answer
// an empty list or 404. A number is a
// refusal that is right for what is asked. Mastodon 4.6.5 is the source of the entities.

import type { Name, World } from "./api-world.js";

export type Asked = {
  /** Values of the path's parameters, in order; where absent, the world's ids are taken. */
  at?: readonly string[];
  query?: string;
  body?: unknown;
  as?: Name | null;
  token?: string;
};

type Ask = Asked | ((world: World) => Asked | Promise<Asked>);

export type Row = readonly [is: string, ask?: Ask];

/** On a fresh status of ann's. */
const onFresh =
  (body: unknown = {}): Ask =>
  async (world) => ({ at: [await world.post()], body });

/** After the opposite, so that there is something to undo. */
const after =
  (act: string, area = "statuses"): Ask =>
  async ({ sure, ids }) => {
    await sure("POST", `/api/v1/${area}/${ids[area]}/${act}`, {});
    return { body: {} };
  };

const carol: Ask = ({ people }) => ({ at: [people.carol], body: {} });
const carolAfter =
  (act: string): Ask =>
  async ({ sure, people }) => {
    await sure("POST", `/api/v1/accounts/${people.carol}/${act}`, {});
    return { at: [people.carol], body: {} };
  };
const filterV1: Ask = ({ ids }) => ({
  at: [ids["filters-v1"] ?? ""],
  body: { phrase: "boats", context: ["home"] },
});
const fresh =
  (path: string, body: unknown): Ask =>
  async ({ sure }) => ({ at: [(await sure("POST", path, body)).id] });
const push = {
  subscription: {
    endpoint: "https://push.example.org/x",
    keys: {
      p256dh:
        "BEm_a0bdPDhf0SOsrnB2-ategf1hHoCnpXgQsFj5JCkcoMrMt2WHoPfEYOYPzOIs9mZE8ZUaD7VA5vouy0kEkr8",
      auth: "8eDyX_uCN0XRhSbY5hs7Hg",
    },
    standard: true,
  },
  data: { alerts: { mention: true }, policy: "all" },
};
const subscribed: Ask = async ({ sure }) => {
  await sure("POST", "/api/v1/push/subscription", push);
  return {};
};
const later = { status: "Later", scheduled_at: "2199-01-01T00:00:00.000Z" };

const ACCOUNTS: Record<string, Row> = {
  "POST /api/v1/accounts": [
    "Token",
    ({ appToken }) => ({
      token: appToken,
      body: {
        ...{ username: "erin", email: "erin@example.org", password: "a long pass phrase" },
        ...{ agreement: true, locale: "en" },
      },
    }),
  ],
  "GET /api/v1/accounts/verify_credentials": ["CredentialAccount"],
  "PATCH /api/v1/accounts/update_credentials": [
    "CredentialAccount",
    { body: { display_name: "Ann", fields_attributes: [{ name: "Web", value: "none" }] } },
  ],
  "GET /api/v1/accounts/:id": ["Account"],
  "GET /api/v1/accounts": ["Account[]", ({ people }) => ({ query: `id[]=${people.bob}` })],
  "GET /api/v1/accounts/:id/statuses": ["Status[]"],
  "GET /api/v1/accounts/:id/followers": ["Account[]"],
  "GET /api/v1/accounts/:id/following": ["Account[]"],
  "GET /api/v1/accounts/:id/featured_tags": [
    "FeaturedTag[]",
    ({ people }) => ({ at: [people.ann] }),
  ],
  "GET /api/v1/accounts/:id/endorsements": ["none|Account[]"],
  "POST /api/v1/accounts/:id/endorse": ["Relationship"],
  "POST /api/v1/accounts/:id/unendorse": ["Relationship"],
  "POST /api/v1/accounts/:id/pin": ["Relationship"],
  "POST /api/v1/accounts/:id/unpin": ["Relationship"],
  "GET /api/v1/accounts/:id/lists": ["List[]"],
  "POST /api/v1/accounts/:id/follow": ["Relationship", { body: { reblogs: false } }],
  "POST /api/v1/accounts/:id/unfollow": ["Relationship", carolAfter("follow")],
  "POST /api/v1/accounts/:id/remove_from_followers": ["Relationship", carol],
  "POST /api/v1/accounts/:id/block": ["Relationship", carol],
  "POST /api/v1/accounts/:id/unblock": ["Relationship", carolAfter("block")],
  "POST /api/v1/accounts/:id/mute": ["Relationship", carol],
  "POST /api/v1/accounts/:id/unmute": ["Relationship", carolAfter("mute")],
  "POST /api/v1/accounts/:id/note": ["Relationship", { body: { comment: "from school" } }],
  "GET /api/v1/accounts/relationships": [
    "Relationship[]",
    ({ people }) => ({ query: `id[]=${people.bob}&id[]=${people.carol}` }),
  ],
  "GET /api/v1/accounts/familiar_followers": [
    "FamiliarFollowers[]",
    ({ people }) => ({ query: `id[]=${people.carol}` }),
  ],
  "GET /api/v1/accounts/search": ["Account[]", { query: "q=bob" }],
  "GET /api/v1/accounts/lookup": ["Account", { query: "acct=bob" }],
  "GET /api/v1/directory": [
    "Account[]",
    async ({ sure }) => {
      await sure("PATCH", "/api/v1/accounts/update_credentials", { discoverable: true }, "bob");
      return { query: "local=true" };
    },
  ],
  "GET /api/v1/endorsements": ["Account[]", after("endorse", "accounts")],
  "GET /api/v1/preferences": ["Preferences"],
  "GET /api/v1/profile": ["Profile"],
  "PATCH /api/v1/profile": ["Profile", { body: { display_name: "Ann" } }],
  "DELETE /api/v1/profile/avatar": ["CredentialAccount"],
  "DELETE /api/v1/profile/header": ["CredentialAccount"],
  "GET /api/v2/suggestions": ["none|Suggestion[]"],
  "GET /api/v1/suggestions": ["none|Account[]"],
  "DELETE /api/v1/suggestions/:account_id": ["{}"],
  "GET /api/v1/blocks": ["Account[]", carolAfter("block")],
  "GET /api/v1/mutes": ["MutedAccount[]", carolAfter("mute")],
  "GET /api/v1/domain_blocks": ["string[]"],
  "POST /api/v1/domain_blocks": ["{}", { body: { domain: "bad.example" } }],
  "DELETE /api/v1/domain_blocks": ["{}", { body: { domain: "bad.example" } }],
  "GET /api/v1/domain_blocks/preview": ["DomainBlockPreview", { query: "domain=bad.example" }],
  "GET /api/v1/follow_requests": ["Account[]", { as: "dave" }],
  "POST /api/v1/follow_requests/:account_id/authorize": ["Relationship", { as: "dave" }],
  "POST /api/v1/follow_requests/:account_id/reject": [
    "Relationship",
    ({ people }) => ({ as: "dave", at: [people.carol] }),
  ],
};

const STATUSES: Record<string, Row> = {
  "POST /api/v1/statuses": ["Status", { body: { status: "Good morning #dawn" } }],
  "GET /api/v1/statuses/:id": ["Status"],
  "GET /api/v1/statuses": ["Status[]", ({ ids }) => ({ query: `id[]=${ids["statuses"]}` })],
  "PUT /api/v1/statuses/:id": ["Status", onFresh({ status: "Put otherwise" })],
  "DELETE /api/v1/statuses/:id": ["deleted", onFresh()],
  "GET /api/v1/statuses/:id/context": ["Context"],
  "GET /api/v1/statuses/:id/reblogged_by": ["Account[]"],
  "GET /api/v1/statuses/:id/favourited_by": ["Account[]"],
  "POST /api/v1/statuses/:id/favourite": ["Status"],
  "POST /api/v1/statuses/:id/unfavourite": ["Status", after("favourite")],
  "POST /api/v1/statuses/:id/reblog": ["Status", { body: { visibility: "public" } }],
  "POST /api/v1/statuses/:id/unreblog": ["Status", after("reblog")],
  "POST /api/v1/statuses/:id/bookmark": ["Status"],
  "POST /api/v1/statuses/:id/unbookmark": ["Status", after("bookmark")],
  "POST /api/v1/statuses/:id/mute": ["Status"],
  "POST /api/v1/statuses/:id/unmute": ["Status", after("mute")],
  "POST /api/v1/statuses/:id/pin": ["Status"],
  "POST /api/v1/statuses/:id/unpin": ["Status", after("pin")],
  "GET /api/v1/statuses/:id/history": ["StatusEdit[]"],
  "GET /api/v1/statuses/:id/source": ["StatusSource"],
  "GET /api/v1/bookmarks": ["Status[]", after("bookmark")],
  "GET /api/v1/favourites": ["Status[]", after("favourite")],
  "GET /api/v1/statuses/:id/quotes": ["Status[]"],
  "POST /api/v1/statuses/:id/quotes/:quoting_status_id/revoke": ["Status"],
  "PUT /api/v1/statuses/:id/interaction_policy": [
    "Status",
    { body: { quote_approval_policy: "followers" } },
  ],
  "GET /api/v1/scheduled_statuses": ["ScheduledStatus[]"],
  "GET /api/v1/scheduled_statuses/:id": ["ScheduledStatus"],
  "PUT /api/v1/scheduled_statuses/:id": [
    "ScheduledStatus",
    { body: { scheduled_at: "2199-02-01T00:00:00.000Z" } },
  ],
  "DELETE /api/v1/scheduled_statuses/:id": ["{}", fresh("/api/v1/statuses", later)],
  "GET /api/v1/polls/:id": ["Poll"],
  "POST /api/v1/polls/:id/votes": ["Poll", { body: { choices: [1] } }],
  "GET /api/v1/timelines/home": ["Status[]"],
  "GET /api/v1/timelines/public": ["Status[]"],
  "GET /api/v1/timelines/tag/:hashtag": ["Status[]"],
  "GET /api/v1/timelines/list/:list_id": ["Status[]"],
  "GET /api/v1/markers": ["markers", { query: "timeline[]=home" }],
  "POST /api/v1/markers": [
    "markers",
    ({ ids }) => ({ body: { home: { last_read_id: ids["statuses"] } } }),
  ],
  "GET /api/v1/conversations": ["Conversation[]"],
  "POST /api/v1/conversations/:id/read": ["Conversation"],
  "POST /api/v1/conversations/:id/unread": ["Conversation"],
  "DELETE /api/v1/conversations/:id": ["{}"],
};

const LISTS_AND_FILTERS: Record<string, Row> = {
  "GET /api/v1/lists": ["List[]"],
  "GET /api/v1/lists/:id": ["List"],
  "POST /api/v1/lists": ["List", { body: { title: "More" } }],
  "PUT /api/v1/lists/:id": ["List", { body: { title: "Best friends", exclusive: false } }],
  "DELETE /api/v1/lists/:id": ["{}", fresh("/api/v1/lists", { title: "Gone" })],
  "GET /api/v1/lists/:id/accounts": ["Account[]"],
  "POST /api/v1/lists/:id/accounts": [
    "{}",
    async ({ sure, people }) => {
      const { id } = await sure("POST", "/api/v1/lists", { title: "Fresh" });
      return { at: [id], body: { account_ids: [people.bob] } };
    },
  ],
  "DELETE /api/v1/lists/:id/accounts": [
    "{}",
    ({ people }) => ({ body: { account_ids: [people.bob] } }),
  ],
  "GET /api/v2/filters": ["Filter[]"],
  "GET /api/v2/filters/:id": ["Filter"],
  "POST /api/v2/filters": ["Filter", { body: { title: "One", context: ["home"] } }],
  "PUT /api/v2/filters/:id": ["Filter", { body: { title: "Still no trains" } }],
  "DELETE /api/v2/filters/:id": [
    "{}",
    fresh("/api/v2/filters", { title: "Gone", context: ["home"] }),
  ],
  "GET /api/v2/filters/:filter_id/keywords": ["FilterKeyword[]"],
  "POST /api/v2/filters/:filter_id/keywords": ["FilterKeyword", { body: { keyword: "trams" } }],
  "GET /api/v2/filters/keywords/:id": ["FilterKeyword"],
  "PUT /api/v2/filters/keywords/:id": ["FilterKeyword", { body: { keyword: "train" } }],
  "DELETE /api/v2/filters/keywords/:id": ["{}"],
  "GET /api/v2/filters/:filter_id/statuses": ["FilterStatus[]"],
  "POST /api/v2/filters/:filter_id/statuses": [
    "FilterStatus",
    ({ ids }) => ({ body: { status_id: ids["reply"] } }),
  ],
  "GET /api/v2/filters/statuses/:id": [
    "FilterStatus",
    ({ ids }) => ({ at: [ids["filter-status"] ?? ""] }),
  ],
  "DELETE /api/v2/filters/statuses/:id": [
    "{}",
    ({ ids }) => ({ at: [ids["filter-status"] ?? ""] }),
  ],
  "GET /api/v1/filters": ["V1::Filter[]"],
  "GET /api/v1/filters/:id": ["V1::Filter", filterV1],
  "POST /api/v1/filters": ["V1::Filter", { body: { phrase: "cars", context: ["home"] } }],
  "PUT /api/v1/filters/:id": ["V1::Filter", filterV1],
  "DELETE /api/v1/filters/:id": ["{}", filterV1],
};

const group: Ask = ({ ids }) => ({ at: [ids["group"] ?? ""] });

const NOTIFICATIONS: Record<string, Row> = {
  "GET /api/v1/notifications": ["Notification[]"],
  "GET /api/v1/notifications/:id": ["Notification"],
  "GET /api/v1/notifications/unread_count": ["NotificationsCount"],
  "GET /api/v2/notifications/policy": ["NotificationPolicy"],
  "PATCH /api/v2/notifications/policy": [
    "NotificationPolicy",
    { body: { for_new_accounts: "accept" } },
  ],
  "GET /api/v1/notifications/policy": ["V1::NotificationPolicy"],
  "PATCH /api/v1/notifications/policy": [
    "V1::NotificationPolicy",
    { body: { filter_new_accounts: false } },
  ],
  "GET /api/v1/notifications/requests": ["NotificationRequest[]"],
  "GET /api/v1/notifications/requests/:id": ["NotificationRequest"],
  "POST /api/v1/notifications/requests/:id/accept": ["{}"],
  "POST /api/v1/notifications/requests/:id/dismiss": ["{}", secondRequest],
  "POST /api/v1/notifications/requests/accept": ["{}", { body: { id: [] } }],
  "POST /api/v1/notifications/requests/dismiss": ["{}", { body: { id: [] } }],
  "GET /api/v1/notifications/requests/merged": ["NotificationsMerged"],
  "GET /api/v2/notifications": ["GroupedNotificationsResults"],
  "GET /api/v2/notifications/:group_key": ["GroupedNotificationsResults", group],
  "GET /api/v2/notifications/:group_key/accounts": ["Account[]", group],
  "GET /api/v2/notifications/unread_count": ["NotificationsCount"],
  "POST /api/v1/notifications/:id/dismiss": ["{}"],
  "POST /api/v2/notifications/:group_key/dismiss": ["{}", group],
  "POST /api/v1/notifications/clear": ["{}"],
  "POST /api/v2/notifications/clear": ["{}"],
  "POST /api/v1/push/subscription": ["WebPushSubscription", { body: push }],
  "GET /api/v1/push/subscription": ["WebPushSubscription", subscribed],
  "PUT /api/v1/push/subscription": ["WebPushSubscription", { body: { data: { policy: "none" } } }],
  "DELETE /api/v1/push/subscription": ["{}", subscribed],
};

/** Dave does not follow bob: bob's mention waits. */
async function secondRequest({ sure, post, ids }: World): Promise<Asked> {
  await sure("PATCH", "/api/v2/notifications/policy", { for_not_following: "filter" }, "dave");
  await post("bob", { status: "@dave hello" });
  for (let tries = 0; tries < 200; tries++) {
    const path = "/api/v1/notifications/requests";
    const [first] = (await sure("GET", path, undefined, "dave")) as unknown as { id: string }[];
    if (first !== undefined) return { at: [first.id], as: "dave" };
  }
  return { at: [ids["requests"] ?? ""] };
}

const SERVER: Record<string, Row> = {
  "POST /api/v1/apps": [
    "CredentialApplication",
    { as: null, body: { client_name: "X", redirect_uris: "urn:ietf:wg:oauth:2.0:oob" } },
  ],
  "GET /api/v1/apps/verify_credentials": ["Application", ({ appToken }) => ({ token: appToken })],
  "POST /oauth/token": [
    "Token",
    ({ app }) => ({ as: null, body: { grant_type: "client_credentials", ...app } }),
  ],
  "POST /oauth/introspect": ["object", ({ app }) => ({ as: null, body: { token: "x", ...app } })],
  "GET /oauth/userinfo": ["UserInfo"],
  "GET /oauth/token/info": ["object"],
  "POST /oauth/revoke": ["{}", ({ app }) => ({ as: null, body: { token: "x", ...app } })],
  "GET /.well-known/oauth-authorization-server": ["metadata"],
  "GET /api/v2/search": ["Search", { query: "q=birds" }],
  "GET /api/v1/peers/search": ["string[]", { query: "q=exa" }],
  "GET /api/v1/tags/:name": ["Tag"],
  "POST /api/v1/tags/:name/follow": ["Tag"],
  "POST /api/v1/tags/:name/unfollow": ["Tag"],
  "POST /api/v1/tags/:name/feature": ["Tag"],
  "POST /api/v1/tags/:name/unfeature": ["Tag"],
  "GET /api/v1/followed_tags": ["Tag[]", after("follow", "tags")],
  "GET /api/v1/featured_tags": ["FeaturedTag[]", after("feature", "tags")],
  "POST /api/v1/featured_tags": ["FeaturedTag", { body: { name: "dawn" } }],
  "DELETE /api/v1/featured_tags/:id": [
    "{}",
    async ({ sure }) => ({
      at: [(await sure("POST", "/api/v1/featured_tags", { name: "noon" })).id],
    }),
  ],
  "GET /api/v1/featured_tags/suggestions": ["none|Tag[]"],
  "GET /api/v1/trends/tags": ["none|Tag[]"],
  "GET /api/v1/trends/statuses": ["none|Status[]"],
  "GET /api/v1/trends/links": ["none|Trends::Link[]"],
  "GET /api/v1/trends": ["none|Tag[]"],
  "GET /api/v2/instance": ["Instance"],
  "GET /api/v1/instance": ["V1::Instance"],
  "GET /api/v1/instance/peers": ["string[]"],
  "GET /api/v1/instance/activity": ["objects"],
  "GET /api/v1/instance/rules": ["Rule[]"],
  "GET /api/v1/instance/domain_blocks": ["none|DomainBlock[]"],
  "GET /api/v1/instance/extended_description": ["ExtendedDescription"],
  "GET /api/v1/instance/privacy_policy": ["none|PrivacyPolicy"],
  "GET /api/v1/instance/translation_languages": ["object"],
  "GET /api/v1/instance/languages": ["Language[]"],
  "GET /api/v1/custom_emojis": ["none|CustomEmoji[]"],
  "GET /api/oembed": [
    "OEmbed",
    ({ ids, url }) => ({ query: `url=${encodeURIComponent(`${url}/@ann/${ids["statuses"]}`)}` }),
  ],
  "GET /health": ["text"],
  "GET /api/v1/emails/check_confirmation": ["boolean"],
  "POST /api/v1/emails/confirmations": ["403", { body: {} }],
  "GET /api/v1/announcements": ["none|Announcement[]"],
  "POST /api/v1/announcements/:id/dismiss": ["404"],
  "PUT /api/v1/announcements/:id/reactions/:name": ["404", { at: ["1", "👍"] }],
  "DELETE /api/v1/announcements/:id/reactions/:name": ["404", { at: ["1", "👍"] }],
  "POST /api/v1/reports": [
    "Report",
    ({ people, ids }) => ({ body: { account_id: people.bob, status_ids: [ids["reply"]] } }),
  ],
  "GET /api/v1/streaming/health": ["text"],
};

/** `METHOD path` of the API table to what it answers and how to ask. */
export const API_ROWS: Readonly<Record<string, Row>> = {
  ...ACCOUNTS,
  ...STATUSES,
  ...LISTS_AND_FILTERS,
  ...NOTIFICATIONS,
  ...SERVER,
};
