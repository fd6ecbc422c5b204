// Owns what the facts of the statuses slice change on the read side: the records of a status and
// every list that shows it.

import {
  dropCollection,
  dropMember,
  dropRecord,
  putMember,
  putRecord,
} from "../../base/changes.js";
import { rankOf } from "../../base/ids.js";
import {
  activeIn,
  countedReplies,
  DIRECTORY_ACTIVE,
  DUE,
  dueRank,
  editsOf,
  favouritedBy,
  monthOf,
  PUBLIC_ALL,
  PUBLIC_LOCAL,
  pinnedOf,
  quotesOf,
  rebloggedBy,
  reblogsOf,
  repliesOf,
  statusesOf,
  taggedWith,
  votesOf,
} from "../../domain/collections.js";
import type { PollDoc, StatusDoc, StatusFlags } from "../../domain/status.js";
import type { Change } from "../../ports/storage.js";
import { profileChanges } from "./profile.js";
import type { Account } from "./state.js";
import type { DeletedStatus, StatusFact } from "./status-facts.js";

export function indexStatuses(account: Account, fact: StatusFact): readonly Change[] {
  switch (fact.type) {
    case "posted":
      return [...posted(fact.status, fact.poll), ...counted(account, fact.status)];
    case "edited":
      return edited(fact);
    case "status-deleted":
      return [...deleted(account.id, fact.status), ...profileChanges(account)];
    case "pinned":
      return [putMember(pinnedOf(account.id), fact.statusId, dueRank(fact.atMs))];
    case "unpinned":
      return [dropMember(pinnedOf(account.id), fact.statusId)];
    case "status-changed":
      return [putRecord("status", fact.status.id, fact.status)];
  }
}

/** The small text kept beside the id wherever the status is listed. */
export function flagsOf(status: StatusDoc): StatusFlags {
  const flags: StatusFlags = { v: status.visibility, a: status.accountId };
  if (status.inReplyToId !== null) {
    flags.r = status.inReplyToAccountId === status.accountId ? 2 : 1;
  }
  if (status.reblogOfId !== null) flags.b = 1;
  if (status.media.length > 0) flags.m = 1;
  if (status.tags.length > 0) flags.t = status.tags.map((tag) => tag.name);
  if (status.language !== null) flags.l = status.language;
  if (!status.local) flags.d = 1;
  if (status.visibility === "direct") flags.to = status.mentions.map((it) => it.accountId);
  return flags;
}

/** Records and lists of a new status. Also used for boosts (marks.ts). */
export function posted(status: StatusDoc, poll: PollDoc | null): Change[] {
  const flags = JSON.stringify(flagsOf(status));
  const rank = rankOf(status.id);
  const changes: Change[] = [
    putRecord("status", status.id, status),
    putMember(statusesOf(status.accountId), status.id, rank, flags),
  ];
  if (status.reblogOfId !== null) return changes;
  if (poll !== null) changes.push(...pollChanges(poll));
  if (status.visibility === "public") changes.push(...publicLists(status, rank, flags));
  if (status.inReplyToId !== null) {
    changes.push(putMember(repliesOf(status.inReplyToId), status.id, rank, flags));
  }
  changes.push(textOf(status));
  return changes;
}

function publicLists(status: StatusDoc, rank: string, flags: string): Change[] {
  const changes: Change[] = status.tags.flatMap((tag): Change[] => [
    putMember(taggedWith(tag.name), status.id, rank, flags),
    { do: "put-text", index: "tags", id: tag.name, text: tag.name },
  ]);
  const toOther = status.inReplyToId !== null && status.inReplyToAccountId !== status.accountId;
  if (!toOther) {
    changes.push(putMember(PUBLIC_ALL, status.id, rank, flags));
    if (status.local) changes.push(putMember(PUBLIC_LOCAL, status.id, rank, flags));
  }
  return changes;
}

function pollChanges(poll: PollDoc): Change[] {
  const changes: Change[] = [putRecord("poll", poll.id, poll)];
  if (poll.expiresAtMs !== null) {
    const member = `poll:${poll.accountId}:${poll.id}`;
    changes.push(putMember(DUE, member, dueRank(poll.expiresAtMs)));
  }
  return changes;
}

