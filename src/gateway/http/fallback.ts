// Owns what routes answer that the API has and this server does not have yet: an empty list where
// the answer is a list, else not found. Nothing is made up.

import { fault } from "../../base/faults.js";
import { type Access, json, type Route } from "./route.js";

export type FallbackRow = {
  method: string;
  path: string;
  /** Who may call, in the words of the API table: `public`, `public?read:x`, `user`, `read:x` … */
  scope: string;
  answersList: boolean;
};

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** Rows for everything in the table that `built` does not serve. */
export function fallbackRoutes(rows: readonly FallbackRow[], built: readonly Route[]): Route[] {
  const served = new Set(built.map((it) => keyOf(it.method, it.path)));
  const added: Route[] = [];
  for (const row of rows) {
    const method = METHODS.find((it) => it === row.method);
    if (method === undefined || served.has(keyOf(method, row.path))) continue;
    served.add(keyOf(method, row.path));
    const isList = row.answersList && method === "GET";
    added.push({
      method,
      path: row.path,
      access: accessOf(row.scope),
      run: () => (isList ? json([]) : fault("not-found", "Not Found")),
    });
  }
  return added;
}

/** Names of parameters do not matter, nor whether it is PUT or PATCH. */
const keyOf = (method: string, path: string): string =>
  `${method === "PATCH" ? "PUT" : method} ${path.replace(/:[a-zA-Z_]+/g, ":")}`;

/** The access that a scope column of the API table means. */
export function accessOf(scope: string): Access {
  if (scope.startsWith("public?")) {
    return { kind: "optional", scopes: scopesOf(scope.slice("public?".length)) };
  }
  if (scope === "user") return { kind: "user", scopes: [] };
  if (scope === "app") return { kind: "app" };
  if (scope.startsWith("app+")) return { kind: "app-only", scopes: scopesOf(scope.slice(4)) };
  if (/^(read|write|follow|push|profile|admin)\b/.test(scope)) {
    return { kind: "user", scopes: scopesOf(scope) };
  }
  return { kind: "public" };
}

const scopesOf = (text: string): string[] =>
  text
    .replace("+follow", "")
    .match(/(?:admin:)?(?:read|write|follow|push|profile)(?::[a-z_]+)?/g) ?? [];
