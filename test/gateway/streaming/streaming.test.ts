// What streams carry, and to whom, with real sockets.

import t from "tap";
import type { HttpServer, ServerOptions } from "../../../src/gateway/http/server.js";
import { listenUws, loadUws } from "../../../src/gateway/http/uws.js";
import { ALICE, BOB, CAROL, createStage, LIST, type Stage, statusEvent, until } from "./doubles.js";

const library = await loadUws();
const listen = (options: ServerOptions): Promise<HttpServer> => listenUws(options, library);

const publicPost = (id: string, by = BOB) => ({ id, by, visibility: "public" as const });

/** Publishes and waits until everything that follows from it was sent. */
async function happens(stage: Stage, ...events: Parameters<Stage["publish"]>[0][]): Promise<void> {
  for (const event of events) stage.publish(event);
  await stage.streaming.settled();
}

t.test("subscribes and unsubscribes by frames, each name, also twice", async (t) => {
  const stage = await createStage(t, listen);
  const client = await stage.client("?access_token=alice");
  const names: Record<string, object> = {
    user: {},
    "user:notification": {},
    public: {},
    "public:media": {},
    "public:local": {},
    "public:local:media": {},
    "public:remote": {},
    "public:remote:media": {},
    hashtag: { tag: "Cats" },
    "hashtag:local": { tag: "Cats" },
    list: { list: LIST },
    direct: {},
  };
  const everything = () => {
    const post = stage.world.post(publicPost("9"));
    const here = { hasMedia: true, tags: ["cats"] };
    return happens(
      stage,
      { type: "home-added", statusId: "9", accountIds: [ALICE] },
      { type: "notification-created", accountId: ALICE, notificationId: "77" },
      { type: "conversation-changed", accountId: ALICE, conversationId: "88" },
      statusEvent("status-created", post, { ...here, local: true }),
      statusEvent("status-created", post, { ...here, local: false }),
    );
  };
  stage.world.follows.add(`${ALICE}:${BOB}`);
  for (const [stream, parameters] of Object.entries(names)) {
    client.texts.length = 0;
    client.send({ type: "subscribe", stream, ...parameters });
    client.send({ type: "subscribe", stream, ...parameters });
    await client.roundTrip();
    await everything();
    await client.roundTrip();
    const expected = [stream, ...Object.values(parameters)];
    const frames = client.frames();
    // What belongs to both sides comes twice here, for both a local and a remote post were sent.
    const isOneSided = /local|remote|user:notification|direct/.test(stream);
    t.equal(frames.length, isOneSided ? 1 : 2, `${stream}: ${JSON.stringify(frames)}`);
    for (const frame of frames) t.same(frame.stream, expected);
    client.texts.length = 0;
    client.send({ type: "unsubscribe", stream, ...parameters });
    client.send({ type: "unsubscribe", stream, ...parameters });
    await client.roundTrip();
    await everything();
    await client.roundTrip();
    t.same(client.texts, [], `${stream} is silent`);
  }
  t.equal(stage.streaming.numbers().channels, 0);
});

t.test("answers what cannot be subscribed to with an error, and lives on", async (t) => {
  const stage = await createStage(t, listen);
  const client = await stage.client("?access_token=alice&stream=nonsense");
  const narrow = await stage.client("?access_token=alice-notifications");
  const rows = [
    [{ stream: "public:everything" }, { error: "Unknown stream type", status: 400 }],
    [{}, { error: "Unknown stream type", status: 400 }],
    [{ stream: "hashtag" }, { error: "Missing tag name parameter", status: 400 }],
    [
      { stream: "hashtag", tag: "!!!" },
      { error: "Missing tag name parameter", status: 400 },
    ],
    [{ stream: "list" }, { error: "Missing list name parameter", status: 400 }],
    [
      { stream: "list", list: "999" },
      { error: "Not authorized to stream this list", status: 401 },
    ],
  ] as const;
  t.same(await client.got(1), [{ error: "Unknown stream type", status: 400 }]);
  for (const [asked, expected] of rows) {
    client.texts.length = 0;
    client.send({ type: "subscribe", ...asked });
    t.same(await client.got(1), [expected]);
  }
  const small = { error: "Access token does not have the required scopes", status: 401 };
  narrow.send({ type: "subscribe", stream: "public" });
  t.same(await narrow.got(1), [small]);
  narrow.send({ type: "subscribe", stream: "user:notification" });
  client.texts.length = 0;
  for (const odd of ["{", "[]", "null", '"x"', '{"type":"dance"}', "\u0000"]) client.send(odd);
  await client.roundTrip();
  t.same(client.texts, [], "what is not understood is passed over");
  t.equal(client.closed(), null);
});

