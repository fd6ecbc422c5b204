// A process of its own: opens WebSockets by the thousand and counts the text frames that come in
// whole on them. It reads no more of a frame than its head.

import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { serveParent } from "./helper.js";

const shared = Buffer.allocUnsafe(512 * 1024);
const TEXT = 0x81;
const AT_ONCE = 100;
const LATEST_MS = 30_000;

let frames = 0;
let lastMs = 0;
let closed = 0;
let sample = "";
let wanted = 0;
let reached: (() => void) | null = null;
let sockets: Client[] = [];

class Client {
  readonly socket: Socket;
  readonly open: Promise<void>;
  #isOpen = false;
  #opened: () => void = () => {};
  /** Bytes of a head that came in pieces. */
  #rest: Buffer | null = null;
  /** Bytes of the frame that are still to come. */
  #left = 0;
  #isText = false;

  constructor(port: number, path: string) {
    this.open = new Promise((resolve) => {
      this.#opened = resolve;
    });
    this.socket = connect({
      port,
      host: "127.0.0.1",
      onread: {
        buffer: shared,
        callback: (size) => {
          this.#read(shared.subarray(0, size));
          return true;
        },
      },
    });
    const head = [
      `GET ${path} HTTP/1.1`,
      "Host: social.example",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    this.socket.on("connect", () => this.socket.write(`${head.join("\r\n")}\r\n\r\n`));
    this.socket.on("error", () => {});
    this.socket.on("close", () => closed++);
  }

  #read(chunk: Buffer): void {
    let data = chunk;
    if (this.#rest !== null) {
      data = Buffer.concat([this.#rest, chunk]);
      this.#rest = null;
    }
    let at = 0;
    if (!this.#isOpen) {
      const end = data.indexOf("\r\n\r\n");
      if (end < 0) {
        this.#rest = Buffer.from(data);
        return;
      }
      if (!data.toString("latin1", 0, 12).endsWith("101")) throw new Error(data.toString());
      this.#isOpen = true;
      this.#opened();
      at = end + 4;
    }
    while (at < data.length) {
      if (this.#left === 0) {
        const size = this.#head(data, at);
        if (size === 0) {
          this.#rest = Buffer.from(data.subarray(at));
          return;
        }
        at += size;
        if (sample === "" && this.#isText && data.length - at >= this.#left) {
          sample = data.toString("utf8", at, at + this.#left);
        }
      }
      const taken = Math.min(this.#left, data.length - at);
      this.#left -= taken;
      at += taken;
      if (this.#left === 0) this.#whole();
    }
  }

  /** Reads the head of a frame at `at`. Answers its length, or 0 if it is not all there. */
  #head(data: Buffer, at: number): number {
    if (data.length - at < 2) return 0;
    const short = (data[at + 1] as number) & 0x7f;
    const size = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (data.length - at < size) return 0;
    this.#isText = data[at] === TEXT;
    if (short === 127) this.#left = Number(data.readBigUInt64BE(at + 2));
    else this.#left = short === 126 ? data.readUInt16BE(at + 2) : short;
    if (this.#left === 0) this.#whole();
    return size;
  }

  #whole(): void {
    if (!this.#isText) return;
    frames++;
    if (frames < wanted) return;
    lastMs = performance.now();
    reached?.();
    reached = null;
  }
}

serveParent({
  /** Opens a socket for each of the paths. */
  async open({ port, paths }: { port: number; paths: string[] }) {
    for (let at = 0; at < paths.length; at += AT_ONCE) {
      const some = paths.slice(at, at + AT_ONCE).map((path) => new Client(port, path));
      sockets.push(...some);
      await Promise.all(some.map((it) => it.open));
    }
    return sockets.length;
  },
  /** Counts from now on, up to so many frames. */
  expect(count: number) {
    frames = 0;
    lastMs = performance.now();
    wanted = count;
  },
  /** Waits until they are all there. Answers when the last of them came, on this machine's clock. */
  async arrived() {
    if (frames < wanted) {
      await new Promise<void>((resolve, reject) => {
        reached = resolve;
        const says = () => `${frames} of ${wanted} frames came, ${closed} sockets were closed`;
        setTimeout(() => reject(new Error(says())), LATEST_MS).unref();
      });
    }
    return { frames, atMs: performance.timeOrigin + lastMs, closed };
  },
  sample: () => sample,
  close() {
    for (const it of sockets) it.socket.destroy();
    sockets = [];
  },
});
