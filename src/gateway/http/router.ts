// Owns the way of a request through the gateway: route, token, limits, access, parameters, handler,
// headers. Every request gets an answer, with its request id; what breaks inside is logged with its
// cause and answered with a sentence that gives nothing away.

import { assert } from "../../base/assert.js";
import { type Fault, fault, isFault } from "../../base/faults.js";
import type { Log } from "../../observe/log.js";
import type { Random } from "../../ports/clock.js";
import { checkAccess, headerToken, paramsToken } from "./access.js";
import { faultReply, isOurs } from "./fault-to-status.js";
import type { Params } from "./form.js";
import {
  type Caller,
  COUNTED_ON_SUCCESS,
  type LimitName,
  type Limits,
  type Standing,
} from "./limits.js";
import { BODY_BYTES_MAX, bodyParams, checkParams, queryParams } from "./params.js";
import { PathTable } from "./path-table.js";
import { preflight, withHead } from "./reply-head.js";
import type { Auth, Call, Route } from "./route.js";
import type { HttpReply, HttpRequest } from "./server.js";

export type Authenticate = (token: string) => Promise<Auth | Fault> | Auth | Fault;

export type RouterOptions = {
  routes: readonly Route[];
  authenticate: Authenticate;
  /** As `authenticate`, but lets in users who are not ready yet; for routes with `unreadyToo`. */
  identify?: Authenticate;
  limits: Limits;
  random: Random;
  log: Log;
  /** Answers paths that no route serves and that are not below /api: pages, web files. */
  notFound?: (request: HttpRequest) => Promise<HttpReply | null> | HttpReply | null;
};

export interface Router {
  /** Answers a request. Never rejects. */
  handle(request: HttpRequest): Promise<HttpReply>;
}

/** A route and what is worked out about it once. */
type Row = {
  route: Route;
  isApi: boolean;
  limits: readonly LimitName[];
  givenBack: readonly LimitName[];
  /** Checked parameters by query, for calls that sent nothing else. Handlers do not change them. */
  checked: Map<string, unknown>;
};

const CHECKED_MAX = 64;
const CHECKED_UNITS_MAX = 200;

/** A body up to this size is read to look for a token when none was sent elsewhere. */
const TOKEN_BODY_BYTES_MAX = 65_536;
const PAGING = /(?:^|&)(?:page|min_id|max_id|since_id)=/;

/** Builds the router. Throws if two routes claim one path, or a route names an unknown limit. */
export function createRouter(options: RouterOptions): Router {
  const table = new PathTable<Row>();
  for (const route of options.routes) addRoute(table, route, options.limits);
  const newRequestId = createRequestIds(options.random);
  return {
    async handle(request) {
      const requestId = newRequestId();
      const turn: Turn = { request, requestId, row: null, standing: null, token: null };
      let reply: HttpReply;
      try {
        const answer = await answerTo(turn, table, options);
        reply = isFault(answer) ? explain(answer, turn, options.log) : answer;
      } catch (error) {
        const { method, path } = request;
        options.log.error("a request failed", { requestId, method, path, error });
        reply = faultReply(fault("internal"));
      }
      return withHead(reply, {
        request,
        route: turn.row?.route ?? null,
        requestId,
        standing: turn.standing,
        hasToken: turn.token !== null,
      });
    },
  };
}

/** What is known of a request while it is served. */
type Turn = {
  request: HttpRequest;
  requestId: string;
  row: Row | null;
  standing: Standing | null;
  token: string | null;
};

function addRoute(table: PathTable<Row>, route: Route, limits: Limits): void {
  const names = (route.limits ?? []).map((name) => {
    assert(limits.isLimit(name), `${route.path} names the unknown limit ${name}`);
    return name;
  });
  const row: Row = {
    route,
    isApi: route.path.startsWith("/api/"),
    limits: names,
    givenBack: names.filter((it) => COUNTED_ON_SUCCESS.has(it)),
    checked: new Map(),
  };
  table.add(route.method, route.path, row);
}

/** Request ids that differ between nodes and restarts, at the price of a counter. */
function createRequestIds(random: Random): () => string {
  const start = Buffer.from(random.bytes(9)).toString("hex");
  let count = 0;
  return () => `${start}-${(++count).toString(36)}`;
}

function explain(answer: Fault, turn: Turn, log: Log): HttpReply {
  if (isOurs(answer)) {
    const { method, path } = turn.request;
    const { requestId } = turn;
    log.error("a request ended in a fault", {
      requestId,
      method,
      path,
      fault: answer.fault,
      cause: answer.cause,
    });
  }
  return faultReply(answer);
}

/** The row for a method: HEAD is answered by GET, PUT and PATCH are one. */
function rowOf(rows: ReadonlyMap<string, Row>, method: string): Row | undefined {
  if (method === "HEAD") return rows.get("GET");
  const row = rows.get(method);
  if (row !== undefined) return row;
  if (method === "PUT") return rows.get("PATCH");
  return method === "PATCH" ? rows.get("PUT") : undefined;
}

function answerTo(
  turn: Turn,
  table: PathTable<Row>,
  options: RouterOptions,
): Promise<HttpReply | Fault> | HttpReply | Fault {
  const { request } = turn;
  if (request.method === "OPTIONS") {
    const allowed = preflight(request);
    if (allowed !== null) return allowed;
  }
  const found = table.find(request.path);
  if (found === "malformed") return fault("bad-request", "The path is malformed");
  const row = found === null ? undefined : rowOf(found.rows, request.method);
  if (found === null || row === undefined) return nothingThere(request, options);
  turn.row = row;
  return serve(turn, row, found.names, options);
}