t.test("holds no more than 64 subscriptions a socket", async (t) => {
  const stage = await createStage(t, listen);
  const client = await stage.client("?access_token=alice");
  for (let count = 0; count < 10_000; count++) {
    client.send({ type: "subscribe", stream: "hashtag", tag: `tag${count}` });
  }
  await client.got(10_000 - 64);
  t.equal(stage.streaming.numbers().channels, 64);
  t.ok(client.frames().every((it) => it.error === "Too many subscriptions"));
  client.ws.terminate();
  await until(() => stage.streaming.numbers().channels === 0);
});

t.test("bounds the streams of one account and of the node", async (t) => {
  const limits = { streamsMax: 3, streamsPerAccountMax: 2 };
  const stage = await createStage(t, listen, { limits });
  await stage.client("?access_token=alice&stream=user");
  await stage.client("?access_token=alice-too&stream=user");
  const third = stage.connect("?access_token=alice&stream=user");
  await third.opened;
  t.equal(third.answer()?.status, 429);
  t.equal((await stage.http("/api/v1/streaming/user?access_token=alice")).status, 429);
  const bob = await stage.client("?access_token=bob&stream=user");
  const carol = stage.connect("?access_token=carol&stream=user");
  await carol.opened;
  t.equal(carol.answer()?.status, 503);
  bob.ws.terminate();
  await until(() => stage.streaming.numbers().streams === 2);
  await stage.client("?access_token=carol&stream=user");
});

t.test("sends entities as text inside of JSON, and ids bare", async (t) => {
  const stage = await createStage(t, listen);
  const client = await stage.client("?access_token=alice&stream=user");
  const post = stage.world.post(publicPost("12"));
  stage.world.follows.add(`${ALICE}:${BOB}`);
  await happens(stage, { type: "home-added", statusId: "12", accountIds: [ALICE, CAROL] });
  await happens(stage, statusEvent("status-edited", post), statusEvent("status-deleted", post));
  const frames = await client.got(3);
  t.same(Object.keys(frames[0] ?? {}), ["stream", "event", "payload"]);
  t.same(frames[0]?.stream, ["user"]);
  t.same(JSON.parse(frames[0]?.payload ?? ""), {
    id: "12",
    as: ALICE,
    context: "home",
    text: 'a "quoted" é\n',
  });
  t.equal(frames[1]?.event, "status.update");
  t.same(frames[2], { stream: ["user"], event: "delete", payload: "12" });
});

t.test(
  "renders a public post once for all without wishes, and for each of the others",
  async (t) => {
    const stage = await createStage(t, listen);
    const alice = await stage.client("?access_token=alice&stream=public");
    const again = await stage.client("?access_token=alice-too&stream=public:local");
    const bob = await stage.client("?access_token=bob&stream=hashtag&tag=CATS");
    const carol = await stage.client("?access_token=carol&stream=public");
    stage.world.languages.set(CAROL, ["de"]);
    const post = stage.world.post({ ...publicPost("20"), language: "de" });
    await happens(stage, statusEvent("status-created", post, { tags: ["cats"] }));
    t.match((await alice.got(1))[0], { stream: ["public"], payload: /"as":"anybody"/ });
    t.match((await again.got(1))[0], { stream: ["public:local"], payload: /"as":"anybody"/ });
    t.match((await bob.got(1))[0], { stream: ["hashtag", "CATS"], payload: /"as":"anybody"/ });
    t.match((await carol.got(1))[0], {
      stream: ["public"],
      payload: new RegExp(`"as":"${CAROL}"`),
    });
    t.same(stage.world.renders.sort(), [CAROL, "anybody"].sort());
    const english = stage.world.post({ ...publicPost("21"), language: "en" });
    await happens(stage, statusEvent("status-created", english));
    await alice.got(2);
    await carol.roundTrip();
    t.equal(carol.texts.length, 1, "not one of the languages that she chose");
  },
);

