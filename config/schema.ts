// Owns every setting, declared once: name, half, default, unit, bound and sentence. Help, docs
// (docs/settings.md), the example file and the checks all come from here. Promises that a key has
// one spelling in each place: `mail.host` in the file, ROOKERY_MAIL_HOST, --mail-host.

import { z } from "zod";
import {
  address,
  choice,
  flag,
  list,
  optional,
  origin,
  rate,
  type Setting,
  text,
  whole,
} from "./kinds.js";

const MIB = 1024 * 1024;
const anyone = ["public", "authenticated", "disabled"] as const;

const access = (what: string) =>
  choice({
    half: "cluster",
    default: "public",
    of: anyone,
    says: `Who may read ${what}: everybody, signed-in people, or nobody.`,
  });

const limit = (says: string, it: { default: number; min: number; max: number; unit: string }) =>
  whole({ half: "cluster", says, ...it });

const bound = (says: string, it: { default: number; min: number; max: number; unit: string }) =>
  whole({ half: "node", says, ...it });

const rateOf = (usual: string, says: string) => rate({ half: "cluster", default: usual, says });

const site = {
  publicUrl: optional(
    origin({
      half: "cluster",
      default: null,
      unset: "http://localhost:PORT, with the port of `listen`",
      says:
        "The address that people and other servers use; behind a proxy with TLS it is " +
        "https://NAME. It cannot be changed once others know it.",
    }),
  ),
  title: text({
    half: "cluster",
    default: "Rookery",
    charactersMax: 200,
    says: "The name of the site.",
  }),
  shortDescription: text({
    half: "cluster",
    default: "A small social server.",
    charactersMax: 500,
    says: "What the site is, in one or two sentences of plain text.",
  }),
  description: text({
    half: "cluster",
    default: "",
    charactersMax: 10_000,
    says: "What the site is, at length (plain text, paragraphs by empty lines).",
  }),
  contactEmail: text({
    half: "cluster",
    default: "",
    charactersMax: 254,
    matches: /^$|^[^@\s]+@[^@\s]+$/,
    allowed: "an e-mail address, or empty",
    says: "The address where people reach whoever runs the site.",
  }),
  contactAccount: text({
    half: "cluster",
    default: "",
    charactersMax: 30,
    matches: /^[A-Za-z0-9_]*$/,
    allowed: "the name of a local account, or empty",
    says: "The account that speaks for the site; empty: the first owner.",
  }),
  sourceUrl: optional(
    text({
      half: "cluster",
      default: null,
      charactersMax: 2000,
      matches: /^https?:\/\/[^\s]+$/,
      allowed: "an address that begins with https:// or http://",
      unset: "the page about this server",
      says: "Where people find the source of what runs here. Whoever changed it must offer it.",
    }),
  ),
  languages: list({
    half: "cluster",
    default: ["en"],
    each: z.string().regex(/^[a-z]{2,3}(-[A-Za-z]{2,8})?$/),
    itemsMax: 20,
    allowed: "language codes, such as en or pt-BR",
    says: "The main languages of the site, the first being its own.",
  }),
};

const joining = {
  signUps: choice({
    half: "cluster",
    default: "closed",
    of: ["open", "approval", "closed"],
    says: "Who may join: anyone, anyone once approved, or nobody but by `rookery user create`.",
  }),
  signUpReasonRequired: flag({
    half: "cluster",
    default: false,
    says: "Ask for a reason when joining needs approval.",
  }),
  minAge: optional(
    whole({
      half: "cluster",
      default: null,
      min: 1,
      max: 120,
      unit: "years",
      unset: "no date of birth is asked for",
      says: "The least age for joining; the date of birth is asked for and not kept.",
    }),
  ),
};

