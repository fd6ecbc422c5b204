// Owns the routes by which one account changes how it stands to another: follow, block, mute, note
// and their opposites. Each asks the signed-in account's cell, and answers with the relationship
// that both sides' records show afterwards.

import { z } from "zod";
import { isFault } from "../../base/faults.js";
import type { Actors } from "../../ports/actors.js";
import { bool, idParam, int, optionalText, textList } from "../http/params.js";
import { type Route, route } from "../http/route.js";
import { shownAccount } from "./account-standing.js";
import { type AccountCommand, askAccount } from "./ask-account.js";
import { callerOf, type RelationshipParts, relationshipReply } from "./relationships.js";

export type AccountActionParts = RelationshipParts & { actors: Actors };

/** Longest mute: a hundred years, in seconds. */
const MUTE_SECONDS_MAX = 3_155_760_000;
const LANGUAGES_MAX = 200;
const LANGUAGE_UNITS_MAX = 35;
/** The cell knows the real bound; this only keeps the text short. */
const NOTE_UNITS_MAX = 100_000;

const follows = ["write:follows", "follow"];
const blocks = ["write:blocks", "follow"];
const mutes = ["write:mutes", "follow"];
const accounts = ["write:accounts"];

type Verb = { word: string; scopes: readonly string[]; type: Simple["type"] };
/** Commands that name nothing but the other account. */
type Simple = Extract<
  AccountCommand,
  {
    type: "unfollow" | "remove-follower" | "block" | "unblock" | "unmute" | "endorse" | "unendorse";
  }
>;

const VERBS: readonly Verb[] = [
  { word: "unfollow", scopes: follows, type: "unfollow" },
  { word: "remove_from_followers", scopes: follows, type: "remove-follower" },
  { word: "block", scopes: blocks, type: "block" },
  { word: "unblock", scopes: blocks, type: "unblock" },
  { word: "unmute", scopes: mutes, type: "unmute" },
  { word: "endorse", scopes: accounts, type: "endorse" },
  { word: "unendorse", scopes: accounts, type: "unendorse" },
  // The names that these had before 4.4.
  { word: "pin", scopes: accounts, type: "endorse" },
  { word: "unpin", scopes: accounts, type: "unendorse" },
];

/** Every POST route below `/api/v1/accounts/:id`. */
export function accountActionRoutes(parts: AccountActionParts): Route[] {
  const act = async (me: string, targetId: string, command: AccountCommand) => {
    const doc = await shownAccount(parts.reads, targetId);
    if (isFault(doc)) return doc;
    const done = await askAccount(parts.actors, me, command);
    return isFault(done) ? done : relationshipReply(parts, me, targetId);
  };
  const simple = VERBS.map(({ word, scopes, type }) =>
    route({
      method: "POST",
      path: `/api/v1/accounts/:id/${word}`,
      access: { kind: "user", scopes },
      params: z.object({ id: idParam() }),
      run: (call) => {
        const targetId = call.params.id;
        return act(callerOf(call), targetId, { type, targetId });
      },
    }),
  );
  const path = (word: string) => `/api/v1/accounts/:id/${word}`;
  return [
    ...simple,
    route({
      method: "POST",
      path: path("follow"),
      access: { kind: "user", scopes: follows },
      limits: ["follow"],
      params: z.object({
        id: idParam(),
        reblogs: bool(),
        notify: bool(),
        languages: textList({ max: LANGUAGES_MAX, lengthMax: LANGUAGE_UNITS_MAX }).optional(),
      }),
      run: (call) => {
        const { id: targetId, reblogs, notify } = call.params;
        const languages = call.params.languages?.filter((it) => it !== "");
        const command = { type: "follow", targetId, reblogs, notify, languages } as const;
        return act(callerOf(call), targetId, command);
      },
    }),
    route({
      method: "POST",
      path: path("mute"),
      access: { kind: "user", scopes: mutes },
      params: z.object({
        id: idParam(),
        notifications: bool(),
        duration: int({ max: MUTE_SECONDS_MAX }),
      }),
      run: (call) => {
        const { id: targetId, notifications, duration: durationSeconds } = call.params;
        const command = { type: "mute", targetId, notifications, durationSeconds } as const;
        return act(callerOf(call), targetId, command);
      },
    }),
    route({
      method: "POST",
      path: path("note"),
      access: { kind: "user", scopes: accounts },
      params: z.object({ id: idParam(), comment: optionalText(NOTE_UNITS_MAX) }),
      run: (call) => {
        const { id: targetId, comment = "" } = call.params;
        return act(callerOf(call), targetId, { type: "note", targetId, comment: comment.trim() });
      },
    }),
  ];
}
