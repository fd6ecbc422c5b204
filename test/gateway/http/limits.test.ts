// Rate limits: fixed windows, aligned to the clock, bounded in memory.

import t from "tap";
import { networkOf } from "../../../src/gateway/http/addresses.js";
import { type Caller, createLimits } from "../../../src/gateway/http/limits.js";

const from = (address: string): Caller => ({ accountId: null, tokenHash: null, address });
const user = (accountId: string, tokenHash: string): Caller => ({
  accountId,
  tokenHash,
  address: "192.0.2.9",
});

const clockAt = (at: number) => {
  const clock = { at, nowMs: () => clock.at };
  return clock;
};

t.test("counts by account, by token and by address", async (t) => {
  const limits = createLimits({
    clock: clockAt(0),
    rules: { call: { limit: 3 }, token: { limit: 2 } },
  });
  const names = ["call", "token"] as const;
  t.match(limits.take(names, user("1", "a")), { over: false, limit: 2, remaining: 1 });
  t.match(limits.take(names, user("1", "a")), { over: false, limit: 2, remaining: 0 });
  t.match(limits.take(names, user("1", "b")), { over: false, limit: 3, remaining: 0 });
  t.match(limits.take(names, user("1", "c")), { over: true, limit: 3, remaining: 0 });
  t.match(limits.take(names, user("2", "d")), { over: false });
});

t.test("begins a new window when the clock says so, not when the first call came", async (t) => {
  const clock = clockAt(299_999);
  const limits = createLimits({ clock, rules: { anonymous: { limit: 1 } } });
  const take = () => limits.take(["anonymous"], from("192.0.2.1"));
  t.match(take(), { over: false, resetsAt: "1970-01-01T00:05:00.000000Z" });
  t.match(take(), { over: true });
  clock.at = 300_000;
  t.match(take(), { over: false, resetsAt: "1970-01-01T00:10:00.000000Z" });
});

t.test("counts an IPv6 customer by the /64, and IPv4 by the address", async (t) => {
  const limits = createLimits({ clock: clockAt(0), rules: { anonymous: { limit: 1 } } });
  const take = (address: string) => limits.take(["anonymous"], from(address))?.over;
  t.equal(take("2001:0db8:0000:0001:0000:0000:0000:0001"), false);
  t.equal(take("2001:0db8:0000:0001:ffff:0000:0000:0002"), true);
  t.equal(take("2001:0db8:0000:0002:0000:0000:0000:0001"), false);
  t.equal(take("192.0.2.1"), false);
  t.equal(take("192.0.2.2"), false);
  t.equal(networkOf("2001:0db8:0000:0001:0000:0000:0000:0001"), "2001:0db8:0000:0001");
});

t.test("forgets who was counted first when too many are counted", async (t) => {
  const limits = createLimits({
    clock: clockAt(0),
    countedMax: 100,
    rules: { anonymous: { limit: 1 } },
  });
  const take = (address: string) => limits.take(["anonymous"], from(address))?.over;
  for (let count = 0; count < 100; count++) take(`10.0.0.${count}`);
  t.equal(take("10.0.0.99"), true);
  t.equal(take("10.0.0.0"), true);
  take("10.0.1.0");
  t.equal(take("10.0.0.0"), false, "forgotten, so let through");
  t.equal(take("10.0.0.99"), true);
});

t.test("can be switched off", async (t) => {
  const limits = createLimits({ clock: clockAt(0), off: true, rules: { anonymous: { limit: 1 } } });
  for (let count = 0; count < 5; count++)
    t.equal(limits.take(["anonymous"], from("192.0.2.1")), null);
});

t.test("takes back what did not come about", async (t) => {
  const limits = createLimits({ clock: clockAt(0), rules: { posting: { limit: 1 } } });
  limits.take(["posting"], user("1", "a"));
  limits.giveBack(["posting"], user("1", "a"));
  limits.giveBack(["posting"], user("1", "a"));
  t.match(limits.take(["posting"], user("1", "a")), { over: false, remaining: 0 });
});
