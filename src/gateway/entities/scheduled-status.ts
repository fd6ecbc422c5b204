// Owns the entity ScheduledStatus. Two ids in its parameters are JSON numbers (as in Mastodon), of
// more digits than a JavaScript number holds: so it is made as text.

import { assert } from "../../base/assert.js";
import { isId } from "../../base/ids.js";
import type { QuotePolicy } from "../../domain/account.js";
import type { ScheduledDoc } from "../../domain/scheduled.js";
import type { Visibility } from "../../domain/visibility.js";
import { type MediaAttachment, mediaAttachment } from "./media-attachment.js";
import type { Site } from "./site.js";
import { isoTime } from "./time.js";

export type ScheduledStatus = {
  id: string;
  scheduled_at: string;
  params: ScheduledStatusParams & { in_reply_to_id: number | null; application_id: number };
  media_attachments: MediaAttachment[];
};

type ScheduledStatusParams = {
  text: string;
  poll: {
    options: string[];
    expires_in: number;
    multiple: boolean;
    hide_totals: boolean;
  } | null;
  media_ids: string[] | null;
  sensitive: boolean | null;
  spoiler_text: string | null;
  visibility: Visibility;
  language: string | null;
  scheduled_at: null;
  idempotency: string | null;
  with_rate_limit: boolean;
  quoted_status_id: string | null;
  quote_approval_policy: QuotePolicy;
};

/** JSON text of a ScheduledStatus. */
export function scheduledStatusJson(
  doc: Pick<ScheduledDoc, "id" | "atMs" | "params" | "media">,
  site: Pick<Site, "filesUrl">,
): string {
  const { inReplyToId, applicationId } = doc.params;
  assert(isId(applicationId), "an application id is a number");
  assert(inReplyToId === null || isId(inReplyToId), "a status id is a number");
  const head = JSON.stringify({ id: doc.id, scheduled_at: isoTime(doc.atMs) });
  const params = JSON.stringify(paramsOf(doc));
  const media = JSON.stringify(doc.media.map((it) => mediaAttachment(it, site)));
  return (
    `${head.slice(0, -1)},"params":${params.slice(0, -1)}` +
    `,"in_reply_to_id":${inReplyToId},"application_id":${applicationId}}` +
    `,"media_attachments":${media}}`
  );
}

function paramsOf({ params }: Pick<ScheduledDoc, "params">): ScheduledStatusParams {
  const { poll } = params;
  return {
    text: params.text,
    poll:
      poll === null
        ? null
        : {
            options: poll.options,
            expires_in: poll.expiresInS,
            multiple: poll.multiple,
            hide_totals: poll.hideTotals,
          },
    media_ids: params.mediaIds,
    sensitive: params.sensitive,
    spoiler_text: params.spoiler,
    visibility: params.visibility,
    language: params.language,
    scheduled_at: null,
    idempotency: params.idempotencyKey,
    with_rate_limit: true,
    quoted_status_id: params.quotedStatusId,
    quote_approval_policy: params.quotePolicy,
  };
}
