// Owns `rookery doctor`: looks at everything that a node needs, and says of each thing whether it is
// well, and if not, what mends it. Changes nothing.

import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { createConnection } from "node:net";
import { type Fault, isFault, safeSentence } from "../../src/base/faults.js";
import type { Clock } from "../../src/ports/clock.js";
import { whyNotListen } from "./listening.js";
import { bytesText } from "./print.js";

export type Finding = {
  check: string;
  state: "ok" | "warn" | "fail";
  says: string;
  /** What mends it; empty if nothing has to be. */
  fix: string;
};

/** What is looked at, and the looks that only other parts can take. */
export type Patient = {
  dataDir: string;
  databaseFile: string;
  listen: { host: string; port: number };
  publicUrl: string | null;
  mail: { host: string; port: number };
  clock: Clock;
  /** True if a node serves this data folder now. */
  isRunning: boolean;
  nodeVersion: string;
  checkSecrets(): { problem: string; fix: string } | null;
  checkDatabase(path: string): Promise<null | Fault>;
  sqliteVersion(): string;
  /** Which HTTP server loads here; why not the fast one, if so. */
  httpServer(): Promise<{ kind: "uws" | "node"; why: string }>;
};

const MAIL_MS = 3000;
const DISK_FAIL_BYTES = 100e6;
const DISK_WARN_BYTES = 1e9;
/** When this was written: a clock before it is wrong. */
const WRITTEN_MS = Date.UTC(2026, 10, 1);

const ok = (check: string, says: string): Finding => ({ check, state: "ok", says, fix: "" });
const warn = (check: string, says: string, fix: string): Finding => ({
  check,
  state: "warn",
  says,
  fix,
});
const fail = (check: string, says: string, fix: string): Finding => ({
  check,
  state: "fail",
  says,
  fix,
});

/** All findings, in the order in which they should be mended. */
export async function examine(it: Patient): Promise<Finding[]> {
  const looks = [
    checkNode,
    checkFolder,
    checkDisk,
    checkSecretsFile,
    checkData,
    checkSqlite,
    checkHttp,
    checkPort,
    checkPublicUrl,
    checkClock,
    checkMail,
  ];
  const findings: Finding[] = [];
  for (const look of looks) findings.push(await look(it));
  return findings;
}

async function checkNode(it: Patient): Promise<Finding> {
  const [major = 0, minor = 0] = it.nodeVersion.replace(/^v/, "").split(".").map(Number);
  const says = `Node.js ${it.nodeVersion}`;
  if (major < 20 || (major === 20 && minor < 19)) {
    return fail("node", says, "install Node.js 20.19 or newer");
  }
  if (major > 20) return ok("node", says);
  return warn("node", `${says}, which gets no more fixes`, "plan the move to Node.js 22 or 24");
}

async function checkFolder(it: Patient): Promise<Finding> {
  try {
    const found = await stat(it.dataDir);
    if (!found.isDirectory()) {
      return fail("data folder", `${it.dataDir} is no folder`, "name another with data_dir");
    }
    await access(it.dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    if ((found.mode & 0o077) === 0) return ok("data folder", it.dataDir);
    const fix = `run: chmod 700 ${it.dataDir}`;
    return warn("data folder", `${it.dataDir} can be read by other users`, fix);
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return warn("data folder", `${it.dataDir} is not there yet`, "run: npx rookery init");
    }
    const fix = "give this user the right to read and write it";
    return fail("data folder", `${it.dataDir} cannot be used (${codeOf(error)})`, fix);
  }
}

async function checkDisk(it: Patient): Promise<Finding> {
  try {
    const disk = await statfs(it.dataDir);
    const free = disk.bavail * disk.bsize;
    const says = `${bytesText(free)} free`;
    const fix = "make room, or move the data folder to a larger disk";
    if (free < DISK_FAIL_BYTES) return fail("disk", says, fix);
    return free < DISK_WARN_BYTES ? warn("disk", says, fix) : ok("disk", says);
  } catch {
    return ok("disk", "not looked at: there is no data folder yet");
  }
}

async function checkSecretsFile(it: Patient): Promise<Finding> {
  const wrong = it.checkSecrets();
  return wrong === null ? ok("secrets", "sound") : fail("secrets", wrong.problem, wrong.fix);
}

