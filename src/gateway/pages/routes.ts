// Owns the list of all pages without JavaScript, and the answer for paths that nobody serves.

import type { Route } from "../http/route.js";
import type { HttpReply, HttpRequest } from "../http/server.js";
import { notFoundPage } from "./layout.js";
import { pictureRoutes } from "./pictures.js";
import { profileRoutes } from "./profile-page.js";
import { type SitePageParts, siteRoutes } from "./site-pages.js";
import { styleRoutes } from "./styles.js";

/** Front page, about, profiles, posts, feeds, tags, and their stylesheet. */
export function pageRoutes(parts: SitePageParts): Route[] {
  return [...siteRoutes(parts), ...profileRoutes(parts), ...styleRoutes, ...pictureRoutes()];
}

/** For the router's `notFound`: a page for people; null (the usual JSON) for others. */
export function missingPage(parts: Pick<SitePageParts, "site">) {
  return (request: HttpRequest): HttpReply | null =>
    (request.header("accept") ?? "").includes("text/html") ? notFoundPage(parts.site()) : null;
}
