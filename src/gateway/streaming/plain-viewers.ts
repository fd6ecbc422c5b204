// Owns the remembered answer to: is this viewer one to whom a public status looks as to anybody?

/** Answers remembered; beyond it they are asked again. */
const REMEMBERED_MAX = 100_000;

export class PlainViewers {
  readonly #ask: (accountId: string) => Promise<boolean>;
  #known = new Map<string, boolean>();
  #changes = 0;

  constructor(ask: (accountId: string) => Promise<boolean>) {
    this.#ask = ask;
  }

  /** At once if it is known. */
  isPlain(accountId: string): boolean | Promise<boolean> {
    return this.#known.get(accountId) ?? this.#find(accountId);
  }

  /** The account's blocks, mutes, filters or settings changed. */
  drop(accountId: string): void {
    this.#changes++;
    this.#known.delete(accountId);
  }

  async #find(accountId: string): Promise<boolean> {
    const before = this.#changes;
    const isPlain = await this.#ask(accountId);
    // An answer from before a change must not be remembered after it.
    if (before === this.#changes) {
      if (this.#known.size >= REMEMBERED_MAX) this.#known.clear();
      this.#known.set(accountId, isPlain);
    }
    return isPlain;
  }
}
