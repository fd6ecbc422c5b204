// Owns assertions: for our own mistakes only, on in production. What peers, clients and disks do
// wrong is a fault (base/faults.ts), never an assertion.

export class BrokenAssertion extends Error {
  override name = "BrokenAssertion";
}

/** Throws BrokenAssertion with `why` unless `condition` holds. One condition each. */
export function assert(condition: unknown, why: string): asserts condition {
  if (!condition) throw new BrokenAssertion(why);
}

/** For the end of an exhaustive switch: fails to compile, and to run, if a case is missing. */
export function never(value: never, why: string): never {
  throw new BrokenAssertion(`${why}: ${JSON.stringify(value)}`);
}
