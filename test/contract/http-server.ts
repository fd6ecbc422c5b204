// The promises of gateway/http/server.ts, run over every adapter. They use real connections, for
// what is tested is how an adapter behaves on the wire.

import type { Test } from "tap";
import { isFault } from "../../src/base/faults.js";
import type { HttpRequest, HttpServer } from "../../src/gateway/http/server.js";
import { closingPromises, socketPromises, streamPromises } from "./http-server-streams.js";
import { echo, type Listen, open, raw, start, until, urlOf } from "./http-server-wire.js";

/** Runs the whole suite over one adapter. */
export function httpServerContract(t: Test, listen: Listen): void {
  requestPromises(t, listen);
  headerPromises(t, listen);
  bodyPromises(t, listen);
  shapePromises(t, listen);
  streamPromises(t, listen);
  socketPromises(t, listen);
  closingPromises(t, listen);
}

function requestPromises(t: Test, listen: Listen): void {
  t.test("hands over method, path, query and body as they were sent", async (t) => {
    const server = await start(t, listen, { handle: echo });
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const path = "/a%20b/%C3%A9//c?x=1&y=%20z";
      const init = method === "GET" ? { method } : { method, body: "héllo" };
      const seen = await (await fetch(urlOf(server, path), init)).json();
      const text = method === "GET" ? "" : "héllo";
      t.same(seen, { method, path: "/a%20b/%C3%A9//c", query: "x=1&y=%20z", text });
    }
  });

  t.test("leaves dots in paths to whoever reads the path, and closes when asked to", async (t) => {
    const server = await start(t, listen, { handle: echo });
    const seen = await raw(server, "GET /a/../b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    t.match(seen, '"path":"/a/../b"');
  });

  t.test("answers HEAD with the length and without the body", async (t) => {
    const server = await start(t, listen, { handle: () => ({ status: 200, body: "hello" }) });
    const it = open(server, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => it.seen().includes("\r\n\r\n"));
    it.wire.write("GET /next HTTP/1.1\r\nHost: x\r\n\r\n");
    await until(() => it.seen().endsWith("hello"));
    it.wire.destroy();
    const [head = "", rest = ""] = it.seen().split("\r\n\r\n");
    t.match(head.toLowerCase(), "content-length: 5");
    t.match(rest, /^HTTP\/1.1 200 OK/);
  });

  t.test("keeps the connection for the next request", async (t) => {
    const server = await start(t, listen, { handle: echo });
    const one = "POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab";
    const it = open(server, `${one}${one.replace("/1", "/2")}`);
    await until(() => it.seen().includes('"/2"'));
    t.match(it.seen(), /"\/1".*"\/2"/s);
    it.wire.destroy();
  });

  t.test("answers 204 and 304 without a body", async (t) => {
    const server = await start(t, listen, {
      handle: (request) => ({ status: Number(request.path.slice(1)), body: "not sent" }),
    });
    for (const status of [204, 304]) {
      const reply = await fetch(urlOf(server, `/${status}`));
      t.equal(reply.status, status);
      t.equal(await reply.text(), "");
    }
  });

  t.test("answers 500 and goes on when the handler breaks", async (t) => {
    const server = await start(t, listen, {
      handle: (request) => {
        if (request.path === "/now") throw new Error("broken");
        return Promise.reject(new Error("broken"));
      },
    });
    for (const path of ["/now", "/later"]) {
      const reply = await fetch(urlOf(server, path));
      t.equal(reply.status, 500);
      t.same(await reply.json(), { error: "An unexpected error occurred" });
    }
  });

  t.test("sends a body of several buffers as one", async (t) => {
    const parts = [Buffer.from("one "), Buffer.from("two "), Buffer.from("three")];
    const server = await start(t, listen, { handle: () => ({ status: 200, body: parts }) });
    const reply = await fetch(urlOf(server, "/"));
    t.equal(reply.headers.get("content-length"), "13");
    t.equal(await reply.text(), "one two three");
  });

  t.test("refuses to listen where somebody listens already", async (t) => {
    const server = await start(t, listen, {});
    await t.rejects(start(t, listen, { port: server.port }), /could not listen on 127.0.0.1/);
  });

  t.test("counts a request for the right-most hop that is no trusted proxy", async (t) => {
    const handle = (request: HttpRequest) => ({ status: 200, body: request.remoteAddress });
    const ask = async (server: HttpServer, forwarded: string) => {
      const init = { headers: { "x-forwarded-for": forwarded, "x-real-ip": "9.9.9.9" } };
      return (await fetch(urlOf(server, "/"), init)).text();
    };
    const plain = await start(t, listen, { handle });
    t.equal(await ask(plain, "1.2.3.4"), "127.0.0.1", "a direct client is not believed");
    const trusting = await start(t, listen, {
      handle,
      trustedProxies: ["127.0.0.0/8", "10.0.0.1", "fd00::/8"],
    });
    const rows = [
      ["1.2.3.4", "1.2.3.4"],
      ["6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"],
      ["127.0.0.1, 1.2.3.4", "1.2.3.4"],
      ["1.2.3.4, nonsense", "127.0.0.1"],
      ["1.2.3.4, nonsense, 10.0.0.1", "10.0.0.1"],
      ["2001:DB8::1, fd00::2", "2001:0db8:0000:0000:0000:0000:0000:0001"],
      ["[2001:db8::2]:4711", "2001:0db8:0000:0000:0000:0000:0000:0002"],
      ["::ffff:5.6.7.8", "5.6.7.8"],
      ["5.6.7.8:1234", "5.6.7.8"],
      ["", "127.0.0.1"],
    ] as const;
    for (const [sent, expected] of rows) t.equal(await ask(trusting, sent), expected, sent);
  });
}

