// Owns the endpoints that programs call: token, revoke, introspect, what a token is, who its user
// is, and the server's metadata. Errors are those of RFC 6749 §5.2, not faults: `{error,
// error_description}`. Faults of the store stay faults.

import { z } from "zod";
import { type Fault, fault, isFault } from "../../base/faults.js";
import { token } from "../entities/application.js";
import type { Auth, Route } from "../http/route.js";
import { json, route } from "../http/route.js";
import type { HttpReply, HttpRequest } from "../http/server.js";
import type { Reads } from "../read/reads.js";
import { type AppDoc, authenticateClient, clientCredentials } from "./apps.js";
import { ALL_SCOPES } from "./scopes.js";
import { hashSecret } from "./secrets.js";
import {
  type GrantParts,
  grantToken,
  grantTypes,
  INVALID_CLIENT,
  isRefusal,
  type OAuthRefusal,
  refusal,
  type TokenAnswer,
} from "./server.js";
import { findToken, type RefreshDoc, revokeTokens, revokeTokensOf } from "./tokens.js";

export type TokenRoutesParts = GrantParts & {
  reads: Reads;
  /** Without a slash at the end. */
  publicUrl: string;
};

/** A parameter as text; numbers and the like become what the client will have meant. */
const field = z.union([z.string(), z.number().transform(String)]).optional();

const tokenParams = z.object({
  grant_type: field,
  client_id: field,
  client_secret: field,
  code: field,
  redirect_uri: field,
  code_verifier: field,
  scope: field,
  refresh_token: field,
  username: field,
  password: field,
});

const namedToken = z.object({ token: field, client_id: field, client_secret: field });

const NO_STORE = { "cache-control": "no-store", pragma: "no-cache" };

/** All endpoints of the protocol, but for the pages. */
export function tokenRoutes(parts: TokenRoutesParts): Route[] {
  return [
    route({
      method: "POST",
      path: "/oauth/token",
      access: { kind: "public" },
      params: tokenParams,
      run: ({ params, request }) => giveToken(parts, params, request),
    }),
    route({
      method: "POST",
      path: "/oauth/revoke",
      access: { kind: "public" },
      params: namedToken,
      run: ({ params, request }) => revoke(parts, params, request),
    }),
    route({
      method: "POST",
      path: "/oauth/introspect",
      access: { kind: "public" },
      params: namedToken,
      run: ({ params, request, auth }) => introspect(parts, params, request, auth),
    }),
    route({
      method: "GET",
      path: "/oauth/token/info",
      access: { kind: "app" },
      params: z.object({}),
      run: ({ auth }) => tokenInfo(parts, auth),
    }),
    ...(["GET", "POST"] as const).map((method) =>
      route({
        method,
        path: "/oauth/userinfo",
        access: { kind: "user", scopes: ["profile"] },
        params: z.object({}),
        run: ({ auth }) => userInfo(parts, auth),
      }),
    ),
    route({
      method: "GET",
      path: "/.well-known/oauth-authorization-server",
      access: { kind: "public" },
      cache: "long",
      params: z.object({}),
      run: () => json(metadata(parts)),
    }),
  ];
}

async function giveToken(
  parts: TokenRoutesParts,
  params: z.output<typeof tokenParams>,
  request: HttpRequest,
): Promise<HttpReply | Fault> {
  const app = await clientOf(parts, params, request);
  if (app === null) return refused(INVALID_CLIENT);
  if (params.grant_type === undefined || params.grant_type === "") {
    return refused(refusal("invalid_request", 400, "Missing required parameter: grant_type."));
  }
  const answer = await grantToken(parts, {
    app,
    grantType: params.grant_type,
    params,
  });
  if (isFault(answer)) return loginFault(answer) ?? answer;
  return isRefusal(answer) ? refused(answer) : tokenReply(answer);
}

/** A user who may not come in is a refusal of the password grant; the rest stays ours. */
function loginFault(it: Fault): HttpReply | null {
  const known = ["login-disabled", "unconfirmed-email", "pending-approval"];
  if (!known.includes(it.fault)) return null;
  return refused(refusal("invalid_grant", 400, "The user may not sign in."));
}

/** The token as the API tells it. `expires_in` is there only for tokens that run out. */
export function tokenReply(answer: Exclude<TokenAnswer, Fault | OAuthRefusal>): HttpReply {
  const reply = json({
    ...token(answer),
    ...(answer.refresh === null ? {} : { refresh_token: answer.refresh }),
    ...(answer.ttlMs === null ? {} : { expires_in: Math.floor(answer.ttlMs / 1000) }),
  });
  return { ...reply, headers: { ...reply.headers, ...NO_STORE } };
}

function refused(it: OAuthRefusal): HttpReply {
  const reply = json({ error: it.refusal, error_description: it.says }, it.status);
  const asks: Record<string, string> =
    it.status === 401 ? { "www-authenticate": `Basic realm="Rookery"` } : {};
  return { ...reply, headers: { ...reply.headers, ...NO_STORE, ...asks } };
}

