// Owns who gets what of an event, and in whose eyes it is rendered. The rule: what everybody may see
// is rendered once and shared by viewers without wishes of their own ("plain"); for all others it is
// rendered for each, with their blocks, mutes and filters. Nothing is sent that `Reads` would not
// show to that viewer.

import type { Reads } from "../read/reads.js";
import type { Hub, Subscription } from "./hub.js";
import type { Push } from "./push.js";
import type { StreamKind } from "./stream-names.js";

/** Viewers whose statuses are rendered at the same time. */
const RENDER_MAX = 32;
/** Accounts asked for in one read; the reads' own bound. */
const BATCH_MAX = 1_000;

/** Subscriptions by the account that listens. */
export type Audience = Map<string, Subscription[]>;

/** Gathers the subscriptions on these channels; of the kinds, if any are named. */
export function audienceOf(
  hub: Hub,
  channels: Iterable<string>,
  kinds?: readonly StreamKind[],
): Audience {
  const audience: Audience = new Map();
  for (const channel of channels) gather(audience, hub.on(channel), kinds);
  return audience;
}

/** Gathers the subscriptions on all channels that begin with `prefix`. */
export function audienceBelow(hub: Hub, prefix: string, kinds?: readonly StreamKind[]): Audience {
  const audience: Audience = new Map();
  for (const listening of hub.channels(prefix)) gather(audience, listening, kinds);
  return audience;
}

function gather(
  audience: Audience,
  listening: ReadonlySet<Subscription>,
  kinds: readonly StreamKind[] | undefined,
): void {
  for (const subscription of listening) {
    if (kinds !== undefined && !kinds.includes(subscription.stream.kind)) continue;
    const { accountId } = subscription.listener;
    const known = audience.get(accountId);
    if (known === undefined) audience.set(accountId, [subscription]);
    else known.push(subscription);
  }
}

/** Those of the audience whose account is wanted. */
export function only(audience: Audience, isWanted: (accountId: string) => boolean): Audience {
  const some: Audience = new Map();
  for (const [accountId, subscriptions] of audience) {
    if (isWanted(accountId)) some.set(accountId, subscriptions);
  }
  return some;
}

export function deliverTo(subscriptions: Iterable<Subscription>, push: Push): void {
  for (const { listener, stream } of subscriptions) listener.deliver(push, stream);
}

export function deliverToAll(audience: Audience, push: Push): void {
  for (const subscriptions of audience.values()) deliverTo(subscriptions, push);
}

/** Does something for each account, several at once. */
export async function forEachViewer(
  audience: Audience,
  visit: (accountId: string, subscriptions: readonly Subscription[]) => Promise<void>,
): Promise<void> {
  const entries = [...audience];
  for (let at = 0; at < entries.length; at += RENDER_MAX) {
    await Promise.all(entries.slice(at, at + RENDER_MAX).map((it) => visit(it[0], it[1])));
  }
}

/** Those of the accounts that the author blocks. */
export async function blockedByAuthor(
  reads: Reads,
  authorId: string,
  accountIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const blocked = new Set<string>();
  for (let at = 0; at < accountIds.length; at += BATCH_MAX) {
    const others = accountIds.slice(at, at + BATCH_MAX);
    const relations = await reads.relations(authorId, others);
    for (const [id, relation] of relations) if (relation.blocking !== undefined) blocked.add(id);
  }
  return blocked;
}

/** Those of the accounts that follow the author. */
export async function followersAmong(
  reads: Reads,
  authorId: string,
  accountIds: readonly string[],
): Promise<Set<string>> {
  const following = new Set<string>();
  for (let at = 0; at < accountIds.length; at += BATCH_MAX) {
    const others = accountIds.slice(at, at + BATCH_MAX);
    const relations = await reads.relationsFrom(others, authorId);
    for (const [id, relation] of relations) {
      if (relation.following !== undefined) following.add(id);
    }
  }
  return following;
}
