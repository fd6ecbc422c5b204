// Owns the fields of the entity Conversation. `accounts` and `last_status` are put in as bytes.

export type ConversationFields = { id: string; unread: boolean };

export const conversationFields = (id: string, unread: boolean): ConversationFields => ({
  id,
  unread,
});
