// Owns the names of all collections: who owns one, what its members and ranks are. One cell writes
// a collection, except those marked (shared), whose members are put and dropped by any author.

/** Statuses of an account, by status id. Value: StatusFlags. */
export const statusesOf = (accountId: string): string => `statuses/${accountId}`;
export const pinnedOf = (accountId: string): string => `pinned/${accountId}`;
/** Accounts that follow this one, by relation id. Value: FollowOptions. Written by the followed. */
export const followersOf = (accountId: string): string => `followers/${accountId}`;
/** Accounts it follows, by relation id. Value: FollowOptions. */
export const followingOf = (accountId: string): string => `following/${accountId}`;
/** Accounts that asked to follow it, by relation id. Value: FollowOptions. */
export const followRequestsOf = (accountId: string): string => `follow-requests/${accountId}`;
/** Accounts it asked to follow, by relation id. */
export const requestedOf = (accountId: string): string => `requested/${accountId}`;
export const blocksOf = (accountId: string): string => `blocks/${accountId}`;
/** Value: `{ notifications, expiresAtMs }`. */
export const mutesOf = (accountId: string): string => `mutes/${accountId}`;
/** Domains, by relation id. */
export const domainBlocksOf = (accountId: string): string => `domain-blocks/${accountId}`;
export const endorsementsOf = (accountId: string): string => `endorsements/${accountId}`;
/** Status ids, by the id of the mark. */
export const bookmarksOf = (accountId: string): string => `bookmarks/${accountId}`;
export const favouritesOf = (accountId: string): string => `favourites/${accountId}`;
/** Member: id of the boosted status; value: id of the boost. */
export const reblogsOf = (accountId: string): string => `reblogs/${accountId}`;
/** Conversation ids that the account muted. */
export const threadMutesOf = (accountId: string): string => `thread-mutes/${accountId}`;
/** Account ids, by the id of the mark. Written by the status's author. */
export const favouritedBy = (statusId: string): string => `favourited-by/${statusId}`;
/** Account ids, by the boost's id. Value: the boost's id. Written by the status's author. */
export const rebloggedBy = (statusId: string): string => `reblogged-by/${statusId}`;
/** Direct replies, by status id. Value: StatusFlags. (shared) */
export const repliesOf = (statusId: string): string => `replies/${statusId}`;
/** Replies that the counter of the parent holds. Written by the parent's author. */
export const countedReplies = (statusId: string): string => `counted-replies/${statusId}`;
/** Statuses that quote this one. Written by the quoted author. */
export const quotesOf = (statusId: string): string => `quotes/${statusId}`;
/** Earlier versions, oldest first by time. Value: StatusEditDoc. */
export const editsOf = (statusId: string): string => `edits/${statusId}`;
/** Voters of a poll. Value: JSON array of choices. Written by the poll's author. */
export const votesOf = (pollId: string): string => `votes/${pollId}`;
/** Public local statuses, by status id. Value: StatusFlags. (shared) */
export const PUBLIC_LOCAL = "public/local";
/** All public statuses known here, local and remote. (shared) */
export const PUBLIC_ALL = "public/all";
/** Public statuses with the tag (lower case), by status id. Value: StatusFlags. (shared) */
export const taggedWith = (tag: string): string => `tag/${tag}`;
/** Accounts that follow the tag. (shared) */
export const tagFollowers = (tag: string): string => `tag-followers/${tag}`;
/** Tags the account follows, by relation id. */
export const followedTagsOf = (accountId: string): string => `followed-tags/${accountId}`;
/** Tags shown on the profile; member: tag; rank: id of the featured tag. */
export const featuredTagsOf = (accountId: string): string => `featured-tags/${accountId}`;
/** Notification ids, by notification id. Value: the whole notification (notification-rows.ts). */
export const notificationsOf = (accountId: string): string => `notifications/${accountId}`;
/** What was notified already. Member: key such as `favourite:ACCOUNT:STATUS`; value: NotifiedKey. */
export const notifiedOf = (accountId: string): string => `notified/${accountId}`;
/** Senders held back by the policy, by request id. Member: account id; value: HeldRequest. */
export const notificationRequestsOf = (accountId: string): string =>
  `notification-requests/${accountId}`;
/** Conversations (direct threads), by id of the newest status. Member: conversation id; value:
 * ConversationDoc. */
export const conversationsOf = (accountId: string): string => `conversations/${accountId}`;
export const listsOf = (accountId: string): string => `lists/${accountId}`;
/** Accounts on a list, by relation id. */
export const listMembers = (listId: string): string => `list-members/${listId}`;
/** Member: `ACCOUNT:LIST` for each list of the owner that the account is on. */
export const listedBy = (ownerId: string): string => `listed-by/${ownerId}`;
export const scheduledOf = (accountId: string): string => `scheduled/${accountId}`;
export const tokensOf = (accountId: string): string => `tokens/${accountId}`;
/** Push subscriptions of an account. Member: hash of the token; rank: id. (shared) */
export const pushesOf = (accountId: string): string => `pushes/${accountId}`;
/** Local accounts ready for use, by account id. (shared) */
export const LOCAL_ACCOUNTS = "accounts/local";
/** Discoverable local accounts, by id of the newest status (or account id). (shared) */
export const DIRECTORY_ACTIVE = "directory/active";
/** Discoverable local accounts, by account id. (shared) */
export const DIRECTORY_NEW = "directory/new";
/** Announcements that the account has read. (shared) */
export const readAnnouncementsOf = (accountId: string): string => `read-announcements/${accountId}`;
/** Who reacted to an announcement. Member: `ACCOUNT:NAME`. Written by the site cell. */
export const reactionsOf = (announcementId: string): string => `reactions/${announcementId}`;
/** Suggested accounts that the owner does not want to see again. */
export const dismissedSuggestionsOf = (accountId: string): string => `dismissed/${accountId}`;
/**
 * Work that is due at a time. Member: `KIND:CELL:WHAT` as in `scheduled:ACCOUNT:ID`,
 * `poll:ACCOUNT:POLLID`, `mute:ACCOUNT:OTHER`; rank: `dueRank(atMs)`. (shared)
 */
export const DUE = "due";
export const dueRank = (atMs: number): string =>
  String(Math.max(0, Math.floor(atMs))).padStart(15, "0");
/** Pending sign-ups, reports: for moderators. (shared) */
export const PENDING_ACCOUNTS = "accounts/pending";
export const REPORTS = "reports";
/** Owners, admins and moderators, by account id: told of sign-ups and reports. (shared) */
export const STAFF = "accounts/staff";

/** Local accounts that were active in a month (`2026-11`). Count: instance usage. (shared) */
export const activeIn = (month: string): string => `active/${month}`;
export const monthOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 7);
