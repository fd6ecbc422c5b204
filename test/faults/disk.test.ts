// Owns the promise that a full disk refuses what it cannot keep, says so, and loses nothing that was
// acknowledged: the real cells over a real database file whose size is bounded as a disk would.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { isFault } from "../../src/base/faults.js";
import { STATUS_OF } from "../../src/gateway/http/fault-to-status.js";
import { accountCell } from "../../src/ports/actors.js";
import { post } from "../actors/account/drafts.js";
import { openInside } from "./inside.js";

t.test("a full disk refuses posts, keeps what was acknowledged, and recovers", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rk-disk-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const core = await openInside(folder);
  const alice = accountCell(core.ids.next());
  await core.actors.ask(alice, {
    type: "create-account",
    ...{ username: "alice", email: "a@example.test", passwordHash: "x" },
    ...{ approved: true, confirmed: true },
  });
  const kept: string[] = [];
  const write = async (n: number) => {
    const text = `${n} ${"x".repeat(400)}`;
    const done = await core.actors.ask<{ statusId: string }>(alice, post({ text }));
    if (!isFault(done)) kept.push(done.statusId);
    return done;
  };
  await write(0);
  await core.store.limitPages(60);
  let refused = 0;
  for (let n = 1; n < 400 && refused < 5; n++) {
    const done = await write(n);
    if (!isFault(done)) continue;
    refused++;
    t.equal(done.fault, "store-full");
    t.equal(STATUS_OF[done.fault], 507);
  }
  t.equal(refused, 5, "the disk got full");
  const home = await core.homes.page(alice.id, { limit: 400 });
  t.equal(home.length, kept.length, "reads go on");
  await core.store.limitPages(null);
  t.notOk(isFault(await write(1000)), "with space again, posts are taken again");
  await core.stop(5_000);

  const again = await openInside(folder);
  const found = await again.homes.page(alice.id, { limit: 400 });
  t.strictSame([...found].sort(), [...kept].sort(), "all that was acknowledged, and nothing else");
  const account = await again.reads.accountDoc(alice.id);
  t.equal(account?.statusesCount, kept.length);
  await again.stop(5_000);
});
