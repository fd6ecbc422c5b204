// Owns turning pairs of names and values, as queries and forms send them, into nested objects:
// `a=1`, `a[]=1`, `a[b]=1`, `a[][b]=1`. What is sent is bounded in number and depth, and never
// becomes a prototype.

import { type Fault, fault, isFault } from "../../base/faults.js";

/** Names in one request, at all depths. */
export const KEYS_MAX = 1_000;
/** Objects within objects. */
export const DEPTH_MAX = 64;

export type Params = { [name: string]: unknown };

const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

/** True for a name that must not become a key of an object. */
export const isForbiddenKey = (key: string): boolean => FORBIDDEN.has(key);

const UNTEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\p{Surrogate}/u;
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/** The text without control characters (line breaks and tabs stay), halves of characters replaced. */
export function cleanText(text: string): string {
  if (!UNTEXT.test(text)) return text;
  return text.replace(CONTROLS, "").replace(LONE_SURROGATES, "\ufffd");
}

const UNREADABLE = "The request holds text that is not UTF-8";

/** The pairs of a query or a form body. Faults: bad-request for broken encoding or too many. */
export function readPairs(text: string): [string, string][] | Fault {
  const pairs: [string, string][] = [];
  if (text === "") return pairs;
  for (const part of text.split("&", KEYS_MAX + 1)) {
    if (part === "") continue;
    if (pairs.length === KEYS_MAX)
      return fault("bad-request", "The request has too many parameters");
    const equals = part.indexOf("=");
    const name = decode(equals === -1 ? part : part.slice(0, equals));
    const value = equals === -1 ? "" : decode(part.slice(equals + 1));
    if (name === null || value === null) return fault("bad-request", UNREADABLE);
    pairs.push([name, cleanText(value)]);
  }
  return pairs;
}

function decode(text: string): string | null {
  if (!text.includes("%") && !text.includes("+")) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return null;
  }
}

/** Nests the pairs into one object. Faults: bad-request where they contradict each other. */
export function nestPairs(pairs: readonly (readonly [string, unknown])[]): Params | Fault {
  const params: Params = {};
  for (const [name, value] of pairs) {
    const steps = stepsOf(name);
    if (isFault(steps)) return steps;
    if (steps.length === 0 || steps.some(isForbiddenKey)) continue;
    const problem = put(params, steps, value, name);
    if (problem !== null) return problem;
  }
  return params;
}

/** `a[b][]` is a, b, "". A name with brackets that do not pair is taken as it is. */
function stepsOf(name: string): string[] | Fault {
  const open = name.indexOf("[");
  if (open <= 0 || !name.endsWith("]")) return name === "" ? [] : [name];
  const inner = name.slice(open + 1, -1).split("][", DEPTH_MAX);
  if (inner.length >= DEPTH_MAX) return fault("bad-request", "A parameter is nested too deeply");
  return [name.slice(0, open), ...inner];
}

function put(root: Params, steps: readonly string[], value: unknown, name: string): Fault | null {
  const clash = () => fault("bad-request", `The parameter ${name.slice(0, 100)} is contradictory`);
  let holder: Params | unknown[] = root;
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at] as string;
    const isLast = at === steps.length - 1;
    if (Array.isArray(holder)) {
      if (isLast) {
        holder.push(value);
        return null;
      }
      holder = elementFor(holder, steps, at);
      continue;
    }
    if (isLast) {
      const before = Object.hasOwn(holder, step) ? holder[step] : undefined;
      if (typeof before === "object" && isContainer(before)) return clash();
      holder[step] = value;
      return null;
    }
    const wantsList = steps[at + 1] === "";
    if (!Object.hasOwn(holder, step)) holder[step] = wantsList ? [] : {};
    const next: unknown = holder[step];
    if (!isContainer(next) || Array.isArray(next) !== wantsList) return clash();
    holder = next;
  }
  return null;
}

/**
 * In `a[][b]` the element that `b` goes into: the last one, or a new one if that has `b` already.
 * `steps[at]` is the empty step.
 */
function elementFor(list: unknown[], steps: readonly string[], at: number): Params | unknown[] {
  const last = list[list.length - 1];
  const key = steps[at + 1] as string;
  const isFinal = at + 1 === steps.length - 1;
  const fits = isContainer(last) && !Array.isArray(last) && !(isFinal && Object.hasOwn(last, key));
  if (fits && key !== "") return last;
  const made = key === "" ? [] : {};
  list.push(made);
  return made;
}

function isContainer(value: unknown): value is Params | unknown[] {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return true;
  return Object.getPrototypeOf(value) === Object.prototype && !("bytes" in value);
}
