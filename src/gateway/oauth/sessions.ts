// Owns the sessions of the web pages: record "session" by the hash of the cookie. A session ends
// at its time, on log-out (in the store, so a copied cookie is dead too), and on a change of
// password. Forms carry a proof that only the cookie's holder can know, so other sites cannot post
// them; before log-in a cookie of its own does the same (SEC-80, SEC-81).

import { dropRecord, putRecord } from "../../base/changes.js";
import { type Fault, fault } from "../../base/faults.js";
import type { AccountDoc, UserDoc } from "../../domain/account.js";
import type { Clock, Random } from "../../ports/clock.js";
import type { Change, Store } from "../../ports/storage.js";
import type { HttpReply, HttpRequest } from "../http/server.js";
import { barrier } from "./authenticate.js";
import { hashSecret, newSecret, proofOf, sameSecret } from "./secrets.js";

/** Record "session". */
export type SessionDoc = { accountId: string; createdAtMs: number; expiresAtMs: number };

export type Session = {
  hash: string;
  user: UserDoc;
  createdAtMs: number;
  /** Why the user may not go on with what they signed in for, or null. */
  barred: Fault | null;
};

/** Whoever sits at the browser: signed in or not, with the proof for the forms we give out. */
export type Visitor = {
  session: Session | null;
  csrf: string;
  /** Set-Cookie lines that the reply must carry for `csrf` to be good. */
  cookies: string[];
};

export interface Sessions {
  visitor(request: HttpRequest): Promise<Visitor>;
  /** Whether a form came from a page that we gave to this very browser. */
  checkForm(request: HttpRequest, csrf: string | undefined): null | Fault;
  /** Starts a session in place of the browser's old one. Answers the Set-Cookie lines. */
  start(accountId: string, request: HttpRequest): Promise<string[] | Fault>;
  /** Ends the browser's session. Answers the Set-Cookie lines that forget it. */
  end(request: HttpRequest): Promise<string[] | Fault>;
}

export type SessionParts = {
  store: Store;
  clock: Clock;
  random: Random;
  /** Over https cookies are Secure and have the __Host- prefix. */
  publicUrl: string;
};

export const SESSION_TTL_MS = 30 * 24 * 3_600_000;
const SECRET = /^[A-Za-z0-9_-]{43}$/;
const PURPOSE = "rookery form";

/** Makes the sessions of the web pages. */
export function createSessions(parts: SessionParts): Sessions {
  const { store, clock, random } = parts;
  const secure = parts.publicUrl.startsWith("https:");
  const names = {
    session: secure ? "__Host-rookery_session" : "rookery_session",
    form: secure ? "__Host-rookery_form" : "rookery_form",
  };
  const flags = `HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
  const line = (name: string, value: string, maxAgeS: number): string =>
    `${name}=${value}; Path=/; Max-Age=${maxAgeS}; ${flags}`;
  const read = (request: HttpRequest, name: string): string | null => {
    const value = cookieOf(request.header("cookie"), name);
    return value !== null && SECRET.test(value) ? value : null;
  };

  return {
    async visitor(request) {
      const cookie = read(request, names.session);
      const session = cookie === null ? null : await findSession(parts, hashSecret(cookie));
      if (cookie !== null && session !== null) {
        return { session, csrf: proofOf(cookie, PURPOSE), cookies: [] };
      }
      const known = read(request, names.form);
      const form = known ?? newSecret(random);
      const cookies = known === null ? [line(names.form, form, SESSION_TTL_MS / 1000)] : [];
      return { session: null, csrf: proofOf(form, PURPOSE), cookies };
    },
    checkForm(request, csrf) {
      const keys = [read(request, names.session), read(request, names.form)];
      const good = keys.some(
        (key) => key !== null && sameSecret(proofOf(key, PURPOSE), csrf ?? ""),
      );
      return good ? null : fault("invalid", "Can't verify CSRF token authenticity.");
    },
    async start(accountId, request) {
      const before = read(request, names.session);
      const cookie = newSecret(random);
      const createdAtMs = clock.nowMs();
      const doc: SessionDoc = { accountId, createdAtMs, expiresAtMs: createdAtMs + SESSION_TTL_MS };
      const changes: Change[] = [putRecord("session", hashSecret(cookie), doc)];
      if (before !== null) changes.push(dropRecord("session", hashSecret(before)));
      const failed = await store.write(changes);
      if (failed !== null) return failed;
      return [line(names.session, cookie, SESSION_TTL_MS / 1000), line(names.form, "", 0)];
    },
    async end(request) {
      const cookie = read(request, names.session);
      if (cookie !== null) {
        const failed = await store.write([dropRecord("session", hashSecret(cookie))]);
        if (failed !== null) return failed;
      }
      return [line(names.session, "", 0)];
    },
  };
}

async function findSession(parts: SessionParts, hash: string): Promise<Session | null> {
  const { records } = parts.store;
  const text = await records.get("session", hash);
  if (text === null) return null;
  const doc = JSON.parse(text) as SessionDoc;
  if (doc.expiresAtMs <= parts.clock.nowMs()) return null;
  const [userText, accountText] = await Promise.all([
    records.get("user", doc.accountId),
    records.get("account", doc.accountId),
  ]);
  if (userText === null || accountText === null) return null;
  const user = JSON.parse(userText) as UserDoc;
  if (user.passwordChangedAtMs > doc.createdAtMs) return null;
  const barred = barrier(user, (JSON.parse(accountText) as AccountDoc).suspended);
  if (barred?.fault === "login-disabled") return null;
  return { hash, user, createdAtMs: doc.createdAtMs, barred };
}

/** The cookie's value, or null. */
function cookieOf(header: string | undefined, name: string): string | null {
  for (const part of (header ?? "").split(";")) {
    const equals = part.indexOf("=");
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return null;
}

/** The reply with the cookies set. */
export function withCookies(reply: HttpReply, cookies: readonly string[]): HttpReply {
  if (cookies.length === 0) return reply;
  return { ...reply, headers: { ...reply.headers, "set-cookie": [...cookies] } };
}

/**
 * The local path that `text` names, or `otherwise`. Never another host, whatever a browser makes of
 * slashes and backslashes (SEC-72).
 */
export function localPath(text: string | undefined, otherwise: string): string {
  if (text === undefined || text.length > 8_000) return otherwise;
  if (!/^\/(?![/\\])[^\\\u0000-\u0020\u007f]*$/.test(text)) return otherwise;
  const here = "http://here.invalid";
  if (!URL.canParse(text, here)) return otherwise;
  const url = new URL(text, here);
  if (url.origin !== here || url.username !== "" || url.pathname.startsWith("//")) return otherwise;
  return `${url.pathname}${url.search}`;
}
