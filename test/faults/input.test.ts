// timeout: 100 s
// Owns the promise that bad input gets a clear error with the right status, that nothing of it is
// kept, and that the process goes on: sent through the public door to a node that serves.

import { connect } from "node:net";
import { DatabaseSync } from "@photostructure/sqlite";
import t from "tap";
import { databasePath } from "../../src/storage/sqlite/data-folder.js";
import { type Answer, startWorld } from "../can-see/world.js";

t.test("bad input", async (t) => {
  const w = await startWorld();
  t.teardown(() => w.stop());
  const alice = await w.join("alice");
  const bob = await w.join("bob");
  const STATUSES = "/api/v1/statuses";
  const errorOf = (answer: Answer) => (answer.json as { error?: string } | null)?.error ?? "";
  const raw = async (body: string | Uint8Array, type = "application/json") => {
    const headers = { authorization: `Bearer ${alice.token}`, "content-type": type };
    const answer = await fetch(`${w.url}${STATUSES}`, { method: "POST", headers, body });
    return { status: answer.status, text: await answer.text() };
  };
  const isClear = (t: Tap, answer: Answer, status: number, what: string) => {
    t.equal(answer.status, status, what);
    t.ok(errorOf(answer).length > 3, `${what} says what is wrong`);
  };

  t.test("wrong types, missing and foolish fields are refused by name", async (t) => {
    const wrong: [Record<string, unknown>, number][] = [
      [{}, 422],
      [{ status: "" }, 422],
      [{ status: { a: 1 } }, 422],
      [{ status: "x".repeat(501) }, 422],
      [{ status: "x", visibility: "secret" }, 422],
      [{ status: "x", in_reply_to_id: "no id" }, 404],
      [{ status: "x", in_reply_to_id: "99999999999999999" }, 404],
      [{ status: "x", media_ids: ["123456"] }, 422],
      [{ status: "x", poll: { options: ["one"], expires_in: 600 } }, 422],
      [{ status: "x", poll: { options: ["a", "b"] } }, 422],
      [{ status: "x", poll: { options: ["a", "b"], expires_in: -1 } }, 422],
      [{ status: "x", scheduled_at: "tomorrow" }, 422],
      [{ status: "x", language: "klingon!" }, 422],
      [{ status: "@a".repeat(10_000) }, 422],
      [{ status: "#".repeat(60_000) }, 422],
    ];
    for (const [body, status] of wrong) {
      const answer = await w.call(alice.token, "POST", STATUSES, body);
      isClear(t, answer, status, JSON.stringify(body).slice(0, 70));
    }
    const own = await w.call(alice.token, "GET", `/api/v1/accounts/${alice.id}/statuses`);
    t.same(own.json, [], "nothing of it was kept");
  });

  t.test("bodies that are too big, too deep or no text are refused", async (t) => {
    t.equal((await raw("x".repeat(2_000_000))).status, 413);
    t.equal((await raw(`{"status":${"[".repeat(200_000)}`)).status, 400);
    t.equal((await raw("{oops")).status, 400);
    t.equal(
      (await raw(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]))).status,
      400,
    );
    t.equal((await raw("status=%FF%FE", "application/x-www-form-urlencoded")).status, 400);
    const before = Object.keys(Object.prototype).length;
    await raw(
      '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"status":""}',
    );
    t.equal(Object.keys(Object.prototype).length, before);
    t.equal(({} as { admin?: boolean }).admin, undefined);
  });

  t.test("control and bidirectional characters do not survive in a post", async (t) => {
    const answer = await w.call(alice.token, "POST", STATUSES, {
      status: "a\u0000b\u0007c \ud800 d",
    });
    t.equal(answer.status, 200);
    const { content } = answer.json as { content: string };
    for (const unit of content)
      t.ok(unit >= " " && !/^[\ud800-\udfff]$/.test(unit), "only text is left");
  });

  t.test("another's things answer as if they were not there", async (t) => {
    const made = async (path: string, body: Record<string, unknown>) =>
      ((await w.call(alice.token, "POST", path, body)).json as { id: string }).id;
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    const list = await made("/api/v1/lists", { title: "mine" });
    const filter = await made("/api/v2/filters", { title: "mine", context: ["home"] });
    const status = await made(STATUSES, { status: "mine" });
    const later = await made(STATUSES, { status: "later", scheduled_at: inAnHour });
    const direct = await made(STATUSES, { status: "psst", visibility: "direct" });
    const asks: [string, string, Record<string, unknown>?][] = [
      ["GET", `/api/v1/lists/${list}`],
      ["PUT", `/api/v1/lists/${list}`, { title: "stolen" }],
      ["DELETE", `/api/v1/lists/${list}`],
      ["GET", `/api/v1/lists/${list}/accounts`],
      ["GET", `/api/v1/timelines/list/${list}`],
      ["GET", `/api/v2/filters/${filter}`],
      ["DELETE", `/api/v2/filters/${filter}`],
      ["PUT", `${STATUSES}/${status}`, { status: "stolen" }],
      ["DELETE", `${STATUSES}/${status}`],
      ["GET", `/api/v1/scheduled_statuses/${later}`],
      ["DELETE", `/api/v1/scheduled_statuses/${later}`],
      ["GET", `${STATUSES}/${direct}`],
      ["POST", `/api/v1/conversations/${direct}/read`, {}],
      ["DELETE", `/api/v1/conversations/${direct}`],
      ["GET", `/api/v1/notifications/${status}`],
      ["GET", "/api/v1/accounts/424242"],
      ["POST", "/api/v1/accounts/424242/follow", {}],
    ];
    for (const [method, path, body] of asks) {
      isClear(t, await w.call(bob.token, method, path, body), 404, `${method} ${path}`);
    }
    const kept = await w.call(alice.token, "GET", `/api/v1/lists/${list}`);
    t.match(kept.json, { title: "mine" });
  });

  t.test("tokens that are wrong or too small are told so", async (t) => {
    const path = "/api/v1/accounts/verify_credentials";
    isClear(t, await w.call(null, "GET", path), 401, "no token");
    const wrong = await w.call("not-a-token", "GET", path);
    isClear(t, wrong, 401, "unknown token");
    t.match(wrong.headers.get("www-authenticate"), /^Bearer /);
    isClear(t, await w.call(alice.token, "GET", "/api/v1/nothing/here"), 404, "unknown path");
  });

  t.test("two posts with one idempotency key at the same moment are one", async (t) => {
    const body = JSON.stringify({ status: "only once" });
    const headers = {
      authorization: `Bearer ${bob.token}`,
      "content-type": "application/json",
      "idempotency-key": "same",
    };
    const posts = Array.from({ length: 20 }, () =>
      fetch(`${w.url}${STATUSES}`, { method: "POST", headers, body }).then((it) => it.json()),
    );
    const ids = (await Promise.all(posts)).map((it) => (it as { id: string }).id);
    t.equal(new Set(ids).size, 1);
    const own = await w.call(bob.token, "GET", `/api/v1/accounts/${bob.id}/statuses`);
    t.equal((own.json as unknown[]).length, 1);
  });

  t.test("clients that go away in the middle harm nobody", async (t) => {
    const { port } = new URL(w.url);
    for (let n = 0; n < 50; n++) {
      const socket = connect(Number(port), "127.0.0.1");
      await new Promise((resolve) => socket.once("connect", resolve));
      socket.write(
        `POST ${STATUSES} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${alice.token}\r\n` +
          'content-type: application/json\r\ncontent-length: 5000\r\n\r\n{"status":"half',
      );
      socket.destroy();
    }
    t.equal((await w.call(null, "GET", "/health")).status, 200);
  });

  t.test("a locked database answers 503, keeps serving reads, and recovers", async (t) => {
    const db = new DatabaseSync(databasePath(w.folder));
    db.exec("BEGIN IMMEDIATE");
    const posting = w.call(alice.token, "POST", STATUSES, { status: "while it is locked" });
    t.equal((await w.call(alice.token, "GET", "/api/v1/timelines/home")).status, 200);
    const answer = await posting;
    isClear(t, answer, 503, "the post");
    db.exec("ROLLBACK");
    db.close();
    const again = await w.call(alice.token, "POST", STATUSES, { status: "free again" });
    t.equal(again.status, 200);
    const own = await w.call(alice.token, "GET", `/api/v1/accounts/${alice.id}/statuses`);
    t.notMatch(own.text, /while it is locked/, "what was refused did not happen");
  });

  t.test("the log never holds a token, and has the cause of what was ours", async (t) => {
    await fetch(`${w.url}/api/v1/timelines/home?access_token=${alice.token}&limit=1`);
    t.notOk(w.logged().includes(alice.token));
    t.notOk(w.logged().includes(bob.token));
    t.match(w.logged(), /busy|locked/, "the locked database is in it");
  });
});

type Tap = Pick<typeof t, "equal" | "ok">;
