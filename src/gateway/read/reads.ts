// Owns what routes, streams and pages ask of the read side. Every entity comes out as the bytes of
// one JSON document, serialised once per revision and shared. Ids that do not exist, or that the
// viewer may not see, are missing from the answers: both look the same.

import type { Fault } from "../../base/faults.js";
import type { AccountDoc, RelationDoc, UserDoc } from "../../domain/account.js";
import type { FilterContext } from "../../domain/filter.js";
import type { StatusDoc } from "../../domain/status.js";
import type { Viewer } from "../http/route.js";

/** Where a status is shown. A list has the home filters, and none of the home timeline's rules. */
export type ShownIn = FilterContext | "list";

/** One status as a viewer gets it. */
export interface Presented {
  readonly id: string;
  /** The id of the boosted status. */
  readonly boostOf: string | null;
  /** The bytes of the whole document, joined when they are asked for. */
  readonly json: Uint8Array;
}

export type PresentOptions = {
  /** Where it is shown: chooses which phrase filters apply. None: no `filtered`. */
  context?: ShownIn;
  /** Leave out statuses of accounts the viewer mutes or blocks, and those a filter hides (lists of
   * statuses); false shows them with their marks (a single status, an own bookmark). */
  dropUnwanted?: boolean;
};

export interface Reads {
  /** JSON bytes of the statuses the viewer may see, in the order of `ids`; others are left out. */
  statuses(
    viewer: Viewer | null,
    ids: readonly string[],
    options?: PresentOptions,
  ): Promise<Presented[]>;
  /**
   * The bytes of a JSON array of what `statuses` answered. The newest page of each viewer and place
   * is kept joined, and given again while every status on it is the very same.
   */
  joined(viewer: Viewer | null, context: ShownIn, page: readonly Presented[]): Uint8Array;
  /**
   * What `keep` was told of the viewer's page there, if it was made of this very list of ids and
   * nothing has changed since that the viewer would notice; else null.
   */
  kept<Note>(viewer: Viewer, context: ShownIn, ids: readonly string[]): Note | null;
  /** Stands for all that is known of the viewer; null if that is nothing yet. See `keep`. */
  moment(viewer: Viewer): object | null;
  /**
   * Keeps a note of the page that the ids gave just now. One for each viewer and place. `since` is
   * the moment before the page was read: if the viewer's side changed meanwhile, nothing is kept.
   */
  keep(
    viewer: Viewer,
    context: ShownIn,
    page: { ids: readonly string[]; since: object | null; note: object },
  ): void;
  /** One status that the viewer may see, or the fault not-found. */
  visibleStatus(viewer: Viewer | null, id: string): Promise<StatusDoc | Fault>;
  /** Those of the statuses that the viewer may see, in order, unrendered. */
  visibleStatuses(viewer: Viewer | null, ids: readonly string[]): Promise<StatusDoc[]>;
  /** JSON bytes of the accounts (Account entity), in the order of `ids`; missing ones left out. */
  accounts(ids: readonly string[]): Promise<{ id: string; json: Uint8Array }[]>;
  /** JSON bytes of one account, or null. */
  account(id: string): Promise<Uint8Array | null>;
  accountDoc(id: string): Promise<AccountDoc | null>;
  accountDocs(ids: readonly string[]): Promise<Map<string, AccountDoc>>;
  userDoc(accountId: string): Promise<UserDoc | null>;
  /** How the owner stands to the others; empty documents where there is nothing. */
  relations(ownerId: string, others: readonly string[]): Promise<Map<string, RelationDoc>>;
  /** How the others stand to the owner. */
  relationsFrom(others: readonly string[], ownerId: string): Promise<Map<string, RelationDoc>>;
  /** Account id of `user` or `user@host`, case-insensitively; null if unknown here. */
  accountIdOf(acct: string): Promise<string | null>;
  /** A JSON document parsed and cached until it changes, or null. */
  doc<T>(kind: string, id: string): Promise<T | null>;
  docs<T>(kind: string, ids: readonly string[]): Promise<Map<string, T>>;
}
