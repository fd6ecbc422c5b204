import t from "tap";
import { domainBlocksOf } from "../../../src/domain/collections.js";
import { Cells, faultOf, typesOf } from "./cells.js";

t.test("a domain is blocked once, counted, and unblocked", async (t) => {
  const cells = new Cells();
  const alice = cells.add("alice");
  const block = { type: "block-domain", domain: "bad.example" } as never;
  const unblock = { type: "unblock-domain", domain: "bad.example" } as never;
  t.same(cells.send(alice, unblock).facts, []);
  t.same(typesOf(cells.act(alice, block)), ["domain-blocked"]);
  t.same(cells.send(alice, block).facts, []);
  t.same(cells.members(domainBlocksOf(alice)), ["bad.example"]);
  t.equal(cells.state(alice).counts.domainBlocks, 1);
  t.same(typesOf(cells.act(alice, unblock)), ["domain-unblocked"]);
  t.same(cells.members(domainBlocksOf(alice)), []);
  t.equal(cells.replayed(alice).counts.domainBlocks, 0);
});

t.test("one more than the bound is refused", async (t) => {
  const cells = new Cells();
  const alice = cells.add("alice");
  cells.state(alice).counts.domainBlocks = 10_000;
  const sent = cells.send(alice, { type: "block-domain", domain: "x.example" } as never);
  t.equal(faultOf(sent), "invalid");
});
