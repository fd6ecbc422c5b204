// Owns the route by which people report accounts and posts to the moderators.

import { z } from "zod";
import { fault, isFault } from "../../base/faults.js";
import { REPORT_COMMENT_GRAPHEMES_MAX } from "../../domain/limits.js";
import { REPORT_CATEGORIES, type ReportDoc } from "../../domain/site.js";
import { fitsGraphemes } from "../../domain/text/count.js";
import { type Actors, SITE } from "../../ports/actors.js";
import { reportFields } from "../entities/report.js";
import { bool, enumOf, idList, idParam, optionalText } from "../http/params.js";
import { jsonBytes, type Route, route } from "../http/route.js";
import { jsonObject } from "../read/json.js";
import type { Reads } from "../read/reads.js";

/** Statuses that one report may name. */
const STATUSES_MAX = 100;
const COMMENT_TOO_LONG =
  "Validation failed: Comment is too long " +
  `(maximum is ${REPORT_COMMENT_GRAPHEMES_MAX} characters)`;

/** `POST /api/v1/reports`. */
export function reportRoutes({ reads, actors }: { reads: Reads; actors: Actors }): Route[] {
  return [
    route({
      method: "POST",
      path: "/api/v1/reports",
      access: { kind: "user", scopes: ["write:reports"] },
      limits: ["report"],
      params: z.object({
        account_id: idParam(),
        status_ids: idList(STATUSES_MAX),
        rule_ids: idList(STATUSES_MAX),
        comment: optionalText(10 * REPORT_COMMENT_GRAPHEMES_MAX),
        category: enumOf(REPORT_CATEGORIES),
        forward: bool(),
      }),
      run: async ({ params, viewer }) => {
        if (viewer === null) return fault("user-required");
        const comment = params.comment ?? "";
        if (!fitsGraphemes(comment, REPORT_COMMENT_GRAPHEMES_MAX)) {
          return fault("invalid", COMMENT_TOO_LONG);
        }
        const target = await reads.accountDoc(params.account_id);
        if (target === null || target.suspended) return fault("not-found");
        // Only what the target wrote and the reporter may see: nothing else can be pulled in.
        const seen = await reads.visibleStatuses(viewer, params.status_ids);
        const statusIds = seen.filter((it) => it.accountId === target.id).map((it) => it.id);
        const category = params.category ?? "other";
        const report = {
          accountId: viewer.accountId,
          targetId: target.id,
          statusIds,
          ruleIds: category === "violation" ? params.rule_ids : [],
          comment,
          category,
          forwarded: params.forward === true && target.domain !== null,
        };
        const made = await actors.ask<ReportDoc>(SITE, { type: "create-report", report } as {
          type: string;
        });
        if (isFault(made)) return made;
        const target_account = await reads.account(target.id);
        return jsonBytes(jsonObject(reportFields(made), { target_account }));
      },
    }),
  ];
}
