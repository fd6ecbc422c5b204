// Owns the answer to "is it alive": plain text for whoever watches the server.

import { z } from "zod";
import { type Route, route } from "../http/route.js";

/** `GET /health`. */
export function healthRoutes(): Route[] {
  return [
    route({
      method: "GET",
      path: "/health",
      access: { kind: "public" },
      params: z.object({}),
      run: () => ({
        status: 200,
        headers: { "content-type": "text/plain; charset=utf-8" },
        body: "OK",
      }),
    }),
  ];
}
