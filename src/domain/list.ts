// Owns what a list is (Mastodon API: List). Held in the owner's account cell and in the record
// "lists" (by account id: array of ListDoc). Members: collection `listMembers(id)`.

export type ListDoc = {
  id: string;
  title: string;
  repliesPolicy: "followed" | "list" | "none";
  exclusive: boolean;
};
