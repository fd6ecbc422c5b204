// A process of its own: keeps connections busy with HTTP requests and counts the answers that came
// in whole. It does as little as it can for each answer, so that on two cores the server and not the
// load is what is measured.

import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { percentile } from "./figures.js";
import { serveParent } from "./helper.js";

export type LoadRequest = {
  port: number;
  /** For each connection the requests that it sends, over and over, as they go over the wire. */
  connections: readonly (readonly string[])[];
  /** Milliseconds that are not counted. */
  warmMs: number;
  spanMs: number;
};

export type LoadAnswer = {
  done: number;
  wallMs: number;
  bytes: number;
  p50Ms: number;
  p99Ms: number;
  /** Answers that were not 200, and connections that broke. */
  bad: number;
  firstBad: string;
};

/** One buffer for all connections: what was read is done with before the next read. */
const shared = Buffer.allocUnsafe(512 * 1024);
const END = Buffer.from("\r\n\r\n");
const LENGTH = /content-length: ?(\d+)/i;

class Connection {
  readonly #requests: readonly Buffer[];
  readonly #count: Count;
  readonly #socket: Socket;
  #next = 0;
  #sentMs = 0;
  /** Bytes of the answer still to come; -1 while its head is read. */
  #left = -1;
  #head = "";
  #isGood = true;
  stopping = false;

  constructor(port: number, requests: readonly string[], count: Count) {
    this.#requests = requests.map((it) => Buffer.from(it));
    this.#count = count;
    this.#socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer: shared,
        callback: (size) => {
          this.#read(shared.subarray(0, size));
          return true;
        },
      },
    });
    this.#socket.on("connect", () => this.#send());
    this.#socket.on("error", (error) => count.refuse(error.message));
    this.#socket.on("close", () => {
      if (!this.stopping) count.refuse("the server closed the connection");
    });
  }

  end(): void {
    this.stopping = true;
    this.#socket.destroy();
  }

  #send(): void {
    if (this.stopping) return;
    this.#left = -1;
    this.#head = "";
    this.#sentMs = performance.now();
    this.#socket.write(this.#requests[this.#next++ % this.#requests.length] as Buffer);
  }

  #read(data: Buffer): void {
    this.#count.bytes += data.length;
    if (this.#left >= 0) {
      this.#left -= data.length;
    } else {
      const end = data.indexOf(END);
      if (end < 0) {
        this.#head += data.toString("latin1");
        return;
      }
      const head = this.#head + data.toString("latin1", 0, end);
      this.#isGood = head.startsWith("HTTP/1.1 200");
      this.#left = Number(LENGTH.exec(head)?.[1] ?? 0) - (data.length - end - END.length);
      if (!this.#isGood) this.#count.refuse(head + data.toString("latin1", end));
    }
    if (this.#left > 0) return;
    if (this.#isGood) this.#count.done(performance.now() - this.#sentMs);
    this.#send();
  }
}

class Count {
  samples: number[] = [];
  bytes = 0;
  bad = 0;
  firstBad = "";

  done(ms: number): void {
    this.samples.push(ms);
  }

  refuse(why: string): void {
    this.bad++;
    this.firstBad ||= why.slice(0, 1000);
  }

  restart(): void {
    this.samples = [];
    this.bytes = 0;
  }
}

let connections: Connection[] = [];
const count = new Count();
const sleep = (ms: number) => new Promise((resume) => setTimeout(resume, ms));
let startedMs = 0;

serveParent({
  /** Opens the connections and keeps them busy for the warm-up. */
  async start({ port, connections: asked, warmMs }: LoadRequest) {
    connections = asked.map((requests) => new Connection(port, requests, count));
    await sleep(warmMs);
  },
  async measure(spanMs: number): Promise<LoadAnswer> {
    count.restart();
    startedMs = performance.now();
    await sleep(spanMs);
    const wallMs = performance.now() - startedMs;
    const { samples, bytes, bad, firstBad } = count;
    const [p50Ms, p99Ms] = [percentile(samples, 0.5), percentile(samples, 0.99)];
    return { done: samples.length, wallMs, bytes, p50Ms, p99Ms, bad, firstBad };
  },
  async end() {
    for (const it of connections) it.end();
    connections = [];
    await sleep(50);
  },
});
