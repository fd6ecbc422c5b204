// Owns writing posts past the routes, for tests of what follows from them.

import { assert } from "../../../src/base/assert.js";
import { isFault } from "../../../src/base/faults.js";
import { statusesOf } from "../../../src/domain/collections.js";
import type { Visibility } from "../../../src/domain/visibility.js";
import type { RelationsBench } from "./relations-bench.js";

export type Said = {
  text?: string;
  visibility?: Visibility;
  /** Usernames. */
  to?: readonly string[];
  tags?: readonly string[];
  /** The post answered. */
  inReplyTo?: { id: string; by: string; conversationId: string };
  spoiler?: string;
};

/** Posts as the account and answers the id of the status. A second passes. */
export async function say(bench: RelationsBench, by: string, said: Said = {}): Promise<string> {
  const mentions = (said.to ?? []).map((username) => ({
    accountId: bench.id(username),
    username,
    acct: username,
    url: null,
  }));
  const text = said.text ?? "hello";
  const draft = {
    text,
    html: `<p>${text}</p>`,
    spoiler: said.spoiler ?? "",
    sensitive: false,
    language: "en",
    visibility: said.visibility ?? "public",
    inReplyToId: said.inReplyTo?.id ?? null,
    inReplyToAccountId: said.inReplyTo === undefined ? null : bench.id(said.inReplyTo.by),
    conversationId: said.inReplyTo?.conversationId ?? null,
    quoteOfId: null,
    quoteOfAccountId: null,
    quotePolicy: "public",
    mentions,
    tags: (said.tags ?? []).map((name) => ({ name, shown: name })),
    emojis: [],
    media: [],
    poll: null,
    application: null,
  };
  bench.parts.clock.at += 1_000;
  const reply = await bench.tell(by, { type: "post", draft, idempotencyKey: null });
  assert(!isFault(reply), `the post of ${by} was refused: ${JSON.stringify(reply)}`);
  const [newest] = await bench.parts.collections.page(statusesOf(bench.id(by)), { limit: 1 });
  assert(newest !== undefined, "a post is on its author's list");
  return newest.member;
}

/** Favourites as the account; a second passes. */
export async function like(
  bench: RelationsBench,
  by: string,
  statusId: string,
  of: string,
): Promise<void> {
  bench.parts.clock.at += 1_000;
  const favourite = { type: "favourite", statusId, authorId: bench.id(of) };
  assert(!isFault(await bench.tell(by, favourite)), `${by} could not favourite`);
}
