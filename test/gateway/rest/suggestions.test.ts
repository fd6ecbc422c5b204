import t from "tap";
import { directoryRoutes } from "../../../src/gateway/rest/directory.js";
import { suggestionsRoutes } from "../../../src/gateway/rest/suggestions.js";
import { type Answer, RelationsBench } from "./relations-bench.js";

type Named = { id: string; username: string };
type Suggestion = { source: string; sources: string[]; account: Named };
const names = (answer: Answer<Named[]>) => answer.body.map((it) => it.username);

async function cast() {
  const bench = await RelationsBench.open((parts) => [
    ...suggestionsRoutes(parts),
    ...directoryRoutes(parts),
  ]);
  const found = { discoverable: true };
  await bench.join("alice", found);
  for (const name of ["bob", "carol", "dave", "erin"]) await bench.join(name, found);
  await bench.join("shy");
  const tell = (who: string, type: string, other: string) =>
    bench.tell(who, { type, targetId: bench.id(other) });
  return { bench, tell };
}

t.test("friends of friends come first, then who has most followers", async (t) => {
  const { bench, tell } = await cast();
  await using _ = bench;
  await tell("alice", "follow", "bob");
  await tell("bob", "follow", "carol");
  await tell("bob", "follow", "shy");
  await tell("erin", "follow", "dave");
  await tell("bob", "follow", "dave");
  await tell("alice", "mute", "erin");
  const v2 = () => bench.call<Suggestion[]>("GET /api/v2/suggestions", { as: "alice" });
  const { body } = await v2();
  t.same(body.map((it) => it.account.username).sort(), ["carol", "dave"]);
  t.match(body[0], {
    source: "past_interactions",
    sources: ["friends_of_friends", "most_followed"],
  });
  const v1 = await bench.call<Named[]>("GET /api/v1/suggestions?limit=1", { as: "alice" });
  t.equal(v1.body.length, 1);
  t.match(v1.headers, { deprecation: /^@\d+/ });
  const gone = `DELETE /api/v1/suggestions/${bench.id("dave")}`;
  t.same((await bench.call(gone, { as: "alice" })).body, {});
  t.same(
    (await v2()).body.map((it) => it.account.username),
    ["carol"],
  );
});

t.test(
  "the directory shows who wants to be found, newest first, to those who may see",
  async (t) => {
    const { bench, tell } = await cast();
    await using _ = bench;
    const path = "GET /api/v1/directory";
    const all = ["erin", "dave", "carol", "bob", "alice"];
    t.same(names(await bench.call<Named[]>(`${path}?order=new&local=true`)), all);
    t.same(names(await bench.call<Named[]>(`${path}?order=new&offset=1&limit=2`)), [
      "dave",
      "carol",
    ]);
    t.equal((await bench.call<Named[]>(path)).body.length, 5);
    await tell("erin", "block", "alice");
    await tell("alice", "mute", "dave");
    const shown = await bench.call<Named[]>(`${path}?order=new`, { as: "alice" });
    t.same(names(shown), ["carol", "bob", "alice"]);
    t.equal((await bench.call(`${path}?order=odd`)).status, 422);
  },
);
