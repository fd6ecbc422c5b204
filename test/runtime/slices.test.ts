// Owns that turns leave the main loop to the outside in time, and that none is forgotten.

import t from "tap";
import { Slices } from "../../src/actors/runtime/slices.js";

/** A loop by hand: `look` does what happens when the outside has been looked at. */
function loop() {
  let nowMs = 0;
  let deferred: (() => void)[] = [];
  const slices = new Slices({
    nowMs: () => nowMs,
    defer: (run) => deferred.push(run),
    sliceMaxMs: 4,
  });
  let dispatched: (() => void)[] = [];
  const ran: string[] = [];
  const wake = (name: string, tookMs: number): void => {
    const turn = (): void => {
      if (!slices.admits()) {
        slices.again(dispatch);
        return;
      }
      nowMs += tookMs;
      ran.push(name);
    };
    const dispatch = (): void => {
      dispatched.push(turn);
    };
    slices.enter(dispatch);
  };
  const look = (): void => {
    const due = deferred.concat(dispatched);
    deferred = [];
    dispatched = [];
    for (const run of due) run();
  };
  return { wake, look, ran, now: () => nowMs };
}

t.test(
  "turns of a slice end after sliceMaxMs, and the others run in the next ones, in order",
  async (t) => {
    const { wake, look, ran, now } = loop();
    const names = Array.from({ length: 20 }, (_, n) => `c${n}`);
    for (const name of names) wake(name, 1);
    let longestMs = 0;
    for (let looks = 0; looks < 30; looks++) {
      const beganMs = now();
      look();
      longestMs = Math.max(longestMs, now() - beganMs);
    }
    t.same(ran, names);
    t.ok(longestMs <= 5, `${longestMs} ms`);
  },
);

t.test("who comes while others are held does not overtake them", async (t) => {
  const { wake, look, ran } = loop();
  for (const name of ["a", "b", "c"]) wake(name, 4);
  look();
  wake("late", 4);
  for (let looks = 0; looks < 10; looks++) look();
  t.same(ran, ["a", "b", "c", "late"]);
});

t.test("thousands that are held are all released", async (t) => {
  const { wake, look, ran } = loop();
  for (let n = 0; n < 5_000; n++) wake(String(n), 0.1);
  for (let looks = 0; looks < 500 && ran.length < 5_000; looks++) look();
  t.equal(ran.length, 5_000);
});
