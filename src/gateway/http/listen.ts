// Owns the choice of the HTTP server: uWebSockets.js, and where that cannot be loaded node:http.

import { listenNode } from "./node.js";
import type { HttpServer, ServerOptions } from "./server.js";
import { listenUws, loadUws } from "./uws.js";

/**
 * Listens on the address of the options; throws if it cannot be had. Says in one line of the log
 * why uWebSockets.js does not serve, if it does not.
 */
export async function listen(
  options: ServerOptions,
  log: { warn(line: string): void },
  load: typeof loadUws = loadUws,
): Promise<HttpServer> {
  let library: Awaited<ReturnType<typeof loadUws>>;
  try {
    library = await load();
  } catch (error) {
    const why = String(error instanceof Error ? error.message : error).replace(/\s+/g, " ");
    log.warn(`uWebSockets.js cannot be loaded, so node:http serves: ${why}`);
    return listenNode(options);
  }
  return listenUws(options, library);
}
