// Owns the fields of the entity Suggestion. `account` is put in as bytes.

export type SuggestionReason =
  | "featured"
  | "most_followed"
  | "most_interactions"
  | "similar_to_recently_followed"
  | "friends_of_friends";

export type SuggestionFields = {
  source: "staff" | "past_interactions" | "global";
  sources: SuggestionReason[];
};

const OLD_NAMES: Readonly<Record<SuggestionReason, SuggestionFields["source"]>> = {
  featured: "staff",
  most_followed: "global",
  most_interactions: "global",
  similar_to_recently_followed: "past_interactions",
  friends_of_friends: "past_interactions",
};

/** `reasons` in order of weight; the first also gives the old name. */
export const suggestionFields = (
  reasons: readonly [SuggestionReason, ...SuggestionReason[]],
): SuggestionFields => ({ source: OLD_NAMES[reasons[0]], sources: [...reasons] });
