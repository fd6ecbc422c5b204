import t from "tap";
import { Cells, START_MS } from "./cells.js";

t.test("a marker's version grows with each move, and a repeat is none", async (t) => {
  const cells = new Cells();
  const alice = cells.add("alice");
  const save = (...markers: { timeline: string; lastReadId: string }[]) =>
    ({ type: "save-markers", markers }) as never;
  const home = { timeline: "home", lastReadId: "100" };
  t.same(cells.act(alice, save(home)).reply, {
    home: { lastReadId: "100", version: 1, updatedAtMs: START_MS },
  });
  t.same(cells.send(alice, save(home)).facts, []);
  cells.nowMs += 1_000;
  const both = save({ ...home, lastReadId: "90" }, { timeline: "notifications", lastReadId: "7" });
  t.same(cells.act(alice, both).reply, {
    home: { lastReadId: "90", version: 2, updatedAtMs: START_MS + 1_000 },
    notifications: { lastReadId: "7", version: 1, updatedAtMs: START_MS + 1_000 },
  });
  t.same(JSON.parse(cells.records.get(`markers/${alice}`) ?? ""), cells.state(alice).markers);
  t.same(cells.replayed(alice).markers, cells.state(alice).markers);
});
