// A process of its own: the raw limit of the web server. It sends answers that it was given, those of
// all viewers in turn, and looks at nothing; its sockets get the same frame, all by one publish.

import uws from "uwebsockets";
import { serveParent } from "./helper.js";

const app = uws.App();
let status = "200 OK";
let headName = "x-raw";
let headRest = "1";
let bodies = [Buffer.alloc(0)];
let turn = 0;
let sockets = 0;
let listening: unknown = null;

app.get("/*", (res) => {
  res.cork(() => {
    res.writeStatus(status);
    // All headers in one call: each crossing into the library costs more than the joining.
    res.writeHeader(headName, headRest);
    res.end(bodies[turn++ % bodies.length]);
  });
});

app.ws("/*", {
  compression: uws.DISABLED,
  idleTimeout: 60,
  sendPingsAutomatically: false,
  maxPayloadLength: 16_384,
  maxBackpressure: 1_310_720,
  open(ws) {
    sockets++;
    ws.subscribe("all");
  },
  close() {
    sockets--;
  },
});

serveParent(
  {
    listen: () =>
      new Promise((resolve) => {
        app.listen("127.0.0.1", 0, (socket) => {
          listening = socket;
          resolve(uws.us_socket_local_port(socket as never));
        });
      }),
    /** What to answer from now on. */
    answer(it: { status: string; headers: [string, string][]; bodies: string[] }) {
      status = it.status;
      const [first, ...more] = it.headers;
      headName = first?.[0] ?? "x-raw";
      headRest = [first?.[1] ?? "1", ...more.map(([name, value]) => `${name}: ${value}`)].join(
        "\r\n",
      );
      bodies = it.bodies.map((body) => Buffer.from(body, "base64"));
    },
    sockets: () => sockets,
    /** One publish for each turn of the event loop. */
    async publish({ frame, times }: { frame: string; times: number }) {
      for (let at = 0; at < times; at++) {
        app.publish("all", frame, false, false);
        await new Promise((resume) => setImmediate(resume));
      }
    },
  },
  () => {
    if (listening !== null) uws.us_listen_socket_close(listening as never);
  },
);
