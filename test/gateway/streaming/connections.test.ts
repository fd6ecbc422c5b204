// Connections of streaming, over both HTTP adapters: who gets in, who is cut off, and how.

import t from "tap";
import { listenNode } from "../../../src/gateway/http/node.js";
import type { HttpServer, ServerOptions } from "../../../src/gateway/http/server.js";
import { listenUws, loadUws } from "../../../src/gateway/http/uws.js";
import { ALICE, BOB, createStage, type Stage, statusEvent, until } from "./doubles.js";

const library = await loadUws();
const adapters: Record<string, (options: ServerOptions) => Promise<HttpServer>> = {
  "uWebSockets.js": (options) => listenUws(options, library),
  "node:http": listenNode,
};

const publicPost = (id: string, by = BOB) => ({ id, by, visibility: "public" as const });

/** Publishes and waits until everything that follows from it was sent. */
async function happens(stage: Stage, ...events: Parameters<Stage["publish"]>[0][]): Promise<void> {
  for (const event of events) stage.publish(event);
  await stage.streaming.settled();
}

for (const [name, listen] of Object.entries(adapters)) {
  t.test(
    `lets in whoever sends a user's token in one of three places, through ${name}`,
    async (t) => {
      const stage = await createStage(t, listen);
      const inQuery = await stage.client("?access_token=alice&stream=user");
      const inHeader = await stage.client("?stream=user", {
        headers: { authorization: "Bearer alice" },
      });
      const inProtocol = await stage.client("?stream=user", { protocol: "alice" });
      t.equal(inProtocol.ws.protocol, "alice", "a browser drops a connection without the echo");
      t.equal(inQuery.ws.protocol, "");
      t.match(inHeader.answer()?.headers, { "x-request-id": /\S/ });
      stage.world.post(publicPost("1"));
      await happens(stage, { type: "home-added", statusId: "1", accountIds: [ALICE] });
      for (const client of [inQuery, inHeader, inProtocol]) {
        t.equal((await client.got(1))[0]?.event, "update");
      }
      const rows = [
        ["", "Missing access token", {}],
        ["?access_token=wrong", "Invalid access token", {}],
        ["?access_token=app", "Invalid access token", {}],
        ["?access_token=alice", "Invalid access token", { authorization: "Bearer wrong" }],
      ] as const;
      for (const [query, says, headers] of rows) {
        const client = stage.connect(query, { headers });
        await client.opened;
        t.match(client.answer(), {
          status: 401,
          headers: { "x-error-message": says, "x-request-id": /\S/, connection: "close" },
        });
      }
    },
  );

  t.test(`closes a dead token's streams at once, through ${name}`, async (t) => {
    const stage = await createStage(t, listen);
    const dead = await stage.client("?access_token=alice&stream=user");
    const alive = await stage.client("?access_token=alice-too&stream=user");
    const source = await stage.http("/api/v1/streaming/user?access_token=alice");
    const text = source.text();
    stage.world.post(publicPost("1"));
    stage.publish({ type: "home-added", statusId: "1", accountIds: [ALICE] });
    stage.publish({ type: "token-revoked", tokenHash: "hash-alice" });
    t.equal(stage.streaming.numbers().streams, 1, "before the event has been handled");
    await stage.streaming.settled();
    await until(() => dead.closed() !== null);
    t.same(dead.closed(), { code: 1008, reason: "The access token was revoked" });
    t.same(dead.texts, [], "nothing is sent afterwards, not even what was being rendered");
    t.equal(await text, ":)\n\n");
    t.equal((await alive.got(1)).length, 1);
    stage.publish({ type: "account-locked-out", accountId: ALICE });
    await until(() => alive.closed() !== null);
    t.same(stage.streaming.numbers(), { streams: 0, channels: 0, pending: 0 });
  });

  t.test(`lets nobody in whose token dies while it is looked at, through ${name}`, async (t) => {
    let letGo = () => undefined as unknown;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const { TOKENS } = await import("./doubles.js");
    const stage = await createStage(t, listen, {
      authenticate: async (token) => {
        await held;
        return TOKENS[token] as (typeof TOKENS)[string];
      },
    });
    const client = stage.connect("?access_token=alice&stream=user");
    await new Promise((resolve) => setTimeout(resolve, 30));
    stage.publish({ type: "token-revoked", tokenHash: "hash-alice" });
    letGo();
    await until(() => client.closed() !== null);
    t.equal(client.closed()?.code, 1008);
    t.equal(stage.streaming.numbers().streams, 0);
  });

  t.test(`closes a socket that reads too slowly, with a reason, through ${name}`, async (t) => {
    const stage = await createStage(t, listen, { socketBacklogMaxBytes: 20_000 });
    const slow = await stage.client("?access_token=alice&stream=user");
    const quick = await stage.client("?access_token=alice-too&stream=user");
    slow.ws.pause();
    const big = "x".repeat(200_000);
    for (let count = 0; stage.streaming.numbers().streams === 2; count++) {
      t.ok(count < 1_000, "the bound is met");
      stage.publish({ type: "announcement-reaction", announcementId: "1", name: big, count });
      await stage.streaming.settled();
      await until(() => quick.texts.length === count + 1);
    }
    slow.ws.resume();
    await until(() => slow.closed() !== null);
    t.match(slow.closed(), { code: 1013, reason: /^Too slow/ });
    t.equal(quick.closed(), null);
  });

  t.test(`pings, and drops who does not answer twice, through ${name}`, async (t) => {
    const stage = await createStage(t, listen);
    const silent = await stage.client("?access_token=alice", { autoPong: false });
    const answering = await stage.client("?access_token=bob");
    const pings = { silent: 0, answering: 0 };
    silent.ws.on("ping", () => pings.silent++);
    answering.ws.on("ping", () => pings.answering++);
    stage.clock.move(29_000);
    t.same(pings, { silent: 0, answering: 0 });
    stage.clock.move(1_000);
    await until(() => pings.silent === 1 && pings.answering === 1);
    await answering.roundTrip();
    stage.clock.move(30_000);
    await until(() => silent.closed() !== null && pings.answering === 2);
    t.equal(answering.closed(), null);
    t.equal(stage.streaming.numbers().streams, 1);
  });

  t.test(`sends server-sent events, with a thump now and then, through ${name}`, async (t) => {
    const stage = await createStage(t, listen);
    const source = await stage.http("/api/v1/streaming/user", { authorization: "Bearer alice" });
    t.equal(source.status, 200);
    t.equal(source.headers.get("content-type"), "text/event-stream");
    t.equal(source.headers.get("cache-control"), "private, no-store");
    t.equal(source.headers.get("access-control-allow-origin"), "*");
    let seen = "";
    const reading = (async () => {
      for await (const chunk of source.body as unknown as AsyncIterable<Uint8Array>) {
        seen += Buffer.from(chunk).toString();
      }
    })();
    await until(() => seen === ":)\n\n");
    stage.clock.move(15_000);
    await until(() => seen.endsWith(":thump\n\n"));
    seen = "";
    const post = stage.world.post(publicPost("7"));
    await happens(stage, { type: "home-added", statusId: "7", accountIds: [ALICE] });
    await until(() => seen !== "");
    const [event, data] = seen.split("\n");
    t.equal(event, "event: update");
    t.match(JSON.parse((data ?? "").slice("data: ".length)), { id: "7", as: ALICE });
    seen = "";
    stage.world.follows.add(`${ALICE}:${BOB}`);
    await happens(stage, statusEvent("status-deleted", post), {
      type: "filters-changed",
      accountId: ALICE,
    });
    await until(() => seen.includes("delete"));
    t.match(seen, "event: delete\ndata: 7\n\n");
    t.match(seen, "event: filters_changed\ndata: \n\n");
    stage.streaming.close();
    await reading;
  });

  t.test(`closes on a binary frame and on one over 16 KB, through ${name}`, async (t) => {
    const stage = await createStage(t, listen);
    const binary = await stage.client("?access_token=alice");
    const large = await stage.client("?access_token=bob");
    binary.ws.send(Buffer.from("{}"), { binary: true });
    large.ws.send("x".repeat(16_385));
    await until(() => binary.closed() !== null && large.closed() !== null);
    t.equal(binary.closed()?.code, 1003);
    await until(() => stage.streaming.numbers().streams === 0);
  });
}
