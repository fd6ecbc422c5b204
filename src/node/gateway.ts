// Owns the edge of a node: routes, tokens, limits, streams, and the server that listens. Starts
// after the core and stops before it: first nothing new is taken in, then what runs ends.

import type { Settings } from "../../config/schema.js";
import type { Secrets } from "../../config/secrets.js";
import { localDomain } from "../domain/addresses.js";
import { createLimits, type LimitName, type LimitsOptions } from "../gateway/http/limits.js";
import { listen } from "../gateway/http/listen.js";
import { type Authenticate, createRouter } from "../gateway/http/router.js";
import type { HttpServer } from "../gateway/http/server.js";
import { createAttempts } from "../gateway/oauth/attempts.js";
import { createAuthenticator } from "../gateway/oauth/authenticate.js";
import { createMailer, type Mailer } from "../gateway/oauth/mail.js";
import { signedInBy } from "../gateway/oauth/page-parts.js";
import type { Passwords } from "../gateway/oauth/passwords.js";
import type { OAuthParts } from "../gateway/oauth/routes.js";
import { createSessions } from "../gateway/oauth/sessions.js";
import type { SiteInfo } from "../gateway/pages/layout.js";
import { missingPage, pageRoutes } from "../gateway/pages/routes.js";
import { createSiteInfo, type SiteSettingsOfFile } from "../gateway/pages/site-info.js";
import { announcementJson } from "../gateway/rest/announcements.js";
import { conversationJson } from "../gateway/rest/conversations.js";
import type { InstanceSettings } from "../gateway/rest/instance.js";
import { listsHolding } from "../gateway/rest/list-feed.js";
import { notificationJson } from "../gateway/rest/notification-reads.js";
import { createNotificationTrimmer } from "../gateway/rest/notification-trim.js";
import type { FeedAccess } from "../gateway/rest/timelines.js";
import { createStreaming, type StreamingParts } from "../gateway/streaming/streaming.js";
import type { Log } from "../observe/log.js";
import { VERSION } from "../version.js";
import type { Core } from "./core.js";
import { nodeRoutes } from "./routes.js";

/** The Mastodon whose API this is: clients look at the front of the version. */
const API_OF = "4.5.0";

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
  const info = await createSiteInfo({ store, settings: siteSettings(options) });
  const oauth = oauthParts(options, info.site);
  const streaming = createStreaming(streamingParts(options, authenticator.authenticate));
  core.live.has = (accountId) => streaming.isLive(accountId);
  core.live.any = () => streaming.numbers().streams > 0;
  const router = createRouter({
    routes: nodeRoutes({
      core,
      oauth,
      instance: instanceSettings(options),
      charactersMax: settings.limits.statusMaxCharacters,
      feedAccess: { local: settings.feeds.liveLocal, remote: settings.feeds.liveRemote },
      vapidKey: options.secrets.vapid.publicKey,
      more: [
        ...streaming.routes,
        ...pageRoutes({
          ...{ reads: core.reads, store, site: info.site },
          signedIn: signedInBy(oauth.sessions),
        }),
      ],
    }),
    authenticate: authenticator.authenticate,
    identify: authenticator.identify,
    limits,
    random,
    log,
    notFound: missingPage({ site: info.site }),
  });
  const server = await listen(
    {
      host: settings.listen.host,
      port: settings.listen.port,
      trustedProxies: settings.trustedProxies,
      handle: (request) => router.handle(request),
      upgrade: (request) => streaming.upgrade(request),
      scheduler: core.scheduler,
      socketBacklogMaxBytes: settings.limits.socketBacklogMaxBytes,
    },
    log,
  );
  return {
    server,
    async stop(graceMs) {
      streaming.close();
      await server.close(graceMs);
      info.close();
      authenticator.close();
    },
  };
}

