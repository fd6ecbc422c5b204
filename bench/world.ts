// Owns a small site for rows that speak HTTP: people, who follows whom, and what they wrote, made
// through the API of a real node. Texts are of the kind that people write: links, tags, mentions,
// polls, warnings, boosts, other alphabets.

import { type Helper, startHelper } from "./helper.js";
import type { Person } from "./node-kit.js";
import type { Run } from "./run.js";

export type World = { node: Helper; port: number; people: Record<string, Person[]> };

/** Starts a node with people by group, such as `{ author: 10 }`. */
export async function openWorld(
  run: Run,
  name: string,
  people: Record<string, number>,
  more: { spy?: boolean } = {},
): Promise<World> {
  // Of its threads too, when profiles are wanted: written when the process ends.
  const profile = run.profileTo === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${run.profileTo}`];
  const node = startHelper(new URL("./node-child.js", import.meta.url), [
    "--expose-gc",
    ...profile,
  ]);
  const folder = `${run.folder}/${name}`;
  const opened = await node.ask<Omit<World, "node">>("open", {
    folder,
    people,
    spy: more.spy === true,
  });
  return { node, ...opened };
}

export async function call<Answer>(
  world: World,
  person: Person,
  way: string,
  body?: unknown,
): Promise<Answer> {
  const [method, path] = way.split(" ");
  const answer = await fetch(`http://127.0.0.1:${world.port}${path}`, {
    method: method ?? "GET",
    headers: { authorization: `Bearer ${person.token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${way} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

const TEXTS = [
  "Good morning! The train was late again, but at least the coffee at the station is decent ☕️",
  "New blog post: how we moved our small server to one file and one process. " +
    "https://blog.example/2026/one-file-one-process?utm=none #selfhosting #sqlite",
  "@author2 I think you are right about this; the second half of the talk was much better " +
    "than the first. Shall we write it down together?",
  "今日は天気がいいので、川沿いを散歩しました。桜はまだ咲いていませんが、もうすぐですね。 " +
    "#散歩 #写真",
  "Über die Brücke, durch den Regen, und dann doch noch ein Stück Käsekuchen. Schön war’s! " +
    "Grüße an @author3 und @author4 👋",
  "A long one, because it has been on my mind for weeks: people keep asking why anyone " +
    "would run their own place on the net. For me it is not about speed or price. It is that " +
    "the people there know each other, that the rules fit on one page, and that somebody you " +
    "can talk to pays the bill. That is all. It is a garden, not a factory.",
  "Привет! Кто-нибудь идёт завтра на встречу? Я принесу пирог 🥧",
  "TIL that the word “clue” comes from “clew”, a ball of thread: the thing that leads you " +
    "out of the labyrinth.\n\nI will never write “clueless” in the same way again.\n\n#words " +
    "#etymology #til",
  "Reading list for the weekend:\n- " +
    "https://papers.example/a/very/long/path/to/a/paper-about-logs.pdf\n- " +
    "https://books.example/the-left-hand\n- the manual, at last",
  "مرحبا بالجميع! صباح الخير من هنا",
  "ok.",
  "Looking for a second-hand bicycle in the north of town; nothing fancy, 54 cm frame, " +
    "lights would be nice. Boosts welcome! 🚲 #bike #secondhand",
] as const;

/** Each of the authors writes; the newest twenty are of every kind. Answers the last status's id. */
export async function write(
  world: World,
  authors: readonly Person[],
  count: number,
): Promise<string> {
  const ids: string[] = [];
  for (let at = 0; at < count; at++) {
    const author = authors[at % authors.length] as Person;
    if (at % 5 === 4) {
      const of = ids[at - 3] as string;
      const boost = await call<{ id: string }>(world, author, `POST /api/v1/statuses/${of}/reblog`);
      ids.push(boost.id);
      continue;
    }
    const status = TEXTS[at % TEXTS.length];
    const poll = { options: ["Tea", "Coffee", "Neither, thank you"], expires_in: 86_400 };
    const post = await call<{ id: string }>(world, author, "POST /api/v1/statuses", {
      status,
      ...(at % 7 === 3 ? { poll } : {}),
      ...(at % 9 === 5 ? { spoiler_text: "Thoughts on running servers" } : {}),
    });
    ids.push(post.id);
  }
  return ids.filter((_, at) => at % 5 !== 4).at(-1) as string;
}

/** Every viewer follows every author. */
export async function followAll(
  world: World,
  viewers: readonly Person[],
  authors: readonly Person[],
): Promise<void> {
  for (const author of authors) {
    await Promise.all(
      viewers.map((viewer) => call(world, viewer, `POST /api/v1/accounts/${author.id}/follow`)),
    );
  }
}

/** A request as it goes over the wire, as a web client would send it. */
export function wire(path: string, token: string, body?: unknown): string {
  const text = body === undefined ? null : JSON.stringify(body);
  const head = [
    `${text === null ? "GET" : "POST"} ${path} HTTP/1.1`,
    "Host: social.example",
    `Authorization: Bearer ${token}`,
    "Accept: application/json",
    "User-Agent: bench",
    ...(text === null
      ? []
      : ["Content-Type: application/json", `Content-Length: ${Buffer.byteLength(text)}`]),
  ];
  return `${head.join("\r\n")}\r\n\r\n${text ?? ""}`;
}
