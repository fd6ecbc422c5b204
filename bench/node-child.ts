// A process of its own: a whole node on a data folder of its own, as it serves. What a bench asks of
// it besides HTTP is to make people, to say which rows a post writes, and to tell streams of a status.

import type { Core } from "../src/node/core.js";
import type { DomainEvent } from "../src/ports/events.js";
import type { Append, Change, Snapshot } from "../src/ports/storage.js";
import { serveParent } from "./helper.js";
import { benchCore, benchGateway, makePeople } from "./node-kit.js";
import { benchSettings } from "./settings.js";

export type Written =
  | { facts: readonly string[]; changes: readonly Change[] }
  | { snapshot: Snapshot };

let core: Core | null = null;
let gateway: Awaited<ReturnType<typeof benchGateway>> | null = null;
let written: Written[] | null = null;

function opened(): Core {
  if (core === null) throw new Error("ask open first");
  return core;
}

/** Notes what goes to the store, while somebody wants to know. */
function spyOn({ store }: Core): void {
  const { journal } = store;
  const append = journal.append.bind(journal);
  const saveSnapshot = journal.saveSnapshot.bind(journal);
  Object.assign(journal, {
    append(it: Append) {
      written?.push({ facts: it.facts, changes: it.changes });
      return append(it);
    },
    saveSnapshot(cell: string, epoch: number, snapshot: Snapshot) {
      written?.push({ snapshot });
      return saveSnapshot(cell, epoch, snapshot);
    },
  });
}

serveParent(
  {
    async open({
      folder,
      people,
      spy,
    }: {
      folder: string;
      people: Record<string, number>;
      spy: boolean;
    }) {
      const settings = benchSettings(folder);
      core = await benchCore(settings);
      if (spy) spyOn(core);
      const made: Record<string, unknown> = {};
      for (const [name, count] of Object.entries(people)) {
        made[name] = await makePeople(core, name, count);
      }
      gateway = await benchGateway(core, settings);
      return { port: gateway.server.port, kind: gateway.server.kind, people: made };
    },
    "record-start"() {
      written = [];
    },
    "record-stop"() {
      const all = written;
      written = null;
      return all;
    },
    /** Tells the streams of a status once in each turn of the event loop. */
    async deliver({ event, times }: { event: DomainEvent; times: number }) {
      for (let at = 0; at < times; at++) {
        opened().events.publish(event);
        await new Promise((resume) => setImmediate(resume));
      }
    },
    sizes: () => ({ cells: opened().actors.resident(), homes: opened().homes.count }),
  },
  async () => {
    await gateway?.stop(1000);
    await core?.stop(1000);
  },
);
