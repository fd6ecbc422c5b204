// Owns a real server for tests of clients: one process on a free port with a data folder of its own,
// people made with the program's commands, and a browser that fills in the real pages.

import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { formOf } from "../gateway/oauth/browser.js";

const MAIN = fileURLToPath(new URL("../../src/main.js", import.meta.url));
const READY = "Stop with Ctrl-C";
const PASSWORD = "a long enough pass phrase";
export const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";

export const SCOPES = "read write follow push";

export type Ended = { code: number | null; out: string; err: string };

export type Person = { username: string; email: string; password: string };

export type App = { client_id: string; client_secret: string };

export type Signed = { app: App; token: string; scope: string };

export type TestServer = {
  /** As the server names itself; without a slash at the end. */
  url: string;
  pid: number;
  /** Runs a command of the program on the server's data. */
  run(...args: string[]): Promise<Ended>;
  /** A confirmed account, made as operators do. Throws if it cannot be made. */
  makeUser(username: string, role?: "owner" | "user"): Promise<Person>;
  /** A token of the command line. Throws if it cannot be made. */
  makeToken(username: string, scopes?: string): Promise<string>;
  /** What the server logged so far. */
  log(): string;
  /** Ends the server, and answers how that went. */
  stop(): Promise<Ended>;
};

type Teardown = { teardown(run: () => unknown): void };

/**
 * Starts a server with the given settings (`sign_ups`, `mail_host`) and waits until it serves; it ends with the test. Throws, with
 * what it printed, if it does not come up.
 */
