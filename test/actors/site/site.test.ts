import t from "tap";
import { siteBehaviour } from "../../../src/actors/site/site.js";
import type { Command, Fact, Site } from "../../../src/actors/site/state.js";
import { createIds } from "../../../src/base/ids.js";
import { reactionsOf } from "../../../src/domain/collections.js";
import { REACTION_KINDS_MAX } from "../../../src/domain/limits.js";
import { RULES_MAX, type SiteDoc } from "../../../src/domain/site.js";
import type { Change } from "../../../src/ports/storage.js";

const NOW_MS = Date.UTC(2026, 0, 2);

class Bench {
  site: Site = siteBehaviour.empty("site");
  readonly records = new Map<string, string>();
  readonly members = new Map<string, Set<string>>();
  readonly events: unknown[] = [];
  nowMs = NOW_MS;
  private readonly ids = createIds({ nowMs: () => this.nowMs });

  /** Sends a command; answers its reply, or the tag of the fault. */
  send<Reply = unknown>(command: Command): Reply | string {
    const needed = new Set(
      siteBehaviour.needs?.(this.site, command)?.map((it) => JSON.stringify(it)),
    );
    const decision = siteBehaviour.decide(this.site, command, {
      nowMs: this.nowMs,
      nextId: () => this.ids.next(),
      reads: {
        record: () => null,
        member: (collection, member) => {
          if (!needed.has(JSON.stringify({ collection, member }))) throw new Error("not needed");
          return this.members.get(collection)?.has(member) ? "" : null;
        },
      },
    });
    if ("refuse" in decision) return decision.refuse.fault;
    for (const fact of decision.facts) this.take(fact);
    return decision.reply as Reply;
  }

  private take(fact: Fact): void {
    this.site = siteBehaviour.evolve(this.site, fact);
    for (const change of siteBehaviour.index(this.site, fact)) this.apply(change);
    for (const effect of siteBehaviour.react(this.site, fact)) {
      if (effect.ask === "publish") this.events.push(effect.event);
    }
  }

  private apply(change: Change): void {
    if (change.do === "put-record") this.records.set(`${change.kind}/${change.id}`, change.doc);
    if (change.do === "drop-collection") this.members.delete(change.collection);
    if (change.do === "drop-member") this.members.get(change.collection)?.delete(change.member);
    if (change.do !== "put-member") return;
    const held = this.members.get(change.collection) ?? new Set<string>();
    this.members.set(change.collection, held.add(change.member));
  }

  doc<T>(kind: string): T {
    return JSON.parse(this.records.get(kind) ?? "null") as T;
  }
}

const announcement = {
  text: "hello",
  html: "<p>hello</p>",
  startsAtMs: null,
  endsAtMs: null,
  allDay: false,
  mentionIds: [],
  statusIds: [],
  tags: [],
};

const announce = (bench: Bench, publish = true): string =>
  (bench.send({ type: "create-announcement", announcement, publish }) as { id: string }).id;

t.test("settings override the file's, and null takes an override back", async (t) => {
  const bench = new Bench();
  bench.send({ type: "set-site", patch: { title: "Rooks", signUps: "open" } });
  t.same(bench.doc<SiteDoc>("site/site").settings, { title: "Rooks", signUps: "open" });
  bench.send({ type: "set-site", patch: { title: null } });
  t.same(bench.doc<SiteDoc>("site/site").settings, { signUps: "open" });
});

t.test("rules keep their order, can be edited, translated, ordered and removed", async (t) => {
  const bench = new Bench();
  const ids = ["be kind", "no spam"].map(
    (text) => (bench.send({ type: "add-rule", text, hint: "" }) as { id: string }).id,
  ) as [string, string];
  const translations = { de: { text: "Sei nett", hint: "" } };
  bench.send({ type: "edit-rule", id: ids[0], hint: "always", translations });
  t.match(bench.doc("rules/site"), [{ text: "be kind", hint: "always", translations }, {}]);
  bench.send({ type: "edit-rule", id: ids[0], translations: { de: null } });
  t.same(bench.site.rules[0]?.translations, {});
  bench.send({ type: "order-rules", ids: [ids[1]] });
  t.same(
    bench.site.rules.map((it) => it.id),
    [ids[1], ids[0]],
  );
  bench.send({ type: "remove-rule", id: ids[1] });
  t.match(bench.doc("rules/site"), [{ id: ids[0] }]);
  t.equal(bench.send({ type: "remove-rule", id: ids[1] }), "not-found");
  t.equal(bench.send({ type: "add-rule", text: " ", hint: "" }), "invalid");
});

