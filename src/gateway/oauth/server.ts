// Owns the grants: the one door to @node-oauth/oauth2-server, which checks the protocol, with a
// model over the store. Promises: a code or refresh token works once, even when two come at once;
// a replay ends the whole family of tokens; only hashes are stored; the clock is ours, not the
// library's. A fault of the store comes out as that fault, never as a refusal of the client.

import OAuth2Server from "@node-oauth/oauth2-server";
import { type Fault, isFault } from "../../base/faults.js";
import type { UserDoc } from "../../domain/account.js";
import type { AppDoc } from "./apps.js";
import { codeClaim, findCode, refreshClaim, saveCode } from "./codes.js";
import { claimOnce, finishOnce, replayOnce } from "./once.js";
import { scopesWithin } from "./scopes.js";
import { hashSecret, newSecret } from "./secrets.js";
import {
  findToken,
  issueToken,
  type RefreshDoc,
  revokeTokens,
  revokeTokensOf,
  type TokenParts,
} from "./tokens.js";

export type GrantSettings = {
  /** Give refresh tokens with the code grant, and take them. */
  refreshTokens: boolean;
  /** How long access tokens live, in ms; null for ever. Only where refresh tokens are on. */
  accessTokenTtlMs: number | null;
  /** Take a name and password for a token. */
  passwordGrant: boolean;
};

export type GrantParts = TokenParts & {
  settings: GrantSettings;
  /** The user of this name (or address) and password, ready to use the server, or a fault. */
  checkPassword: (name: string, password: string) => Promise<UserDoc | Fault>;
};

/**
 * What goes back to the client of the token endpoint. Faults are ours; refusals are the client's.
 */
export type TokenAnswer =
  | {
      token: string;
      refresh: string | null;
      scopes: readonly string[];
      createdAtMs: number;
      ttlMs: number | null;
    }
  | OAuthRefusal
  | Fault;

/** An error of RFC 6749 §5.2. */
export type OAuthRefusal = { refusal: string; status: number; says: string };

export const isRefusal = (it: object): it is OAuthRefusal => "refusal" in it;

export const refusal = (name: string, status: number, says: string): OAuthRefusal => ({
  refusal: name,
  status,
  says,
});

export type TokenRequest = {
  app: AppDoc;
  grantType: string;
  /** The body's parameters as they came. */
  params: Record<string, string | undefined>;
};

export type CodeAsked = {
  app: AppDoc;
  accountId: string;
  redirectUri: string;
  scopes: readonly string[];
  challenge: string | null;
};

/** Whom a code, a refresh token or a password speaks for. */
type Holder = { accountId: string | null; family?: string; claim?: string };

/** Carries a fault of ours through the library, which turns what is thrown into its own errors. */
class Carried extends Error {
  readonly fault: Fault;

  constructor(carried: Fault) {
    super(carried.fault);
    this.fault = carried;
  }
}

/** The grants that are open with these settings. */
export function grantTypes(settings: GrantSettings): string[] {
  const grants = ["authorization_code", "client_credentials"];
  if (settings.refreshTokens) grants.push("refresh_token");
  if (settings.passwordGrant) grants.push("password");
  return grants;
}

/** Gives a token for a grant, the client being authenticated already. */
export async function grantToken(parts: GrantParts, request: TokenRequest): Promise<TokenAnswer> {
  if (!grantTypes(parts.settings).includes(request.grantType)) {
    return refusal(
      "unsupported_grant_type",
      400,
      "The authorization grant type is not supported by the authorization server.",
    );
  }
  const { app, params } = request;
  const body = { ...params, client_id: app.clientId, client_secret: "checked" };
  const server = new OAuth2Server({
    model: modelFor(parts, request),
    requireClientAuthentication: {},
  });
  const asked = new OAuth2Server.Request({
    method: "POST",
    query: {},
    headers: { "content-type": "application/x-www-form-urlencoded", "content-length": "1" },
    body,
  });
  try {
    const given = await server.token(asked, new OAuth2Server.Response({}));
    return {
      token: given.accessToken,
      refresh: given.refreshToken ?? null,
      scopes: given.scope ?? [],
      createdAtMs: given["createdAtMs"] as number,
      ttlMs: given["ttlMs"] as number | null,
    };
  } catch (error) {
    return answerOf(error);
  }
}

/**
 * Stands in for the redirect address, which the library would read with Node's old URL parser, to
 * which private schemes are invalid. The caller has compared the real one, and builds the answer.
 */
const ELSEWHERE = "https://redirect.invalid/";