function textOf(status: StatusDoc): Change {
  const facets = [`from:${status.accountId}`, `in:${status.visibility}`];
  if (status.media.length > 0) facets.push("has:media");
  for (const media of status.media) facets.push(`has:${media.type}`);
  if (status.pollId !== null) facets.push("has:poll");
  if (status.html.includes("<a href=") && status.html.includes('rel="nofollow')) {
    facets.push("has:link");
  }
  if (status.inReplyToId !== null) facets.push("is:reply");
  if (status.sensitive) facets.push("is:sensitive");
  if (status.quoteOfId !== null) facets.push("has:quote");
  if (status.language !== null) facets.push(`language:${status.language}`);
  const tags = status.tags.map((tag) => `#${tag.name}`).join(" ");
  const media = status.media.map((it) => it.description ?? "").join(" ");
  return {
    do: "put-text",
    index: "statuses",
    id: status.id,
    text: `${status.spoiler} ${status.text} ${tags} ${media}`,
    facets: facets.join(" "),
  };
}

/** The author's public document, its place in the directory, and the month's active accounts. */
function counted(account: Account, status: StatusDoc): Change[] {
  const changes: Change[] = [...profileChanges(account)];
  if (account.statuses.firstOfMonth) {
    const month = activeIn(monthOf(status.createdAtMs));
    changes.push(putMember(month, account.id, rankOf(account.id)));
  }
  const { profile } = account;
  if (profile?.discoverable === true && !profile.limited && status.visibility !== "direct") {
    changes.push(putMember(DIRECTORY_ACTIVE, account.id, rankOf(status.id)));
  }
  return changes;
}

function edited(fact: Extract<StatusFact, { type: "edited" }>): Change[] {
  const { status, before } = fact;
  const rank = rankOf(status.id);
  const flags = JSON.stringify(flagsOf(status));
  const at = dueRank(before.createdAtMs);
  const changes: Change[] = [
    putRecord("status", status.id, status),
    putMember(editsOf(status.id), at, at, before),
    putMember(statusesOf(status.accountId), status.id, rank, flags),
    textOf(status),
    ...fact.droppedTags.map((tag) => dropMember(taggedWith(tag), status.id)),
  ];
  if (status.visibility === "public") changes.push(...publicLists(status, rank, flags));
  if (fact.pollChanged) {
    changes.push(dropCollection(votesOf(status.id)));
    if (fact.poll === null) changes.push(...pollGone(status.accountId, status.id));
    else changes.push(...pollChanges(fact.poll));
  }
  return changes;
}

const pollGone = (accountId: string, pollId: string): Change[] => [
  dropRecord("poll", pollId),
  dropMember(DUE, `poll:${accountId}:${pollId}`),
];

/** Takes a status off every list that may hold it. Also used for boosts (marks.ts). */
export function deleted(accountId: string, status: DeletedStatus): Change[] {
  const { id } = status;
  const changes: Change[] = [
    dropRecord("status", id),
    dropMember(statusesOf(accountId), id),
    dropMember(pinnedOf(accountId), id),
  ];
  if (status.reblogOfId !== null) {
    changes.push(dropMember(reblogsOf(accountId), status.reblogOfId));
    return changes;
  }
  changes.push(
    dropRecord("stats", id),
    dropCollection(favouritedBy(id)),
    dropCollection(rebloggedBy(id)),
    dropCollection(countedReplies(id)),
    dropCollection(quotesOf(id)),
    dropCollection(editsOf(id)),
    { do: "drop-text", index: "statuses", id },
  );
  if (status.visibility === "public") {
    changes.push(dropMember(PUBLIC_ALL, id), dropMember(PUBLIC_LOCAL, id));
    changes.push(...status.tags.map((tag) => dropMember(taggedWith(tag), id)));
  }
  if (status.inReplyToId !== null) changes.push(dropMember(repliesOf(status.inReplyToId), id));
  if (status.pollId !== null) {
    changes.push(...pollGone(accountId, status.pollId), dropCollection(votesOf(status.pollId)));
  }
  return changes;
}
