// Owns oEmbed (oembed.com, version 1.0): how other sites show a post of ours that everybody may
// see. Answers a quotation with links; it runs no script and loads nothing.

import { z } from "zod";
import { fault, isFault } from "../../base/faults.js";
import { isId } from "../../base/ids.js";
import { accountUrl, localDomain, statusUrl } from "../../domain/addresses.js";
import { cleanName, escapeHtml } from "../../domain/text/characters.js";
import type { Site } from "../entities/site.js";
import { int, text } from "../http/params.js";
import { json, type Route, route } from "../http/route.js";
import type { Reads } from "../read/reads.js";

const DAY_S = 86_400;
const WIDTH_PX = 400;

/** Id in the address of a local post, or null. */
function statusIdIn(url: string, publicUrl: string): string | null {
  if (!url.startsWith(`${publicUrl}/`)) return null;
  const path = url.slice(publicUrl.length).replace(/[?#].*$/, "");
  const found = /^\/(?:@|users\/)[A-Za-z0-9_]+\/(?:statuses\/)?(\d{1,20})$/.exec(path);
  const id = found?.[1];
  return isId(id) ? id : null;
}

/** `GET /api/oembed`. */
export function oembedRoutes({ reads, site }: { reads: Reads; site: Site }): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/oembed",
      access: { kind: "public" },
      cache: "short",
      params: z.object({ url: text(2048), maxwidth: int(), maxheight: int() }),
      run: async ({ params }) => {
        const id = statusIdIn(params.url, site.publicUrl);
        const status = id === null ? null : await reads.visibleStatus(null, id);
        if (status === null || isFault(status) || !status.local || status.reblogOfId !== null) {
          return fault("not-found");
        }
        const author = await reads.accountDoc(status.accountId);
        if (author === null) return fault("not-found");
        const name = cleanName(author.displayName) || author.username;
        const page = statusUrl(status, author, site.publicUrl) ?? params.url;
        const said = status.spoiler === "" ? status.html : `<p>${escapeHtml(status.spoiler)}</p>`;
        const by = `${escapeHtml(name)} (@${author.username}@${localDomain(site.publicUrl)})`;
        return json({
          type: "rich",
          version: "1.0",
          author_name: name,
          author_url: accountUrl(author, site.publicUrl),
          provider_name: localDomain(site.publicUrl),
          provider_url: `${site.publicUrl}/`,
          cache_age: DAY_S,
          html: `<blockquote>${said}<p><a href="${escapeHtml(page)}">${by}</a></p></blockquote>`,
          width: params.maxwidth ?? WIDTH_PX,
          height: params.maxheight ?? null,
        });
      },
    }),
  ];
}
