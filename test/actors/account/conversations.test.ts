import t from "tap";
import { idAt } from "../../../src/base/ids.js";
import { relationId } from "../../../src/domain/account.js";
import { conversationsOf } from "../../../src/domain/collections.js";
import { CONVERSATION_STATUSES_MAX, conversationOf } from "../../../src/domain/conversation.js";
import { Cells, faultOf, START_MS, typesOf } from "./cells.js";

const status = (step: number) => idAt(START_MS + step);
const THREAD = status(0);

function cast() {
  const cells = new Cells();
  return { cells, me: cells.add("mia"), bob: cells.add("bob") };
}

const received = (authorId: string, statusId: string, participantIds: string[]) =>
  ({
    type: "direct-received",
    statusId,
    conversationId: THREAD,
    authorId,
    participantIds,
  }) as { type: string };

const thread = (cells: Cells, me: string) =>
  conversationOf(cells.collections.get(conversationsOf(me))?.get(THREAD)?.value ?? null);

t.test("a direct status opens an unread conversation, once", async (t) => {
  const { cells, me, bob } = cast();
  const first = cells.send(me, received(bob, status(1), [bob, me]));
  t.match(first.effects, [
    { event: { type: "conversation-changed", accountId: me, conversationId: THREAD } },
  ]);
  t.same(typesOf(cells.send(me, received(bob, status(1), [bob, me]))), []);
  t.same(thread(cells, me), {
    participantIds: [bob],
    statusIds: [status(1)],
    unread: true,
    spoke: false,
  });
});

t.test("writing in it marks it read and remembers that one spoke", async (t) => {
  const { cells, me, bob } = cast();
  cells.send(me, received(bob, status(1), [bob, me]));
  cells.send(me, received(me, status(2), [bob, me]));
  t.match(thread(cells, me), { unread: false, spoke: true, participantIds: [bob] });
});

t.test("a note to oneself has nobody else in it", async (t) => {
  const { cells, me } = cast();
  cells.send(me, received(me, status(1), [me]));
  t.same(thread(cells, me)?.participantIds, []);
});

t.test("a blocked author opens nothing", async (t) => {
  const { cells, me, bob } = cast();
  cells.records.set(`relation/${relationId(me, bob)}`, JSON.stringify({ blocking: "1" }));
  cells.send(me, received(bob, status(1), [bob, me]));
  t.equal(thread(cells, me), null);
});

t.test("when the newest status is deleted the one before it shows again", async (t) => {
  const { cells, me, bob } = cast();
  cells.send(me, received(bob, status(1), [bob, me]));
  cells.send(me, received(bob, status(2), [bob, me]));
  const remove = (statusId: string) =>
    cells.send(me, { type: "direct-removed", statusId, conversationId: THREAD } as never);
  remove(status(2));
  t.equal(thread(cells, me)?.statusIds.at(-1), status(1));
  remove(status(1));
  t.equal(thread(cells, me), null);
  t.same(typesOf(remove(status(1))), []);
});

t.test("conversations are ordered by their newest status", async (t) => {
  const { cells, me, bob } = cast();
  const other = { ...received(bob, status(2), [bob, me]), conversationId: status(2) };
  cells.send(me, received(bob, status(1), [bob, me]));
  cells.send(me, other);
  t.same(cells.members(conversationsOf(me)), [status(2), THREAD]);
  cells.send(me, received(bob, status(3), [bob, me]));
  t.same(cells.members(conversationsOf(me)), [THREAD, status(2)]);
});

t.test("marking and deleting find only one's own conversations", async (t) => {
  const { cells, me, bob } = cast();
  cells.send(me, received(bob, status(1), [bob, me]));
  const mark = (who: string, read: boolean) =>
    cells.send(who, { type: "mark-conversation", id: THREAD, read } as never);
  t.equal(faultOf(mark(bob, true)), "not-found");
  t.same(typesOf(mark(me, true)), ["conversation-set"]);
  t.same(typesOf(mark(me, true)), []);
  t.equal(thread(cells, me)?.unread, false);
  mark(me, false);
  t.equal(thread(cells, me)?.unread, true);
  const remove = { type: "delete-conversation", id: THREAD } as never;
  t.equal(faultOf(cells.send(bob, remove)), "not-found");
  t.same(typesOf(cells.send(me, remove)), ["conversation-dropped"]);
  t.equal(faultOf(cells.send(me, remove)), "not-found");
});

t.test(`remembers ${CONVERSATION_STATUSES_MAX} statuses and takes no older ones`, async (t) => {
  const { cells, me, bob } = cast();
  for (let step = 1; step <= CONVERSATION_STATUSES_MAX + 1; step++) {
    cells.send(me, received(bob, status(step), [bob, me]));
  }
  t.equal(thread(cells, me)?.statusIds.length, CONVERSATION_STATUSES_MAX);
  t.same(typesOf(cells.send(me, received(bob, status(1), [bob, me]))), []);
});