async function checkData(it: Patient): Promise<Finding> {
  try {
    await access(it.databaseFile);
  } catch {
    return ok("database", "none yet: the first start makes it");
  }
  const wrong = await it.checkDatabase(it.databaseFile);
  if (!isFault(wrong)) return ok("database", `${it.databaseFile} is sound`);
  const fix = "stop the server and run: npx rookery backup restore PATH --force";
  return fail("database", `${safeSentence(wrong)} (${wrong.cause ?? wrong.fault})`, fix);
}

async function checkSqlite(it: Patient): Promise<Finding> {
  try {
    return ok("sqlite", `SQLite ${it.sqliteVersion()}`);
  } catch (error) {
    return fail("sqlite", `it does not load: ${messageOf(error)}`, "run: npm ci");
  }
}

async function checkHttp(it: Patient): Promise<Finding> {
  const server = await it.httpServer();
  if (server.kind === "uws") return ok("http", "uWebSockets.js loads");
  const fix = "it works, only slower; a newer system library (glibc) or another Node.js brings it";
  return warn("http", `uWebSockets.js does not load (${server.why}); node:http serves`, fix);
}

async function checkPort(it: Patient): Promise<Finding> {
  const { host, port } = it.listen;
  const where = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (it.isRunning) return ok("port", `${where}: the server is running`);
  const code = await whyNotListen(it.listen);
  if (code === null) return ok("port", `${where} is free`);
  if (code === "EADDRINUSE") {
    const fix = "stop what listens there, or choose another port with --listen";
    return fail("port", `${where} is in use by another program`, fix);
  }
  if (code === "EACCES") {
    const fix = "choose a port above 1023, and let a proxy listen on 80 and 443";
    return fail("port", `${where} is not open to this user`, fix);
  }
  const fix = "choose an address of this machine with --listen";
  return fail("port", `${where} cannot be listened on (${code})`, fix);
}

async function checkPublicUrl(it: Patient): Promise<Finding> {
  if (it.publicUrl === null) {
    const fix = "before others know the site, set public_url to https://YOUR.NAME";
    return warn("public address", "not set: only this machine can use the site", fix);
  }
  const url = new URL(it.publicUrl);
  const local = /^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(url.hostname);
  if (local) return ok("public address", `${it.publicUrl} (this machine only)`);
  if (url.protocol !== "https:") {
    const fix = "put a proxy with TLS in front, and set public_url to https://YOUR.NAME";
    return warn("public address", `${it.publicUrl} is not encrypted`, fix);
  }
  if (!url.hostname.includes(".") || /^[\d.]+$|^\[/.test(url.hostname)) {
    const fix = "use a domain name: accounts are known by it for ever";
    return warn("public address", `${url.hostname} is no domain name`, fix);
  }
  return ok("public address", it.publicUrl);
}

async function checkClock(it: Patient): Promise<Finding> {
  const nowMs = it.clock.nowMs();
  const now = new Date(nowMs).toISOString();
  const fix = "set the clock, and let it be kept right (chrony, systemd-timesyncd)";
  if (nowMs < WRITTEN_MS) return fail("clock", `it says ${now}, which is over`, fix);
  const data = await stat(it.databaseFile).catch(() => null);
  if (data !== null && data.mtimeMs > nowMs + 60_000) {
    return fail("clock", `it says ${now}, but the database was written later`, fix);
  }
  return ok("clock", now);
}

async function checkMail(it: Patient): Promise<Finding> {
  const { host, port } = it.mail;
  if (host === "") return ok("mail", "none: e-mail addresses count as confirmed");
  const wrong = await tryConnect(host, port);
  if (wrong === null) return ok("mail", `${host}:${port} answers`);
  const fix = "look at mail.host and mail.port, and at firewalls on the way";
  return fail("mail", `${host}:${port} does not answer (${wrong})`, fix);
}

function tryConnect(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: MAIL_MS });
    const answer = (wrong: string | null) => {
      socket.destroy();
      resolve(wrong);
    };
    socket.once("connect", () => answer(null));
    socket.once("timeout", () => answer(`no answer in ${MAIL_MS / 1000} s`));
    socket.once("error", (error) => answer(codeOf(error)));
  });
}

/** The findings as lines for people. */
export function describeFindings(findings: readonly Finding[]): string[] {
  return findings.flatMap((it) => {
    const line = `${it.state.padEnd(4)}  ${it.check.padEnd(14)}  ${it.says}`;
    return it.fix === "" ? [line] : [line, `${" ".repeat(22)}-> ${it.fix}`];
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : messageOf(error);
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
