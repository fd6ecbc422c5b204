// Owns a server in this process for tests that ask many doors: a node on a free port, people made
// through the operators' table, and calls with their tokens.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adminSocketPath, connectAdmin } from "../../cluster/admin/socket.js";
import { loadSettings } from "../../config/load.js";
import { isFault } from "../../src/base/faults.js";
import { startNode } from "../../src/node.js";
import { createLog } from "../../src/observe/log.js";

export type Answer = { status: number; text: string; headers: Headers; json: unknown };

export type World = {
  url: string;
  /** The data folder. */
  folder: string;
  /** What the node logged so far. */
  logged: () => string;
  /** Makes a person and answers their token and id. */
  join(username: string): Promise<{ token: string; id: string }>;
  /** Calls the API; a token of null is nobody. */
  call(
    token: string | null,
    method: string,
    path: string,
    body?: Record<string, unknown>,
  ): Promise<Answer>;
  stop(): Promise<void>;
};

/** Starts the node. Throws if it does not come up. */
export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "rk-see-"));
  const flags = new Map([
    ["--data-dir", folder],
    ["--listen", "127.0.0.1:0"],
    ["--rate-limits-enabled", "false"],
    ["--log-level", "silent"],
  ]);
  const loaded = loadSettings({ flags, env: {} });
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  let lines = "";
  const write = (line: string) => {
    lines += line;
  };
  const log = createLog({ level: "info", format: "json", write });
  const node = await startNode(loaded.settings, { log });
  if (isFault(node)) throw new Error(node.says ?? node.fault);
  const admin = await connectAdmin(adminSocketPath(folder));
  if (admin === null) throw new Error("the operators' socket is not there");
  const { url } = node;
  const call: World["call"] = async (token, method, path, body) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.includes("json") === true;
    const json: unknown = isJson ? JSON.parse(text) : null;
    return { status: answer.status, text, headers: answer.headers, json };
  };
  return {
    url,
    folder,
    logged: () => lines,
    call,
    async join(username) {
      const email = `${username}@example.test`;
      const made = await admin.ask("userCreate", { username, email, confirmed: true });
      if (isFault(made)) throw new Error(made.says ?? made.fault);
      const scopes = ["read", "write", "follow", "push"];
      const token = await admin.ask("tokenCreate", { username, scopes, appName: "matrix" });
      if (isFault(token) || token.token === null) throw new Error("no token");
      return { token: token.token, id: made.id };
    },
    async stop() {
      admin.close();
      await node.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
