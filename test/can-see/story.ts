// Owns the story of the matrix: what was written while all was well, then the blocks, removals and
// the suspension, then what is written, edited and deleted after.

import { VISIBILITIES, type Visibility } from "../../src/domain/visibility.js";
import { type Post, sees } from "./rule.js";
import { type Body, NAMES, type Name, type Town } from "./town.js";

export const TAG = "birds";

export type Story = {
  posts: Post[];
  /** Old posts of ada by visibility: with poll, tag and mentions. */
  base: Record<Visibility, Post>;
  scheduledId: string;
  /** A list of ada and rita, by its owner. */
  lists: Partial<Record<Name, string>>;
};

type Spec = {
  author: Name;
  visibility?: Visibility;
  mentions?: readonly Name[];
  replyTo?: Post;
  quoteOf?: Post;
  isTagged?: boolean;
  isPinned?: boolean;
  isNew?: boolean;
  isMarked?: boolean;
  hasPoll?: boolean;
};

class Writer {
  readonly posts: Post[] = [];
  readonly #town: Town;

  constructor(town: Town) {
    this.#town = town;
  }

  /** A word that no other contains. */
  #word = () => `secret${++this.#words}s`;
  #words = 0;

  #postOf(key: string, spec: Spec): Post {
    return {
      ...{ key, id: "", author: spec.author, words: [], boostOf: null, isDeleted: false },
      visibility: spec.visibility ?? "public",
      mentions: spec.mentions ?? [],
      replyTo: spec.replyTo ?? null,
      quoteOf: spec.quoteOf ?? null,
      isTagged: spec.isTagged === true,
      isPinned: spec.isPinned === true,
      isNew: spec.isNew === true,
      isMarked: spec.isMarked === true,
      hasPoll: spec.hasPoll === true,
    };
  }

  #textOf(post: Post, word: string): string {
    const names = post.mentions.map((it) => `@${it}`).join(" ");
    return `${word} ${names}${post.isTagged ? ` #${TAG}` : ""}`.trim();
  }

  async write(key: string, spec: Spec): Promise<Post> {
    const post = this.#postOf(key, spec);
    const word = this.#word();
    post.words.push(word);
    const made = await this.#town.sure(post.author, "POST", "/api/v1/statuses", {
      status: this.#textOf(post, word),
      visibility: post.visibility,
      ...(post.replyTo && { in_reply_to_id: post.replyTo.id }),
      ...(post.quoteOf && { quoted_status_id: post.quoteOf.id }),
      ...(post.hasPoll && { poll: { options: [word, `other ${word}`], expires_in: 3600 } }),
    });
    post.id = made.id;
    this.posts.push(post);
    if (post.isPinned) {
      await this.#town.sure(post.author, "POST", `/api/v1/statuses/${post.id}/pin`);
    }
    return post;
  }

  async boost(key: string, author: Name, of: Post): Promise<Post> {
    const visibility = of.visibility === "private" ? "private" : "public";
    const post = { ...this.#postOf(key, { author, visibility }), boostOf: of };
    const made = await this.#town.sure(author, "POST", `/api/v1/statuses/${of.id}/reblog`);
    post.id = made.id;
    this.posts.push(post);
    return post;
  }

  /** The word before is only in the history. */
  async edit(post: Post): Promise<void> {
    const word = this.#word();
    post.words.push(word);
    const path = `/api/v1/statuses/${post.id}`;
    await this.#town.sure(post.author, "PUT", path, { status: this.#textOf(post, word) });
  }

  async remove(post: Post): Promise<void> {
    post.isDeleted = true;
    await this.#town.sure(post.author, "DELETE", `/api/v1/statuses/${post.id}`);
  }

  /** One of each visibility. */
  async four(key: string, spec: Spec): Promise<Record<Visibility, Post>> {
    const four = {} as Record<Visibility, Post>;
    for (const visibility of VISIBILITIES) {
      const isPinned = spec.isPinned === true && visibility !== "direct";
      four[visibility] = await this.write(`${key} ${visibility}`, {
        ...spec,
        visibility,
        isPinned,
      });
    }
    return four;
  }
}

export type Tale = {
  story: Story;
  /** Blocks, removals, a mute, a suspension. */
  partWays(): Promise<void>;
  /** Posts, edits and deletions after that. */
  goOn(): Promise<void>;
};

