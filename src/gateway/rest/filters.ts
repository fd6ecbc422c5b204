// Owns the routes of phrase filters (version 2): filters, their keywords, their single posts.
// Somebody else's filter, keyword or entry is not found.

import { z } from "zod";
import type { KeywordChange } from "../../actors/account/filters.js";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { FILTER_CONTEXTS, type FilterContext, type FilterDoc } from "../../domain/filter.js";
import { FILTER_KEYWORDS_MAX } from "../../domain/limits.js";
import type { Actors } from "../../ports/actors.js";
import type { Clock } from "../../ports/clock.js";
import { filter as filterEntity, filterKeyword, filterStatus } from "../entities/filter.js";
import {
  bool,
  enumOf,
  idParam,
  int,
  listOf,
  optionalId,
  optionalText,
  textList,
} from "../http/params.js";
import { json, type Route, route } from "../http/route.js";
import type { HttpReply } from "../http/server.js";
import type { Reads } from "../read/reads.js";
import { type AccountCommand, askAccount } from "./ask-account.js";
import { callerOf } from "./relationships.js";

export type FilterRouteParts = { actors: Actors; reads: Reads; clock: Clock };

const read = { kind: "user", scopes: ["read:filters"] } as const;
const write = { kind: "user", scopes: ["write:filters"] } as const;
const base = "/api/v2/filters";
/** The cell knows the real bounds; these only keep texts short. */
const TEXT_UNITS_MAX = 10_000;

const keywordFields = { keyword: optionalText(TEXT_UNITS_MAX), whole_word: bool() };
const filterFields = {
  title: optionalText(TEXT_UNITS_MAX),
  context: textList({ max: 20 }),
  filter_action: enumOf(["warn", "hide", "blur"]),
  expires_in: z.unknown().optional(),
  keywords_attributes: listOf(
    z.object({ id: optionalId(), _destroy: bool(), ...keywordFields }),
    FILTER_KEYWORDS_MAX * 2,
  ),
};

export async function ownFilters(reads: Reads, ownerId: string): Promise<readonly FilterDoc[]> {
  return (await reads.doc<FilterDoc[]>("filters", ownerId)) ?? [];
}

/** The contexts, or the fault invalid if one is none or there is none. */
export function contextsOf(names: readonly string[]): FilterContext[] | Fault {
  const known = names.filter((it): it is FilterContext =>
    FILTER_CONTEXTS.some((one) => one === it),
  );
  if (known.length === names.length) return known;
  return fault("invalid", "Validation failed: Context holds one that is unknown");
}

/**
 * When a filter ends that was sent as seconds from now. Undefined if nothing was sent; null (never)
 * for an empty value.
 */
export function endOf(sent: unknown, nowMs: number): number | null | undefined | Fault {
  if (sent === undefined) return undefined;
  if (sent === null || sent === "") return null;
  const seconds = int({ max: 3_155_760_000 }).safeParse(sent);
  if (seconds.success && seconds.data !== undefined) return nowMs + seconds.data * 1_000;
  return fault("invalid", "Validation failed: Expires in must be a number of seconds");
}

/** Asks the cell for a change of a filter and answers with what `show` makes of the filter after it. */
export async function change(
  actors: Actors,
  ownerId: string,
  command: AccountCommand,
  show: (after: FilterDoc) => unknown,
): Promise<HttpReply | Fault> {
  const after = await askAccount<FilterDoc>(actors, ownerId, command);
  return isFault(after) ? after : json(show(after));
}

/** Every route below `/api/v2/filters`. */
export function filtersRoutes(parts: FilterRouteParts): Route[] {
  return [
    ...filterRoutes(parts),
    ...filterWriteRoutes(parts),
    ...keywordRoutes(parts),
    ...statusRoutes(parts),
  ];
}

async function ownFilter(reads: Reads, ownerId: string, id: string): Promise<FilterDoc | Fault> {
  return (await ownFilters(reads, ownerId)).find((it) => it.id === id) ?? fault("not-found");
}

