// Owns the registered applications (record "app", by client id): what is allowed in a registration,
// how a client proves itself, and the entities that show one. Secrets are stored hashed.

import { putRecord } from "../../base/changes.js";
import { type Fault, fault, isFault } from "../../base/faults.js";
import type { Ids } from "../../base/ids.js";
import type { Clock, Random } from "../../ports/clock.js";
import type { Store } from "../../ports/storage.js";
import type { ApplicationView } from "../entities/application.js";
import { parseScopes } from "./scopes.js";
import { hashSecret, newSecret, sameSecret } from "./secrets.js";

/** Record "app", by client id. */
export type AppDoc = {
  id: string;
  clientId: string;
  secretHash: string;
  name: string;
  website: string | null;
  redirectUris: string[];
  scopes: string[];
  createdAtMs: number;
};

/** The redirect that asks for the code to be shown on a page, to be copied by hand. */
export const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";

const APP_NAME_MAX = 60;
const REDIRECTS_MAX = 2_000;
const WEBSITE_MAX = 2_000;
const REFUSED_SCHEMES = new Set(["javascript", "data", "vbscript"]);

export type AppRequest = {
  name: string;
  /** Lines of one text, or a list. */
  redirectUris: string | readonly string[];
  scopes: string;
  website: string;
};

export type Apps = {
  store: Store;
  ids: Ids;
  clock: Clock;
  random: Random;
};

/** Registers an application. Answers its record and its secret, which is told only this once. */
export async function registerApp(
  parts: Apps,
  request: AppRequest,
): Promise<{ app: AppDoc; secret: string } | Fault> {
  const name = request.name.trim();
  const website = parseWebsite(request.website);
  const redirectUris = parseRedirects(request.redirectUris);
  const scopes = parseScopes(request.scopes);
  if (name === "") return wrong("Application name can't be blank");
  if ([...name].length > APP_NAME_MAX) return wrong("Application name is too long (60 at most)");
  if (isFault(redirectUris)) return redirectUris;
  if (isFault(scopes)) return scopes;
  if (isFault(website)) return website;
  const secret = newSecret(parts.random);
  const app: AppDoc = {
    id: parts.ids.next(),
    clientId: newSecret(parts.random),
    secretHash: hashSecret(secret),
    name,
    website: website.url,
    redirectUris,
    scopes,
    createdAtMs: parts.clock.nowMs(),
  };
  const failed = await parts.store.write([putRecord("app", app.clientId, app)]);
  return failed ?? { app, secret };
}

const wrong = (what: string): Fault => fault("invalid", `Validation failed: ${what}`);

function parseWebsite(text: string): { url: string | null } | Fault {
  const url = text.trim();
  if (url === "") return { url: null };
  if (url.length > WEBSITE_MAX) return wrong("Application website is too long (2000 at most)");
  if (!/^https?:\/\/[^\s/]/i.test(url) || !URL.canParse(url)) {
    return wrong("Application website must be a valid URL");
  }
  return { url };
}

function parseRedirects(given: string | readonly string[]): string[] | Fault {
  const lines = typeof given === "string" ? given.split(/\s+/) : given;
  const uris = [...new Set(lines.map((line) => line.trim()).filter((line) => line !== ""))];
  if (uris.length === 0) return wrong("Redirect URI can't be blank");
  if (uris.join("\n").length > REDIRECTS_MAX) {
    return wrong("Redirect URI is too long (2000 characters at most)");
  }
  const bad = uris.map(redirectProblem).find((problem) => problem !== null);
  return bad === undefined || bad === null ? uris : wrong(`Redirect URI ${bad}`);
}

/**
 * Why an address can't be a redirect, or null. Private schemes and plain http are fine (SEC-75).
 */
function redirectProblem(uri: string): string | null {
  if (uri === OUT_OF_BAND) return null;
  if (/[\u0000-\u0020\u007f-\u009f\\]/.test(uri)) return "holds a character that is not allowed";
  const scheme = /^([a-z][a-z0-9+.-]+):(?=.)/i.exec(uri)?.[1]?.toLowerCase();
  if (scheme === undefined || !URL.canParse(uri)) return "must be an absolute URI";
  if (REFUSED_SCHEMES.has(scheme)) return "has a scheme that is not allowed";
  if (uri.includes("#")) return "cannot contain a fragment";
  const url = new URL(uri);
  if (url.username !== "" || url.password !== "") return "cannot contain a user name";
  if ((scheme === "http" || scheme === "https") && !/^https?:\/\/[^/]/i.test(uri)) {
    return "must name a host";
  }
  return null;
}

/** The application of the client id, or null. */
export async function findApp(store: Store, clientId: string): Promise<AppDoc | null> {
  if (clientId === "" || clientId.length > 100) return null;
  const doc = await store.records.get("app", clientId);
  return doc === null ? null : (JSON.parse(doc) as AppDoc);
}

export type ClientCredentials = { clientId: string; clientSecret: string };

/**
 * What the client says it is: by HTTP Basic, else by the parameters. Null if it says too little, or
 * says it twice and not the same.
 */
export function clientCredentials(
  authorization: string | undefined,
  params: { client_id?: string | undefined; client_secret?: string | undefined },
): ClientCredentials | null {
  const basic = /^basic +([a-z0-9+/=_-]+) *$/i.exec(authorization ?? "")?.[1];
  if (basic === undefined) {
    const { client_id, client_secret } = params;
    if (!client_id || !client_secret) return null;
    return { clientId: client_id, clientSecret: client_secret };
  }
  const text = Buffer.from(basic, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 1) return null;
  const clientId = unescaped(text.slice(0, colon));
  const clientSecret = unescaped(text.slice(colon + 1));
  if (params.client_id !== undefined && params.client_id !== clientId) return null;
  return { clientId, clientSecret };
}

/** RFC 6749 §2.3.1 form-encodes both halves; text that is not so encoded is taken as it stands. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The application whose id and secret these are, or null. */
export async function authenticateClient(
  store: Store,
  credentials: ClientCredentials | null,
): Promise<AppDoc | null> {
  if (credentials === null) return null;
  const app = await findApp(store, credentials.clientId);
  if (app === null) return null;
  return sameSecret(app.secretHash, hashSecret(credentials.clientSecret)) ? app : null;
}

/** What the entities show of the app (entities/application.ts). */
export const appView = (app: AppDoc, vapidKey: string): ApplicationView => ({
  id: app.id,
  name: app.name,
  website: app.website,
  scopes: app.scopes,
  redirectUris: app.redirectUris,
  vapidKey,
});
