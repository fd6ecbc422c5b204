// Owns the fields of the entity Admin::Account: what moderators may know. `account` is put in as
// bytes.

import type { AccountDoc, UserDoc } from "../../domain/account.js";
import { type Role, role } from "./role.js";
import { isoTime } from "./time.js";

/** Without `account`. */
export type AdminAccountFields = {
  id: string;
  username: string;
  domain: string | null;
  created_at: string;
  email: string;
  ip: string | null;
  ips: { ip: string; used_at: string }[];
  locale: string;
  invite_request: string | null;
  role: Role;
  confirmed: boolean;
  approved: boolean;
  disabled: boolean;
  sensitized: boolean;
  silenced: boolean;
  suspended: boolean;
  created_by_application_id?: string;
};

/** `user` is null for a remote account. Addresses of people are not kept, so none are told. */
export function adminAccountFields(doc: AccountDoc, user: UserDoc | null): AdminAccountFields {
  const fields: AdminAccountFields = {
    id: doc.id,
    username: doc.username,
    domain: doc.domain,
    created_at: isoTime(doc.createdAtMs),
    email: user?.email ?? "",
    ip: null,
    ips: [],
    locale: user?.locale ?? "en",
    invite_request: user?.reason ?? null,
    role: role(user?.role ?? "user"),
    confirmed: (user?.emailConfirmedAtMs ?? null) !== null,
    approved: user?.approved ?? true,
    disabled: user?.disabled ?? false,
    sensitized: doc.sensitized,
    silenced: doc.limited,
    suspended: doc.suspended,
  };
  const appId = user?.createdByAppId ?? null;
  if (appId !== null) fields.created_by_application_id = appId;
  return fields;
}
