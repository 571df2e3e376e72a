import type { MessageEngine } from "../engine.ts";
import { SourceRun } from "../lease/source-run.ts";

/** One engine, from when it is opened until it is let go. */
export class EngineRun extends SourceRun {
  readonly engine: Promise<MessageEngine>;

  constructor(engine: Promise<MessageEngine>) {
    super();
    this.engine = engine;
    // Whoever needs it is told, and who opens it; nobody may need it.
    engine.catch(() => {});
  }
}
