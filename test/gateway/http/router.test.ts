// What every route may lean on: who gets in, what is answered when something is wrong, and the
// headers of each answer.

import t from "tap";
import { z } from "zod";
import { fault } from "../../../src/base/faults.js";
import { accessOf, fallbackRoutes } from "../../../src/gateway/http/fallback.js";
import { bool, idParam, int, optionalText } from "../../../src/gateway/http/params.js";
import { type Access, json, type Route, route } from "../../../src/gateway/http/route.js";
import { bodyOf, requestFor, routerOf } from "./doubles.js";

const open: Access = { kind: "public" };

const plain = (path: string, more: Partial<Route> = {}): Route => ({
  method: "GET",
  path,
  access: open,
  run: ({ auth, viewer }) => json({ path, app: auth?.appId ?? null, viewer }),
  ...more,
});

t.test("lets in by token and scope, and says why not in Mastodon's words", async (t) => {
  const kinds: Record<string, Access> = {
    public: open,
    optional: { kind: "optional", scopes: ["read:statuses"] },
    user: { kind: "user", scopes: ["read:accounts", "profile"] },
    "any-user": { kind: "user", scopes: [] },
    app: { kind: "app" },
    "app-only": { kind: "app-only", scopes: ["write:accounts"] },
    follows: { kind: "user", scopes: ["write:follows"] },
  };
  const { ask, as } = routerOf(
    Object.entries(kinds).map(([name, access]) => plain(`/api/${name}`, { access })),
  );
  const invalid = "The access token is invalid";
  const outside = "This action is outside the authorized scopes";
  const rows: [string, string | null, number, string?][] = [
    ["public", null, 200],
    ["public", "reader", 200],
    ["public", "unknown", 200],
    ["optional", null, 200],
    ["optional", "reader", 200],
    ["optional", "app", 200],
    ["optional", "unknown", 401, invalid],
    ["optional", "old", 401, "The access token expired"],
    ["optional", "dead", 401, "The access token was revoked"],
    ["optional", "writer", 403, outside],
    ["user", null, 401, invalid],
    ["user", "unknown", 401, invalid],
    ["user", "reader", 200],
    ["user", "writer", 403, outside],
    ["user", "app", 422, "This method requires an authenticated user"],
    ["user", "unready", 403, "Your login is missing a confirmed e-mail address"],
    ["any-user", "writer", 200],
    ["app", null, 401, invalid],
    ["app", "app", 200],
    ["app", "writer", 200],
    ["app-only", "app", 200],
    ["app-only", "writer", 403, outside],
    ["follows", "follower", 200],
    ["follows", "reader", 403, outside],
  ];
  for (const [kind, token, status, says] of rows) {
    const reply = await (token === null ? ask(`/api/${kind}`) : as(token, `/api/${kind}`));
    t.equal(reply.status, status, `${kind} with ${token}`);
    if (says !== undefined) t.same(reply.says, { error: says });
  }
  const challenge = (await ask("/api/user")).headers?.["www-authenticate"];
  t.match(challenge, /^Bearer realm="Doorkeeper", error="invalid_token"/);
  const narrow = (await as("writer", "/api/user")).headers?.["www-authenticate"];
  t.match(narrow, /error="insufficient_scope"/);
});

t.test("finds the token in header, query and body, and nowhere else", async (t) => {
  const access: Access = { kind: "user", scopes: [] };
  const { ask } = routerOf([
    plain("/api/x", { access }),
    plain("/api/x", { access, method: "POST", params: z.object({}) }),
    plain("/api/raw", { access, method: "POST" }),
  ]);
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const status = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).status;
  t.equal(await status("/api/x?access_token=reader"), 200);
  t.equal(await status("/api/x?bearer_token=reader"), 200);
  t.equal(await status("/api/x", { headers: { authorization: "bearer reader" } }), 200);
  t.equal(await status("/api/x", { headers: { authorization: "Basic reader" } }), 401);
  t.equal(await status("/api/x", { headers: { cookie: "access_token=reader" } }), 401);
  const inBody = { method: "POST", body: "access_token=reader", headers: form };
  t.equal(await status("/api/x", inBody), 200);
  t.equal(await status("/api/raw", inBody), 401, "a raw body is the handler's own");
  const large = { ...inBody, body: `${inBody.body}&x=${"y".repeat(70_000)}` };
  t.equal(await status("/api/x", large), 401, "a large body is not read for strangers");
});

