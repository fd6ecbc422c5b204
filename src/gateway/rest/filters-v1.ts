// Owns the old form of filters (version 1), where each keyword stands for a filter of its own. It
// reads and writes the same filters as version 2: an entry's id is the keyword's.

import { z } from "zod";
import type { KeywordChange } from "../../actors/account/filters.js";
import { type Fault, fault, isFault } from "../../base/faults.js";
import type { FilterDoc } from "../../domain/filter.js";
import { v1Filter } from "../entities/filter.js";
import { bool, idParam, text, textList } from "../http/params.js";
import { json, type Route, route } from "../http/route.js";
import type { AccountCommand } from "./ask-account.js";
import type { FilterRouteParts } from "./filters.js";
import { change, contextsOf, endOf, newestKeyword, ownFilters, ownKeyword } from "./filters.js";
import { callerOf } from "./relationships.js";

const read = { kind: "user", scopes: ["read:filters"] } as const;
const write = { kind: "user", scopes: ["write:filters"] } as const;
const base = "/api/v1/filters";
/** 14 November 2022, when version 2 replaced it. */
const deprecated = 1_668_384_000;
const TEXT_UNITS_MAX = 10_000;

const fields = {
  phrase: text(TEXT_UNITS_MAX),
  context: textList({ max: 20 }),
  irreversible: bool(),
  whole_word: bool(),
  expires_in: z.unknown().optional(),
};
type Sent = z.output<z.ZodObject<typeof fields>>;

/** What an entry's fields are in terms of its filter, or a fault. */
function shared(sent: Sent, nowMs: number) {
  const contexts = contextsOf(sent.context);
  if (isFault(contexts)) return contexts;
  const expiresAtMs = endOf(sent.expires_in, nowMs);
  if (isFault(expiresAtMs)) return expiresAtMs;
  return { contexts, expiresAtMs };
}

/** Every route below `/api/v1/filters`. */
export function filtersV1Routes(parts: FilterRouteParts): Route[] {
  return [...readRoutes(parts), ...writeRoutes(parts)];
}

function readRoutes({ reads }: FilterRouteParts): Route[] {
  return [
    route({
      method: "GET",
      path: base,
      access: read,
      deprecated,
      params: z.object({}),
      run: async (call) => {
        const filters = await ownFilters(reads, callerOf(call));
        return json(filters.flatMap((doc) => doc.keywords.map((it) => v1Filter(doc, it))));
      },
    }),
    route({
      method: "GET",
      path: `${base}/:id`,
      access: read,
      deprecated,
      params: z.object({ id: idParam() }),
      run: async (call) => {
        const found = await ownKeyword(reads, callerOf(call), call.params.id);
        return isFault(found) ? found : json(v1Filter(found.filter, found.keyword));
      },
    }),
  ];
}

function writeRoutes({ actors, reads, clock }: FilterRouteParts): Route[] {
  return [
    route({
      method: "POST",
      path: base,
      access: write,
      deprecated,
      params: z.object(fields),
      run: async (call) => {
        const { params } = call;
        const common = shared(params, clock.nowMs());
        if (isFault(common)) return common;
        const keywords: KeywordChange[] = [
          { keyword: params.phrase, wholeWord: params.whole_word },
        ];
        const title = [...params.phrase].slice(0, 250).join("");
        const action = params.irreversible ? "hide" : "warn";
        const command: AccountCommand = {
          type: "create-filter",
          title,
          action,
          ...common,
          keywords,
        };
        return change(actors, callerOf(call), command, (it) => v1Filter(it, newestKeyword(it)));
      },
    }),
    route({
      method: "PUT",
      path: `${base}/:id`,
      access: write,
      deprecated,
      params: z.object({ id: idParam(), ...fields }),
      run: async (call) => {
        const { id } = call.params;
        const ownerId = callerOf(call);
        const found = await ownKeyword(reads, ownerId, id);
        if (isFault(found)) return found;
        const command = updateOf(found.filter, call.params, clock.nowMs());
        if (isFault(command)) return command;
        return change(actors, ownerId, command, (after) =>
          v1Filter(after, after.keywords.find((it) => it.id === id) ?? found.keyword),
        );
      },
    }),
    route({
      method: "DELETE",
      path: `${base}/:id`,
      access: write,
      deprecated,
      params: z.object({ id: idParam() }),
      run: async (call) => {
        const { id } = call.params;
        const ownerId = callerOf(call);
        const found = await ownKeyword(reads, ownerId, id);
        if (isFault(found)) return found;
        const { filter } = found;
        const isLast = filter.keywords.length === 1 && filter.statuses.length === 0;
        const keywords: KeywordChange[] = [{ id, destroy: true }];
        const command: AccountCommand = isLast
          ? { type: "delete-filter", filterId: filter.id }
          : { type: "update-filter", filterId: filter.id, keywords };
        return change(actors, ownerId, command, () => ({}));
      },
    }),
  ];
}

/**
 * The command that changes an entry. What an entry shares with others of its filter cannot be
 * changed here: the old form could not say so.
 */
function updateOf(
  filter: FilterDoc,
  sent: Sent & { id: string },
  nowMs: number,
): AccountCommand | Fault {
  const common = shared(sent, nowMs);
  if (isFault(common)) return common;
  const contexts = sent.context.length > 0 ? common.contexts : filter.contexts;
  const expiresAtMs = common.expiresAtMs === undefined ? filter.expiresAtMs : common.expiresAtMs;
  const hides = sent.irreversible ?? filter.action === "hide";
  const action = hides ? "hide" : filter.action === "hide" ? "warn" : filter.action;
  const touches =
    JSON.stringify([contexts, expiresAtMs, action]) !==
    JSON.stringify([filter.contexts, filter.expiresAtMs, filter.action]);
  if (touches && filter.keywords.length > 1) {
    const says = "Validation failed: This filter has several keywords; change it with version 2";
    return fault("invalid", says);
  }
  const keywords: KeywordChange[] = [
    { id: sent.id, keyword: sent.phrase, wholeWord: sent.whole_word },
  ];
  return { type: "update-filter", filterId: filter.id, contexts, expiresAtMs, action, keywords };
}
