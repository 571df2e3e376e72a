import { EmitError } from "../errors/errors.ts";

/** How a listener failed, and where it belongs to. */
export interface ListenerFailure {
  readonly path: string;
  /** `listener of "order:*"`. */
  readonly label: string;
  readonly error: unknown;
}

/** What one `emitAndWait` gathers: its failures, and the async listeners that it waits for. */
export class Collector {
  readonly failures: ListenerFailure[] = [];
  readonly waits: Promise<void>[] = [];
  /** Set when its caller got the error of an abandoned nest: nobody will look at what is gathered. */
  orphaned = false;

  /** Resolves when every async listener has settled. @throws EmitError of all failures */
  async settle(event: string): Promise<void> {
    if (this.waits.length > 0) await Promise.all(this.waits);
    if (this.failures.length > 0) throw new EmitError(event, this.failures);
  }
}
