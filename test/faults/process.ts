// Owns a real server process that tests may kill: started on a folder, ended by its pid, started
// again on the same folder. People are made through the operators' socket.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { adminSocketPath, connectAdmin } from "../../cluster/admin/socket.js";
import { isFault } from "../../src/base/faults.js";

const MAIN = fileURLToPath(new URL("../../src/main.js", import.meta.url));
const READY = "Stop with Ctrl-C";

export type Person = { id: string; token: string };

export class ServerProcess {
  readonly folder = mkdtempSync(join(tmpdir(), "rk-kill-"));
  #child: ChildProcess | null = null;
  #port = 0;
  printed = "";

  /** Starts the program and waits until it serves. Throws, with what it printed, if it does not. */
  async start(): Promise<void> {
    this.#port ||= await freePort();
    const child = spawn(
      process.execPath,
      [
        ...["--enable-source-maps", MAIN, "start", "--data-dir", this.folder],
        ...["--listen", `127.0.0.1:${this.#port}`, "--rate-limits-enabled=false"],
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      const took = (chunk: Buffer) => {
        this.printed += chunk.toString();
        if (this.printed.includes(READY)) resolve();
      };
      child.stdout.on("data", took);
      child.stderr.on("data", took);
      child.once("exit", () => reject(new Error(`the server ended: ${this.printed}`)));
    });
    this.printed = "";
  }

  /** kill -9: nothing of the process is asked. Resolves when it is gone. */
  kill(): Promise<number | null> {
    return this.#end("SIGKILL");
  }

  /** Asks it to stop. Answers its exit code. */
  stop(): Promise<number | null> {
    return this.#end("SIGTERM");
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return null;
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    child.kill(signal);
    const code = await ended;
    this.#child = null;
    return code;
  }

  async people(names: readonly string[]): Promise<Person[]> {
    const admin = await connectAdmin(adminSocketPath(this.folder));
    if (admin === null) throw new Error("no operators' socket");
    const made: Person[] = [];
    for (const username of names) {
      const email = `${username}@example.test`;
      const shown = await admin.ask("userShow", { username });
      const user = isFault(shown)
        ? await admin.ask("userCreate", { username, email, confirmed: true })
        : shown;
      const scopes = ["read", "write", "follow"];
      const token = await admin.ask("tokenCreate", { username, scopes, appName: "kill" });
      if (isFault(user) || isFault(token) || token.token === null) throw new Error("no user");
      made.push({ id: user.id, token: token.token });
    }
    admin.close();
    return made;
  }

  /** One call; status 0 if the server did not answer. */
  async call(
    who: Person,
    method: string,
    path: string,
    more: { body?: unknown; key?: string } = {},
  ): Promise<{ status: number; json: unknown }> {
    try {
      const answer = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${who.token}`,
          ...(more.body === undefined ? {} : { "content-type": "application/json" }),
          ...(more.key === undefined ? {} : { "idempotency-key": more.key }),
        },
        ...(more.body === undefined ? {} : { body: JSON.stringify(more.body) }),
      });
      return { status: answer.status, json: await answer.json() };
    } catch {
      return { status: 0, json: null };
    }
  }

  /** Every item of a paged list. */
  async all<Item extends { id: string }>(who: Person, path: string): Promise<Item[]> {
    const items: Item[] = [];
    for (;;) {
      const last = items.at(-1);
      const page = last === undefined ? "" : `&max_id=${last.id}`;
      const answer = await this.call(who, "GET", `${path}limit=40${page}`);
      const found = (answer.json ?? []) as Item[];
      items.push(...found);
      if (found.length < 40) return items;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Waits until it is true, asking again and again; false after `timeoutMs`. */
export async function eventually(
  ask: () => Promise<boolean>,
  timeoutMs = 15_000,
): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    if (await ask()) return true;
    if (Date.now() > until) return false;
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

/** Numbers in [0, 1) from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
