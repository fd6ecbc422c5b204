// A process of its own: the raw limit of durable writes. It writes the very rows that posts wrote on
// a node, with the same library and settings, to bare tables on the same disk: no fences, no
// triggers, no thread to talk to, one transaction for as many posts as were under way at once.

import { performance } from "node:perf_hooks";
import { openDatabase } from "../src/storage/sqlite/database.js";
import { percentile } from "./figures.js";
import { serveParent } from "./helper.js";
import type { Written } from "./node-child.js";

const TABLES = `
  CREATE TABLE store.journal (cell INTEGER, seq INTEGER, epoch INTEGER, fact TEXT, PRIMARY KEY (cell, seq));
  CREATE TABLE store.snapshots (cell INTEGER, seq INTEGER, state TEXT, PRIMARY KEY (cell, seq));
  CREATE TABLE store.records (kind TEXT, id TEXT, doc TEXT, PRIMARY KEY (kind, id));
  CREATE TABLE store.members (
    collection TEXT, rank TEXT, member TEXT, value TEXT, PRIMARY KEY (collection, rank, member)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX store.members_by_name ON members (collection, member);
  CREATE VIRTUAL TABLE store.texts USING fts5 (
    body, facets, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
  );
`;

async function replay(asked: {
  path: string;
  written: Written[];
  posts: number;
  atOnce: number;
  spanMs: number;
}) {
  const { written, posts, atOnce, spanMs } = asked;
  const db = openDatabase(asked.path);
  db.exec(TABLES);
  const put = {
    fact: db.prepare("INSERT INTO journal VALUES (?, ?, 1, ?)"),
    snapshot: db.prepare("INSERT INTO snapshots VALUES (1, ?, ?)"),
    record: db.prepare(
      "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc",
    ),
    member: db.prepare("INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?)"),
    text: db.prepare("INSERT INTO texts (rowid, body, facets) VALUES (?, ?, ?)"),
    noRecord: db.prepare("DELETE FROM records WHERE kind = ? AND id = ?"),
    noMember: db.prepare("DELETE FROM members WHERE collection = ? AND member = ?"),
  };
  let seq = 0;
  let round = 0;
  const write = (it: Written) => {
    if ("snapshot" in it) {
      put.snapshot.run(++seq, it.snapshot.state);
      return;
    }
    for (const fact of it.facts) put.fact.run(round, ++seq, fact);
    for (const change of it.changes) {
      if (change.do === "put-record") put.record.run(change.kind, change.id + round, change.doc);
      else if (change.do === "drop-record") put.noRecord.run(change.kind, change.id + round);
      else if (change.do === "put-member") {
        put.member.run(
          change.collection,
          change.rank + round,
          change.member + round,
          change.value ?? "",
        );
      } else if (change.do === "drop-member") {
        put.noMember.run(change.collection, change.member + round);
      } else if (change.do === "put-text") put.text.run(++seq, change.text, change.facets ?? "");
    }
  };
  const perBatch = Math.max(1, Math.round((written.length / posts) * atOnce));
  const samples: number[] = [];
  const startMs = performance.now();
  let done = 0;
  let at = 0;
  while (performance.now() - startMs < spanMs) {
    const batchMs = performance.now();
    db.exec("BEGIN IMMEDIATE");
    for (let count = 0; count < perBatch; count++) {
      write(written[at] as Written);
      if (++at === written.length) {
        at = 0;
        round++;
      }
    }
    db.exec("COMMIT");
    samples.push(performance.now() - batchMs);
    done += atOnce;
  }
  const perS = done / ((performance.now() - startMs) / 1000);
  db.close();
  return { perS, batchP50Ms: percentile(samples, 0.5), batchP99Ms: percentile(samples, 0.99) };
}

serveParent({ replay });