function clientOf(
  parts: TokenRoutesParts,
  params: { client_id?: string | undefined; client_secret?: string | undefined },
  request: HttpRequest,
): Promise<AppDoc | null> {
  const credentials = clientCredentials(request.header("authorization"), params);
  return authenticateClient(parts.store, credentials);
}

type Named = z.output<typeof namedToken>;

async function revoke(
  parts: TokenRoutesParts,
  params: Named,
  request: HttpRequest,
): Promise<HttpReply | Fault> {
  const app = await clientOf(parts, params, request);
  const foreign = refusal(
    "unauthorized_client",
    403,
    "You are not authorized to revoke this token",
  );
  if (app === null) return refused(foreign);
  const hash = hashSecret(params.token ?? "");
  const found = await findToken(parts.store, hash);
  if (found !== null) {
    if (found.appId !== app.clientId) return refused(foreign);
    return (await revokeTokens(parts, [hash])) ?? json({});
  }
  const text = await parts.store.records.get("refresh", hash);
  if (text === null) return json({});
  const refresh = JSON.parse(text) as RefreshDoc;
  if (refresh.appId !== app.clientId) return refused(foreign);
  const ended = await revokeTokensOf(parts, refresh.accountId, { family: refresh.family });
  return ended ?? json({});
}

/** RFC 7662. The asker is a client, or holds a token, and learns only of its own app's tokens. */
async function introspect(
  parts: TokenRoutesParts,
  params: Named,
  request: HttpRequest,
  auth: Auth | null,
): Promise<HttpReply | Fault> {
  const appId = auth?.appId ?? (await clientOf(parts, params, request))?.clientId;
  if (appId === undefined) return refused(INVALID_CLIENT);
  const token = await findToken(parts.store, hashSecret(params.token ?? ""));
  const over = token?.expiresAtMs != null && token.expiresAtMs <= parts.clock.nowMs();
  if (token === null || over || token.appId !== appId) return json({ active: false });
  if (await deadByUser(parts, token)) return json({ active: false });
  return json({
    active: true,
    scope: token.scopes.join(" "),
    client_id: token.appId,
    token_type: "Bearer",
    iat: Math.floor(token.createdAtMs / 1000),
    ...(token.expiresAtMs === null ? {} : { exp: Math.floor(token.expiresAtMs / 1000) }),
  });
}

async function deadByUser(
  parts: TokenRoutesParts,
  token: { accountId: string | null; createdAtMs: number },
): Promise<boolean> {
  if (token.accountId === null) return false;
  const user = await parts.reads.userDoc(token.accountId);
  return user === null || user.disabled || user.passwordChangedAtMs > token.createdAtMs;
}

async function tokenInfo(parts: TokenRoutesParts, auth: Auth | null): Promise<HttpReply | Fault> {
  const token = auth === null ? null : await findToken(parts.store, auth.tokenHash);
  if (auth === null || token === null) return fault("no-token");
  const leftMs = token.expiresAtMs === null ? null : token.expiresAtMs - parts.clock.nowMs();
  return json({
    resource_owner_id: auth.accountId,
    scope: auth.scopes,
    expires_in: leftMs === null ? null : Math.max(0, Math.floor(leftMs / 1000)),
    application: { uid: auth.appId },
    created_at: Math.floor(token.createdAtMs / 1000),
  });
}

async function userInfo(parts: TokenRoutesParts, auth: Auth | null): Promise<HttpReply | Fault> {
  const accountId = auth?.accountId ?? null;
  if (accountId === null) return fault("user-required");
  const bytes = await parts.reads.account(accountId);
  if (bytes === null) return fault("not-found");
  const account = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
    username: string;
    display_name: string;
    url: string;
    avatar: string;
  };
  return json({
    iss: `${parts.publicUrl}/`,
    sub: `${parts.publicUrl}/users/${account.username}`,
    name: account.display_name === "" ? account.username : account.display_name,
    preferred_username: account.username,
    profile: account.url,
    picture: account.avatar,
  });
}

/** RFC 8414, with what the Mastodon API adds. */
function metadata(parts: TokenRoutesParts) {
  const at = (path: string) => `${parts.publicUrl}${path}`;
  return {
    issuer: at("/"),
    service_documentation: "https://docs.joinmastodon.org/",
    authorization_endpoint: at("/oauth/authorize"),
    token_endpoint: at("/oauth/token"),
    app_registration_endpoint: at("/api/v1/apps"),
    revocation_endpoint: at("/oauth/revoke"),
    introspection_endpoint: at("/oauth/introspect"),
    userinfo_endpoint: at("/oauth/userinfo"),
    scopes_supported: ALL_SCOPES,
    response_types_supported: ["code"],
    response_modes_supported: ["query", "fragment", "form_post"],
    code_challenge_methods_supported: ["S256"],
    grant_types_supported: grantTypes(parts.settings),
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
  };
}
