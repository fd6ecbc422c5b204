// Owns what a phrase filter is (Mastodon API: Filter, v2). Held in the owner's account cell and in
// the record "filters" (by account id: array of FilterDoc).

export type FilterContext = "home" | "notifications" | "public" | "thread" | "account";
export const FILTER_CONTEXTS: readonly FilterContext[] = [
  "home",
  "notifications",
  "public",
  "thread",
  "account",
];
export type FilterAction = "warn" | "hide" | "blur";

export type FilterDoc = {
  id: string;
  title: string;
  contexts: FilterContext[];
  action: FilterAction;
  expiresAtMs: number | null;
  keywords: { id: string; keyword: string; wholeWord: boolean }[];
  statuses: { id: string; statusId: string }[];
};
