// Every row of the client API on a real server: what is served has Mastodon's shape, what is not built
// makes nothing up, and nobody gets in without a token of the right scope.

import { readFileSync } from "node:fs";
import t from "tap";
import { WebSocket } from "ws";
import { problemsOf, problemsOfError, problemsOfNothing } from "./clients/api-answers.js";
import { API_ROWS, type Asked } from "./clients/api-rows.js";
import { type Answer, makeWorld, type World } from "./clients/api-world.js";
import { startServer } from "./clients/server.js";
import { repoFile } from "./repo-file.js";

type TableRow = { method: string; path: string; scope: string; area: string; priority: string };

/** Pages, peers, uploads and what is for operators: other tests' matter. */
const ELSEWHERE = new Set(["media", "well_known", "activitypub", "web_private", "fasp", "admin"]);
const PRIORITIES = ["core", "common", "rare"];

const TABLE: readonly TableRow[] = readFileSync(repoFile("test/reference/api.tsv"), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => {
    const [method = "", path = "", scope = "", area = "", priority = ""] = line.split("\t");
    return { method, path, scope, area, priority };
  });

const ROWS = TABLE.filter(
  (it) => !ELSEWHERE.has(it.area) && it.scope !== "session" && it.path !== "/oauth/authorize",
);
const keyOf = (it: TableRow): string => `${it.method} ${it.path}`;
const isStream = (it: TableRow): boolean =>
  it.area === "streaming" && it.path !== "/api/v1/streaming/health";

const server = await startServer(t, { rate_limits_enabled: "false", sign_ups: "open" });
await server.run("rules", "add", "Be kind");
const world = await makeWorld(server);

/** The path with its parameters filled in: from `at`, else by the word before each. */
function pathOf(path: string, asked: Asked, { ids }: World): string {
  let at = 0;
  const filled = path.replace(/([^/]+)\/:[a-z_]+/g, (_, word: string) => {
    const value = asked.at?.[at] ?? ids[word] ?? "1";
    at += 1;
    return `${word}/${encodeURIComponent(value)}`;
  });
  return asked.query === undefined ? filled : `${filled}?${asked.query}`;
}

async function ask(row: TableRow): Promise<Answer> {
  const how = API_ROWS[keyOf(row)]?.[1] ?? {};
  const asked = typeof how === "function" ? await how(world) : how;
  return world.call(row.method, pathOf(row.path, asked, world), asked);
}

t.test("every row of the map is a row of the table", async (t) => {
  const known = new Set(TABLE.map(keyOf));
  t.same(
    Object.keys(API_ROWS).filter((it) => !known.has(it)),
    [],
  );
});

t.test("whoever has no token, or one for something else, is not let in", async (t) => {
  const wrongScope = await server.makeToken("ann", "write:reports");
  // The socket refuses in another way (test/clients/masto.test.ts).
  const users = ROWS.filter((it) => it.path !== "/api/v1/streaming").filter((it) =>
    /^(user|read|write|push|profile)/.test(it.scope),
  );
  let asked = 0;
  for (const row of users) {
    if (API_ROWS[keyOf(row)] === undefined && !isStream(row)) continue;
    const path = pathOf(row.path, {}, world);
    asked += 1;
    const none = await world.call(row.method, path, { as: null });
    if (none.status !== 401 || problemsOfError(none).length > 0) {
      t.fail(`${keyOf(row)} without a token answers ${none.status} ${none.text.slice(0, 100)}`);
    }
    if (row.scope === "user" || row.area === "reports" || isStream(row)) continue;
    const other = await world.call(row.method, path, { token: wrongScope });
    if (other.status !== 403 || problemsOfError(other).length > 0) {
      t.fail(`${keyOf(row)} for write:reports answers ${other.status}`);
    }
  }
  t.ok(asked > 100, `${asked} rows`);
});

t.test("what is served has the shape of the table, and the rest makes nothing up", async (t) => {
  const order = Object.keys(API_ROWS);
  const rankOf = (it: TableRow) => (order.indexOf(keyOf(it)) + order.length) % order.length;
  const rows = ROWS.filter((it) => !isStream(it)).toSorted((a, b) => rankOf(a) - rankOf(b));
  const right = new Map(PRIORITIES.map((it) => [it, 0]));
  const built = rows.filter((it) => API_ROWS[keyOf(it)] !== undefined);
  for (const row of built) {
    const is = API_ROWS[keyOf(row)]?.[0] ?? "";
    const problems = await ask(row).then(
      (answer) => problemsOf(is, answer),
      (error) => [String(error)],
    );
    if (problems.length === 0) right.set(row.priority, (right.get(row.priority) ?? 0) + 1);
    else t.fail(`${keyOf(row)} (${is}): ${problems.slice(0, 8).join("; ")}`);
  }
  for (const row of rows.filter((it) => API_ROWS[keyOf(it)] === undefined)) {
    const problems = problemsOfNothing(row.method, await ask(row));
    if (problems.length > 0) t.fail(`${keyOf(row)} is not in the map: ${problems.join("; ")}`);
  }
  for (const priority of PRIORITIES) {
    const all = rows.filter((it) => it.priority === priority);
    t.comment(`${priority}: ${right.get(priority)}/${all.length} rows served and right`);
    const left = all.filter((it) => API_ROWS[keyOf(it)] === undefined);
    if (left.length > 0) t.comment(`  not built: ${left.map(keyOf).join(", ")}`);
    if (priority === "core") t.same(left, [], "every core row is served");
  }
});

t.test("every stream opens for its reader", async (t) => {
  const params: Record<string, string> = {
    hashtag: "tag=birds",
    list: `list=${world.ids["lists"]}`,
  };
  for (const row of ROWS.filter(isStream)) {
    if (row.path === "/api/v1/streaming") continue;
    const stop = new AbortController();
    const name = row.path.split("/")[4] ?? "";
    const answer = await fetch(`${server.url}${row.path}?${params[name] ?? ""}`, {
      headers: { authorization: `Bearer ${world.tokens.ann}` },
      signal: stop.signal,
    });
    t.equal(answer.status, 200, row.path);
    t.match(answer.headers.get("content-type"), "text/event-stream");
    const first = await answer.body?.getReader().read();
    t.match(new TextDecoder().decode(first?.value), /^:\)/, "it greets");
    stop.abort();
  }
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/v1/streaming`, {
    headers: { authorization: `Bearer ${world.tokens.ann}` },
  });
  const opened = await new Promise((resolve) => {
    socket.on("open", () => resolve("open"));
    socket.on("error", resolve);
  });
  t.equal(opened, "open", "/api/v1/streaming as a WebSocket");
  socket.terminate();
});

t.test("nothing broke inside on the way", async (t) => {
  t.notMatch(server.log(), /\bERROR\b|"level":"error"/, server.log().slice(-2000));
});
