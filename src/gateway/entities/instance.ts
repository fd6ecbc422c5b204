// Owns the entities Instance (v2) and V1::Instance: what this server is and allows. The limits come
// from domain/limits.ts; the bytes of the contact account are put in by the reader.

import { type Configuration, configuration, v1Configuration } from "./instance-configuration.js";
import type { InstanceView } from "./instance-view.js";
import type { Rule } from "./rule.js";

export const API_VERSION = 7;

/** Without `contact.account`. */
export type Instance = {
  domain: string;
  title: string;
  version: string;
  source_url: string;
  description: string;
  wrapstodon: number | null;
  usage: { users: { active_month: number } };
  thumbnail: { url: string; description: string | null };
  icon: { src: string; size: string }[];
  languages: string[];
  configuration: Configuration;
  registrations: {
    enabled: boolean;
    approval_required: boolean;
    reason_required: boolean;
    message: string | null;
    min_age: number | null;
    url: string | null;
  };
  api_versions: { mastodon: number };
  rules: Rule[];
};

/** JSON text of Instance (v2). `contactAccount`: JSON text of the account, or null. */
export function instanceJson(view: InstanceView, contactAccount: string | null): string {
  const head = JSON.stringify(instance(view));
  const email = JSON.stringify(view.contactEmail);
  const contact = `{"email":${email},"account":${contactAccount ?? "null"}}`;
  return `${head.slice(0, -1)},"contact":${contact}}`;
}

function instance(view: InstanceView): Instance {
  const { mode, messageHtml, minAge, reasonRequired } = view.registrations;
  return {
    domain: view.domain,
    title: view.title,
    version: view.version,
    source_url: view.sourceUrl,
    description: view.shortDescription,
    wrapstodon: null,
    usage: { users: { active_month: view.activeUsersMonth } },
    thumbnail: { url: view.thumbnailUrl, description: view.thumbnailDescription },
    icon: [...view.icons],
    languages: [...view.languages],
    configuration: configuration(view),
    registrations: {
      enabled: mode !== "closed",
      approval_required: mode === "approval",
      reason_required: mode === "approval" && reasonRequired,
      message: messageHtml,
      min_age: minAge,
      url: null,
    },
    api_versions: { mastodon: API_VERSION },
    rules: [...view.rules],
  };
}

/** JSON text of V1::Instance. `contactAccount`: JSON text of the account, or null. */
export function v1InstanceJson(view: InstanceView, contactAccount: string | null): string {
  const head = JSON.stringify({
    uri: view.domain,
    title: view.title,
    short_description: view.shortDescription,
    description: view.description,
    email: view.contactEmail,
    version: view.version,
    urls: { streaming_api: view.streamingUrl },
    stats: { user_count: view.users, status_count: view.statuses, domain_count: view.domains },
    thumbnail: view.thumbnailUrl,
    languages: view.languages,
    registrations: view.registrations.mode !== "closed",
    approval_required: view.registrations.mode === "approval",
    invites_enabled: false,
    configuration: v1Configuration(view),
    rules: view.rules,
  });
  return `${head.slice(0, -1)},"contact_account":${contactAccount ?? "null"}}`;
}
