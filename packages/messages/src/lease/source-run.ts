/** What takes from what is run. */
export interface SourceUser {
  /** Takes no more, since that goes. Never rejects. */
  detach(): Promise<void>;
}

/** What pieces of work are taken from, an engine or a store, from when it is opened until it is let go. */
export class SourceRun {
  readonly #users = new Set<SourceUser>();
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  add(user: SourceUser): void {
    this.#users.add(user);
  }

  delete(user: SourceUser): void {
    this.#users.delete(user);
  }

  /** Resolves when nobody takes from it any more. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all([...this.#users].map((user) => user.detach()));
  }
}
