import type { MessageEngine } from "../engine.ts";

/** What takes from an engine. */
export interface EngineUser {
  /** Takes no more, since the engine goes. Never rejects. */
  detach(): Promise<void>;
}

/** One engine, from when it is opened until it is let go. */
export class EngineRun {
  readonly engine: Promise<MessageEngine>;
  readonly #users = new Set<EngineUser>();
  #isOver = false;

  constructor(engine: Promise<MessageEngine>) {
    this.engine = engine;
    // Whoever needs it is told, and who opens it; nobody may need it.
    engine.catch(() => {});
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  add(user: EngineUser): void {
    this.#users.add(user);
  }

  delete(user: EngineUser): void {
    this.#users.delete(user);
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all([...this.#users].map((user) => user.detach()));
  }
}
