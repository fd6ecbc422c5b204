// Owns who listens to what: channels and the subscriptions on them. Knows nothing of statuses or
// sockets. A channel without listeners takes no memory.

import type { Auth } from "../http/route.js";
import type { Push } from "./push.js";
import type { Stream } from "./stream-names.js";

/** Somebody at the other end of a connection. */
export interface Listener {
  readonly auth: Auth;
  readonly accountId: string;
  /** Sends the push; a listener that cannot take it is closed, with a reason. */
  deliver(push: Push, stream: Stream): void;
  /** The token is dead: closes at once. Nothing is delivered afterwards. */
  revoke(): void;
  /** The server stops. */
  goAway(): void;
}

export type Subscription = { listener: Listener; stream: Stream };

export class Hub {
  readonly #channels = new Map<string, Set<Subscription>>();

  add(subscription: Subscription): void {
    const { channel } = subscription.stream;
    const known = this.#channels.get(channel);
    if (known === undefined) this.#channels.set(channel, new Set([subscription]));
    else known.add(subscription);
  }

  remove(subscription: Subscription): void {
    const { channel } = subscription.stream;
    const known = this.#channels.get(channel);
    if (known === undefined) return;
    known.delete(subscription);
    if (known.size === 0) this.#channels.delete(channel);
  }

  /** Those that listen to the channel now. */
  on(channel: string): ReadonlySet<Subscription> {
    return this.#channels.get(channel) ?? NOBODY;
  }

  has(channel: string): boolean {
    return this.#channels.has(channel);
  }

  /** The channels that begin with `prefix`; walks all, so not for each event. */
  *channels(prefix: string): Iterable<ReadonlySet<Subscription>> {
    for (const [channel, listening] of this.#channels) {
      if (channel.startsWith(prefix)) yield listening;
    }
  }

  get size(): number {
    return this.#channels.size;
  }
}

const NOBODY: ReadonlySet<Subscription> = new Set();