/** Everything up to the moment at which relations change. */
export async function begin(town: Town): Promise<Tale> {
  await befriend(town);
  const writer = new Writer(town);
  const mentions: readonly Name[] = ["mentioned", "blocked"];
  const all = { author: "ada", mentions, isTagged: true, hasPoll: true, isMarked: true } as const;
  const base = await writer.four("old", { ...all, isPinned: true });
  const edited = await writer.four("edited", { author: "ada", mentions, isMarked: true });
  const doomed = await writer.four("deleted", { author: "ada", mentions, isMarked: true });
  const gone = await writer.four("of the suspended", { ...all, author: "sue", isTagged: false });
  await answerAndQuote(writer, { base, edited, doomed, gone });
  await mark(town, writer.posts);
  const scheduled = await town.sure("ada", "POST", "/api/v1/statuses", {
    status: "later",
    scheduled_at: "2199-01-01T00:00:00.000Z",
  });
  const lists: Story["lists"] = {};
  for (const name of NAMES) {
    const list = await town.sure(name, "POST", "/api/v1/lists", { title: "Writers" });
    lists[name] = list.id;
    // Only whom one follows can be on a list: for others this fails, and the list stays empty.
    const body = { account_ids: [town.ids.ada] };
    await town.call(name, "POST", `/api/v1/lists/${list.id}/accounts`, body);
  }
  const story = { posts: writer.posts, base, scheduledId: scheduled.id, lists };
  return {
    story,
    partWays: () => partWays(town),
    async goOn() {
      const fresh = {
        author: "ada",
        mentions: ["mentioned"],
        isNew: true,
        isTagged: true,
      } as const;
      const made = await writer.four("new", fresh);
      await writer.write("new reply", { author: "rita", replyTo: made.public, isNew: true });
      await writer.write("new quote", { author: "rita", quoteOf: made.public, isNew: true });
      await writer.boost("new boost", "rita", base.unlisted);
      for (const post of Object.values(edited)) await writer.edit(post);
      for (const post of Object.values(doomed)) await writer.remove(post);
    },
  };
}

async function befriend(town: Town): Promise<void> {
  const { ids } = town;
  const update = (name: Name, body: Body) =>
    town.sure(name, "PATCH", "/api/v1/accounts/update_credentials", body);
  await update("ada", { locked: true, indexable: true, discoverable: true });
  await update("rita", { indexable: true });
  await update("sue", { indexable: true, discoverable: true });
  const follow = (by: Name, of: Name) =>
    town.sure(by, "POST", `/api/v1/accounts/${ids[of]}/follow`);
  const friends: readonly Name[] = [
    "rita",
    "follower",
    "muter",
    "blocked",
    "blocker",
    "removed",
    "unfollowed",
  ];
  for (const name of friends) {
    await follow(name, "ada");
    await town.sure("ada", "POST", `/api/v1/follow_requests/${ids[name]}/authorize`);
  }
  await follow("pending", "ada");
  await follow("ada", "rita");
  for (const of of ["rita", "nell", "sue"] as const) await follow("follower", of);
}

type Fours = Record<"base" | "edited" | "doomed" | "gone", Record<Visibility, Post>>;

async function answerAndQuote(writer: Writer, { base, doomed, gone }: Fours): Promise<void> {
  const mentions: readonly Name[] = ["ada"];
  await writer.four("reply to public", { author: "rita", mentions, replyTo: base.public });
  const { write, boost } = bound(writer);
  await write("reply to unlisted", { author: "rita", mentions, replyTo: base.unlisted });
  const replyTo = base.private;
  await write("reply to private", { author: "rita", mentions, replyTo, visibility: "private" });
  await write("public reply to private", { author: "rita", mentions, replyTo });
  const direct = { replyTo: base.direct, visibility: "direct" } as const;
  await write("reply to direct", { author: "mentioned", mentions, ...direct });
  await write("own reply", { author: "ada", replyTo: base.public });
  await write("reply to deleted", { author: "rita", replyTo: doomed.public });
  await write("reply to the suspended", { author: "rita", replyTo: gone.public });
  const quote = await write("quote of public", { author: "rita", quoteOf: base.public });
  await write("quote of unlisted", { author: "rita", quoteOf: base.unlisted });
  const quietly = { quoteOf: base.public, visibility: "private" } as const;
  await write("private quote of public", { author: "rita", ...quietly });
  await write("quote of own public", { author: "ada", quoteOf: base.public });
  const own = { quoteOf: base.private, visibility: "private" } as const;
  await write("quote of own private", { author: "ada", ...own });
  await write("quote of a quote", { author: "nell", quoteOf: quote });
  await write("quote of deleted", { author: "rita", quoteOf: doomed.public });
  await write("quote of the suspended", { author: "rita", quoteOf: gone.public });
  await boost("boost of public", "rita", base.public);
  await boost("boost of own private", "ada", base.private);
  await boost("boost of a quote", "nell", quote);
  await boost("boost of deleted", "rita", doomed.unlisted);
  await boost("boost of the suspended", "rita", gone.public);
}

const bound = (writer: Writer) => ({
  write: (key: string, spec: Spec) => writer.write(key, spec),
  boost: (key: string, author: Name, of: Post) => writer.boost(key, author, of),
});

/** Everybody who can sets every mark. */
async function mark(town: Town, posts: readonly Post[]): Promise<void> {
  for (const post of posts.filter((it) => it.isMarked)) {
    const who = NAMES.filter((name) => name !== "sue" && sees(name, post, "before"));
    for (const verb of ["favourite", "bookmark"]) {
      const path = `/api/v1/statuses/${post.id}/${verb}`;
      await Promise.all(who.map((name) => town.sure(name, "POST", path)));
    }
  }
}

async function partWays(town: Town): Promise<void> {
  const { ids, sure } = town;
  const act = (by: Name, verb: string, of: Name) =>
    sure(by, "POST", `/api/v1/accounts/${ids[of]}/${verb}`);
  await act("ada", "block", "blocked");
  await act("blocker", "block", "ada");
  await act("ada", "remove_from_followers", "removed");
  await act("unfollowed", "unfollow", "ada");
  await act("muter", "mute", "ada");
  await town.suspend("sue");
}