const mail = {
  host: text({
    half: "cluster",
    default: "",
    charactersMax: 253,
    matches: /^[A-Za-z0-9.:-]*$/,
    allowed: "a host name or address, or empty",
    says:
      "The SMTP server that takes our mail; empty: no mail is sent, and e-mail addresses count " +
      "as confirmed.",
  }),
  port: whole({
    half: "cluster",
    default: 587,
    min: 1,
    max: 65_535,
    unit: "port",
    says: "The port of the SMTP server.",
  }),
  secure: flag({
    half: "cluster",
    default: false,
    says: "Speak TLS from the first byte (port 465); otherwise STARTTLS is used where offered.",
  }),
  user: text({
    half: "cluster",
    default: "",
    charactersMax: 320,
    says: "The name to log in to the SMTP server with; empty: no log-in.",
  }),
  password: text({
    half: "cluster",
    default: "",
    charactersMax: 1000,
    secret: true,
    says: "The password for the SMTP server.",
  }),
  from: text({
    half: "cluster",
    default: "",
    charactersMax: 320,
    matches: /^$|^[^@\r\n]+@[^@\r\n]+$/,
    allowed: "an e-mail address, such as Rookery <no-reply@example.org>, or empty",
    says: "The sender of our mail; needed with `mail.host`.",
  }),
};

const oauth = {
  passwordGrant: flag({
    half: "cluster",
    default: false,
    says: "Let apps trade a name and a password for a token. The app sees the password.",
  }),
  refreshTokens: flag({
    half: "cluster",
    default: false,
    says: "Give apps a refresh token beside the access token.",
  }),
  tokenTtl: optional(
    whole({
      half: "cluster",
      default: null,
      min: 60,
      max: 31_536_000,
      unit: "s",
      unset: "tokens do not run out",
      says: "How long an access token is good for. Only of use with `oauth.refresh_tokens`.",
    }),
  ),
};

const rateLimits = {
  enabled: flag({
    half: "cluster",
    default: true,
    says: "Whether there are rate limits at all.",
  }),
  apiUser: rateOf("1500/5min", "Calls of one account, over all its tokens."),
  apiToken: rateOf("300/5min", "Calls of one token."),
  apiAddress: rateOf("300/5min", "Calls without a token from one address (IPv6: from one /64)."),
  paging: rateOf("300/15min", "Calls that page through a list, by account or address."),
  mediaUpload: rateOf("30/30min", "Uploads of one account."),
  deleting: rateOf("30/30min", "Deletions and withdrawn boosts of one account."),
  signUp: rateOf("5/30min", "New accounts from one address."),
  appRegistration: rateOf("5/10min", "New apps from one address."),
  login: rateOf("25/5min", "Attempts to log in from one address."),
  loginAccount: rateOf("25/h", "Attempts to log in to one account."),
  passwordReset: rateOf("25/5min", "Requests for a new password from one address."),
  confirmationMail: rateOf("5/30min", "Confirmation mails to one account."),
  posting: rateOf("300/3h", "Posts and edits of one account."),
  follows: rateOf("400/day", "Follows of one account, of people and of tags."),
  reports: rateOf("400/day", "Reports by one account."),
};

const limits = {
  statusMaxCharacters: limit("The length of a post, with its warning.", {
    default: 500,
    min: 1,
    max: 100_000,
    unit: "characters",
  }),
  mailboxMax: bound("Commands that wait for one cell; more are answered with 503.", {
    default: 1000,
    min: 10,
    max: 100_000,
    unit: "commands",
  }),
  residentMaxBytes: bound("Memory for cells; beyond it those idle longest are let go.", {
    default: 256 * MIB,
    min: 8 * MIB,
    max: 64 * 1024 * MIB,
    unit: "bytes",
  }),
  fanOutMax: bound("Followers of one author served in a turn; the rest take the next turns.", {
    default: 200,
    min: 10,
    max: 100_000,
    unit: "followers",
  }),
  socketBacklogMaxBytes: bound(
    "What may wait for a slow stream; beyond it the stream is closed with a reason.",
    { default: MIB, min: 16_384, max: 64 * MIB, unit: "bytes" },
  ),
  subscriptionsMax: bound("Streams that one socket may subscribe to.", {
    default: 100,
    min: 1,
    max: 10_000,
    unit: "streams",
  }),
  stopGraceMs: bound("How long running requests may take to end when the server stops.", {
    default: 10_000,
    min: 0,
    max: 600_000,
    unit: "ms",
  }),
};

