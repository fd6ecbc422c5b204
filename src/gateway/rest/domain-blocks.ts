// Owns the routes of domains that the signed-in account blocks.

import { z } from "zod";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { domainBlocksOf, followersOf, followingOf } from "../../domain/collections.js";
import { HOST_UNITS_MAX, PAGE_DOMAINS } from "../../domain/limits.js";
import { normaliseHost } from "../../domain/text/hosts.js";
import type { Actors } from "../../ports/actors.js";
import type { DomainBlockPreview } from "../entities/domain-block.js";
import { paged, pageIdsOf, pageParams, readPage } from "../http/paging.js";
import { text } from "../http/params.js";
import { json, type Route, route } from "../http/route.js";
import { type AccountPageParts, allMembers } from "./account-pages.js";
import { askAccount } from "./ask-account.js";
import { callerOf } from "./relationships.js";

export type DomainBlockRouteParts = AccountPageParts & { actors: Actors };

const path = "/api/v1/domain_blocks";
const read = { kind: "user", scopes: ["read:blocks", "follow"] } as const;
const write = { kind: "user", scopes: ["write:blocks", "follow"] } as const;
const params = z.object({ domain: text(HOST_UNITS_MAX) });

/** Followers and followed that the preview looks at, each. */
const PREVIEW_MAX = 10_000;

/** The host as it is kept, or the fault invalid. */
function hostOf(sent: string): string | Fault {
  const host = normaliseHost(sent.trim().replace(/^@/, ""));
  if (host !== null && host.length <= HOST_UNITS_MAX) return host;
  return fault("invalid", "Validation failed: Domain is not a valid domain name");
}

/** Every route below `/api/v1/domain_blocks`. */
export function domainBlocksRoutes(parts: DomainBlockRouteParts): Route[] {
  const change = (method: "POST" | "DELETE", type: "block-domain" | "unblock-domain") =>
    route({
      method,
      path,
      access: write,
      params,
      run: async (call) => {
        const domain = hostOf(call.params.domain);
        if (isFault(domain)) return domain;
        const done = await askAccount(parts.actors, callerOf(call), { type, domain });
        return isFault(done) ? done : json({});
      },
    });
  return [
    route({
      method: "GET",
      path,
      access: read,
      params: z.object(
        pageParams({ def: PAGE_DOMAINS.default, max: PAGE_DOMAINS.max, minId: false }),
      ),
      run: async (call) => {
        const collection = domainBlocksOf(callerOf(call));
        const members = await readPage(parts.collections, collection, call.params);
        return paged({
          publicUrl: parts.publicUrl,
          request: call.request,
          params: call.params,
          ids: pageIdsOf(members),
          documents: members.map((it) => Buffer.from(JSON.stringify(it.member))),
          links: { prevBy: "since_id" },
        });
      },
    }),
    change("POST", "block-domain"),
    change("DELETE", "unblock-domain"),
    route({
      method: "GET",
      path: `${path}/preview`,
      access: write,
      params,
      run: async (call) => {
        const domain = hostOf(call.params.domain);
        if (isFault(domain)) return domain;
        const me = callerOf(call);
        const preview: DomainBlockPreview = {
          following_count: await countOf(parts, followingOf(me), domain),
          followers_count: await countOf(parts, followersOf(me), domain),
        };
        return json(preview);
      },
    }),
  ];
}

/** Members of the collection that are of the domain. */
async function countOf(parts: AccountPageParts, collection: string, domain: string) {
  const members = await allMembers(parts.collections, collection, PREVIEW_MAX);
  const docs = await parts.reads.accountDocs(members.map((it) => it.member));
  return [...docs.values()].filter((it) => it.domain === domain).length;
}
