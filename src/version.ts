// Owns which version this is: that of the package. For main.ts and node.ts, which hand it on.

import { readFileSync } from "node:fs";

/** Above the compiled files, wherever they are: dist/src/version.js, or a build elsewhere. */
const PLACES = ["../package.json", "../../package.json"];

/** Such as `0.1.0`. */
export const VERSION: string = PLACES.map(versionIn).find((it) => it !== null) ?? "0.0.0";

function versionIn(place: string): string | null {
  try {
    const found: unknown = JSON.parse(readFileSync(new URL(place, import.meta.url), "utf8"));
    if (typeof found !== "object" || found === null || !("version" in found)) return null;
    return String(found.version);
  } catch {
    return null;
  }
}
