// Owns the site cell for tests of routes: decided in place over the bench's store, beside the
// account cells of the bench.

import type { Need } from "../../../src/actors/behaviour.js";
import { siteBehaviour } from "../../../src/actors/site/site.js";
import type { Command } from "../../../src/actors/site/state.js";
import { assert } from "../../../src/base/assert.js";
import type { Actors } from "../../../src/ports/actors.js";
import type { Change } from "../../../src/ports/storage.js";
import type { RouteParts } from "./relations-bench.js";

/** Actors that answer for accounts as the bench does, and for the one site cell. */
export function withSite(parts: RouteParts): Actors {
  const { store, clock, ids } = parts;
  let site = siteBehaviour.empty("site");
  async function decide(command: Command): Promise<unknown> {
    const held = new Map<string, string | null>();
    for (const need of siteBehaviour.needs?.(site, command) ?? []) {
      held.set(JSON.stringify(need), await read(need));
    }
    const decision = siteBehaviour.decide(site, command, {
      nowMs: clock.nowMs(),
      nextId: ids.next,
      reads: {
        record: () => null,
        member: (collection, member) => held.get(JSON.stringify({ collection, member })) ?? null,
      },
    });
    if ("refuse" in decision) return decision.refuse;
    for (const fact of decision.facts) {
      site = siteBehaviour.evolve(site, fact);
      const wrote = await store.write(siteBehaviour.index(site, fact) as Change[]);
      assert(wrote === null, "the store refused a change");
    }
    return decision.reply ?? {};
  }
  async function read(need: Need): Promise<string | null> {
    if ("record" in need) return await store.records.get(need.record, need.id);
    return (await store.collections.lookup([need]))[0]?.value ?? null;
  }
  return {
    ask: (to, command) =>
      to.kind === "site" ? (decide(command as Command) as never) : parts.actors.ask(to, command),
  };
}