t.test("lets in those who are not ready yet where a route says so", async (t) => {
  const access: Access = { kind: "user", scopes: [] };
  const ready = { tokenHash: "h", appId: "1", appName: "", appWebsite: null, scopes: ["read"] };
  const { as } = routerOf(
    [plain("/api/check", { access, unreadyToo: true }), plain("/api/other", { access })],
    { identify: () => ({ ...ready, accountId: "1" }) },
  );
  t.equal((await as("unready", "/api/check")).status, 200);
  t.equal((await as("unready", "/api/other")).status, 403);
});

t.test("finds plain paths, names, and names with text around them", async (t) => {
  const names = z.record(z.string(), z.unknown());
  const echo = (path: string) =>
    route({
      method: "GET",
      path,
      access: open,
      params: names,
      run: ({ params }) => json([path, params]),
    });
  const { ask } = routerOf(
    [
      "/api/v1/accounts/search",
      "/api/v1/accounts/:id",
      "/api/v1/accounts/:account_id/statuses",
      "/@:username",
      "/@:username.rss",
      "/@:username/:id",
      "/files/*rest",
    ].map(echo),
  );
  const rows: [string, [string, object] | null][] = [
    ["/api/v1/accounts/search", ["/api/v1/accounts/search", {}]],
    ["/api/v1/accounts/12", ["/api/v1/accounts/:id", { id: "12" }]],
    ["/api/v1/accounts/12/", ["/api/v1/accounts/:id", { id: "12" }]],
    [
      "/api/v1/accounts/search/statuses",
      ["/api/v1/accounts/:account_id/statuses", { account_id: "search" }],
    ],
    ["/api/v1/accounts/a%2Fb", ["/api/v1/accounts/:id", { id: "a/b" }]],
    ["/@alice", ["/@:username", { username: "alice" }]],
    ["/%40alice", ["/@:username", { username: "alice" }]],
    ["/@alice.rss", ["/@:username.rss", { username: "alice" }]],
    ["/@alice/12", ["/@:username/:id", { username: "alice", id: "12" }]],
    ["/files/a/b.js", ["/files/*rest", { rest: "a/b.js" }]],
    ["/api/v1/accounts/12/nothing", null],
    ["/@", null],
    ["/.rss", null],
  ];
  for (const [path, expected] of rows) {
    const reply = await ask(path);
    if (expected === null) t.equal(reply.status, 404, path);
    else t.same(reply.says, expected, path);
  }
  t.equal((await ask("/api/v1/accounts/%ff")).status, 400);
  t.equal((await ask("/api/v1/accounts/%zz")).status, 400);
});

t.test("answers HEAD by GET, and PUT and PATCH as one", async (t) => {
  const { ask } = routerOf([plain("/api/a"), plain("/api/b", { method: "PUT" })]);
  t.equal((await ask("/api/a", { method: "HEAD" })).status, 200);
  t.equal((await ask("/api/b", { method: "PATCH" })).status, 200);
  t.equal((await ask("/api/b", { method: "PUT" })).status, 200);
  for (const method of ["GET", "POST", "TRACE"]) {
    const reply = await ask("/api/b", { method });
    t.equal(reply.status, 404);
    t.same(reply.says, { error: "Not Found" });
  }
});

t.test("refuses two routes for one path, and limits that do not exist", async (t) => {
  t.throws(() => routerOf([plain("/api/:a"), plain("/api/:a")]), /two routes/);
  t.throws(() => routerOf([plain("/api/a", { limits: ["nonsense"] })]), /unknown limit nonsense/);
});

