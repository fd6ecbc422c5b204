// Owns the tags that an account follows and those it shows on its profile. Callers hand over the
// name of a tag (domain/text/tag-name.ts), never its spelling.

import { dropMember, putMember } from "../../base/changes.js";
import { rankOf } from "../../base/ids.js";
import { featuredTagsOf, followedTagsOf, tagFollowers } from "../../domain/collections.js";
import { FEATURED_TAGS_MAX } from "../../domain/limits.js";
import type { Change } from "../../ports/storage.js";
import type { DecideContext, Decision } from "../behaviour.js";
import { record } from "../behaviour.js";
import type { Effect } from "../effects.js";
import { accountChanged, refreshHome } from "./relation-change.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";
import { invalid } from "./validation.js";

export const FOLLOWED_TAGS_MAX = 1_000;

export type Command = {
  type: "follow-tag" | "unfollow-tag" | "feature-tag" | "unfeature-tag";
  name: string;
};

export type Fact =
  | { type: "tag-followed" | "tag-featured"; name: string; markId: string }
  | { type: "tag-unfollowed" | "tag-unfeatured"; name: string };

function decide(account: Account, command: Command, context: DecideContext): Decision<Fact> {
  const { name } = command;
  const follows = account.followedTags.includes(name);
  const features = account.featuredTags.includes(name);
  switch (command.type) {
    case "follow-tag":
      if (follows) return record<Fact>([]);
      if (account.followedTags.length >= FOLLOWED_TAGS_MAX) {
        return invalid(`You cannot follow more than ${FOLLOWED_TAGS_MAX} hashtags`);
      }
      return record<Fact>([{ type: "tag-followed", name, markId: context.nextId() }]);
    case "unfollow-tag":
      return record<Fact>(follows ? [{ type: "tag-unfollowed", name }] : []);
    case "feature-tag":
      if (features) return record<Fact>([]);
      if (account.featuredTags.length >= FEATURED_TAGS_MAX) {
        return invalid("You have already featured the maximum number of hashtags");
      }
      return record<Fact>([{ type: "tag-featured", name, markId: context.nextId() }]);
    case "unfeature-tag":
      return record<Fact>(features ? [{ type: "tag-unfeatured", name }] : []);
  }
}

function evolve(account: Account, fact: Fact): void {
  const without = (names: string[]) => names.filter((it) => it !== fact.name);
  switch (fact.type) {
    case "tag-followed":
      account.followedTags.push(fact.name);
      break;
    case "tag-unfollowed":
      account.followedTags = without(account.followedTags);
      break;
    case "tag-featured":
      account.featuredTags.push(fact.name);
      break;
    case "tag-unfeatured":
      account.featuredTags = without(account.featuredTags);
      break;
  }
}

function index(account: Account, fact: Fact): readonly Change[] {
  switch (fact.type) {
    case "tag-followed":
      return [
        putMember(followedTagsOf(account.id), fact.name, rankOf(fact.markId)),
        putMember(tagFollowers(fact.name), account.id, rankOf(account.id)),
      ];
    case "tag-unfollowed":
      return [
        dropMember(followedTagsOf(account.id), fact.name),
        dropMember(tagFollowers(fact.name), account.id),
      ];
    case "tag-featured":
      return [putMember(featuredTagsOf(account.id), fact.name, rankOf(fact.markId))];
    case "tag-unfeatured":
      return [dropMember(featuredTagsOf(account.id), fact.name)];
  }
}

function react(account: Account, fact: Fact): readonly Effect[] {
  const home = fact.type === "tag-followed" || fact.type === "tag-unfollowed";
  return [...(home ? [refreshHome(account.id)] : []), accountChanged(account.id)];
}

export const tagsSlice: Slice<Command, Fact> = {
  commands: ["follow-tag", "unfollow-tag", "feature-tag", "unfeature-tag"],
  facts: ["tag-followed", "tag-unfollowed", "tag-featured", "tag-unfeatured"],
  decide,
  evolve,
  index,
  react,
};
