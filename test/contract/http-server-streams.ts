// The promises of gateway/http/server.ts about what stays open: streams, sockets, and their end.

import type { Test } from "tap";
import { WebSocket } from "ws";
import type { HttpReply, Socket } from "../../src/gateway/http/server.js";
import {
  closedWith,
  type Listen,
  open,
  opened,
  sockets,
  start,
  until,
  urlOf,
  wsUrl,
} from "./http-server-wire.js";

export function streamPromises(t: Test, listen: Listen): void {
  t.test("streams an open answer, piece by piece", async (t) => {
    let end = () => undefined as unknown;
    const server = await start(t, listen, {
      handle: () => ({
        status: 200,
        headers: { "content-type": "text/event-stream" },
        stream: (out) => {
          out.write(":)\n");
          end = () => {
            out.write(Buffer.from("bye\n"));
            out.end();
          };
        },
      }),
    });
    const reply = await fetch(urlOf(server, "/"));
    t.equal(reply.headers.get("content-type"), "text/event-stream");
    const reader = (reply.body as ReadableStream<Uint8Array>).getReader();
    const first = await reader.read();
    t.equal(Buffer.from(first.value ?? []).toString(), ":)\n");
    end();
    const second = await reader.read();
    t.equal(Buffer.from(second.value ?? []).toString(), "bye\n");
    t.equal((await reader.read()).done, true);
  });

  t.test("says when the client is behind, and when it has caught up", async (t) => {
    const chunk = Buffer.alloc(100_000, "x");
    let behindAt = 0;
    let drained = false;
    let sent = 0;
    const server = await start(t, listen, {
      handle: () => ({
        status: 200,
        stream: (out) => {
          const pour = async () => {
            while (sent < 30_000_000) {
              sent += chunk.length;
              if (out.write(chunk)) continue;
              if (behindAt === 0) behindAt = out.backlog();
              await out.drained();
              drained = true;
            }
            out.end();
          };
          void pour();
        },
      }),
    });
    const it = open(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    it.wire.pause();
    await until(() => behindAt > 0);
    t.ok(behindAt > 65_536 && behindAt < 400_000, `behind by ${behindAt}`);
    // The system's own buffers may still grow; then nothing more is taken.
    for (let before = -1; before !== sent; ) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    t.ok(sent < 20_000_000, `${sent} bytes taken while the client does not read`);
    let got = 0;
    it.wire.on("data", (data: string) => {
      got += data.length;
    });
    it.wire.resume();
    await until(() => got >= 30_000_000);
    t.equal(drained, true);
    it.wire.destroy();
  });

  t.test("tells a stream that its client is gone, and takes no more", async (t) => {
    let closes = 0;
    let wrote: boolean | null = null;
    const server = await start(t, listen, {
      handle: () => ({
        status: 200,
        stream: (out) => {
          out.write("hello");
          out.onClose(() => {
            closes++;
            wrote = out.write("more");
          });
        },
      }),
    });
    const it = open(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => it.seen().includes("hello"));
    it.wire.destroy();
    await until(() => closes > 0);
    t.equal(closes, 1);
    t.equal(wrote, false);
  });

  t.test("answers HEAD for a stream without starting it", async (t) => {
    let started = false;
    const server = await start(t, listen, {
      handle: () => ({
        status: 200,
        stream: () => {
          started = true;
        },
      }),
    });
    const reply = await fetch(urlOf(server, "/"), { method: "HEAD" });
    t.equal(reply.status, 200);
    t.equal(started, false);
  });
}

export function socketPromises(t: Test, listen: Listen): void {
  t.test("carries text both ways, tells binary from text, and hears pongs", async (t) => {
    const seen: [string, boolean][] = [];
    let pongs = 0;
    const server = await start(t, listen, {
      upgrade: async (request) => ({
        accept: sockets({
          open: (socket) => {
            socket.send(`${request.method} ${request.path}?${request.query}`);
            socket.ping();
          },
          message: (socket, data, binary) => {
            seen.push([Buffer.from(data).toString(), binary]);
            socket.send(Buffer.from(`re: ${Buffer.from(data).toString()}`));
          },
          pong: () => pongs++,
        }),
        headers: { "x-request-id": "abc" },
      }),
    });
    const client = new WebSocket(wsUrl(server, "/api?stream=user"));
    const texts: string[] = [];
    let header: string | string[] | undefined;
    client.on("upgrade", (reply) => {
      header = reply.headers["x-request-id"];
    });
    client.on("message", (data, isBinary) => texts.push(`${isBinary} ${data.toString()}`));
    await opened(client);
    client.send("héllo");
    client.send(Buffer.from("bytes"), { binary: true });
    await until(() => texts.length === 3 && pongs === 1);
    t.same(seen, [
      ["héllo", false],
      ["bytes", true],
    ]);
    t.same(texts, ["false GET /api?stream=user", "false re: héllo", "false re: bytes"]);
    t.equal(header, "abc");
    client.close();
  });

  t.test("tells each side the other's closing code", async (t) => {
    const codes: number[] = [];
    const server = await start(t, listen, {
      upgrade: (request) => ({
        accept: sockets({
          open: (socket) => {
            if (request.path === "/out") socket.close(4321, "enough");
          },
          close: (_socket, code) => codes.push(code),
        }),
      }),
    });
    t.same(await closedWith(new WebSocket(wsUrl(server, "/out"))), {
      code: 4321,
      reason: "enough",
    });
    const client = new WebSocket(wsUrl(server, "/in"));
    await opened(client);
    client.close(4000, "bye");
    await until(() => codes.length === 2);
    t.ok(codes.includes(4000));
  });

  t.test("names the chosen subprotocol, or none", async (t) => {
    const server = await start(t, listen, {
      upgrade: (request) => {
        const protocol = request.header("sec-websocket-protocol");
        const accept = sockets({});
        return protocol === undefined ? { accept } : { accept, protocol };
      },
    });
    const named = new WebSocket(wsUrl(server), "token-123");
    await opened(named);
    t.equal(named.protocol, "token-123");
    const plain = new WebSocket(wsUrl(server));
    await opened(plain);
    t.equal(plain.protocol, "");
    named.close();
    plain.close();
  });

  t.test("answers a refused upgrade with plain HTTP and its headers", async (t) => {
    const server = await start(t, listen, {
      upgrade: async () => ({
        refuse: { status: 401, headers: { "x-error-message": "Missing access token" }, body: "" },
      }),
    });
    const client = new WebSocket(wsUrl(server));
    client.on("error", () => undefined);
    const reply = await new Promise<{ status: number | undefined; says: unknown }>((resolve) => {
      client.on("unexpected-response", (_request, it) => {
        resolve({ status: it.statusCode, says: it.headers["x-error-message"] });
        it.resume();
      });
    });
    t.same(reply, { status: 401, says: "Missing access token" });
  });

  t.test("answers 500 when deciding about an upgrade breaks", async (t) => {
    const server = await start(t, listen, { upgrade: () => Promise.reject(new Error("broken")) });
    const client = new WebSocket(wsUrl(server));
    client.on("error", () => undefined);
    const status = await new Promise((resolve) => {
      client.on("unexpected-response", (_request, it) => resolve(it.statusCode));
    });
    t.equal(status, 500);
  });

  t.test("closes a socket that sends a frame over the bound", async (t) => {
    let closes = 0;
    const server = await start(t, listen, {
      frameMaxBytes: 1000,
      upgrade: () => ({ accept: sockets({ close: () => closes++ }) }),
    });
    const client = new WebSocket(wsUrl(server));
    await opened(client);
    const closed = closedWith(client);
    client.send("x".repeat(1001));
    const { code } = await closed;
    t.ok(code === 1009 || code === 1006, `code ${code}`);
    await until(() => closes === 1);
  });

  t.test("says when a socket is over its backlog bound, and can drop it", async (t) => {
    let sent = 0;
    let closes = 0;
    let opens: Socket | null = null;
    const server = await start(t, listen, {
      upgrade: () => ({
        accept: sockets({
          open: (socket) => {
            opens = socket;
          },
          close: () => closes++,
        }),
      }),
    });
    const it = open(
      server,
      "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await until(() => opens !== null);
    it.wire.pause();
    const socket = opens as unknown as Socket;
    const text = "x".repeat(10_000);
    while (socket.send(text) && sent < 10_000) {
      sent++;
      if (sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    t.ok(sent < 10_000, `full after ${sent}`);
    t.ok(socket.backlog() >= 55_000, `backlog ${socket.backlog()}`);
    t.ok(socket.backlog() < 1_000_000, `backlog ${socket.backlog()}`);
    socket.drop();
    await until(() => closes === 1);
    t.equal(socket.send("after"), false);
    it.wire.destroy();
  });
}

export function closingPromises(t: Test, listen: Listen): void {
  t.test("lets running requests end, says 1001 to sockets, and listens no more", async (t) => {
    let finish = () => undefined as unknown;
    const server = await start(t, listen, {
      handle: () =>
        new Promise<HttpReply>((resolve) => {
          finish = () => resolve({ status: 200, body: "done" });
        }),
      upgrade: () => ({ accept: sockets({}) }),
    });
    const client = new WebSocket(wsUrl(server));
    await opened(client);
    const gone = closedWith(client);
    const reply = fetch(urlOf(server, "/"));
    await new Promise((resolve) => setTimeout(resolve, 30));
    const closed = server.close(5000);
    t.equal((await gone).code, 1001);
    finish();
    t.equal(await (await reply).text(), "done");
    await closed;
    await t.rejects(fetch(urlOf(server, "/")));
  });

  t.test("cuts what does not end in time", async (t) => {
    const server = await start(t, listen, {
      handle: () => new Promise<HttpReply>(() => undefined),
    });
    const reply = fetch(urlOf(server, "/"));
    const failed = t.rejects(reply);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await server.close(30);
    await failed;
  });

  t.test("ends an open stream when it closes", async (t) => {
    let closes = 0;
    const server = await start(t, listen, {
      handle: () => ({
        status: 200,
        stream: (out) => {
          out.write("a");
          out.onClose(() => closes++);
        },
      }),
    });
    const it = open(server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => /\r\n\r\n1\r\na/.test(it.seen()));
    await server.close(30);
    await until(() => it.closed() && closes === 1);
    t.pass("closed");
  });
}