function headerPromises(t: Test, listen: Listen): void {
  t.test("reads headers whatever their case, and joins those that repeat", async (t) => {
    const names = ["x-one", "x-many", "cookie", "x-none"];
    const server = await start(t, listen, {
      handle: async (request) => {
        await Promise.resolve();
        return { status: 200, body: JSON.stringify(names.map((it) => request.header(it) ?? null)) };
      },
    });
    const lines = "X-ONE: a\r\nX-Many: 1\r\nx-many: 2\r\nCookie: a=1\r\nCookie: b=2";
    const it = open(server, `GET / HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n`);
    await until(() => it.seen().endsWith("]"));
    it.wire.destroy();
    t.match(it.seen(), '["a","1, 2","a=1; b=2",null]');
  });

  t.test("writes headers with one value and with several", async (t) => {
    const headers = { "x-one": "1", "set-cookie": ["a=1; HttpOnly", "b=2"] };
    const server = await start(t, listen, { handle: () => ({ status: 201, headers, body: "" }) });
    const reply = await fetch(urlOf(server, "/"));
    t.equal(reply.status, 201);
    t.equal(reply.headers.get("x-one"), "1");
    t.same(reply.headers.getSetCookie(), ["a=1; HttpOnly", "b=2"]);
  });

  t.test("lets no header value start another header", async (t) => {
    const headers = { "x-first": "0", "x-name": "a\r\nset-cookie: evil=1\r\n\r\n<script>" };
    const server = await start(t, listen, { handle: () => ({ status: 200, headers, body: "ok" }) });
    const reply = await fetch(urlOf(server, "/"));
    t.equal(reply.headers.get("set-cookie"), null);
    t.equal(await reply.text(), "ok");
  });
}

