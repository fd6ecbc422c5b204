// Owns the kinds of setting: how each is written in a file, in the environment and on the command
// line, what is allowed, and how that is said. Promises that a value that passes has its declared
// type and is inside its bound. Needs zod, and nothing of the system.

import { z } from "zod";

/** Settings of the `cluster` half must be equal on every node; those of the `node` half may differ. */
export type Half = "cluster" | "node";

/** Said of each setting where it is declared (config/schema.ts). */
export type About<Raw> = {
  half: Half;
  /** As it would be written in the file. Null: not set. */
  default: Raw | null;
  /** What it is for, in one sentence. */
  says: string;
  /** What null stands for, for help and docs. */
  unset?: string;
  /** Never printed or logged. */
  secret?: boolean;
};

export type Setting<Value> = {
  readonly isSetting: true;
  readonly half: Half;
  readonly default: unknown;
  readonly says: string;
  readonly unset: string | null;
  readonly secret: boolean;
  /** Of a number: bytes, ms, s, days, characters … */
  readonly unit: string | null;
  /** What is allowed, to follow "must be". */
  readonly allowed: string;
  readonly schema: z.ZodType<Value>;
  /** Turns the text of an environment variable or a flag into what a file would hold. */
  readonly fromText: (text: string) => unknown;
  /** True if the command-line flag may stand alone, as in `--oauth-password-grant`. */
  readonly isFlag: boolean;
};

type Kind<Value> = {
  allowed: string;
  schema: z.ZodType<Value>;
  fromText?: (text: string) => unknown;
  unit?: string;
  isFlag?: boolean;
};

function setting<Value, Raw>(about: About<Raw>, kind: Kind<Value>): Setting<Value> {
  return {
    isSetting: true,
    half: about.half,
    default: about.default,
    says: about.says,
    unset: about.unset ?? null,
    secret: about.secret ?? false,
    unit: kind.unit ?? null,
    allowed: kind.allowed,
    schema: kind.schema,
    fromText: kind.fromText ?? ((text) => text),
    isFlag: kind.isFlag ?? false,
  };
}

/** The same setting with null allowed: "" in the environment, null or nothing in the file. */
export function optional<Value>(of: Setting<Value>): Setting<Value | null> {
  return {
    ...of,
    schema: of.schema.nullable(),
    fromText: (text) => (text === "" ? null : of.fromText(text)),
  };
}

/** Text of 0 to `charactersMax` characters, without control characters other than line breaks. */
export function text(
  about: About<string> & { charactersMax: number; matches?: RegExp; allowed?: string },
): Setting<string> {
  const plain = /^[^\u0000-\u0009\u000b-\u001f\u007f]*$/;
  const schema = z
    .string()
    .max(about.charactersMax)
    .regex(plain)
    .regex(about.matches ?? plain);
  const allowed = about.allowed ?? `text of at most ${about.charactersMax} characters`;
  return setting(about, { schema, allowed });
}

/** Yes or no. */
export function flag(about: About<boolean>): Setting<boolean> {
  const words = new Map<string, boolean>();
  for (const word of ["true", "yes", "on", "1"]) words.set(word, true);
  for (const word of ["false", "no", "off", "0"]) words.set(word, false);
  return setting(about, {
    schema: z.boolean(),
    allowed: "true or false",
    fromText: (it) => words.get(it.toLowerCase()) ?? it,
    isFlag: true,
  });
}

/** A whole number of `unit` from `min` to `max`. */
export function whole(
  about: About<number> & { unit: string; min: number; max: number },
): Setting<number> {
  return setting(about, {
    schema: z.int().min(about.min).max(about.max),
    allowed: `a whole number from ${about.min} to ${about.max} (${about.unit})`,
    fromText: (it) => (/^-?\d{1,15}$/.test(it) ? Number(it) : it),
    unit: about.unit,
  });
}

/** One of a few words. */
export function choice<const Word extends string>(
  about: About<Word> & { of: readonly [Word, ...Word[]] },
): Setting<Word> {
  return setting(about, { schema: z.enum(about.of), allowed: `one of ${about.of.join(", ")}` });
}

/** A list of texts; comma-separated in the environment and on the command line. */
export function list(
  about: About<readonly string[]> & { each: z.ZodType<string>; itemsMax: number; allowed: string },
): Setting<string[]> {
  return setting(about, {
    schema: z.array(about.each).max(about.itemsMax),
    allowed: `a list of at most ${about.itemsMax} ${about.allowed}`,
    fromText: (it) =>
      it
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== ""),
  });
}

/** Where to listen. Port 0 lets the system choose. */
export type Address = { host: string; port: number };

const ADDRESS = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/;

/** `host:port`, with an IPv6 host in brackets. */
export function address(about: About<string>): Setting<Address> {
  const schema = z
    .string()
    .regex(ADDRESS)
    .transform((it): Address => {
      const [, host = "", port = ""] = ADDRESS.exec(it) ?? [];
      return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
    })
    .refine((it) => it.port <= 65_535);
  return setting(about, {
    schema,
    allowed: "host:port, such as 127.0.0.1:3000, 0.0.0.0:3000 or [::1]:3000",
  });
}

/** The address that people and peers use: http or https, a host, and nothing after it. */
export function origin(about: About<string>): Setting<string> {
  const schema = z
    .string()
    .refine((it) => {
      if (!URL.canParse(it)) return false;
      const url = new URL(it);
      const web = url.protocol === "https:" || url.protocol === "http:";
      const bare = url.pathname === "/" && url.search === "" && url.hash === "";
      return web && bare && url.username === "" && url.password === "" && !it.includes("?");
    })
    .transform((it) => new URL(it).origin);
  return setting(about, {
    schema,
    allowed: "https://name or http://name:port, without a path",
  });
}

/** At most `max` calls in each window of `windowS` seconds; null: no limit. */
export type Rate = { max: number; windowS: number };

const RATE = /^(\d{1,9}) ?\/ ?(\d{0,6}) ?(s|min|h|day)$/;
const SECONDS: Record<string, number> = { s: 1, min: 60, h: 3600, day: 86_400 };

/** `300/5min`, `5/30min`, `400/day`, or `off`. */
export function rate(about: About<string>): Setting<Rate | null> {
  const schema = z
    .union([z.literal("off"), z.literal(false).transform(() => "off"), z.string().regex(RATE)])
    .transform((it): Rate | null => {
      const [, max, count, unit = "s"] = RATE.exec(it) ?? [];
      if (max === undefined) return null;
      return { max: Number(max), windowS: Number(count || "1") * (SECONDS[unit] ?? 1) };
    })
    .refine((it) => it === null || (it.max > 0 && it.windowS > 0));
  return setting(about, {
    schema,
    allowed: "calls/window, such as 300/5min or 400/day (s, min, h, day), or off",
  });
}
