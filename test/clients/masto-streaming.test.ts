// The client library masto against a real server's streams: over a WebSocket with masto, and as
// server-sent events with fetch. A stream says nothing when it is ready, so each test pokes it until
// it hears something, and only then does what it is about.

import {
  createOAuthAPIClient,
  createRestAPIClient,
  createStreamingAPIClient,
  type mastodon,
} from "masto";
import t from "tap";
import { WebSocket } from "ws";
import { eventually, type Signed, signIn, startServer } from "./server.js";

type Event = mastodon.streaming.Event;

const server = await startServer(t, { rate_limits_enabled: "false" });
const { url } = server;
const people = { ann: await server.makeUser("ann"), bob: await server.makeUser("bob") };
const signed: Record<"ann" | "bob", Signed> = {
  ann: await signIn(url, people.ann),
  bob: await signIn(url, people.bob),
};
const ann = createRestAPIClient({ url, accessToken: signed.ann.token });
const bob = createRestAPIClient({ url, accessToken: signed.bob.token });
const me = await ann.v1.accounts.verifyCredentials();
const him = await bob.v1.accounts.verifyCredentials();
await ann.v1.accounts.$select(him.id).follow();
const { configuration } = await ann.v2.instance.fetch();

function connect(accessToken: string): mastodon.streaming.Client {
  const streamingApiUrl = configuration.urls.streaming;
  return createStreamingAPIClient({
    ...{ streamingApiUrl, accessToken, implementation: WebSocket, retry: false },
  });
}

const socket = connect(signed.ann.token);
t.teardown(() => socket.close());

/** What a stream has brought so far, once the poke shows that it is live. */
async function listen(
  stream: mastodon.streaming.Subscription,
  poke: () => Promise<unknown>,
): Promise<Event[]> {
  const heard: Event[] = [];
  void (async () => {
    for await (const event of stream) heard.push(event);
  })().catch(() => {});
  await eventually(
    async () => {
      await poke();
      return heard;
    },
    (it) => it.length > 0,
  );
  return heard;
}

type Payloads = { [It in Event as It["event"]]: It["payload"] };

/** Waits for the event whose payload `isRight` takes. */
async function comes<Name extends keyof Payloads>(
  heard: Event[],
  name: Name,
  isRight: (payload: Payloads[Name]) => boolean,
): Promise<{ stream: string[]; payload: Payloads[Name] }> {
  const isIt = (it: Event) => it.event === name && isRight(it.payload as Payloads[Name]);
  const found = await eventually(
    async () => heard.find(isIt),
    (it) => it !== undefined,
  );
  return found as unknown as { stream: string[]; payload: Payloads[Name] };
}

let pokes = 0;
const post = (status: string, more: { visibility?: "direct" } = {}) =>
  bob.v1.statuses.create({ status, ...more });
const poke = () => post(`Are you there ${pokes++}? #birds`);

t.test("home brings posts, edits, deletes and notifications", async (t) => {
  const heard = await listen(socket.user.subscribe(), poke);
  const sent = await post("Hello @ann");
  const update = await comes(heard, "update", (it) => it.id === sent.id);
  t.same(update.stream, ["user"]);
  t.match(update.payload, { content: /Hello/, account: { id: him.id }, favourited: false });
  const told = await comes(heard, "notification", (it) => it.status?.id === sent.id);
  t.match(told.payload, { type: "mention", account: { id: him.id } });
  await bob.v1.statuses.$select(sent.id).update({ status: "Hello again @ann" });
  const edited = await comes(heard, "status.update", (it) => it.id === sent.id);
  t.match(edited.payload, { content: /Hello again/, editedAt: String });
  await bob.v1.statuses.$select(sent.id).remove();
  t.equal((await comes(heard, "delete", (it) => it === sent.id)).payload, sent.id);
  const mine = await ann.v1.statuses.create({ status: "One's own" });
  await comes(heard, "update", (it) => it.id === mine.id);
  await bob.v1.statuses.$select(mine.id).favourite();
  await comes(heard, "notification", (it) => it.type === "favourite");
  await bob.v1.accounts.$select(me.id).follow();
  await comes(heard, "notification", (it) => it.type === "follow");
  const boosted = await bob.v1.statuses.$select(mine.id).reblog({ visibility: "public" });
  await comes(heard, "notification", (it) => it.type === "reblog");
  t.ok(boosted.id);
});

t.test("notifications alone come on their own stream", async (t) => {
  const heard = await listen(socket.user.notification.subscribe(), () => post("Psst @ann"));
  t.ok(heard.every((it) => it.event === "notification"));
});