function filterRoutes({ reads }: FilterRouteParts): Route[] {
  return [
    route({
      method: "GET",
      path: base,
      access: read,
      params: z.object({}),
      run: async (call) => json((await ownFilters(reads, callerOf(call))).map(filterEntity)),
    }),
    route({
      method: "GET",
      path: `${base}/:id`,
      access: read,
      params: z.object({ id: idParam() }),
      run: async (call) => {
        const found = await ownFilter(reads, callerOf(call), call.params.id);
        return isFault(found) ? found : json(filterEntity(found));
      },
    }),
  ];
}

/** The command's fields of what was sent, or a fault. */
function fieldsOf(params: z.output<z.ZodObject<typeof filterFields>>, nowMs: number) {
  const contexts = contextsOf(params.context);
  if (isFault(contexts)) return contexts;
  const expiresAtMs = endOf(params.expires_in, nowMs);
  if (isFault(expiresAtMs)) return expiresAtMs;
  const keywords = params.keywords_attributes.map(
    (it): KeywordChange => ({
      id: it.id,
      keyword: it.keyword,
      wholeWord: it.whole_word,
      destroy: it._destroy,
    }),
  );
  return {
    title: params.title,
    contexts: params.context.length > 0 ? contexts : undefined,
    action: params.filter_action,
    expiresAtMs,
    keywords,
  };
}

function filterWriteRoutes({ actors, clock }: FilterRouteParts): Route[] {
  return [
    route({
      method: "POST",
      path: base,
      access: write,
      params: z.object(filterFields),
      run: async (call) => {
        const fields = fieldsOf(call.params, clock.nowMs());
        if (isFault(fields)) return fields;
        const command: AccountCommand = { type: "create-filter", ...fields };
        return change(actors, callerOf(call), command, filterEntity);
      },
    }),
    route({
      method: "PUT",
      path: `${base}/:id`,
      access: write,
      params: z.object({ id: idParam(), ...filterFields }),
      run: async (call) => {
        const fields = fieldsOf(call.params, clock.nowMs());
        if (isFault(fields)) return fields;
        const command: AccountCommand = {
          type: "update-filter",
          filterId: call.params.id,
          ...fields,
        };
        return change(actors, callerOf(call), command, filterEntity);
      },
    }),
    route({
      method: "DELETE",
      path: `${base}/:id`,
      access: write,
      params: z.object({ id: idParam() }),
      run: async (call) =>
        change(
          actors,
          callerOf(call),
          { type: "delete-filter", filterId: call.params.id },
          () => ({}),
        ),
    }),
  ];
}

type Keyword = FilterDoc["keywords"][number];

/** The own keyword of that id, with its filter. */
export async function ownKeyword(
  reads: Reads,
  ownerId: string,
  id: string,
): Promise<{ filter: FilterDoc; keyword: Keyword } | Fault> {
  for (const filter of await ownFilters(reads, ownerId)) {
    const keyword = filter.keywords.find((it) => it.id === id);
    if (keyword !== undefined) return { filter, keyword };
  }
  return fault("not-found");
}

/** The keyword that the filter has now and did not have before. */
export function newestKeyword(after: FilterDoc): Keyword {
  return after.keywords[after.keywords.length - 1] as Keyword;
}

function keywordRoutes(parts: FilterRouteParts): Route[] {
  const { actors, reads } = parts;
  const ofFilter = `${base}/:filter_id/keywords`;
  const one = `${base}/keywords/:id`;
  return [
    route({
      method: "GET",
      path: ofFilter,
      access: read,
      params: z.object({ filter_id: idParam() }),
      run: async (call) => {
        const found = await ownFilter(reads, callerOf(call), call.params.filter_id);
        return isFault(found) ? found : json(found.keywords.map(filterKeyword));
      },
    }),
    route({
      method: "POST",
      path: ofFilter,
      access: write,
      params: z.object({ filter_id: idParam(), ...keywordFields }),
      run: async (call) => {
        const { filter_id: filterId, keyword, whole_word: wholeWord } = call.params;
        const keywords: KeywordChange[] = [{ keyword: keyword ?? "", wholeWord }];
        const command: AccountCommand = { type: "update-filter", filterId, keywords };
        return change(actors, callerOf(call), command, (it) => filterKeyword(newestKeyword(it)));
      },
    }),
    route({
      method: "GET",
      path: one,
      access: read,
      params: z.object({ id: idParam() }),
      run: async (call) => {
        const found = await ownKeyword(reads, callerOf(call), call.params.id);
        return isFault(found) ? found : json(filterKeyword(found.keyword));
      },
    }),
    ...oneKeywordRoutes(parts, one),
  ];
}

