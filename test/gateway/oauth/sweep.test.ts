// Owns the promises of throwing away what has run out.

import t from "tap";
import { codeClaim, saveCode } from "../../../src/gateway/oauth/codes.js";
import { makeMailToken } from "../../../src/gateway/oauth/mail-tokens.js";
import { claimOnce } from "../../../src/gateway/oauth/once.js";
import { hashSecret } from "../../../src/gateway/oauth/secrets.js";
import { sweepSecrets } from "../../../src/gateway/oauth/sweep.js";
import { issueToken } from "../../../src/gateway/oauth/tokens.js";
import { openTown, PASSWORD } from "./town.js";

const DAY_MS = 24 * 3_600_000;

t.test("what has run out is dropped with its claim, what lives stays", async (t) => {
  const town = await openTown();
  t.teardown(() => town.close());
  const accountId = await town.addUser("alice");
  const browser = town.browser();
  await browser.signIn("alice", PASSWORD);
  const code = { accountId, appId: "app", redirectUri: "x:y", scopes: ["read"], challenge: null };
  await saveCode(town, "the code", code);
  await claimOnce(town.store, codeClaim(hashSecret("the code")));
  await makeMailToken(town, { purpose: "reset", accountId, email: "alice@mail.example" });
  const request = { accountId, appId: "app", scopes: ["read"] };
  await issueToken(town, request);
  await issueToken(town, { ...request, expiresAtMs: town.clock.ms + 1_000 });
  const left = async () =>
    Object.fromEntries(
      await Promise.all(
        ["code", "mail-token", "session", "token"].map(
          async (kind) => [kind, (await town.store.records.scan(kind, "", 100)).length] as const,
        ),
      ),
    );
  t.equal(await sweepSecrets(town), 0);
  t.strictSame(await left(), { code: 1, "mail-token": 1, session: 1, token: 2 });
  town.clock.ms += 2 * DAY_MS;
  t.equal(await sweepSecrets(town), 3);
  t.strictSame(await left(), { code: 0, "mail-token": 0, session: 1, token: 1 });
  const claim = `once/${codeClaim(hashSecret("the code"))}`;
  t.equal(await town.store.registers.read(claim), null);
  t.equal((await browser.go("/auth/edit")).status, 200, "the session still works");
  town.clock.ms += 30 * DAY_MS;
  t.equal(await sweepSecrets(town), 1);
  t.strictSame(await left(), { code: 0, "mail-token": 0, session: 0, token: 1 });
});