t.test("public streams bring public posts, local ones as well", async (t) => {
  const all = await listen(socket.public.subscribe(), poke);
  const local = await listen(socket.public.local.subscribe(), poke);
  const hidden = await bob.v1.statuses.create({ status: "Quietly", visibility: "unlisted" });
  const sent = await post("Loudly");
  for (const heard of [all, local]) {
    await comes(heard, "update", (it) => it.id === sent.id);
    t.notOk(heard.some((it) => it.event === "update" && it.payload.id === hidden.id));
  }
  await bob.v1.statuses.$select(sent.id).update({ status: "Louder" });
  await comes(local, "status.update", (it) => it.id === sent.id);
  await bob.v1.statuses.$select(sent.id).remove();
  await comes(local, "delete", (it) => it === sent.id);
});

t.test("a hashtag, a list and direct threads have streams", async (t) => {
  const tag = await listen(socket.hashtag.subscribe({ tag: "Birds" }), poke);
  const other = await post("No tag at all");
  const tagged = await post("A tag: #birds");
  await comes(tag, "update", (it) => it.id === tagged.id);
  t.notOk(tag.some((it) => it.event === "update" && it.payload.id === other.id));
  const made = await ann.v1.lists.create({ title: "Friends" });
  await ann.v1.lists.$select(made.id).accounts.create({ accountIds: [him.id] });
  const list = await listen(socket.list.subscribe({ list: made.id }), poke);
  t.same(list[0]?.stream, ["list", made.id]);
  const direct = await listen(socket.direct.subscribe(), () =>
    post("Between us, @ann", { visibility: "direct" }),
  );
  const heard = await comes(direct, "conversation", () => true);
  t.match(heard.payload, { unread: true, lastStatus: { visibility: "direct" } });
});

t.test("a changed filter is told, and a list of another's is refused", async (t) => {
  const heard = await listen(socket.user.subscribe(), poke);
  await ann.v2.filters.create({ title: "x", context: ["home"] });
  await comes(heard, "filters_changed", () => true);
  const [list] = await ann.v1.lists.list();
  const his = connect(signed.bob.token);
  t.teardown(() => his.close());
  const refused = (async () => {
    for await (const _ of his.list.subscribe({ list: list?.id ?? "" })) break;
  })();
  await t.rejects(refused, { message: /Not authorized to stream this list/ });
});

t.test("server-sent events bring the same", async (t) => {
  const stop = new AbortController();
  t.teardown(() => stop.abort());
  const answer = await fetch(`${url}/api/v1/streaming/user`, {
    headers: { authorization: `Bearer ${signed.ann.token}` },
    signal: stop.signal,
  });
  t.match(answer.headers.get("content-type"), /^text\/event-stream/);
  let text = "";
  void (async () => {
    for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString();
  })().catch(() => {});
  await eventually(
    async () => text,
    (it) => it.startsWith(":)"),
  );
  await eventually(
    async () => {
      await poke();
      return text;
    },
    (it) => it.includes("event: update\ndata: {"),
  );
  const sent = await post("As an event");
  await eventually(
    async () => text,
    (it) => it.includes(`"id":"${sent.id}"`),
  );
  await bob.v1.statuses.$select(sent.id).remove();
  await eventually(
    async () => text,
    (it) => it.includes(`event: delete\ndata: ${sent.id}\n\n`),
  );
});

t.test("without a good token no socket opens", async (t) => {
  for (const token of ["", "wrong"]) {
    const bad = new WebSocket(`${configuration.urls.streaming}/api/v1/streaming?stream=user`, {
      headers: token === "" ? {} : { authorization: `Bearer ${token}` },
    });
    const why = await new Promise((resolve) => {
      bad.on("open", () => resolve("open"));
      bad.on("error", (error) => resolve(error.message));
    });
    t.match(String(why), /401/);
  }
});

t.test("a revoked token ends its streams within a second", async (t) => {
  const extra = await signIn(url, people.ann);
  const { token } = extra;
  const ws = new WebSocket(`${configuration.urls.streaming}/api/v1/streaming?stream=user`, token);
  await new Promise((resolve) => ws.on("open", resolve));
  t.equal(ws.protocol, token, "the token as subprotocol is echoed");
  const events = await fetch(`${url}/api/v1/streaming/user?access_token=${token}`);
  const reader = events.body?.getReader();
  await reader?.read();
  const closed = Promise.all([
    new Promise((resolve) => ws.on("close", resolve)),
    (async () => {
      while ((await reader?.read())?.done === false);
    })(),
  ]);
  const startMs = performance.now();
  const { client_id: clientId, client_secret: clientSecret } = extra.app;
  await createOAuthAPIClient({ url }).revoke({ clientId, clientSecret, token });
  await closed;
  const tookMs = performance.now() - startMs;
  t.ok(tookMs < 1000, `${Math.round(tookMs)} ms`);
});
