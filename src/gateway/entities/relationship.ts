// Owns the entity Relationship: how the viewer stands to another account.

import { isMuting, type RelationDoc } from "../../domain/account.js";
import { isoTimeOrNull } from "./time.js";

export type Relationship = {
  id: string;
  following: boolean;
  showing_reblogs: boolean;
  notifying: boolean;
  languages: string[] | null;
  followed_by: boolean;
  blocking: boolean;
  blocked_by: boolean;
  muting: boolean;
  muting_notifications: boolean;
  muting_expires_at: string | null;
  requested: boolean;
  requested_by: boolean;
  domain_blocking: boolean;
  endorsed: boolean;
  note: string;
};

export type RelationshipView = {
  otherId: string;
  /** As the viewer's cell knows it. */
  own: RelationDoc | null;
  /** As the other's cell knows it. */
  theirs: RelationDoc | null;
  domainBlocking: boolean;
  nowMs: number;
};

export function relationship({ own, theirs, ...view }: RelationshipView): Relationship {
  const follow = own?.following ?? own?.requested;
  const muting = isMuting(own, view.nowMs);
  const mute = muting ? own?.muting : undefined;
  return {
    id: view.otherId,
    following: own?.following !== undefined,
    showing_reblogs: follow?.reblogs ?? false,
    notifying: follow?.notify ?? false,
    languages: follow?.languages?.length ? follow.languages : null,
    followed_by: own?.followedBy !== undefined,
    blocking: own?.blocking !== undefined,
    blocked_by: theirs?.blocking !== undefined,
    muting,
    muting_notifications: mute?.notifications ?? false,
    muting_expires_at: isoTimeOrNull(mute?.expiresAtMs ?? null),
    requested: own?.requested !== undefined,
    requested_by: own?.requestedBy !== undefined,
    domain_blocking: view.domainBlocking,
    endorsed: own?.endorsed === true,
    note: own?.note ?? "",
  };
}
