// Owns the edge of a node: routes, tokens, limits, streams, and the server that listens. Starts
// after the core and stops before it: first nothing new is taken in, then what runs ends.

import type { Settings } from "../../config/schema.js";
import type { Secrets } from "../../config/secrets.js";
import { localDomain } from "../domain/addresses.js";
import { escapeHtml } from "../domain/text/characters.js";
import { createLimits, type LimitName, type LimitsOptions } from "../gateway/http/limits.js";
import { listen } from "../gateway/http/listen.js";
import { createRouter } from "../gateway/http/router.js";
import type { HttpServer } from "../gateway/http/server.js";
import { createAttempts } from "../gateway/oauth/attempts.js";
import { createAuthenticator } from "../gateway/oauth/authenticate.js";
import { createMailer, type Mailer } from "../gateway/oauth/mail.js";
import type { Passwords } from "../gateway/oauth/passwords.js";
import type { OAuthParts } from "../gateway/oauth/routes.js";
import { createSessions } from "../gateway/oauth/sessions.js";
import type { InstanceSettings } from "../gateway/rest/instance.js";
import type { Log } from "../observe/log.js";
import { VERSION } from "../version.js";
import type { Core } from "./core.js";
import { nodeRoutes } from "./routes.js";
import { followSite } from "./site-info.js";

const SOURCE_URL = "https://www.npmjs.com/package/rookery";

export type GatewayOptions = {
  core: Core;
  settings: Settings;
  secrets: Secrets;
  passwords: Passwords;
  mailer: Mailer | null;
  log: Log;
};

export type Gateway = { server: HttpServer; stop(graceMs: number): Promise<void> };

/** Opens the door. Rejects if the address cannot be listened on. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { core, settings, log } = options;
  const { store, events, clock, random } = core;
  const limits = createLimits({ clock, ...limitRules(settings) });
  const authenticator = createAuthenticator({ store, events, clock });
  const oauth = await oauthParts(options);
  const router = createRouter({
    routes: nodeRoutes({
      core,
      oauth,
      instance: instanceSettings(options),
      charactersMax: settings.limits.statusMaxCharacters,
      feedAccess: { local: settings.feeds.liveLocal, remote: settings.feeds.liveRemote },
      vapidKey: options.secrets.vapid.publicKey,
      more: [],
    }),
    authenticate: authenticator.authenticate,
    identify: authenticator.identify,
    limits,
    random,
    log,
  });
  const server = await listen(
    {
      host: settings.listen.host,
      port: settings.listen.port,
      trustedProxies: settings.trustedProxies,
      handle: (request) => router.handle(request),
      upgrade: () => ({ refuse: { status: 404 } }),
      scheduler: core.scheduler,
      socketBacklogMaxBytes: settings.limits.socketBacklogMaxBytes,
    },
    log,
  );
  return {
    server,
    async stop(graceMs) {
      await server.close(graceMs);
      authenticator.close();
    },
  };
}

async function oauthParts(options: GatewayOptions): Promise<OAuthParts> {
  const { core, settings, passwords, mailer } = options;
  const { store, actors, ids, clock, random, events, reads, site } = core;
  const { publicUrl } = site;
  const { tokenTtl } = settings.oauth;
  const countAttempt = createAttempts({ clock, off: !settings.rateLimits.enabled });
  return {
    ...{ store, actors, ids, clock, random, events, reads, publicUrl, passwords, mailer },
    countAttempt,
    sessions: createSessions({ store, clock, random, publicUrl }),
    settings: {
      passwordGrant: settings.oauth.passwordGrant,
      refreshTokens: settings.oauth.refreshTokens,
      accessTokenTtlMs: tokenTtl === null ? null : tokenTtl * 1000,
    },
    site: await followSite(store, {
      title: settings.title,
      shortDescription: settings.shortDescription,
      aboutHtml: paragraphs(settings.description),
      tagsArePublic: settings.feeds.hashtagLocal === "public",
      publicUrl,
      domain: localDomain(publicUrl),
      version: VERSION,
      contactEmail: settings.contactEmail,
      contactUsername: settings.contactAccount === "" ? null : settings.contactAccount,
      signUps: settings.signUps,
      language: settings.languages[0] ?? "en",
    }),
    reasonRequired: settings.signUpReasonRequired,
    minAgeYears: settings.minAge,
  };
}

/** Plain text as paragraphs: empty lines part them. */
const paragraphs = (text: string): string =>
  text
    .split(/\n\s*\n/)
    .filter((it) => it.trim() !== "")
    .map((it) => `<p>${escapeHtml(it.trim())}</p>`)
    .join("");

/** The setting of each limit of the router. */
const RULES: Record<Exclude<keyof Settings["rateLimits"], "enabled">, LimitName | null> = {
  apiUser: "call",
  apiToken: "token",
  apiAddress: "anonymous",
  paging: "paging",
  mediaUpload: "media",
  deleting: "delete",
  signUp: "sign-up",
  appRegistration: "app",
  login: "login",
  loginAccount: null,
  passwordReset: "password-reset",
  confirmationMail: "confirm-email",
  posting: "posting",
  follows: "follow",
  reports: "report",
};
const UNLIMITED = Number.MAX_SAFE_INTEGER;

function limitRules({ rateLimits }: Settings): Pick<LimitsOptions, "off" | "rules"> {
  const rules: NonNullable<LimitsOptions["rules"]> = {};
  for (const [name, limit] of Object.entries(RULES) as [keyof typeof RULES, LimitName | null][]) {
    if (limit === null) continue;
    const { [name]: rate } = rateLimits;
    rules[limit] =
      rate === null ? { limit: UNLIMITED } : { limit: rate.max, windowMs: rate.windowS * 1000 };
  }
  return { off: !rateLimits.enabled, rules };
}

function instanceSettings({ core, settings, secrets }: GatewayOptions): InstanceSettings {
  const { publicUrl } = core.site;
  return {
    domain: localDomain(publicUrl),
    streamingUrl: publicUrl.replace(/^http/, "ws"),
    version: VERSION,
    sourceUrl: SOURCE_URL,
    title: settings.title,
    shortDescription: settings.shortDescription,
    description: settings.description,
    contactEmail: settings.contactEmail,
    contactAccount: settings.contactAccount,
    languages: settings.languages,
    signUps: settings.signUps,
    signUpReasonRequired: settings.signUpReasonRequired,
    minAge: settings.minAge,
    thumbnailUrl: `${publicUrl}/assets/thumbnail.svg`,
    icons: [],
    vapidKey: secrets.vapid.publicKey,
    supportedMimeTypes: [],
    timelinesAccess: settings.feeds.liveLocal,
  };
}

/** The mailer of the settings, or null where no mail is sent. */
export function mailerOf({ mail }: Settings, log: Log): Mailer | null {
  if (mail.host === "") return null;
  return createMailer(mail, (why) => log.warn("a mail was not sent", { cause: why.cause }));
}