t.test("joins parameters of path, query and body; the path wins", async (t) => {
  const params = z.object({
    id: idParam(),
    flag: bool(),
    count: int({ max: 10 }),
    text: optionalText(20),
    poll: z.object({ options: z.array(z.string()) }).optional(),
  });
  const { ask } = routerOf([
    route({
      method: "POST",
      path: "/api/x/:id",
      access: open,
      params,
      run: (it) => json(it.params),
    }),
  ]);
  const post = (body: string, type: string, query = "") =>
    ask(`/api/x/5${query}`, { method: "POST", body, headers: { "content-type": type } });
  const sent = await post(
    '{"id":"9","flag":1,"text":"né"}',
    "application/json",
    "?count=99&text=q",
  );
  t.same(sent.says, { id: "5", flag: true, count: 10, text: "né" });
  const form = await post(
    "poll[options][]=a&poll[options][]=b&flag=off",
    "application/x-www-form-urlencoded",
  );
  t.same(form.says, { id: "5", flag: false, poll: { options: ["a", "b"] } });
  const field = (name: string, value: string) =>
    `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const multipart = `${field("flag", "true")}${field("text", "two\r\nlines")}--b--\r\n`;
  const many = await post(multipart, "multipart/form-data; boundary=b");
  t.same(many.says, { id: "5", flag: true, text: "two\r\nlines" });
  const rows: [string, string, number, RegExp][] = [
    ["{", "application/json", 400, /JSON could not be read/],
    ["[1]", "application/json", 400, /must be an object/],
    ["[".repeat(200_000), "application/json", 400, /too deeply/],
    ['{"text":"\\u0000\\ud800"}', "application/json", 200, /.*/],
    ['{"count":"x"}', "application/json", 422, /Validation failed: Count must be a number/],
    ['{"text":{"a":1}}', "application/json", 422, /Validation failed: Text must be text/],
    ["text=%ff", "application/x-www-form-urlencoded", 400, /UTF-8/],
    ["--nonsense", "multipart/form-data", 400, /multipart/],
    [`text=${"x".repeat(1_100_000)}`, "application/x-www-form-urlencoded", 413, /too large/],
  ];
  for (const [body, type, status, says] of rows) {
    const reply = await post(body, type);
    t.equal(reply.status, status, body.slice(0, 30));
    t.match(JSON.stringify(reply.says), says);
  }
  t.equal((await ask("/api/x/abc", { method: "POST" })).status, 404, "what cannot be an id");
});

t.test(
  "turns faults into their status and sentence, and breaks into 500 with a log line",
  async (t) => {
    const secret = new Error("the database password is hunter2");
    const { ask, lines } = routerOf([
      plain("/api/details", {
        run: () =>
          fault("invalid", "Validation failed: Username has already been taken", {
            details: { username: [{ error: "ERR_TAKEN", description: "has been taken" }] },
          }),
      }),
      plain("/api/busy", { run: () => fault("store-busy", undefined, { cause: "locked" }) }),
      plain("/api/throws", {
        run: () => {
          throw secret;
        },
      }),
      plain("/api/rejects", { run: () => Promise.reject(secret) }),
    ]);
    t.match(await ask("/api/details"), {
      status: 422,
      says: { error: /Username/, details: { username: [{ error: "ERR_TAKEN" }] } },
    });
    t.equal((await ask("/api/busy")).status, 503);
    t.match(lines.at(-1), { level: "error", fields: { fault: "store-busy", cause: "locked" } });
    for (const path of ["/api/throws", "/api/rejects"]) {
      const reply = await ask(path);
      t.equal(reply.status, 500);
      t.same(reply.says, { error: "An unexpected error occurred" });
      const requestId = reply.headers?.["x-request-id"];
      t.match(lines.at(-1)?.fields, { requestId, method: "GET", path, error: secret });
    }
  },
);

t.test("never logs or answers with a token", async (t) => {
  const { ask, lines } = routerOf([
    plain("/api/throws", { run: () => Promise.reject(new Error("broken")) }),
  ]);
  const reply = await ask("/api/throws?access_token=canary-4711", {
    headers: { authorization: "Bearer canary-4711" },
  });
  t.notMatch(JSON.stringify([lines, reply]), "canary");
});

t.test("gives every answer an own request id and the security headers", async (t) => {
  const { ask } = routerOf([plain("/api/a"), plain("/page", { run: () => ({ status: 200 }) })]);
  const replies = [await ask("/api/a"), await ask("/api/none"), await ask("/page")];
  const ids = new Set(replies.map((it) => it.headers?.["x-request-id"]));
  t.equal(ids.size, 3);
  for (const reply of replies) {
    t.match(reply.headers, { "x-content-type-options": "nosniff", "x-frame-options": "DENY" });
  }
  t.match(replies[0]?.headers?.["content-security-policy"], "default-src 'none'");
});

t.test("opens the API to pages of other origins, and nothing that trusts cookies", async (t) => {
  const { ask } = routerOf([plain("/api/a"), plain("/settings"), plain("/oauth/authorize")]);
  const asked = {
    method: "OPTIONS",
    headers: {
      origin: "https://other.example",
      "access-control-request-headers": "authorization, idempotency-key",
    },
  };
  const allowed = await ask("/api/anything", asked);
  t.equal(allowed.status, 204);
  t.match(allowed.headers, {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": /PATCH/,
    "access-control-allow-headers": "authorization, idempotency-key",
    "x-request-id": /\S/,
  });
  t.notOk(allowed.headers?.["access-control-allow-credentials"]);
  for (const path of ["/oauth/token", "/.well-known/webfinger", "/nodeinfo/2.0", "/@alice"]) {
    t.equal((await ask(path, asked)).status, 204, path);
  }
  for (const path of ["/settings", "/oauth/authorize"]) {
    t.equal((await ask(path, asked)).status, 404, path);
    t.equal((await ask(path)).headers?.["access-control-allow-origin"], undefined, path);
  }
  const exposed = (await ask("/api/a")).headers?.["access-control-expose-headers"];
  t.match(exposed, /Link.*X-RateLimit-Remaining.*X-Request-Id/);
});

t.test("lets only anonymous answers be cached, and marks what is deprecated", async (t) => {
  const { ask, as } = routerOf([
    plain("/api/short", { cache: "short" }),
    plain("/api/long", { cache: "long", deprecated: 1_668_384_000 }),
    plain("/api/none"),
    plain("/api/gone", { cache: "short", run: () => fault("not-found") }),
    plain("/api/own", { run: () => ({ status: 200, headers: { "cache-control": "max-age=1" } }) }),
  ]);
  const rule = (reply: Awaited<ReturnType<typeof ask>>) => reply.headers?.["cache-control"];
  t.match(rule(await ask("/api/short")), "public, max-age=15");
  t.match(rule(await ask("/api/long")), "public, max-age=300");
  t.equal((await ask("/api/long")).headers?.["deprecation"], "@1668384000");
  t.equal(rule(await ask("/api/own")), "max-age=1");
  const closed = "private, no-store";
  t.equal(rule(await ask("/api/none")), closed);
  t.equal(rule(await ask("/api/gone")), closed);
  t.equal(rule(await as("reader", "/api/short")), closed);
  t.equal(rule(await ask("/api/short?access_token=reader")), closed);
  t.equal(rule(await ask("/api/short", { headers: { cookie: "a=b" } })), closed);
  t.equal(rule(await ask("/api/short", { headers: { signature: "x" } })), closed);
  t.match((await ask("/api/short")).headers?.["vary"], "Authorization");
});

t.test("limits calls, and tells how many are left", async (t) => {
  const { ask, as, clock } = routerOf(
    [
      plain("/api/a"),
      plain("/api/post", {
        method: "POST",
        access: { kind: "user", scopes: [] },
        limits: ["posting"],
        params: z.object({ fail: bool() }),
        run: ({ params }: { params: { fail?: boolean } }) =>
          params.fail === true ? fault("invalid") : json({}),
      } as Partial<Route>),
      plain("/sign-in", { limits: ["login"] }),
    ],
    {
      limitsOptions: {
        rules: { posting: { limit: 2 }, anonymous: { limit: 3 }, login: { limit: 1 } },
      },
    },
  );
  const first = await ask("/api/a");
  t.match(first.headers, {
    "x-ratelimit-limit": "3",
    "x-ratelimit-remaining": "2",
    "x-ratelimit-reset": /^2001-09-09T01:50:00\.000000Z$/,
  });
  await ask("/api/a");
  t.equal((await ask("/api/none")).status, 404, "what is not there is not counted");
  await ask("/api/a");
  const over = await ask("/api/a");
  t.equal(over.status, 429);
  t.same(over.says, { error: "Too many requests" });
  t.equal(over.headers?.["x-ratelimit-remaining"], "0");
  t.equal((await ask("/api/a", { address: "192.0.2.2" })).status, 200, "others are not held up");
  clock.at += 5 * 60_000;
  t.equal((await ask("/api/a")).status, 200, "a new window");
  const post = (body = "") =>
    as("writer", "/api/post", {
      method: "POST",
      body,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
  for (let count = 0; count < 5; count++) t.equal((await post("fail=1")).status, 422);
  t.match((await post()).headers, { "x-ratelimit-limit": "2", "x-ratelimit-remaining": "1" });
  t.equal((await post()).status, 200);
  t.equal((await post()).status, 429, "only what came about was counted");
  t.equal((await ask("/sign-in")).status, 200);
  t.equal((await ask("/sign-in")).status, 429);
});

t.test("leaves paths that are not of the API to whoever else answers", async (t) => {
  const { ask } = routerOf([], {
    notFound: async (request) => (request.path === "/page" ? { status: 200, body: "page" } : null),
  });
  t.equal((await ask("/page")).says, "page");
  t.equal((await ask("/other")).status, 404);
  t.same((await ask("/api/page")).says, { error: "Not Found" });
});

t.test("answers what is not built yet with an empty list or not found", async (t) => {
  const built = [plain("/api/v1/things/:id"), plain("/api/v1/edit", { method: "PUT" })];
  const rows = [
    { method: "GET", path: "/api/v1/things/:thing_id", scope: "public", answersList: true },
    { method: "PATCH", path: "/api/v1/edit", scope: "public", answersList: false },
    { method: "GET", path: "/api/v1/lists", scope: "read:lists", answersList: true },
    { method: "GET", path: "/api/v1/one", scope: "public?read:statuses", answersList: false },
    { method: "POST", path: "/api/v1/lists", scope: "write:lists", answersList: true },
  ];
  const added = fallbackRoutes(rows, built);
  t.equal(added.length, 3);
  const { ask, as } = routerOf([...built, ...added]);
  t.same((await as("reader", "/api/v1/lists")).says, []);
  t.equal((await ask("/api/v1/lists")).status, 401);
  t.same(await ask("/api/v1/one").then((it) => [it.status, it.says]), [
    404,
    { error: "Not Found" },
  ]);
  t.equal((await as("writer", "/api/v1/lists", { method: "POST" })).status, 403);
  t.same(accessOf("write:follows+follow"), { kind: "user", scopes: ["write:follows"] });
  t.same(accessOf("profile or read:accounts"), {
    kind: "user",
    scopes: ["profile", "read:accounts"],
  });
  t.same(accessOf("app+write:accounts"), { kind: "app-only", scopes: ["write:accounts"] });
  t.same(accessOf("session"), { kind: "public" });
  t.same(accessOf("admin:write:ip_blocks"), { kind: "user", scopes: ["admin:write:ip_blocks"] });
});

t.test("hands on a request whose body was never read", async (t) => {
  const { ask } = routerOf([
    plain("/api/raw", {
      method: "POST",
      run: async ({ request }) =>
        json({ got: Buffer.from((await request.body(10)) as Uint8Array).toString() }),
    }),
  ]);
  t.same((await ask("/api/raw", { method: "POST", body: "{bytes" })).says, { got: "{bytes" });
  t.equal(bodyOf({ status: 200 }), null);
  t.equal(requestFor("/a?b=c").query, "b=c");
});
