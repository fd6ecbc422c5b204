// Owns log lines: JSON for machines or text for people, to standard error. Promises that tokens,
// cookies, passwords and secrets are taken out of what is logged. The only door to pino.

import { type DestinationStream, pino } from "pino";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** What else is known, by name. Values of the names in SECRET_NAMES are taken out, at any depth. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(says: string, fields?: LogFields): void;
  info(says: string, fields?: LogFields): void;
  warn(says: string, fields?: LogFields): void;
  error(says: string, fields?: LogFields): void;
  /** A log that says `fields` on each of its lines. */
  with(fields: LogFields): Log;
}

export type LogOptions = {
  level: LogLevel;
  format: "text" | "json";
  /** Where lines go; standard error if absent. */
  write?: (line: string) => void;
};

/** Compared in lower case and without `-` and `_`. */
const SECRET_NAMES = new Set([
  "authorization",
  "accesstoken",
  "bearertoken",
  "refreshtoken",
  "clientsecret",
  "cookie",
  "setcookie",
  "csrf",
  "csrftoken",
  "password",
  "passwordhash",
  "privatekey",
  "secret",
  "secrets",
  "sessionkey",
  "token",
  "code",
  "codeverifier",
]);

/** Secrets inside of text: URLs, header lines. */
const SECRET_TEXT =
  /\b(bearer\s+|(?:access_token|bearer_token|refresh_token|client_secret|password|code)=)[^\s&"']+/gi;

const REMOVED = "[removed]";
const DEPTH_MAX = 6;
const ITEMS_MAX = 100;
const TEXT_MAX = 8000;

/** A log with a level and a form. */
export function createLog(options: LogOptions): Log {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const stream: DestinationStream = {
    write: (line) => write(options.format === "text" ? forPeople(line) : line),
  };
  const logger = pino(
    {
      level: options.level,
      base: null,
      messageKey: "says",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return wrap(logger);
}

function wrap(logger: pino.Logger): Log {
  const say =
    (level: "debug" | "info" | "warn" | "error") => (says: string, fields?: LogFields) => {
      if (logger.isLevelEnabled(level)) logger[level](clean(fields ?? {}, 0), cleanText(says));
    };
  return {
    debug: say("debug"),
    info: say("info"),
    warn: say("warn"),
    error: say("error"),
    with: (fields) => wrap(logger.child(cleanFields(fields))),
  };
}

const cleanFields = (fields: LogFields): Record<string, unknown> => ({
  ...asObject(clean(fields, 0)),
});

const asObject = (it: unknown): object => (typeof it === "object" && it !== null ? it : {});

/** A copy fit to be written: secrets out, errors as data, depth and length bounded. */
function clean(value: unknown, depth: number): unknown {
  if (typeof value === "string") return cleanText(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEPTH_MAX) return "[deep]";
  if (value instanceof Error) {
    const cause = value.cause === undefined ? {} : { cause: clean(value.cause, depth + 1) };
    return {
      name: value.name,
      says: cleanText(value.message),
      stack: cleanText(value.stack ?? ""),
      ...cause,
    };
  }
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return clean(Object.fromEntries(value), depth);
  if (Array.isArray(value)) return value.slice(0, ITEMS_MAX).map((it) => clean(it, depth + 1));
  const entries = Object.entries(value).slice(0, ITEMS_MAX);
  return Object.fromEntries(entries.map(([name, it]) => [name, cleanField(name, it, depth)]));
}

function cleanField(name: string, value: unknown, depth: number): unknown {
  const plain = name.toLowerCase().replace(/[-_]/g, "");
  if (!SECRET_NAMES.has(plain) || value === null || value === undefined) {
    return clean(value, depth + 1);
  }
  return REMOVED;
}

function cleanText(text: string): string {
  const short = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
  return short.replace(SECRET_TEXT, `$1${REMOVED}`);
}

/** `12:00:00 warn  what happened  name=value`. */
function forPeople(line: string): string {
  const { level, time, says, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([name, it]) => {
    const text = typeof it === "string" ? it : JSON.stringify(it);
    return ` ${name}=${/[\s"=]/.test(text) && typeof it === "string" ? JSON.stringify(it) : text}`;
  });
  const clock = String(time).slice(11, 19);
  const plain = `${clock} ${String(level).padEnd(5)} ${String(says)}${rest.join("")}`;
  // What peers send must not move the cursor or forge a line.
  return `${plain.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ")}\n`;
}
