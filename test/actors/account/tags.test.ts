import t from "tap";
import { featuredTagsOf, followedTagsOf, tagFollowers } from "../../../src/domain/collections.js";
import { Cells, faultOf, typesOf } from "./cells.js";

t.test("a followed tag stands with the account and with the tag", async (t) => {
  const cells = new Cells();
  const alice = cells.add("alice");
  const follow = { type: "follow-tag", name: "birds" } as never;
  const unfollow = { type: "unfollow-tag", name: "birds" } as never;
  const sent = cells.act(alice, follow);
  t.same(typesOf(sent), ["tag-followed"]);
  t.ok(sent.effects.some((it) => it.ask === "refresh-home"));
  t.same(cells.send(alice, follow).facts, []);
  t.same(cells.members(followedTagsOf(alice)), ["birds"]);
  t.same(cells.members(tagFollowers("birds")), [alice]);
  t.same(typesOf(cells.act(alice, unfollow)), ["tag-unfollowed"]);
  t.same(cells.send(alice, unfollow).facts, []);
  t.same(cells.members(tagFollowers("birds")), []);
  t.same(cells.replayed(alice).followedTags, []);
});

t.test("at most ten tags are featured", async (t) => {
  const cells = new Cells();
  const alice = cells.add("alice");
  for (let n = 0; n < 10; n++) cells.act(alice, { type: "feature-tag", name: `t${n}` } as never);
  t.equal(cells.members(featuredTagsOf(alice)).length, 10);
  t.same(cells.send(alice, { type: "feature-tag", name: "t3" } as never).facts, []);
  t.equal(faultOf(cells.send(alice, { type: "feature-tag", name: "t10" } as never)), "invalid");
  cells.act(alice, { type: "unfeature-tag", name: "t3" } as never);
  t.equal(faultOf(cells.send(alice, { type: "feature-tag", name: "t10" } as never)), null);
});
