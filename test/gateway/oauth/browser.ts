// Owns a browser for tests: keeps cookies, follows nothing by itself, fills in forms as it finds
// them in a page. Works on a router; give it `send` of another kind to use it on a real server.

import type { Router } from "../../../src/gateway/http/router.js";
import type { HttpRequest } from "../../../src/gateway/http/server.js";

export type Answer = {
  status: number;
  headers: Record<string, string>;
  cookies: string[];
  text: string;
  json: () => unknown;
};

export type Sent = {
  method?: string;
  form?: Record<string, string>;
  json?: unknown;
  headers?: Record<string, string>;
};

/** Sends one request through the router, as a server would. */
export async function send(router: Router, url: string, sent: Sent = {}): Promise<Answer> {
  const { pathname, search } = new URL(url, "https://town.example");
  const headers: Record<string, string> = { host: "town.example", ...sent.headers };
  let body = new Uint8Array();
  if (sent.form !== undefined) {
    headers["content-type"] = "application/x-www-form-urlencoded";
    body = new Uint8Array(Buffer.from(new URLSearchParams(sent.form).toString()));
  } else if (sent.json !== undefined) {
    headers["content-type"] = "application/json";
    body = new Uint8Array(Buffer.from(JSON.stringify(sent.json)));
  }
  headers["content-length"] = String(body.byteLength);
  const request: HttpRequest = {
    method: sent.method ?? (body.byteLength > 0 ? "POST" : "GET"),
    path: pathname,
    query: search.slice(1),
    header: (name) => headers[name],
    remoteAddress: "192.0.2.1",
    body: async () => body,
    gone: new AbortController().signal,
  };
  const reply = await router.handle(request);
  const out: Record<string, string> = {};
  let cookies: string[] = [];
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    if (name === "set-cookie") cookies = typeof value === "string" ? [value] : [...value];
    else out[name] = String(value);
  }
  const bytes = reply.body ?? "";
  const text = typeof bytes === "string" ? bytes : Buffer.from(bytes as Uint8Array).toString();
  return { status: reply.status, headers: out, cookies, text, json: () => JSON.parse(text) };
}

export class Browser {
  readonly cookies = new Map<string, string>();
  private readonly router: Router;
  readonly origin: string;

  constructor(router: Router, origin: string) {
    this.router = router;
    this.origin = origin;
  }

  async go(url: string, sent: Sent = {}): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = cookie === "" ? sent.headers : { ...sent.headers, cookie };
    const answer = await send(
      this.router,
      url,
      headers === undefined ? sent : { ...sent, headers },
    );
    for (const line of answer.cookies) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name === undefined) continue;
      if (/Max-Age=0(;|$)/.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value ?? "");
    }
    return answer;
  }

  /** Sends the page's (last) form with what it holds and what is typed. */
  submit(page: Answer, typed: Record<string, string>): Promise<Answer> {
    const { action, values } = formOf(page.text);
    return this.go(action, { method: "POST", form: { ...values, ...typed } });
  }

  /** Signs in. Answers the reply to the form. */
  async signIn(username: string, password: string, at = "/auth/sign_in"): Promise<Answer> {
    return this.submit(await this.go(at), { username, password });
  }
}

/** Action and hidden values of the last form in the page's main part. */
export function formOf(page: string): { action: string; values: Record<string, string> } {
  const main = page.slice(page.indexOf("<main"));
  const forms = [...main.matchAll(/<form[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g)];
  const form = forms.at(-1);
  if (form === undefined) throw new Error(`no form in ${page}`);
  const values: Record<string, string> = {};
  for (const [, name, value] of (form[2] ?? "").matchAll(
    /<input type="hidden" name="([^"]*)" value="([^"]*)">/g,
  )) {
    values[unescapeHtml(name ?? "")] = unescapeHtml(value ?? "");
  }
  return { action: unescapeHtml(form[1] ?? ""), values };
}

export const unescapeHtml = (text: string): string =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