function bodyPromises(t: Test, listen: Listen): void {
  t.test("reads a body of many pieces, and one in chunks", async (t) => {
    const server = await start(t, listen, { handle: echo });
    const big = "x".repeat(900_000);
    const whole = await fetch(urlOf(server, "/"), { method: "POST", body: big });
    t.equal(((await whole.json()) as { text: string }).text, big);
    const pieces = ["5\r\nhello\r\n", "6\r\n world\r\n", "0\r\n\r\n"];
    const it = open(server, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const piece of pieces) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      it.wire.write(piece);
    }
    await until(() => it.seen().includes("hello world"));
    it.wire.destroy();
  });

  t.test("reads a body that is asked for only after a while", async (t) => {
    const server = await start(t, listen, {
      handle: async (request) => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        return echo(request);
      },
    });
    const big = "y".repeat(900_000);
    const reply = await fetch(urlOf(server, "/"), { method: "POST", body: big });
    t.equal(((await reply.json()) as { text: string }).text.length, big.length);
  });

  t.test(
    "answers too-large for a body over its bound, told or not, and reads no more",
    async (t) => {
      const server = await start(t, listen, { handle: echo });
      const told = await raw(
        server,
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000000\r\n\r\nabc",
      );
      t.match(told, /^HTTP\/1.1 413 .*too-large/s);
      const it = open(server, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
      const chunk = `10000\r\n${"z".repeat(65_536)}\r\n`;
      let sent = 0;
      while (!it.closed() && it.seen() === "" && sent < 10_000) {
        sent++;
        if (!it.wire.write(chunk)) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await until(it.closed);
      t.match(it.seen(), /^HTTP\/1.1 413 /);
      t.ok(sent < 1_000, `cut after ${sent} chunks`);
    },
  );

  t.test("cuts a body that comes too slowly", async (t) => {
    let fault = "";
    const server = await start(t, listen, {
      bodyPatienceMs: 60,
      handle: async (request) => {
        const body = await request.body(1000);
        if (isFault(body)) fault = body.fault;
        return { status: 200, body: "late" };
      },
    });
    const it = open(server, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n");
    const drip = setInterval(() => it.wire.write("a"), 20);
    await until(it.closed);
    clearInterval(drip);
    await until(() => fault !== "");
    t.equal(it.seen(), "");
    t.equal(fault, "bad-request");
  });

  t.test("tells the handler that the client is gone, and stays well", async (t) => {
    let gone = 0;
    let faults = 0;
    const server = await start(t, listen, {
      handle: async (request) => {
        if (request.path === "/ok") return { status: 200, body: "ok" };
        request.gone.addEventListener("abort", () => gone++);
        if (request.path === "/upload" && isFault(await request.body(1000))) faults++;
        while (!request.gone.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
        return { status: 200, headers: { "x-a": "b" }, body: "nobody reads this" };
      },
    });
    const upload = open(server, "POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab");
    const wait = open(server, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    await new Promise((resolve) => setTimeout(resolve, 30));
    upload.wire.destroy();
    wait.wire.destroy();
    await until(() => gone === 2);
    t.equal(faults, 1);
    t.equal(await (await fetch(urlOf(server, "/ok"))).text(), "ok");
  });

  t.test("reads no request out of a body that nobody wanted, and hangs up", async (t) => {
    const handle = () => ({ status: 401, body: "no" });
    const server = await start(t, listen, { bodyPatienceMs: 60, handle });
    const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n";
    const seen = await raw(server, `${head}GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n`);
    t.equal(seen.split("HTTP/1.1 ").length, 2, "one answer only");
    t.match(seen, /^HTTP\/1.1 401 /);
  });
}

function shapePromises(t: Test, listen: Listen): void {
  const hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";
  const post = (lines: string, body: string) =>
    `POST /a HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n${body}`;
  const shapes: Record<string, string> = {
    "a length and chunks": post(
      "Content-Length: 5\r\nTransfer-Encoding: chunked",
      `0\r\n\r\n${hidden}`,
    ),
    "two lengths": post("Content-Length: 0\r\nContent-Length: 39", hidden),
    "the same length twice": post("Content-Length: 3\r\nContent-Length: 3", "abc"),
    "a length with a sign": post("Content-Length: +3", "abc"),
    "a list of lengths": post("Content-Length: 3, 3", "abc"),
    "a coding that nobody knows": post("Transfer-Encoding: gzip", `abc${hidden}`),
    "a coding that looks like chunked": post("Transfer-Encoding: xchunked", `0\r\n\r\n${hidden}`),
    "two codings": post(
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
      `0\r\n\r\n${hidden}`,
    ),
    "a space before the colon": post("Content-Length : 39", hidden),
    "a folded header": post("X-A: 1\r\n Content-Length: 39", hidden),
    "no host": "GET /a HTTP/1.1\r\n\r\n",
    "two hosts": "GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "two authorizations":
      "GET /a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
    "a NUL in a header": "GET /a HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
    "bytes beyond ASCII in the path": "GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
    "something that is not HTTP": "\x16\x03\x01\x02\x00\r\n\r\n",
    "a chunk without a size": post("Transfer-Encoding: chunked", "zz\r\nabc\r\n0\r\n\r\n"),
  };
  for (const [name, bytes] of Object.entries(shapes)) {
    t.test(`refuses ${name}`, async (t) => {
      const paths: string[] = [];
      const server = await start(t, listen, {
        handle: async (request) => {
          const body = await request.body(1000);
          if (!isFault(body)) paths.push(request.path);
          return { status: 200, body: "served" };
        },
      });
      const it = open(server, bytes);
      // Some shapes are answered, some only never served: then the silence is waited for.
      await Promise.race([until(it.closed), new Promise((resolve) => setTimeout(resolve, 60))]);
      it.wire.destroy();
      t.same(paths, [], "no handler saw it");
      t.notMatch(it.seen(), "served");
      t.equal((await fetch(urlOf(server, "/after"))).status, 200, "the server goes on");
    });
  }
}