t.test("keeps off public streams what does not belong there", async (t) => {
  const stage = await createStage(t, listen);
  const client = await stage.client("?access_token=alice&stream=public");
  client.send({ type: "subscribe", stream: "hashtag", tag: "cats" });
  await client.roundTrip();
  const { world } = stage;
  const tags = ["cats"];
  for (const visibility of ["unlisted", "private", "direct"] as const) {
    const post = world.post({ id: "30", by: BOB, visibility, mentions: [ALICE] });
    await happens(stage, statusEvent("status-created", post, { tags }));
    await happens(stage, statusEvent("status-deleted", post, { tags }));
  }
  const post = world.post(publicPost("31"));
  await happens(stage, statusEvent("status-created", post, { isBoost: true, tags }));
  world.limited.add(BOB);
  await happens(stage, statusEvent("status-created", post, { tags }));
  world.limited.delete(BOB);
  await client.roundTrip();
  t.same(client.texts, []);
  await happens(stage, statusEvent("status-created", post, { isReplyToOther: true, tags }));
  t.match(await client.got(1), [{ stream: ["hashtag", "cats"] }], "replies only by their tags");
  world.posts.delete("31");
  await happens(stage, statusEvent("status-created", post));
  await client.roundTrip();
  t.equal(client.texts.length, 1, "nor what is gone by the time it is rendered");
});

t.test("holds back what belongs on a feed that is switched off", async (t) => {
  const closedFeeds = {
    live: { local: true, remote: false },
    hashtag: { local: false, remote: true },
  };
  const stage = await createStage(t, listen, { closedFeeds });
  const client = await stage.client("?access_token=alice&stream=public");
  client.send({ type: "subscribe", stream: "hashtag", tag: "cats" });
  await client.roundTrip();
  for (const local of [true, false]) {
    const post = stage.world.post(publicPost(local ? "90" : "91"));
    await happens(stage, statusEvent("status-created", post, { local, tags: ["cats"] }));
  }
  await client.roundTrip();
  t.same(
    client.frames().map((it) => [it.stream?.[0], JSON.parse(it.payload ?? "").id]),
    [
      ["hashtag", "90"],
      ["public", "91"],
    ],
  );
});

t.test("heeds blocks and mutes made after connecting", async (t) => {
  const stage = await createStage(t, listen);
  const { world } = stage;
  const alice = await stage.client("?access_token=alice&stream=public");
  alice.send({ type: "subscribe", stream: "user" });
  await alice.roundTrip();
  const posted = async (id: string) => {
    const post = world.post(publicPost(id));
    await happens(stage, statusEvent("status-created", post), {
      type: "home-added",
      statusId: id,
      accountIds: [ALICE],
    });
    await alice.roundTrip();
    return alice.texts.splice(0).length;
  };
  t.equal(await posted("40"), 2);
  world.mutes.add(`${ALICE}:${BOB}`);
  stage.publish({ type: "account-changed", accountId: ALICE });
  t.equal(await posted("41"), 0, "she mutes the author");
  world.mutes.clear();
  stage.publish({ type: "account-changed", accountId: ALICE });
  t.equal(await posted("42"), 2);
  world.blocks.add(`${BOB}:${ALICE}`);
  t.equal(await posted("43"), 0, "the author blocks her; her own account did not change");
});

