// Owns what streams sent to each viewer: one socket with every stream, and server-sent events of
// some, opened while all was well.

import { WebSocket } from "ws";
import type { Story } from "./story.js";
import { TAG } from "./story.js";
import { type Name, type Town, VIEWERS } from "./town.js";

/** One frame: the name of the stream, of the push, and its payload as text. */
export type Frame = { stream: string; event: string; payload: string };

export type Listening = {
  frames: Record<Name, Frame[]>;
  close(): void;
};

export const LISTENERS: readonly Name[] = VIEWERS.filter((it) => it !== null);

/** Opens them all and waits until the server has them. */
export async function listen(town: Town, story: Story): Promise<Listening> {
  const frames = {} as Record<Name, Frame[]>;
  const closers: (() => void)[] = [];
  for (const name of LISTENERS) {
    frames[name] = [];
    const take = (frame: Frame) => frames[name].push(frame);
    closers.push(await openSocket(town, story, name, take));
    for (const path of ["user", "public/local", `hashtag?tag=${TAG}`, "direct"]) {
      closers.push(await openSource(town, name, path, take));
    }
  }
  const close = () => {
    for (const it of closers) it();
  };
  return { frames, close };
}

async function openSocket(
  town: Town,
  story: Story,
  name: Name,
  take: (frame: Frame) => void,
): Promise<() => void> {
  const socket = new WebSocket(`${town.url.replace("http", "ws")}/api/v1/streaming`, {
    headers: { authorization: `Bearer ${town.tokens[name]}` },
  });
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.on("message", (data) => {
    const it = JSON.parse(String(data)) as { stream: string[]; event: string; payload?: string };
    take({ stream: it.stream[0] ?? "", event: it.event, payload: it.payload ?? "" });
  });
  const plain = ["user", "user:notification", "public", "public:local", "public:remote", "direct"];
  const subscribe = (to: object) => socket.send(JSON.stringify({ type: "subscribe", ...to }));
  for (const stream of plain) subscribe({ stream });
  for (const stream of ["hashtag", "hashtag:local"]) subscribe({ stream, tag: TAG });
  subscribe({ stream: "list", list: story.lists[name] });
  return () => socket.close();
}

async function openSource(
  town: Town,
  name: Name,
  path: string,
  take: (frame: Frame) => void,
): Promise<() => void> {
  const ending = new AbortController();
  const answer = await fetch(`${town.url}/api/v1/streaming/${path}`, {
    headers: { authorization: `Bearer ${town.tokens[name]}` },
    signal: ending.signal,
  });
  if (answer.body === null) throw new Error(`${name}: no stream ${path}`);
  const reader = answer.body.getReader();
  const stream = `source ${path}`;
  const read = async () => {
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += Buffer.from(value).toString();
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = /^event: (.*)$/m.exec(block)?.[1];
        const payload = /^data: (.*)$/m.exec(block)?.[1] ?? "";
        if (event !== undefined) take({ stream, event, payload });
      }
    }
  };
  read().catch(() => undefined); // It ends by being cut off.
  return () => ending.abort();
}