/** Makes a code for what the user allowed. The caller has checked the redirect address. */
export async function grantCode(
  parts: GrantParts,
  asked: CodeAsked,
): Promise<{ code: string } | OAuthRefusal | Fault> {
  const challenge = asked.challenge === null ? {} : { code_challenge: asked.challenge };
  const request = new OAuth2Server.Request({
    method: "POST",
    query: {},
    headers: { "content-type": "application/x-www-form-urlencoded", "content-length": "1" },
    body: {
      response_type: "code",
      client_id: asked.app.clientId,
      redirect_uri: ELSEWHERE,
      scope: asked.scopes.join(" "),
      ...challenge,
    },
  });
  const { app } = asked;
  const model = {
    ...modelFor(parts, { app, grantType: "authorization_code", params: {} }),
    ...savingCode(parts, asked),
  };
  const holder: Holder = { accountId: asked.accountId };
  try {
    const code = await new OAuth2Server({ model }).authorize(
      request,
      new OAuth2Server.Response({}),
      { allowEmptyState: true, authenticateHandler: { handle: () => holder } },
    );
    return { code: code.authorizationCode };
  } catch (error) {
    return answerOf(error);
  }
}

/** The library's errors as refusals of the client; ours as they were; others go on up. */
function answerOf(error: unknown): OAuthRefusal | Fault {
  const inner = (error as { inner?: unknown }).inner;
  if (error instanceof Carried) return error.fault;
  if (inner instanceof Carried) return inner.fault;
  if (error instanceof OAuth2Server.OAuthError && error.code < 500) {
    return refusal(error.name, error.code, error.message);
  }
  throw inner ?? error;
}

const must = <Value>(value: Value | Fault): Value => {
  if (isFault(value)) throw new Carried(value);
  return value;
};

type Model = OAuth2Server.AuthorizationCodeModel &
  OAuth2Server.ClientCredentialsModel &
  OAuth2Server.RefreshTokenModel &
  OAuth2Server.PasswordModel;

function modelFor(parts: GrantParts, request: TokenRequest): Model {
  const client = {
    id: request.app.clientId,
    redirectUris: [ELSEWHERE],
    grants: grantTypes(parts.settings),
  };
  return {
    getClient: async (id) => (id === client.id ? client : null),
    getUserFromClient: async () => ({ accountId: null }) satisfies Holder,
    getAccessToken: async () => null,
    validateScope: async (_user, _client, scope) => scopeOf(request.app, scope),
    generateAccessToken: async () => "made when saved",
    generateRefreshToken: async () => "made when saved",
    generateAuthorizationCode: async () => newSecret(parts.random),
    getUser: async (name, password) => passwordHolder(parts, name, password),
    saveToken: (token, _client, user) =>
      saveToken(parts, request, token.scope ?? [], user as Holder),
    ...codeModel(parts, request, client),
    saveAuthorizationCode: async () => null,
    ...refreshModel(parts, request, client),
  };
}

function scopeOf(app: AppDoc, scope: string[] | undefined): string[] | false {
  const wanted = scope === undefined || scope.length === 0 ? ["read"] : [...new Set(scope)];
  return scopesWithin(app.scopes, wanted) ? wanted : false;
}

async function passwordHolder(
  parts: GrantParts,
  name: string,
  password: string,
): Promise<Holder | null> {
  const user = await parts.checkPassword(name, password);
  if (!isFault(user)) return { accountId: user.accountId };
  if (user.fault === "forbidden") return null;
  throw new Carried(user);
}

/** A date that the library, which reads its own clock, will never find to be over. */
const checkedByUs = new Date(8_640_000_000_000_000);

function codeModel(parts: GrantParts, request: TokenRequest, client: OAuth2Server.Client) {
  const { store } = parts;
  return {
    async getAuthorizationCode(code: string) {
      const hash = hashSecret(code);
      const doc = await findCode(parts, hash);
      if (doc === null) return null;
      const holder: Holder = { accountId: doc.accountId, family: hash, claim: codeClaim(hash) };
      return {
        authorizationCode: code,
        expiresAt: checkedByUs,
        redirectUri: doc.redirectUri,
        scope: doc.scopes,
        client: doc.appId === client.id ? client : { id: doc.appId, grants: [] },
        user: holder,
        ...(doc.challenge === null ? {} : { codeChallenge: doc.challenge }),
        codeChallengeMethod: "S256",
      };
    },
    async revokeAuthorizationCode(code: OAuth2Server.AuthorizationCode) {
      const { accountId, family, claim } = code.user as Required<Holder>;
      if (!must(await claimOnce(store, claim))) {
        must(await replayOnce(store, claim));
        must(await revokeTokensOf(parts, accountId ?? "", { family }));
        return false;
      }
      return code.redirectUri === request.params["redirect_uri"];
    },
  };
}