t.test(
  "sends a private post only to those who may see it, and only on home and lists",
  async (t) => {
    const stage = await createStage(t, listen);
    const { world } = stage;
    const alice = await stage.client(`?access_token=alice&stream=list&list=${LIST}`);
    alice.send({ type: "subscribe", stream: "user" });
    await alice.roundTrip();
    const carol = await stage.client("?access_token=carol&stream=user");
    world.follows.add(`${ALICE}:${BOB}`);
    const post = world.post({ id: "50", by: BOB, visibility: "private" });
    await happens(stage, statusEvent("status-created", post), {
      type: "home-added",
      statusId: "50",
      accountIds: [ALICE, CAROL],
    });
    await happens(stage, statusEvent("status-edited", { ...post, mentions: [CAROL] }));
    await happens(stage, statusEvent("status-deleted", post));
    const labels = (await alice.got(6)).map((it) => `${it.stream?.join(":")} ${it.event}`);
    t.same(labels.sort(), [
      `list:${LIST} delete`,
      `list:${LIST} status.update`,
      `list:${LIST} update`,
      "user delete",
      "user status.update",
      "user update",
    ]);
    await carol.roundTrip();
    t.same(carol.texts, [], "not a follower, though events name her");
  },
);

t.test("sends notifications to both streams, where the scopes open them", async (t) => {
  const stage = await createStage(t, listen);
  const user = await stage.client("?access_token=alice&stream=user");
  const only = await stage.client("?access_token=alice-notifications&stream=user:notification");
  const statuses = await stage.client("?access_token=alice-statuses&stream=user");
  const refused = await stage.client("?access_token=alice-statuses&stream=user:notification");
  const bob = await stage.client("?access_token=bob&stream=user");
  await happens(
    stage,
    { type: "notification-created", accountId: ALICE, notificationId: "5" },
    { type: "notifications-merged", accountId: ALICE },
  );
  for (const client of [user, only]) {
    const [first, second] = await client.got(2);
    t.equal(first?.event, "notification");
    t.same(JSON.parse(first?.payload ?? ""), { notification: "5", accountId: ALICE });
    t.match(second, { event: "notifications_merged", payload: "1" });
  }
  t.same((await refused.got(1))[0]?.status, 401);
  await statuses.roundTrip();
  await bob.roundTrip();
  t.same([...statuses.texts, ...bob.texts], []);
  const post = stage.world.post({ ...publicPost("60"), mentions: [ALICE] });
  await happens(stage, statusEvent("status-edited", post));
  t.match((await only.got(3))[2], { stream: ["user:notification"], event: "status.update" });
});

t.test("sends conversations, announcements and their reactions", async (t) => {
  const stage = await createStage(t, listen);
  const direct = await stage.client("?access_token=alice&stream=direct");
  const user = await stage.client("?access_token=alice&stream=user");
  await happens(stage, { type: "conversation-changed", accountId: ALICE, conversationId: "3" });
  t.match(await direct.got(1), [{ stream: ["direct"], event: "conversation" }]);
  await happens(stage, { type: "announcement", announcementId: "8" });
  await happens(stage, {
    type: "announcement-reaction",
    announcementId: "8",
    name: "👍",
    count: 2,
  });
  await happens(stage, { type: "announcement-deleted", announcementId: "8" });
  t.same(await user.got(3), [
    { stream: ["user"], event: "announcement", payload: '{"announcement":"8"}' },
    {
      stream: ["user"],
      event: "announcement.reaction",
      payload: '{"name":"👍","count":2,"announcement_id":"8"}',
    },
    { stream: ["user"], event: "announcement.delete", payload: "8" },
  ]);
});

t.test("keeps what happens to one post in order, however long it takes to render", async (t) => {
  const stage = await createStage(t, listen);
  const client = await stage.client("?access_token=alice&stream=public");
  let letGo = () => undefined as unknown;
  stage.world.gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const post = stage.world.post(publicPost("70"));
  stage.publish(statusEvent("status-created", post));
  stage.publish(statusEvent("status-edited", post));
  stage.publish(statusEvent("status-deleted", post));
  stage.publish(statusEvent("status-deleted", publicPost("71")));
  t.match(await client.got(1), [{ event: "delete", payload: "71" }], "others are not held up");
  letGo();
  const events = (await client.got(4)).map((it) => it.event);
  t.same(events, ["delete", "update", "status.update", "delete"]);
});

