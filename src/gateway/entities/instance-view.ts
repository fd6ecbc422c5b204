// Owns what the serializers of the Instance entities must be told.

import type { Rule } from "./rule.js";

export type InstanceView = {
  /** Host of the public URL, with its port if unusual. */
  domain: string;
  publicUrl: string;
  /** `wss://…` where sockets are opened. */
  streamingUrl: string;
  title: string;
  /** The version of Mastodon whose API this is, then our own: clients parse the front. */
  version: string;
  sourceUrl: string;
  shortDescription: string;
  description: string;
  contactEmail: string;
  thumbnailUrl: string;
  thumbnailDescription: string | null;
  icons: readonly { src: string; size: string }[];
  languages: readonly string[];
  rules: readonly Rule[];
  activeUsersMonth: number;
  users: number;
  statuses: number;
  domains: number;
  registrations: {
    mode: "open" | "approval" | "closed";
    messageHtml: string | null;
    minAge: number | null;
    reasonRequired: boolean;
  };
  /** "" while push is off. */
  vapidPublicKey: string;
  supportedMimeTypes: readonly string[];
  limitedFederation: boolean;
  /** Whether public timelines need a token. */
  timelinesAccess: "public" | "authenticated" | "disabled";
};