t.test(`refuses more than ${RULES_MAX} rules`, async (t) => {
  const bench = new Bench();
  for (let at = 0; at < RULES_MAX; at++) bench.send({ type: "add-rule", text: `${at}`, hint: "" });
  t.equal(bench.send({ type: "add-rule", text: "one more", hint: "" }), "invalid");
});

t.test("streams hear of announcements that are published, and of those that go", async (t) => {
  const bench = new Bench();
  const id = announce(bench, false);
  bench.send({ type: "publish-announcement", id });
  bench.send({ type: "publish-announcement", id });
  bench.send({ type: "unpublish-announcement", id });
  bench.send({ type: "delete-announcement", id });
  t.same(bench.events.map((it) => (it as { type: string }).type).slice(1), [
    "announcement",
    "announcement-deleted",
    "announcement-deleted",
  ]);
  t.same(bench.doc("announcements/site"), []);
  const patch = { startsAtMs: 2, endsAtMs: 1 };
  t.equal(bench.send({ type: "update-announcement", id: announce(bench), patch }), "invalid");
});

t.test("reactions count each account once and are taken back exactly", async (t) => {
  const bench = new Bench();
  const announcementId = announce(bench);
  const react = (type: "react" | "unreact", accountId: string, name: string) =>
    bench.send({ type, announcementId, accountId, name });
  react("react", "1", "👍");
  react("react", "1", "👍");
  react("react", "2", "👍");
  t.match(bench.site.announcements, [{ reactions: [{ name: "👍", count: 2 }] }]);
  t.same(bench.events.at(-1), {
    type: "announcement-reaction",
    announcementId,
    name: "👍",
    count: 2,
  });
  react("unreact", "2", "👍");
  react("unreact", "2", "👍");
  react("unreact", "1", "👍");
  t.match(bench.site.announcements, [{ reactions: [] }]);
  t.equal(bench.members.get(reactionsOf(announcementId))?.size, 0);
});

t.test(
  `refuses reaction kind ${REACTION_KINDS_MAX + 1}, and reactions to what is over`,
  async (t) => {
    const bench = new Bench();
    const announcementId = announce(bench);
    const react = (accountId: string, name: string) =>
      bench.send({ type: "react", announcementId, accountId, name });
    for (let at = 0; at < REACTION_KINDS_MAX; at++) react("1", `kind${at}`);
    t.equal(react("1", "another"), "invalid");
    t.equal(react("2", "kind0"), undefined, "a known kind may always be joined");
    bench.send({ type: "update-announcement", id: announcementId, patch: { endsAtMs: NOW_MS } });
    t.equal(react("3", "kind0"), "not-found");
  },
);

t.test("a report is recorded with the rules that exist", async (t) => {
  const bench = new Bench();
  const rule = bench.send({ type: "add-rule", text: "be kind", hint: "" }) as { id: string };
  const report = {
    accountId: "1",
    targetId: "2",
    statusIds: [],
    comment: "rude",
    category: "violation" as const,
    forwarded: false,
  };
  const made = bench.send({ type: "create-report", report: { ...report, ruleIds: [rule.id] } });
  const { id } = made as { id: string };
  t.match(bench.doc(`report/${id}`), { ...report, ruleIds: [rule.id], createdAtMs: NOW_MS });
  t.ok(bench.members.get("reports")?.has(id));
  t.equal(bench.send({ type: "create-report", report: { ...report, ruleIds: ["9"] } }), "invalid");
});

t.test("terms are kept in the order of their dates, one a date", async (t) => {
  const bench = new Bench();
  const publish = (effectiveDate: string) =>
    bench.send({ type: "publish-terms", effectiveDate, text: "x", html: "<p>x</p>" });
  publish("2026-03-01");
  publish("2026-02-01");
  t.equal(publish("2026-02-01"), "invalid");
  t.equal(publish("2026-02-31x"), "invalid");
  t.same(
    bench.doc<SiteDoc>("site/site").terms.map((it) => it.effectiveDate),
    ["2026-02-01", "2026-03-01"],
  );
});
