import type { Logger } from "pawl";

/** Reads in the log of all processes where they listen, and what came again. */
export class LogReader {
  /** Where each web process listens. */
  readonly urls: Map<string, string> = new Map();
  /** How often a worker has begun to pack an order: more often than there are orders, since some came again. */
  begun = 0;
  /** How often the inbox kept it from being done twice. */
  guarded = 0;
  /** How often each error was told, by its code. */
  readonly errors: Record<string, number> = {};

  readonly logger: Logger = this.#loggerOf("");

  count(error: string): void {
    this.errors[error] = (this.errors[error] ?? 0) + 1;
  }

  #loggerOf(service: string): Logger {
    const line = (...[data, message]: readonly unknown[]) => this.#read(service, String(message ?? data));
    const bad = (...[data, message]: readonly unknown[]) => {
      const { err, code } = (data ?? {}) as { readonly err?: { readonly code?: string }; readonly code?: string };
      this.count(err?.code ?? code ?? String(message ?? data));
    };
    return {
      trace: () => {},
      debug: () => {},
      info: line,
      warn: line,
      error: bad,
      child: (bindings) => this.#loggerOf(String(bindings.service ?? service)),
    };
  }

  #read(service: string, message: string): void {
    const url = /listens on (http:\S+)/.exec(message)?.[1];
    if (url !== undefined) this.urls.set(service, url.replace("localhost", "127.0.0.1"));
    else if (message.startsWith("packing order")) this.begun++;
    else if (message.endsWith("was packed before")) this.guarded++;
  }
}
