// The choice of the HTTP server.

import t from "tap";
import { createClientAddress, fullAddress } from "../../../src/gateway/http/addresses.js";
import { listen } from "../../../src/gateway/http/listen.js";
import type { ServerOptions } from "../../../src/gateway/http/server.js";
import { realScheduler } from "../../contract/http-server-wire.js";

const options: ServerOptions = {
  host: "127.0.0.1",
  port: 0,
  trustedProxies: [],
  handle: () => ({ status: 200, body: "ok" }),
  upgrade: () => ({ refuse: { status: 404 } }),
  socketBacklogMaxBytes: 1_000,
  scheduler: realScheduler,
};

t.test(
  "serves through node:http where uWebSockets.js cannot be loaded, and says why",
  async (t) => {
    const lines: string[] = [];
    const server = await listen(options, { warn: (line) => lines.push(line) }, async () => {
      throw new Error("no binary\nfor this system");
    });
    t.teardown(() => server.close(10));
    t.equal(server.kind, "node");
    t.same(lines, [
      "uWebSockets.js cannot be loaded, so node:http serves: no binary for this system",
    ]);
    t.equal(await (await fetch(`http://127.0.0.1:${server.port}/`)).text(), "ok");
  },
);

t.test("refuses a trusted proxy that is no address", async (t) => {
  for (const bad of ["proxy.example", "10.0.0.0/33", "::/129", "10.0.0.0/x", ""]) {
    t.throws(() => createClientAddress([bad]), /is no address and no range/, bad);
  }
});

t.test("spells each address in one way", async (t) => {
  const rows: [string, string | null][] = [
    ["::1", "0000:0000:0000:0000:0000:0000:0000:0001"],
    ["::", "0000:0000:0000:0000:0000:0000:0000:0000"],
    ["FE80::1%eth0", "fe80:0000:0000:0000:0000:0000:0000:0001"],
    ["1:2:3:4:5:6:7:8", "0001:0002:0003:0004:0005:0006:0007:0008"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["::ffff:0102:0304", "1.2.3.4"],
    ["[::1]:80", "0000:0000:0000:0000:0000:0000:0000:0001"],
    [" 1.2.3.4 ", "1.2.3.4"],
    ["1.2.3.4:80", "1.2.3.4"],
    ["1.2.3", null],
    ["1.2.3.4.5", null],
    ["unknown", null],
    ["", null],
    ["1:2", null],
  ];
  for (const [text, expected] of rows) t.equal(fullAddress(text), expected, text);
});
