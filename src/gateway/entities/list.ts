// Owns the entity List.

import type { ListDoc } from "../../domain/list.js";

export type List = {
  id: string;
  title: string;
  replies_policy: ListDoc["repliesPolicy"];
  exclusive: boolean;
};

export const list = (doc: ListDoc): List => ({
  id: doc.id,
  title: doc.title,
  replies_policy: doc.repliesPolicy,
  exclusive: doc.exclusive,
});
