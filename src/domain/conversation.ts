// Owns what a conversation is: a direct thread as one of its people sees it. Kept whole in the
// value of its member in the collection `conversationsOf(account)`; the member is the id of the
// thread, so an id means something only together with its owner.

import { isId } from "../base/ids.js";

/** Newest statuses that a conversation remembers, to fall back on when the last one is deleted. */
export const CONVERSATION_STATUSES_MAX = 40;

export type ConversationDoc = {
  /** Everybody but the owner; empty for a note to oneself. */
  participantIds: string[];
  /** Oldest first; the last is shown. At most CONVERSATION_STATUSES_MAX. */
  statusIds: string[];
  unread: boolean;
  /** The owner has written in it: an answer is then expected. */
  spoke: boolean;
};

/** The conversation of a member's value, or null if the text is not one. */
export function conversationOf(value: string | null): ConversationDoc | null {
  if (value === null) return null;
  try {
    const it = JSON.parse(value) as Partial<ConversationDoc> | null;
    if (!Array.isArray(it?.statusIds) || !it.statusIds.every(isId)) return null;
    return {
      participantIds: Array.isArray(it.participantIds) ? it.participantIds.filter(isId) : [],
      statusIds: it.statusIds,
      unread: it.unread === true,
      spoke: it.spoke === true,
    };
  } catch {
    return null;
  }
}