export async function startServer(
  t: Teardown,
  settings: Record<string, string> = {},
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "rk-"));
  const data = join(folder, "data");
  const port = await freePort();
  const all = { ...settings, data_dir: data, listen: `127.0.0.1:${port}` };
  const { child, ended, printed } = program(all, ["start"]);
  // A test that dies on the way tears nothing down.
  const orphan = () => child.kill("SIGKILL");
  process.on("exit", orphan);
  t.teardown(async () => {
    process.off("exit", orphan);
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  await isReady(child, ended);
  const run = (...args: string[]) => program({ data_dir: data }, args).ended;
  const sure = async (...args: string[]) => {
    const it = await run(...args);
    if (it.code !== 0) throw new Error(`${args.join(" ")}: ${it.err}`);
    return it.out;
  };
  return {
    url: `http://localhost:${port}`,
    pid: child.pid ?? 0,
    run,
    async makeUser(username, role = "user") {
      const person = { username, email: `${username}@example.org`, password: PASSWORD };
      const is = ["--email", person.email, "--password", PASSWORD, "--role", role, "--confirmed"];
      await sure("user", "create", username, ...is);
      return person;
    },
    makeToken: async (username, scopes = SCOPES) =>
      (await sure("token", "create", username, "--scopes", scopes)).trim(),
    log: () => printed().err,
    async stop() {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** The program as a process, with nothing of the environment of whoever runs the tests. */
function program(settings: Record<string, string>, args: readonly string[]) {
  const env: Record<string, string | undefined> = { PATH: process.env["PATH"] };
  for (const [key, value] of Object.entries(settings)) env[`ROOKERY_${key.toUpperCase()}`] = value;
  const child = spawn(process.execPath, [MAIN, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on("close", (code) => resolve({ code, out, err }));
  });
  return { child, ended, printed: () => ({ out, err }) };
}

function isReady(child: ChildProcess, ended: Promise<Ended>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (chunk) => {
      if (String(chunk).includes(READY)) resolve();
    });
    void ended.then((it) => reject(new Error(`The server did not start: ${it.err}${it.out}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const at = server.address();
      server.close(() => resolve(typeof at === "object" && at !== null ? at.port : 0));
    });
  });
}

/** A page, or where the browser was sent. */
export type Page = { status: number; location: string | null; text: string };

/** Keeps cookies, follows nothing by itself, and fills in forms as it finds them. */
export class WebBrowser {
  private readonly cookies = new Map<string, string>();
  private readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  async go(path: string, form: Record<string, string> | null = null): Promise<Page> {
    const headers: Record<string, string> = { accept: "text/html" };
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    if (cookie !== "") headers["cookie"] = cookie;
    const init: RequestInit = { headers, redirect: "manual" };
    if (form !== null) {
      headers["origin"] = this.origin;
      Object.assign(init, { method: "POST", body: new URLSearchParams(form) });
    }
    const answer = await fetch(new URL(path, this.origin), init);
    for (const line of answer.headers.getSetCookie()) this.keep(line);
    const location = answer.headers.get("location");
    return { status: answer.status, location, text: await answer.text() };
  }

  private keep(line: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (name === undefined) return;
    if (/Max-Age=0(;|$)/.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value ?? "");
  }

  /** Sends the page's form with what it holds and what is typed. */
  submit(page: Page, typed: Record<string, string>): Promise<Page> {
    const { action, values } = formOf(page.text);
    return this.go(action, { ...values, ...typed });
  }

  /** Follows while the server sends the browser on within itself. */
  async follow(page: Page): Promise<Page> {
    let at = page;
    for (let hops = 0; at.location !== null && hops < 5; hops++) {
      const next = new URL(at.location, this.origin);
      if (next.origin !== this.origin) break;
      if (next.searchParams.has("code") && !next.pathname.startsWith("/oauth/")) break;
      at = await this.go(`${next.pathname}${next.search}`);
    }
    return at;
  }
}

/**
 * Lets an app in through the pages: log-in form, then consent form. Answers the page after consent.
 * Throws if a form is missing on the way.
 */
export async function letIn(
  browser: WebBrowser,
  authorizePath: string,
  person: Person,
): Promise<Page> {
  const login = await browser.follow(await browser.go(authorizePath));
  const { username, password } = person;
  const inside = await browser.submit(login, { username, password });
  const consent = await browser.follow(inside);
  return browser.submit(consent, { decision: "approve" });
}

/** The code that the last page shows, or the address it leads to carries. Throws without one. */
export async function codeOf(browser: WebBrowser, page: Page): Promise<string> {
  const inAddress = page.location === null ? null : new URL(page.location, "http://x.invalid");
  const code = inAddress?.searchParams.get("code");
  if (code !== undefined && code !== null) return code;
  const { text, status } = await browser.follow(page);
  const shown = /<code[^>]*>([^<]+)<\/code>|<input[^>]*id="code"[^>]*value="([^"]+)"/.exec(text);
  const it = shown?.[1] ?? shown?.[2];
  if (it === undefined) throw new Error(`no code in page ${status}: ${text.slice(0, 2000)}`);
  return it;
}

const toBase64Url = (bytes: Buffer): string => bytes.toString("base64url");

/** A fresh verifier and its challenge (RFC 7636, S256). */
export function pkce(): { verifier: string; challenge: string } {
  const verifier = toBase64Url(randomBytes(32));
  return { verifier, challenge: toBase64Url(createHash("sha256").update(verifier).digest()) };
}

/** Registers an app as clients do. Throws unless the answer is 200. */
export async function registerApp(url: string, name: string, scopes = SCOPES): Promise<App> {
  const body = { client_name: name, redirect_uris: OUT_OF_BAND, scopes };
  return (await postJson(`${url}/api/v1/apps`, body)) as App;
}

/** The whole way of an app to a person's token, with PKCE, through the pages. */
export async function signIn(url: string, person: Person, scopes = SCOPES): Promise<Signed> {
  const app = await registerApp(url, `App of ${person.username}`, scopes);
  return signInTo(url, app, person, scopes);
}

/** The same for an app that is registered. */
export async function signInTo(
  url: string,
  app: App,
  person: Person,
  scopes = SCOPES,
): Promise<Signed> {
  const { verifier, challenge } = pkce();
  const ask = new URLSearchParams({
    response_type: "code",
    client_id: app.client_id,
    redirect_uri: OUT_OF_BAND,
    scope: scopes,
    state: "s t&a=te",
    code_challenge: challenge,
    code_challenge_method: "S256",
  });
  const browser = new WebBrowser(url);
  const done = await letIn(browser, `/oauth/authorize?${ask}`, person);
  const { client_id, client_secret } = app;
  const token = (await postJson(`${url}/oauth/token`, {
    grant_type: "authorization_code",
    code: await codeOf(browser, done),
    redirect_uri: OUT_OF_BAND,
    code_verifier: verifier,
    ...{ client_id, client_secret },
  })) as { access_token: string; scope: string };
  return { app, token: token.access_token, scope: token.scope };
}

async function postJson(address: string, body: unknown): Promise<unknown> {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${address}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/**
 * Asks until the answer is one that `isRight` takes, for at most `withinMs`. Throws, with the last
 * answer, if none was. For what a server does a moment after it has answered.
 */
export async function eventually<T>(
  ask: () => Promise<T>,
  isRight: (answer: T) => boolean,
  withinMs = 5000,
): Promise<T> {
  // edge: a real server has a clock of its own, which tests cannot move.
  const endMs = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    // edge: as above.
    if (Date.now() > endMs) throw new Error(`never came: ${JSON.stringify(answer).slice(0, 1500)}`);
    await pause(25);
  }
}

/** Waits. For real servers only. */
export const pause = (ms: number): Promise<void> =>
  // edge: a real server has a clock of its own, which tests cannot move.
  new Promise((resolve) => setTimeout(resolve, ms));