function savingCode(parts: GrantParts, asked: CodeAsked) {
  return {
    async saveAuthorizationCode(
      code: Pick<
        OAuth2Server.AuthorizationCode,
        "authorizationCode" | "expiresAt" | "redirectUri" | "scope" | "codeChallenge"
      >,
      client: OAuth2Server.Client,
      user: OAuth2Server.User,
    ) {
      const failed = await saveCode(parts, code.authorizationCode, {
        accountId: asked.accountId,
        appId: client.id,
        redirectUri: asked.redirectUri,
        scopes: code.scope ?? [],
        challenge: code.codeChallenge ?? null,
      });
      must(failed);
      return { ...code, client, user };
    },
  };
}

function refreshModel(parts: GrantParts, request: TokenRequest, client: OAuth2Server.Client) {
  const { store } = parts;
  return {
    async getRefreshToken(refreshToken: string) {
      const hash = hashSecret(refreshToken);
      const text = await store.records.get("refresh", hash);
      if (text === null) return null;
      const doc = JSON.parse(text) as RefreshDoc;
      if (!(await stillGood(parts, doc))) return null;
      // Looked at here, before the token is spent: the library looks afterwards.
      const wanted = request.params["scope"]?.split(/\s+/) ?? [];
      if (!wanted.every((it) => it === "" || doc.scopes.includes(it))) {
        throw new OAuth2Server.InvalidScopeError("Invalid scope: more than was granted");
      }
      const { accountId, family } = doc;
      const holder: Holder = { accountId, family, claim: refreshClaim(hash) };
      return {
        refreshToken,
        scope: doc.scopes,
        client: doc.appId === client.id ? client : { id: doc.appId, grants: [] },
        user: holder,
        tokenHash: doc.tokenHash,
      };
    },
    async revokeToken(token: OAuth2Server.RefreshToken) {
      const { accountId, family, claim } = token.user as Required<Holder>;
      if (!must(await claimOnce(store, claim))) {
        must(await replayOnce(store, claim));
        must(await revokeTokensOf(parts, accountId ?? "", { family }));
        return false;
      }
      return true;
    },
  };
}

/** A refresh token dies with a change of the password, as its access token does. */
async function stillGood(parts: GrantParts, doc: RefreshDoc): Promise<boolean> {
  const text = await parts.store.records.get("user", doc.accountId);
  if (text === null) return false;
  return (JSON.parse(text) as UserDoc).passwordChangedAtMs <= doc.createdAtMs;
}

async function saveToken(
  parts: GrantParts,
  request: TokenRequest,
  scopes: readonly string[],
  holder: Holder,
): Promise<OAuth2Server.Token> {
  const { settings, clock } = parts;
  const withRefresh = settings.refreshTokens && request.grantType !== "client_credentials";
  const ttlMs = withRefresh ? settings.accessTokenTtlMs : null;
  const made = must(
    await issueToken(parts, {
      accountId: holder.accountId,
      appId: request.app.clientId,
      scopes,
      withRefresh,
      expiresAtMs: ttlMs === null ? null : clock.nowMs() + ttlMs,
      ...(holder.family === undefined ? {} : { family: holder.family }),
    }),
  );
  if (holder.claim !== undefined && !must(await finishOnce(parts.store, holder.claim))) {
    must(await revokeTokens(parts, [made.hash]));
    throw new OAuth2Server.InvalidGrantError("Invalid grant: it was used twice");
  }
  if (request.grantType === "refresh_token") must(await endReplaced(parts, request));
  return {
    accessToken: made.token,
    ...(made.refresh === null ? {} : { refreshToken: made.refresh }),
    scope: [...scopes],
    client: { id: request.app.clientId, grants: [] },
    user: holder,
    createdAtMs: made.doc.createdAtMs,
    ttlMs,
  };
}

/**
 * Ends the access token that a refresh has replaced. Its refresh record stays, to know a replay.
 */
async function endReplaced(parts: GrantParts, request: TokenRequest): Promise<null | Fault> {
  const used = hashSecret(request.params["refresh_token"] ?? "");
  const text = await parts.store.records.get("refresh", used);
  if (text === null) return null;
  const { tokenHash } = JSON.parse(text) as RefreshDoc;
  const old = await findToken(parts.store, tokenHash);
  return old === null ? null : revokeTokens(parts, [tokenHash], { keepRefresh: true });
}

export const INVALID_CLIENT: OAuthRefusal = refusal(
  "invalid_client",
  401,
  "Client authentication failed: unknown client, no client authentication, or wrong secret.",
);
