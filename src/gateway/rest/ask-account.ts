// Owns how routes of relations ask an account's cell: every command is checked against the slices'
// own types, so that a misspelt field fails to compile.

import type { Command as Blocks } from "../../actors/account/blocks.js";
import type { Command as DomainBlocks } from "../../actors/account/domain-blocks.js";
import type { Command as Filters } from "../../actors/account/filters.js";
import type { Command as Follows } from "../../actors/account/follows.js";
import type { Command as Lists } from "../../actors/account/lists.js";
import type { Command as Markers } from "../../actors/account/markers.js";
import type { Command as Mutes } from "../../actors/account/mutes.js";
import type { Command as Notes } from "../../actors/account/notes.js";
import type { Command as Tags } from "../../actors/account/tags.js";
import type { Fault } from "../../base/faults.js";
import { type Actors, accountCell } from "../../ports/actors.js";

export type AccountCommand =
  | Follows
  | Blocks
  | Mutes
  | Notes
  | DomainBlocks
  | Lists
  | Filters
  | Tags
  | Markers;

/**
 * Asks the cell of the account; the reply comes when its facts are durable and the cells it tells
 * have counted, so that what is read next shows the change on both sides.
 */
export const askAccount = <Reply = unknown>(
  actors: Actors,
  accountId: string,
  command: AccountCommand,
): Promise<Reply | Fault> => actors.ask<Reply>(accountCell(accountId), command, { settle: true });
