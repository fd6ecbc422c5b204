// Owns finding out why an address cannot be listened on: servers only say that it cannot.

import { createServer } from "node:net";

/** The system's word for it, such as EADDRINUSE; null if it can be listened on now. */
export function whyNotListen(at: { host: string; port: number }): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve("code" in error ? String(error.code) : error.message));
    server.listen(at.port, at.host, () => server.close(() => resolve(null)));
  });
}
