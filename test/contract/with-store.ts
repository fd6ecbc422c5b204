// Owns opening a store for one test of a contract, and closing it whatever happens.

import type { Test } from "tap";
import type { Store } from "../../src/ports/storage.js";

export type OpenStore = () => Promise<Store>;

/** Runs one test called `name` on an empty store of its own. */
export async function withStore(
  t: Test,
  name: string,
  open: OpenStore,
  run: (t: Test, store: Store) => Promise<void>,
): Promise<void> {
  await t.test(name, async (t) => {
    const store = await open();
    try {
      await run(t, store);
    } finally {
      await store[Symbol.asyncDispose]();
    }
  });
}
