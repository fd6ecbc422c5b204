// Owns the routes of polls. The poll's author's cell tallies; the right to see the post is checked
// here first.

import { z } from "zod";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { votesOf } from "../../domain/collections.js";
import type { Emojis } from "../../domain/emoji.js";
import type { PollDoc } from "../../domain/status.js";
import { type Actors, accountCell } from "../../ports/actors.js";
import type { Clock } from "../../ports/clock.js";
import type { Store } from "../../ports/storage.js";
import { poll as pollEntity } from "../entities/poll.js";
import type { Site } from "../entities/site.js";
import { idParam, textList } from "../http/params.js";
import { json, type Route, route, type Viewer } from "../http/route.js";
import type { HttpReply } from "../http/server.js";
import type { Reads } from "../read/reads.js";

export type PollsParts = {
  actors: Actors;
  reads: Reads;
  store: Pick<Store, "collections">;
  clock: Clock;
  site: Site;
  emojis: () => Emojis;
};

export function pollsRoutes(parts: PollsParts): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/polls/:id",
      access: { kind: "optional", scopes: ["read:statuses"] },
      cache: "short",
      params: z.object({ id: idParam() }),
      run: ({ viewer, params }) => pollReply(parts, viewer, params.id),
    }),
    route({
      method: "POST",
      path: "/api/v1/polls/:id/votes",
      access: { kind: "user", scopes: ["write:statuses"] },
      params: z.object({ id: idParam(), choices: textList({ max: 50, lengthMax: 10 }) }),
      run: async ({ viewer, params }) => {
        if (viewer === null) return fault("user-required");
        const poll = await seenPoll(parts, viewer, params.id);
        if (isFault(poll)) return poll;
        const choices = params.choices.map((choice) =>
          /^[0-9]{1,4}$/.test(choice) ? Number(choice) : -1,
        );
        const voterId = viewer.accountId;
        const command = { type: "vote", pollId: poll.id, voterId, choices };
        const done = await parts.actors.ask(accountCell(poll.accountId), command);
        return isFault(done) ? done : pollReply(parts, viewer, params.id);
      },
    }),
  ];
}

async function seenPoll(
  parts: PollsParts,
  viewer: Viewer | null,
  id: string,
): Promise<PollDoc | Fault> {
  const poll = await parts.reads.doc<PollDoc>("poll", id);
  if (poll === null) return fault("not-found");
  const status = await parts.reads.visibleStatus(viewer, poll.statusId);
  return isFault(status) ? status : poll;
}

async function pollReply(
  parts: PollsParts,
  viewer: Viewer | null,
  id: string,
): Promise<HttpReply | Fault> {
  const poll = await seenPoll(parts, viewer, id);
  if (isFault(poll)) return poll;
  const status = await parts.reads.visibleStatus(viewer, poll.statusId);
  if (isFault(status)) return status;
  const view = {
    poll,
    site: parts.site,
    emojis: parts.emojis(),
    emojiCodes: status.emojis,
    nowMs: parts.clock.nowMs(),
  };
  if (viewer === null) return json(pollEntity(view));
  const own = await parts.store.collections.pick(votesOf(id), [viewer.accountId]);
  const vote = own.get(viewer.accountId);
  const votes = vote === undefined ? [] : (JSON.parse(vote.value) as number[]);
  const isAuthor = poll.accountId === viewer.accountId;
  return json(pollEntity({ ...view, viewer: { isAuthor, votes } }));
}
