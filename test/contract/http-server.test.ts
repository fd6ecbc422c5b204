// Runs the promises of the HTTP server over both adapters.

import t from "tap";
import { listen } from "../../src/gateway/http/listen.js";
import { listenNode } from "../../src/gateway/http/node.js";
import { httpServerContract } from "./http-server.js";

t.test("through uWebSockets.js", async (t) => {
  const lines: string[] = [];
  const log = { warn: (line: string) => void lines.push(line) };
  httpServerContract(t, async (options) => {
    const server = await listen(options, log);
    t.equal(server.kind, "uws", lines.join());
    return server;
  });
});

t.test("through node:http and ws", async (t) => {
  httpServerContract(t, listenNode);
});
