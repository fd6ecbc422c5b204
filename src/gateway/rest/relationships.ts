// Owns how the signed-in account stands to others, as routes answer it: read afresh from both
// sides' records, so an answer after a change shows the change.

import { z } from "zod";
import { assert } from "../../base/assert.js";
import { fault } from "../../base/faults.js";
import { domainBlocksOf } from "../../domain/collections.js";
import type { Clock } from "../../ports/clock.js";
import type { Collections } from "../../ports/storage.js";
import { type Relationship, relationship } from "../entities/relationship.js";
import { bool, idList } from "../http/params.js";
import { type Call, json, type Route, route } from "../http/route.js";
import type { Reads } from "../read/reads.js";

/** Accounts that one call may name. */
export const RELATIONSHIPS_MAX = 400;

export type RelationshipParts = {
  reads: Reads;
  collections: Collections;
  clock: Clock;
};

/** The signed-in account. Only for routes whose access is `user`. */
export function callerOf(call: Pick<Call<unknown>, "viewer">): string {
  assert(call.viewer !== null, "a route for users was run without one");
  return call.viewer.accountId;
}

/** How the owner stands to the accounts that exist, in the order asked, each once. */
export async function relationships(
  parts: RelationshipParts,
  ownerId: string,
  others: readonly string[],
): Promise<Relationship[]> {
  const { reads, collections } = parts;
  const docs = await reads.accountDocs(others);
  const known = [...new Set(others)].filter((id) => docs.has(id));
  const domains = known.flatMap((id) => docs.get(id)?.domain ?? []);
  const [own, theirs, blocked] = await Promise.all([
    reads.relations(ownerId, known),
    reads.relationsFrom(known, ownerId),
    domains.length > 0 ? collections.pick(domainBlocksOf(ownerId), [...new Set(domains)]) : null,
  ]);
  return known.map((otherId) =>
    relationship({
      otherId,
      own: own.get(otherId) ?? null,
      theirs: theirs.get(otherId) ?? null,
      domainBlocking: blocked?.has(docs.get(otherId)?.domain ?? "") ?? false,
      nowMs: parts.clock.nowMs(),
    }),
  );
}

/** One relationship as a reply, or the fault not-found. */
export async function relationshipReply(parts: RelationshipParts, ownerId: string, other: string) {
  const [found] = await relationships(parts, ownerId, [other]);
  return found === undefined ? fault("not-found") : json(found);
}

/** `GET /api/v1/accounts/relationships`. */
export function relationshipsRoutes(parts: RelationshipParts): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/accounts/relationships",
      access: { kind: "user", scopes: ["read:follows"] },
      params: z.object({ id: idList(RELATIONSHIPS_MAX), with_suspended: bool() }),
      run: async (call) => {
        const { id, with_suspended } = call.params;
        const docs = await parts.reads.accountDocs(id);
        const shown = id.filter((it) => with_suspended || docs.get(it)?.suspended === false);
        return json(await relationships(parts, callerOf(call), shown));
      },
    }),
  ];
}