const NO_PARAMS: Params = Object.freeze({});

/** One object of all; the path wins over the body, the body over the query. */
const joined = (query: Params, body: Params, names: Record<string, string> | null): Params =>
  names === null && body === NO_PARAMS ? query : { ...query, ...body, ...names };

async function nothingThere(
  request: HttpRequest,
  options: RouterOptions,
): Promise<HttpReply | Fault> {
  const missing = fault("not-found", "Not Found");
  if (request.path.startsWith("/api/") || options.notFound === undefined) return missing;
  return (await options.notFound(request)) ?? missing;
}

async function serve(
  turn: Turn,
  row: Row,
  names: Record<string, string> | null,
  options: RouterOptions,
): Promise<HttpReply | Fault> {
  const { request } = turn;
  const { route } = row;
  const query = queryParams(request.query);
  if (isFault(query)) return query;
  let body: Params | null = null;
  turn.token = headerToken(request) ?? paramsToken(query);
  if (turn.token === null && mayHoldToken(request, route)) {
    const early = await bodyParams(request, TOKEN_BODY_BYTES_MAX);
    if (isFault(early)) return early;
    body = early;
    turn.token = paramsToken(early);
  }
  const looked = authOf(turn.token, route, options);
  const auth = looked instanceof Promise ? await looked : looked;
  const caller = new RequestCaller(auth, request);
  const limited = countCall(turn, row, caller, options.limits);
  if (limited !== null) return limited;
  const allowed = checkAccess(route.access, auth);
  if (isFault(allowed)) return allowed;
  let params: unknown;
  if (route.params === undefined) {
    params = joined(query, NO_PARAMS, names);
  } else {
    body ??= hasBody(request) ? await sentBody(request, route) : NO_PARAMS;
    if (isFault(body)) return body;
    const isQueryOnly = names === null && body === NO_PARAMS;
    const known = isQueryOnly ? row.checked.get(request.query) : undefined;
    params = known ?? checkParams(route.params, joined(query, body, names));
    if (isFault(params)) return params;
    if (isQueryOnly && known === undefined) remember(row, request.query, params);
  }
  const viewer =
    allowed === null || allowed.accountId === null ? null : { accountId: allowed.accountId };
  const call = { params, auth: allowed, viewer, request } as Call<never>;
  const answer = await route.run(call);
  if (row.givenBack.length > 0 && isFault(answer)) options.limits.giveBack(row.givenBack, caller);
  return answer;
}

/** Clients ask the same again and again: what a query was checked to be is kept. */
function remember(row: Row, query: string, params: unknown): void {
  if (query.length > CHECKED_UNITS_MAX || query.includes("token")) return;
  if (row.checked.size >= CHECKED_MAX) row.checked.clear();
  row.checked.set(query, params);
}

function authOf(
  token: string | null,
  route: Route,
  options: RouterOptions,
): Promise<Auth | Fault> | Auth | Fault | null {
  if (token === null) return null;
  const lookUp = route.unreadyToo === true ? (options.identify ?? options.authenticate) : null;
  return (lookUp ?? options.authenticate)(token);
}

/** Who is counted. The address is worked out only where it counts. */
class RequestCaller implements Caller {
  readonly accountId: string | null;
  readonly tokenHash: string | null;
  readonly #request: HttpRequest;

  constructor(auth: Auth | Fault | null, request: HttpRequest) {
    const known = auth === null || isFault(auth) ? null : auth;
    this.accountId = known === null ? null : known.accountId;
    this.tokenHash = known === null ? null : known.tokenHash;
    this.#request = request;
  }

  get address(): string {
    return this.#request.remoteAddress;
  }
}

const WITH_TOKEN: readonly LimitName[] = ["call", "token"];
const WITHOUT: readonly LimitName[] = ["anonymous"];

function countCall(turn: Turn, row: Row, caller: Caller, limits: Limits): Fault | null {
  let names: readonly LimitName[] = row.limits;
  if (row.isApi) {
    const usual = caller.tokenHash === null ? WITHOUT : WITH_TOKEN;
    names = names.length === 0 ? usual : [...usual, ...names];
    if (PAGING.test(turn.request.query)) names = [...names, "paging"];
  }
  if (names.length === 0) return null;
  turn.standing = limits.take(names, caller);
  return turn.standing?.over === true ? fault("too-many-requests") : null;
}

const hasBody = (request: HttpRequest): boolean => {
  const { method } = request;
  if (method === "GET" || method === "HEAD") return false;
  const length = request.header("content-length");
  if (length !== undefined) return length !== "0";
  return request.header("transfer-encoding") !== undefined;
};

function mayHoldToken(request: HttpRequest, route: Route): boolean {
  if (route.params === undefined || !hasBody(request)) return false;
  const length = Number(request.header("content-length") ?? Number.POSITIVE_INFINITY);
  return length <= Math.min(TOKEN_BODY_BYTES_MAX, route.bodyMaxBytes ?? BODY_BYTES_MAX);
}

async function sentBody(request: HttpRequest, route: Route): Promise<Params | Fault> {
  return bodyParams(request, route.bodyMaxBytes ?? BODY_BYTES_MAX);
}
