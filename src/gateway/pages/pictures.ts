// Owns the pictures that stand in until people choose their own: avatar, header, and the server's
// thumbnail. Read once, at start.

import { readFileSync } from "node:fs";
import type { Route } from "../http/route.js";

const NAMES = ["avatar.png", "header.png", "thumbnail.png"] as const;
const CACHE = "public, max-age=604800, immutable";

/** `/assets/avatar.png` and the like. */
export function pictureRoutes(): Route[] {
  return NAMES.map((name) => {
    const body = readFileSync(new URL(`./pictures/${name}`, import.meta.url));
    return {
      method: "GET",
      path: `/assets/${name}`,
      access: { kind: "public" },
      run: () => ({
        status: 200,
        headers: { "content-type": "image/png", "cache-control": CACHE },
        body,
      }),
    } satisfies Route;
  });
}
