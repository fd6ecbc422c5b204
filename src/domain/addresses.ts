// Owns where local things live on the web: the addresses of accounts, statuses, tags and files.
// Remote things carry their own addresses in their documents. `publicUrl` has no slash at its end.

import type { AccountDoc } from "./account.js";
import type { StatusDoc } from "./status.js";

type Named = Pick<AccountDoc, "id" | "username" | "domain" | "url" | "uri">;

/** Host (and port, if not the usual one) under which local accounts are known. */
export function localDomain(publicUrl: string): string {
  return publicUrl.replace(/^https?:\/\//, "");
}

/** The page of the account, for people. */
export function accountUrl(account: Named, publicUrl: string): string {
  if (account.domain !== null) return account.url ?? account.uri ?? "";
  return `${publicUrl}/@${account.username}`;
}

/** The identity of the account, for peers. */
export function accountUri(account: Named, publicUrl: string): string {
  if (account.domain !== null) return account.uri ?? account.url ?? "";
  return `${publicUrl}/users/${account.username}`;
}

/** The page of the status, for people. Boosts have no page of their own. */
export function statusUrl(status: StatusDoc, author: Named, publicUrl: string): string | null {
  if (!status.local) return status.url;
  if (status.reblogOfId !== null) return statusUri(status, author, publicUrl);
  return `${accountUrl(author, publicUrl)}/${status.id}`;
}

/** The identity of the status, for peers; of a boost: its activity. */
export function statusUri(status: StatusDoc, author: Named, publicUrl: string): string {
  if (!status.local) return status.uri ?? status.url ?? "";
  const uri = `${accountUri(author, publicUrl)}/statuses/${status.id}`;
  return status.reblogOfId === null ? uri : `${uri}/activity`;
}

/** The page of a tag. `name` is the normalised name. */
export function tagUrl(name: string, publicUrl: string): string {
  return `${publicUrl}/tags/${encodeURIComponent(name)}`;
}

/** Where a file is read: `place` is a blob key, or the address of a file elsewhere. */
export function fileUrl(place: string, filesUrl: string): string {
  return /^https?:\/\//.test(place) ? place : `${filesUrl}/${place}`;
}
