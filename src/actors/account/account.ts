// Owns the behaviour of a local account: the list of its slices, and which of them decides a
// command or owns a fact. A slice knows nothing of the others.

import { fault } from "../../base/faults.js";
import { DEFAULT_POLICY } from "../../domain/notification.js";
import { type Behaviour, refuse } from "../behaviour.js";
import { blocksSlice } from "./blocks.js";
import { conversationsSlice } from "./conversations.js";
import { domainBlocksSlice } from "./domain-blocks.js";
import { filtersSlice } from "./filters.js";
import { followsSlice } from "./follows.js";
import { listsSlice } from "./lists.js";
import { markersSlice } from "./markers.js";
import { marksSlice } from "./marks.js";
import { mutesSlice } from "./mutes.js";
import { notesSlice } from "./notes.js";
import { notificationsSlice } from "./notifications.js";
import { pollsSlice } from "./polls.js";
import { profileSlice } from "./profile.js";
import { receivedSlice } from "./received.js";
import { scheduledSlice } from "./scheduled.js";
import type { Slice } from "./slice.js";
import type { Account } from "./state.js";
import { statusesSlice } from "./statuses.js";
import { tagsSlice } from "./tags.js";

type Typed = { type: string };
/** A slice as account.ts sees it: the types of its own commands and facts do not matter here. */
type AnySlice = Slice<Typed, Typed>;

const any = (slice: unknown): AnySlice => slice as AnySlice;

const SLICES: readonly AnySlice[] = [
  profileSlice,
  statusesSlice,
  scheduledSlice,
  marksSlice,
  receivedSlice,
  pollsSlice,
  followsSlice,
  blocksSlice,
  mutesSlice,
  notesSlice,
  domainBlocksSlice,
  listsSlice,
  filtersSlice,
  tagsSlice,
  markersSlice,
  notificationsSlice,
  conversationsSlice,
].map(any);

const DECIDES = table((slice) => slice.commands);
const OWNS = table((slice) => slice.facts);
const ALWAYS = new Set(SLICES.flatMap((slice) => slice.always ?? []));

function table(names: (slice: AnySlice) => readonly string[]): Map<string, AnySlice> {
  const found = new Map<string, AnySlice>();
  for (const slice of SLICES) {
    for (const name of names(slice)) {
      if (found.has(name)) throw new Error(`two slices claim ${name}`);
      found.set(name, slice);
    }
  }
  return found;
}

function ownerOf(fact: Typed): AnySlice {
  const slice = OWNS.get(fact.type);
  if (slice === undefined) throw new Error(`no slice owns the fact ${fact.type}`);
  return slice;
}

/** Version of the snapshot's shape. */
const SNAPSHOT_VERSION = 2;

export const emptyAccount = (id: string): Account => ({
  id,
  profile: null,
  user: null,
  deleted: false,
  statuses: { recentKeys: [], activeMonth: "", firstOfMonth: false, pinned: [], scheduled: [] },
  lists: [],
  filters: [],
  followedTags: [],
  featuredTags: [],
  markers: {},
  notificationPolicy: { ...DEFAULT_POLICY },
  counts: { domainBlocks: 0, endorsements: 0 },
});

export const accountBehaviour: Behaviour<Account, Typed, Typed> = {
  kind: "account",
  version: SNAPSHOT_VERSION,
  empty: emptyAccount,
  needs: (account, command) => DECIDES.get(command.type)?.needs?.(account, command) ?? [],
  decide(account, command, context) {
    const slice = DECIDES.get(command.type);
    if (slice === undefined)
      return refuse(fault("bad-request", undefined, { cause: command.type }));
    if (!ALWAYS.has(command.type)) {
      if (account.profile === null || account.deleted) return refuse(fault("not-found"));
      if (account.profile.suspended) return refuse(fault("forbidden"));
    }
    return slice.decide(account, command, context);
  },
  evolve(account, fact) {
    ownerOf(fact).evolve(account, fact);
    return account;
  },
  index: (account, fact) => ownerOf(fact).index(account, fact),
  react: (account, fact) => ownerOf(fact).react(account, fact),
};
