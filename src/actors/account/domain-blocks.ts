// Owns the domains that an account does not want to see. Promises: each domain is held once, in
// the form it came in; callers hand it over normalised (lower case, punycode).

import { dropMember, putMember } from "../../base/changes.js";
import { rankOf } from "../../base/ids.js";
import { domainBlocksOf } from "../../domain/collections.js";
import type { Change } from "../../ports/storage.js";
import type { DecideContext, Decision, Need } from "../behaviour.js";
import { record } from "../behaviour.js";
import type { Effect } from "../effects.js";
import { accountChanged, refreshHome } from "./relation-change.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";
import { invalid } from "./validation.js";

export const DOMAIN_BLOCKS_MAX = 10_000;

export type Command = { type: "block-domain" | "unblock-domain"; domain: string };

export type Fact =
  | { type: "domain-blocked"; domain: string; markId: string }
  | { type: "domain-unblocked"; domain: string };

const needs = (account: Account, command: Command): readonly Need[] => [
  { collection: domainBlocksOf(account.id), member: command.domain },
];

function decide(account: Account, command: Command, context: DecideContext): Decision<Fact> {
  const { domain } = command;
  const held = context.reads.member(domainBlocksOf(account.id), domain) !== null;
  if (command.type === "unblock-domain") {
    return record<Fact>(held ? [{ type: "domain-unblocked", domain }] : []);
  }
  if (held) return record<Fact>([]);
  if (account.counts.domainBlocks >= DOMAIN_BLOCKS_MAX) {
    return invalid(`At most ${DOMAIN_BLOCKS_MAX} domains can be blocked`);
  }
  return record<Fact>([{ type: "domain-blocked", domain, markId: context.nextId() }]);
}

function evolve(account: Account, fact: Fact): void {
  account.counts.domainBlocks += fact.type === "domain-blocked" ? 1 : -1;
}

function index(account: Account, fact: Fact): readonly Change[] {
  const collection = domainBlocksOf(account.id);
  if (fact.type === "domain-unblocked") return [dropMember(collection, fact.domain)];
  return [putMember(collection, fact.domain, rankOf(fact.markId))];
}

const react = (account: Account): readonly Effect[] => [
  refreshHome(account.id),
  accountChanged(account.id),
];

export const domainBlocksSlice: Slice<Command, Fact> = {
  commands: ["block-domain", "unblock-domain"],
  facts: ["domain-blocked", "domain-unblocked"],
  needs,
  decide,
  evolve,
  index,
  react,
};
