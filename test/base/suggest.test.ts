// Did you mean: near names are found, far ones are not.

import t from "tap";
import { nearest } from "../../src/base/suggest.js";

t.test("finds what was mistyped", async (t) => {
  const known = ["listen", "title", "mail.host", "mail.port", "sign_ups"];
  for (const [given, meant] of [
    ["lisen", "listen"],
    ["listenn", "listen"],
    ["litsen", "listen"],
    ["LISTEN", "listen"],
    ["mail.prot", "mail.port"],
    ["sign_up", "sign_ups"],
  ] as const) {
    t.equal(nearest(given, known), meant, given);
  }
});

t.test("finds nothing near what is far, empty, or endless", async (t) => {
  const known = ["listen", "title"];
  for (const given of ["", "xyzzy", "x", "l".repeat(10_000)]) t.equal(nearest(given, known), null);
  t.equal(nearest("listen", []), null);
});
