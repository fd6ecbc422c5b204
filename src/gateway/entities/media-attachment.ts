// Owns the entity MediaAttachment.

import { fileUrl } from "../../domain/addresses.js";
import type { MediaDoc } from "../../domain/status.js";
import type { Site } from "./site.js";

export type MediaAttachment = {
  id: string;
  type: MediaDoc["type"];
  url: string | null;
  preview_url: string | null;
  remote_url: string | null;
  preview_remote_url: string | null;
  text_url: string | null;
  meta: MediaDoc["meta"];
  description: string | null;
  blurhash: string | null;
};

export function mediaAttachment(doc: MediaDoc, site: Pick<Site, "filesUrl">): MediaAttachment {
  const at = (place: string | null) => (place === null ? null : fileUrl(place, site.filesUrl));
  return {
    id: doc.id,
    type: doc.type,
    url: at(doc.url),
    preview_url: at(doc.previewUrl),
    remote_url: doc.remoteUrl,
    preview_remote_url: doc.previewRemoteUrl,
    text_url: null,
    meta: doc.meta,
    description: doc.description,
    blurhash: doc.blurhash,
  };
}
