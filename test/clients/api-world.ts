// Owns the people and things on a real server that the rows of the API table are called with.

import { eventually, type TestServer } from "./server.js";

export type Name = "ann" | "bob" | "carol" | "dave";

export type Answer = { status: number; type: string; text: string; json: unknown };

export type Called = {
  as?: Name | null;
  token?: string;
  body?: unknown;
};

export type World = {
  url: string;
  /** Of an app without a person. */
  appToken: string;
  app: { client_id: string; client_secret: string };
  tokens: Record<Name, string>;
  people: Record<Name, string>;
  /** What `:id` stands for, by the word before it in the path. */
  ids: Record<string, string>;
  call(method: string, path: string, called?: Called): Promise<Answer>;
  /** As `call`, by ann unless said otherwise; throws unless the answer is 2xx. Answers the JSON. */
  sure(method: string, path: string, body?: unknown, as?: Name): Promise<Json>;
  /** A fresh public status. Answers its id. */
  post(as?: Name, more?: Record<string, unknown>): Promise<string>;
};

export type Json = { id: string } & Record<string, unknown>;

const NAMES: readonly Name[] = ["ann", "bob", "carol", "dave"];
const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";
const SCOPES = "read write follow push profile";

/** People, an app, and one thing of each kind. */
export async function makeWorld(server: TestServer): Promise<World> {
  const tokens = {} as Record<Name, string>;
  for (const name of NAMES) {
    await server.makeUser(name, name === "ann" ? "owner" : "user");
    tokens[name] = await server.makeToken(name, SCOPES);
  }
  const world = emptyWorld(server.url, tokens);
  for (const name of NAMES) {
    const me = await world.sure("GET", "/api/v1/accounts/verify_credentials", undefined, name);
    world.people[name] = me.id;
  }
  await registerApp(world);
  await addRelations(world);
  await addStatuses(world);
  await addOwnThings(world);
  await addNotifications(world);
  return world;
}

function emptyWorld(url: string, tokens: Record<Name, string>): World {
  const call = async (method: string, path: string, called: Called = {}): Promise<Answer> => {
    const headers: Record<string, string> = {};
    const as = called.as === undefined ? "ann" : called.as;
    const token = called.token ?? (as === null ? undefined : tokens[as]);
    if (token !== undefined) headers["authorization"] = `Bearer ${token}`;
    const init: RequestInit = { method, headers, redirect: "manual" };
    if (called.body !== undefined && method !== "GET") {
      headers["content-type"] = "application/json";
      init.body = JSON.stringify(called.body);
    }
    const answer = await fetch(`${url}${path}`, init);
    const type = answer.headers.get("content-type") ?? "";
    const text = await answer.text();
    const json: unknown = type.includes("json") ? JSON.parse(text) : undefined;
    return { status: answer.status, type, text, json };
  };
  const sure = async (method: string, path: string, body?: unknown, as: Name = "ann") => {
    const it = await call(method, path, { as, body });
    if (it.status >= 300) throw new Error(`${method} ${path}: ${it.status} ${it.text}`);
    return it.json as Json;
  };
  let posts = 0;
  return {
    ...{ url, tokens, call, sure },
    appToken: "",
    app: { client_id: "", client_secret: "" },
    people: {} as Record<Name, string>,
    ids: {},
    async post(as = "ann", more = {}) {
      posts += 1;
      const status = `Number ${posts} of the day`;
      return (await sure("POST", "/api/v1/statuses", { status, ...more }, as)).id;
    },
  };
}

async function registerApp(world: World): Promise<void> {
  const made = await world.call("POST", "/api/v1/apps", {
    as: null,
    body: { client_name: "Table", redirect_uris: OUT_OF_BAND, scopes: SCOPES },
  });
  world.app = made.json as World["app"];
  const granted = await world.call("POST", "/oauth/token", {
    as: null,
    body: { grant_type: "client_credentials", scope: "read write", ...world.app },
  });
  world.appToken = (granted.json as { access_token: string }).access_token;
}