function oneKeywordRoutes({ actors, reads }: FilterRouteParts, path: string): Route[] {
  return [
    route({
      method: "PUT",
      path,
      access: write,
      params: z.object({ id: idParam(), ...keywordFields }),
      run: async (call) => {
        const { id, keyword, whole_word: wholeWord } = call.params;
        const ownerId = callerOf(call);
        const found = await ownKeyword(reads, ownerId, id);
        if (isFault(found)) return found;
        const keywords: KeywordChange[] = [{ id, keyword, wholeWord }];
        const command: AccountCommand = {
          type: "update-filter",
          filterId: found.filter.id,
          keywords,
        };
        return change(actors, ownerId, command, (after) =>
          filterKeyword(after.keywords.find((it) => it.id === id) ?? found.keyword),
        );
      },
    }),
    route({
      method: "DELETE",
      path,
      access: write,
      params: z.object({ id: idParam() }),
      run: async (call) => {
        const ownerId = callerOf(call);
        const found = await ownKeyword(reads, ownerId, call.params.id);
        if (isFault(found)) return found;
        const keywords: KeywordChange[] = [{ id: call.params.id, destroy: true }];
        const command: AccountCommand = {
          type: "update-filter",
          filterId: found.filter.id,
          keywords,
        };
        return change(actors, ownerId, command, () => ({}));
      },
    }),
  ];
}

function statusRoutes({ actors, reads }: FilterRouteParts): Route[] {
  const ofFilter = `${base}/:filter_id/statuses`;
  const one = `${base}/statuses/:id`;
  const ownEntry = async (ownerId: string, id: string) => {
    for (const filter of await ownFilters(reads, ownerId)) {
      const entry = filter.statuses.find((it) => it.id === id);
      if (entry !== undefined) return { filter, entry };
    }
    return fault("not-found");
  };
  return [
    route({
      method: "GET",
      path: ofFilter,
      access: read,
      params: z.object({ filter_id: idParam() }),
      run: async (call) => {
        const found = await ownFilter(reads, callerOf(call), call.params.filter_id);
        return isFault(found) ? found : json(found.statuses.map(filterStatus));
      },
    }),
    route({
      method: "POST",
      path: ofFilter,
      access: write,
      params: z.object({ filter_id: idParam(), status_id: idParam() }),
      run: async (call) => {
        const { filter_id: filterId, status_id: statusId } = call.params;
        const seen = await reads.visibleStatus(call.viewer, statusId);
        if (isFault(seen)) return seen;
        const command: AccountCommand = { type: "add-filter-status", filterId, statusId };
        return change(actors, callerOf(call), command, (after) => {
          const entry = after.statuses.find((it) => it.statusId === statusId);
          return entry === undefined ? {} : filterStatus(entry);
        });
      },
    }),
    route({
      method: "GET",
      path: one,
      access: read,
      params: z.object({ id: idParam() }),
      run: async (call) => {
        const found = await ownEntry(callerOf(call), call.params.id);
        return isFault(found) ? found : json(filterStatus(found.entry));
      },
    }),
    route({
      method: "DELETE",
      path: one,
      access: write,
      params: z.object({ id: idParam() }),
      run: async (call) => {
        const found = await ownEntry(callerOf(call), call.params.id);
        if (isFault(found)) return found;
        const command: AccountCommand = {
          type: "remove-filter-status",
          filterId: found.filter.id,
          entryId: call.params.id,
        };
        return change(actors, callerOf(call), command, () => ({}));
      },
    }),
  ];
}
