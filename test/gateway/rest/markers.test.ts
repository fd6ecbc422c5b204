import t from "tap";
import { markersRoutes } from "../../../src/gateway/rest/markers.js";
import { RelationsBench } from "./relations-bench.js";

const path = "/api/v1/markers";

t.test("markers are saved and shown for the timelines named", async (t) => {
  await using bench = await RelationsBench.open((parts) => markersRoutes(parts));
  await bench.join("alice");
  const ask = (line: string, body?: unknown) => bench.call(line, { as: "alice", body });
  t.same((await ask(`GET ${path}?timeline[]=home`)).body, {});
  const at = new Date(bench.parts.clock.at).toISOString();
  const home = { last_read_id: "100", version: 1, updated_at: at };
  t.same((await ask(`POST ${path}`, { home: { last_read_id: "100" } })).body, { home });
  const both = { home: { last_read_id: "120" }, notifications: { last_read_id: "7" } };
  t.match((await ask(`POST ${path}`, both)).body, {
    home: { last_read_id: "120", version: 2 },
    notifications: { last_read_id: "7", version: 1 },
  });
  const shown = await ask(`GET ${path}?timeline[]=notifications&timeline[]=other`);
  t.match(shown.body, { notifications: { last_read_id: "7" } });
  t.notOk("home" in (shown.body as object));
  t.same((await ask(`GET ${path}`)).body, {});
  t.same((await ask(`POST ${path}`, {})).body, {});
  t.equal((await ask(`POST ${path}`, { home: { last_read_id: "x" } })).status, 404);
  t.equal((await ask(`POST ${path}`, { home: "x" })).status, 422);
  t.equal((await bench.call(`GET ${path}`)).status, 401);
});