const timelines = {
  homeLength: limit("Posts kept in a home timeline; older ones are read from their authors.", {
    default: 400,
    min: 40,
    max: 4000,
    unit: "posts",
  }),
  idleDays: limit(
    "After how long away a home timeline is no longer written, but rebuilt on return.",
    {
      default: 30,
      min: 1,
      max: 3650,
      unit: "days",
    },
  ),
};

const feeds = {
  liveLocal: access("the timeline of local posts"),
  liveRemote: access("the timeline of posts from elsewhere"),
  hashtagLocal: access("local posts by hashtag"),
};

const machine = {
  dataDir: text({
    half: "node",
    default: "./rookery-data",
    charactersMax: 4096,
    matches: /./,
    allowed: "the path of a folder",
    says: "The folder that holds everything: database, secrets, media, and the settings file.",
  }),
  listen: address({
    half: "node",
    default: "127.0.0.1:3000",
    says: "Where the server listens; port 0 lets the system choose.",
  }),
  trustedProxies: list({
    half: "node",
    default: ["127.0.0.1", "::1"],
    each: z.string().regex(/^[0-9a-fA-F:.]+(\/\d{1,3})?$/),
    itemsMax: 100,
    allowed: "addresses or ranges, such as 10.0.0.0/8",
    says: "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.",
  }),
  secretsFile: optional(
    text({
      half: "node",
      default: null,
      charactersMax: 4096,
      matches: /./,
      allowed: "the path of a file",
      unset: "secrets.json in the data folder",
      says: "The file that holds the secrets; made on first run, readable by its owner only.",
    }),
  ),
  logLevel: choice({
    half: "node",
    default: "info",
    of: ["debug", "info", "warn", "error", "silent"],
    says: "The least weight of what is logged.",
  }),
  logFormat: choice({
    half: "node",
    default: "text",
    of: ["text", "json"],
    says: "Log lines for people, or one JSON document a line for machines.",
  }),
};

/** Every setting, as it is nested in the file, with names in code style. */
export const declared = {
  ...machine,
  ...site,
  ...joining,
  mail,
  oauth,
  rateLimits,
  limits,
  timelines,
  feeds,
};

type ValuesOf<Part> = {
  readonly [Key in keyof Part]: Part[Key] extends Setting<infer Value>
    ? Value
    : ValuesOf<Part[Key]>;
};

/** The settings of a running node: checked, complete, read-only. */
export type Settings = ValuesOf<typeof declared>;

/** One declared setting with all its spellings. */
export type Entry = {
  /** In the file, nested by dots: `mail.host`. */
  key: string;
  /** In code: ["mail", "host"]. */
  path: readonly string[];
  env: string;
  /** Such as `--mail-host`. */
  flag: string;
  setting: Setting<unknown>;
};

const snake = (name: string): string => name.replace(/[A-Z]/g, (it) => `_${it.toLowerCase()}`);

function isSetting(it: object): it is Setting<unknown> {
  return "isSetting" in it;
}

function entriesOf(part: object, path: readonly string[]): Entry[] {
  return Object.entries(part).flatMap(([name, it]: [string, object]) => {
    const here = [...path, name];
    if (!isSetting(it)) return entriesOf(it, here);
    const key = here.map(snake).join(".");
    const words = key.replaceAll(".", "_");
    const env = `ROOKERY_${words.toUpperCase()}`;
    return [{ key, path: here, env, flag: `--${words.replaceAll("_", "-")}`, setting: it }];
  });
}

/** All settings, in declared order. */
export const ENTRIES: readonly Entry[] = entriesOf(declared, []);