function oauthParts(options: GatewayOptions, site: () => SiteInfo): OAuthParts {
  const { core, settings, passwords, mailer } = options;
  const { store, actors, ids, clock, random, events, reads } = core;
  const { publicUrl } = core.site;
  const { tokenTtl } = settings.oauth;
  const { enabled, loginAccount } = settings.rateLimits;
  const perAccount = loginAccount === null ? { limit: UNLIMITED } : windowOf(loginAccount);
  const rules = { login: perAccount };
  const countAttempt = createAttempts({ clock, off: !enabled, rules });
  return {
    ...{ store, actors, ids, clock, random, events, reads, publicUrl, passwords, mailer },
    countAttempt,
    sessions: createSessions({ store, clock, random, publicUrl }),
    settings: {
      passwordGrant: settings.oauth.passwordGrant,
      refreshTokens: settings.oauth.refreshTokens,
      accessTokenTtlMs: tokenTtl === null ? null : tokenTtl * 1000,
    },
    site,
    reasonRequired: settings.signUpReasonRequired,
    minAgeYears: settings.minAge,
  };
}

function siteSettings({ core, settings }: GatewayOptions): SiteSettingsOfFile {
  const { publicUrl } = core.site;
  return {
    title: settings.title,
    shortDescription: settings.shortDescription,
    description: settings.description,
    publicUrl,
    domain: localDomain(publicUrl),
    version: VERSION,
    contactEmail: settings.contactEmail,
    contactAccount: settings.contactAccount,
    signUps: settings.signUps,
    language: settings.languages[0] ?? "en",
    tagsArePublic: settings.feeds.hashtagLocal === "public",
  };
}

function streamingParts(
  { core, settings, log }: GatewayOptions,
  authenticate: Authenticate,
): StreamingParts {
  const { store, reads, events, scheduler, random, clock, site, emojis, actors } = core;
  const { collections } = store;
  const trim = createNotificationTrimmer({ collections, actors });
  events.subscribe((event) => void trim(event));
  return {
    ...{ reads, events, authenticate, scheduler, random, log },
    notificationJson: notificationJson({ reads, collections }),
    conversationJson: conversationJson({ reads, collections }),
    announcementJson: announcementJson({ reads, store, clock, site, emojis }),
    listsHolding: (accountId, status) => listsHolding({ reads, store }, accountId, status),
    isPlainViewer: (accountId) => reads.isPlainViewer(accountId),
    closedFeeds: {
      live: closed(settings.feeds.liveLocal, settings.feeds.liveRemote),
      hashtag: closed(settings.feeds.hashtagLocal, settings.feeds.hashtagLocal),
    },
    limits: { subscriptionsMax: settings.limits.subscriptionsMax },
  };
}

const closed = (local: FeedAccess, remote: FeedAccess) => ({
  local: local === "disabled",
  remote: remote === "disabled",
});

/** The setting of each limit of the router; null: of something else (createAttempts). */
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

const windowOf = (rate: { max: number; windowS: number }) => ({
  limit: rate.max,
  windowMs: rate.windowS * 1000,
});

function limitRules({ rateLimits }: Settings): Pick<LimitsOptions, "off" | "rules"> {
  const rules: NonNullable<LimitsOptions["rules"]> = {};
  for (const [name, limit] of Object.entries(RULES) as [keyof typeof RULES, LimitName | null][]) {
    if (limit === null) continue;
    const { [name]: rate } = rateLimits;
    rules[limit] = rate === null ? { limit: UNLIMITED } : windowOf(rate);
  }
  return { off: !rateLimits.enabled, rules };
}

function instanceSettings({ core, settings, secrets }: GatewayOptions): InstanceSettings {
  const { publicUrl } = core.site;
  return {
    domain: localDomain(publicUrl),
    streamingUrl: publicUrl.replace(/^http/, "ws"),
    version: `${API_OF} (compatible; Rookery ${VERSION})`,
    sourceUrl: settings.sourceUrl ?? `${publicUrl}/about`,
    title: settings.title,
    shortDescription: settings.shortDescription,
    description: settings.description,
    contactEmail: settings.contactEmail,
    contactAccount: settings.contactAccount,
    languages: settings.languages,
    signUps: settings.signUps,
    signUpReasonRequired: settings.signUpReasonRequired,
    minAge: settings.minAge,
    thumbnailUrl: `${publicUrl}/assets/thumbnail.png`,
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
