// Owns checking one document of a serializer twice: against the table and against test/golden.

import type { Test } from "tap";
import { checkEntity } from "../../entities-table.js";
import { matchesGolden } from "../../golden.js";

/** Checks that the value is a whole `entity`, and what test/golden/GOLDEN.json holds. */
export function isEntity(
  t: Pick<Test, "same" | "equal" | "fail">,
  entity: string,
  value: unknown,
  golden: string,
): void {
  const json: unknown = JSON.parse(JSON.stringify(value));
  t.same(checkEntity(entity, json), [], `${golden} is a whole ${entity}`);
  matchesGolden(t, golden, json);
}