/** Ann follows bob, bob follows both, and everybody asks dave, who is locked. */
async function addRelations(world: World): Promise<void> {
  const { people, sure, ids } = world;
  const follow = (by: Name, of: Name) =>
    sure("POST", `/api/v1/accounts/${people[of]}/follow`, {}, by);
  await follow("ann", "bob");
  await follow("bob", "ann");
  await follow("bob", "carol");
  await sure("PATCH", "/api/v1/accounts/update_credentials", { locked: true }, "dave");
  for (const name of ["ann", "bob", "carol"] as const) await follow(name, "dave");
  ids["accounts"] = people.bob;
  ids["follow_requests"] = people.bob;
  ids["suggestions"] = people.dave;
}

/** Ann's post in which everything is used, replies and quotes of it, and bob's poll. */
async function addStatuses(world: World): Promise<void> {
  const { ids, post, sure } = world;
  const status = "Look @bob, #birds at https://example.org/birds";
  ids["statuses"] = await post("ann", { status, spoiler_text: "birds" });
  const at = ids["statuses"];
  ids["reply"] = await post("bob", { status: "@ann I see", in_reply_to_id: at });
  ids["quotes"] = await post("bob", { status: "look at that", quoted_status_id: at });
  for (const act of ["favourite", "reblog"]) {
    await sure("POST", `/api/v1/statuses/${at}/${act}`, {}, "bob");
    await sure("POST", `/api/v1/statuses/${ids["reply"]}/${act}`, {}, "ann");
  }
  await sure("POST", `/api/v1/statuses/${at}/bookmark`);
  const poll = { options: ["yes", "no"], expires_in: 3600 };
  const asked = await sure("POST", "/api/v1/statuses", { status: "Well?", poll }, "bob");
  ids["polls"] = (asked["poll"] as { id: string }).id;
  await post("bob", { status: "@ann for your eyes", visibility: "direct" });
  ids["tags"] = "birds";
  ids["tag"] = "birds";
}

async function addOwnThings(world: World): Promise<void> {
  const { ids, sure, people } = world;
  ids["lists"] = (await sure("POST", "/api/v1/lists", { title: "Friends" })).id;
  ids["list"] = ids["lists"];
  await sure("POST", `/api/v1/lists/${ids["lists"]}/accounts`, { account_ids: [people.bob] });
  const filter = await sure("POST", "/api/v2/filters", {
    title: "No trains",
    context: ["home", "public"],
    filter_action: "warn",
    keywords_attributes: [{ keyword: "trains", whole_word: true }],
  });
  ids["filters"] = filter.id;
  ids["keywords"] = (filter["keywords"] as Json[])[0]?.id ?? "";
  const held = { status_id: ids["statuses"] };
  const holding = await sure("POST", `/api/v2/filters/${filter.id}/statuses`, held);
  ids["filter-status"] = holding.id;
  const phrase = { phrase: "ships", context: ["home"] };
  ids["filters-v1"] = (await sure("POST", "/api/v1/filters", phrase)).id;
  const body = { status: "Later", scheduled_at: "2199-01-01T00:00:00.000Z" };
  ids["scheduled_statuses"] = (await sure("POST", "/api/v1/statuses", body)).id;
  await sure("POST", "/api/v1/tags/birds/follow");
  ids["featured_tags"] = (await sure("POST", "/api/v1/featured_tags", { name: "birds" })).id;
  await sure("POST", "/api/v1/markers", { home: { last_read_id: ids["statuses"] } });
}

/** Carol, whom ann does not follow, waits in ann's requests. */
async function addNotifications(world: World): Promise<void> {
  const { ids, sure, post } = world;
  await sure("PATCH", "/api/v2/notifications/policy", { for_not_following: "filter" });
  await post("carol", { status: "@ann you do not know me" });
  const requests = await eventually(
    async () => (await sure("GET", "/api/v1/notifications/requests")) as unknown as Json[],
    (it) => it.length > 0,
  );
  ids["requests"] = requests[0]?.id ?? "";
  const listed = await eventually(
    async () => (await sure("GET", "/api/v1/notifications")) as unknown as Json[],
    (it) => it.length >= 4,
  );
  ids["notifications"] = listed[0]?.id ?? "";
  ids["group"] = String(listed[0]?.["group_key"] ?? "");
  const conversations = await eventually(
    async () => (await sure("GET", "/api/v1/conversations")) as unknown as Json[],
    (it) => it.length > 0,
  );
  ids["conversations"] = conversations[0]?.id ?? "";
}
