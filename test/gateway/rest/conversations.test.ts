import t from "tap";
import { conversationJson, conversationRoutes } from "../../../src/gateway/rest/conversations.js";
import { checkEntity } from "../../entities-table.js";
import { RelationsBench } from "./relations-bench.js";
import { say } from "./write.js";

type Conversation = {
  id: string;
  unread: boolean;
  accounts: { id: string }[];
  last_status: { id: string } | null;
};

const PATH = "/api/v1/conversations";

/** bob writes to mia, eve writes to mia and bob, mia answers bob. */
async function story() {
  const it = await RelationsBench.open((parts) => conversationRoutes(parts));
  for (const name of ["mia", "bob", "eve"]) await it.join(name);
  const first = await say(it, "bob", { to: ["mia"], visibility: "direct" });
  const second = await say(it, "eve", { to: ["mia", "bob"], visibility: "direct" });
  const inReplyTo = { id: first, by: "bob", conversationId: first };
  const answer = await say(it, "mia", { to: ["bob"], visibility: "direct", inReplyTo });
  return { it, first, second, answer };
}

const list = async (it: RelationsBench, query = "", as = "mia") =>
  (await it.call<Conversation[]>(`GET ${PATH}${query}`, { as })).body;

t.test("lists direct threads by their newest post, with everybody else in them", async (t) => {
  const { it: opened, first, second, answer } = await story();
  await using it = opened;
  const body = await list(it);
  t.same(checkEntity("Conversation[]", body), []);
  t.same(
    body.map((one) => [one.id, one.unread, one.last_status?.id]),
    [
      [first, false, answer],
      [second, true, second],
    ],
  );
  t.same(body[1]?.accounts.map((one) => one.id).sort(), [it.id("bob"), it.id("eve")].sort());
  t.same(await list(it, `?max_id=${answer}`), [body[1]]);
  t.same(await list(it, `?min_id=${second}`), [body[0]]);
  t.equal((await list(it, "", "bob"))[0]?.unread, true, "the answer is news to bob");
});

t.test("marks read and unread, and forgets, only one's own", async (t) => {
  const { it: opened, second } = await story();
  await using it = opened;
  const ask = (line: string, as = "mia") => it.call<Conversation>(line, { as });
  t.match((await ask(`POST ${PATH}/${second}/read`)).body, { id: second, unread: false });
  t.match((await ask(`POST ${PATH}/${second}/unread`)).body, { unread: true });
  await it.join("fay");
  t.equal((await ask(`POST ${PATH}/${second}/read`, "fay")).status, 404);
  t.equal((await ask(`DELETE ${PATH}/${second}`, "fay")).status, 404);
  t.equal((await ask(`DELETE ${PATH}/${second}`)).status, 200);
  t.equal((await list(it)).length, 1);
  t.equal((await list(it, "", "eve")).length, 1, "others keep theirs");
});

t.test("a deleted post gives way to the one before", async (t) => {
  const { it: opened, first, answer } = await story();
  await using it = opened;
  await it.tell("mia", { type: "delete-status", statusId: answer });
  const found = (await list(it)).find((one) => one.id === first);
  t.equal(found?.last_status?.id, first);
});

t.test("streams get the same bytes, and nothing that is another's", async (t) => {
  const { it: opened, second } = await story();
  await using it = opened;
  const read = conversationJson(it.parts);
  const bytes = await read(it.id("mia"), second);
  t.same(JSON.parse(Buffer.from(bytes ?? []).toString()), (await list(it))[1]);
  await it.join("fay");
  t.equal(await read(it.id("fay"), second), null);
});