t.test("drops events beyond the bound, says so once, and goes on", async (t) => {
  const stage = await createStage(t, listen, { limits: { pendingMax: 5 } });
  const client = await stage.client("?access_token=alice&stream=public");
  let letGo = () => undefined as unknown;
  stage.world.gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  for (let id = 100; id < 120; id++) {
    stage.publish(statusEvent("status-created", stage.world.post(publicPost(String(id)))));
  }
  letGo();
  t.equal((await client.got(5)).length, 5);
  await stage.streaming.settled();
  await happens(stage, statusEvent("status-created", publicPost("100")));
  t.equal((await client.got(6)).length, 6);
  t.same(
    stage.lines.map((it) => it.says),
    ["stream events are dropped: too many are waiting"],
  );
});

t.test("logs a read that fails, and goes on", async (t) => {
  const stage = await createStage(t, listen, {
    notificationJson: async (_account, id) => {
      if (id === "1") throw new Error("the store is away");
      return Buffer.from("{}");
    },
  });
  const client = await stage.client("?access_token=alice&stream=user");
  await happens(
    stage,
    { type: "notification-created", accountId: ALICE, notificationId: "1" },
    { type: "notification-created", accountId: ALICE, notificationId: "2" },
  );
  t.equal((await client.got(1)).length, 1);
  t.equal(stage.lines[0]?.says, "a stream event failed");
});

t.test("answers wrong requests for server-sent events with JSON", async (t) => {
  const stage = await createStage(t, listen);
  const rows = [
    ["/api/v1/streaming/user", 401, "The access token is invalid"],
    ["/api/v1/streaming/user?access_token=wrong", 401, "The access token is invalid"],
    ["/api/v1/streaming/nonsense?access_token=alice", 400, "Unknown channel requested"],
    ["/api/v1/streaming?access_token=alice", 400, "Unknown channel requested"],
    ["/api/v1/streaming/hashtag?access_token=alice", 400, "Missing tag name parameter"],
    ["/api/v1/streaming/list?access_token=alice", 400, "Missing list name parameter"],
    [`/api/v1/streaming/list?list=9&access_token=alice`, 401, "Not authorized to stream this list"],
    [
      "/api/v1/streaming/user/notification?access_token=alice-statuses",
      401,
      "Access token does not have the required scopes",
    ],
  ] as const;
  for (const [path, status, error] of rows) {
    const reply = await stage.http(path);
    t.equal(reply.status, status, path);
    t.same(await reply.json(), { error }, path);
  }
  const health = await stage.http("/api/v1/streaming/health");
  t.equal(await health.text(), "OK");
});

t.test("takes only_media as part of the name, for server-sent events", async (t) => {
  const stage = await createStage(t, listen);
  const seen: Record<string, string> = {};
  for (const value of ["true", "0"]) {
    const path = `/api/v1/streaming/public/local?only_media=${value}&access_token=alice`;
    const source = await stage.http(path);
    seen[value] = "";
    void (async () => {
      for await (const chunk of source.body as unknown as AsyncIterable<Uint8Array>) {
        seen[value] += Buffer.from(chunk).toString();
      }
    })().catch(() => undefined);
  }
  await until(() => stage.streaming.numbers().streams === 2);
  stage.world.post(publicPost("80"));
  stage.world.post(publicPost("81"));
  await happens(stage, statusEvent("status-created", publicPost("80")));
  await happens(stage, statusEvent("status-created", publicPost("81"), { hasMedia: true }));
  await until(() => Object.values(seen).every((it) => it.includes('"id":"81"')));
  t.notMatch(seen["true"], '"id":"80"');
  t.match(seen["0"], '"id":"80"');
});
