// Owns judging the answers of the API: of the shape that the row promises, or truthfully nothing.

import { checkEntity } from "../entities-table.js";
import type { Answer } from "./api-world.js";

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const only = (isRight: boolean, says: string): string[] => (isRight ? [] : [says]);

/** Answers that are no entity. */
const SHAPES: Readonly<Record<string, (it: Answer) => string[]>> = {
  "{}": ({ json }) => only(isObject(json) && Object.keys(json).length === 0, "is not {}"),
  object: ({ json }) => only(isObject(json), "is no object"),
  objects: ({ json }) => only(Array.isArray(json) && json.every(isObject), "is no list of objects"),
  "string[]": ({ json }) =>
    only(Array.isArray(json) && json.every((it) => typeof it === "string"), "is no list of text"),
  boolean: ({ json }) => only(typeof json === "boolean", "is neither true nor false"),
  text: ({ type, text }) => only(type.startsWith("text/plain") && text !== "", "is no plain text"),
  /** Without what was shown, with what was written. */
  deleted: ({ json }) => {
    if (!isObject(json) || typeof json["text"] !== "string") return ["has no text"];
    if ("content" in json) return ["has content"];
    return checkEntity("Status", { ...json, content: "" });
  },
  /** RFC 8414 lets it say more. */
  metadata: ({ json }) =>
    checkEntity("OAuthServerMetadata", json).filter((it) => !it.endsWith("is not in the table")),
  markers: ({ json }) =>
    isObject(json) && isObject(json["home"])
      ? checkEntity("Marker", json["home"])
      : ["has no marker for home"],
};

/**
 * What is wrong with the answer as `is`: a word of SHAPES, the status of a refusal, an entity, or a
 * list of entities. With `none|` first there may be nothing: an empty list, or 404. Without it an
 * empty list is wrong, for then there was nothing to look at.
 */
export function problemsOf(is: string, answer: Answer): string[] {
  const refusal = /^[45]\d\d$/.test(is) ? Number(is) : 0;
  if (refusal === answer.status) return problemsOfError(answer);
  const mayBeNone = is.startsWith("none|");
  if (mayBeNone && !is.endsWith("[]") && answer.status === 404) return problemsOfError(answer);
  if (answer.status !== 200 || refusal > 0)
    return [`answers ${answer.status} ${answer.text.slice(0, 200)}`];
  const shape = SHAPES[is];
  if (shape !== undefined) return shape(answer);
  const entity = mayBeNone ? is.slice("none|".length) : is;
  const isNone = Array.isArray(answer.json) && answer.json.length === 0;
  if (isNone && !mayBeNone) return ["is empty, though there is something"];
  return checkEntity(entity, answer.json);
}

/** What is wrong with what a row answers that is not built: it must not make anything up. */
export function problemsOfNothing(method: string, answer: Answer): string[] {
  const { status, json } = answer;
  if (status === 200 && method === "GET") {
    return only(Array.isArray(json) && json.length === 0, `answers ${answer.text.slice(0, 200)}`);
  }
  return status === 404 ? problemsOfError(answer) : [`answers ${status}`];
}

/** What is wrong with an error: it is JSON, and says why in a sentence. */
export function problemsOfError({ json, text }: Answer): string[] {
  const says = isObject(json) ? json["error"] : undefined;
  return only(typeof says === "string" && says !== "", `no error in ${text.slice(0, 200)}`);
}
