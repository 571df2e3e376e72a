import type { AppInfo, Rates, Row } from "../protocol.ts";

/** What pages are told from. */
export interface LiveData {
  /** Whether there is a row for every service. */
  readonly isComplete: boolean;
  readonly app: AppInfo;
  readonly rows: readonly Row[];
  readonly order: readonly string[];
  readonly rates: Rates | undefined;
  row(path: string): Row | undefined;
}

/**
 * One open page, as server-sent events. What a slow page has not taken yet is kept as a note of what changed, never as a line
 * of its own: it gets the newest when it takes more, and holds up nobody.
 */
export class PageStream {
  readonly #data: LiveData;
  readonly #changed = new Set<string>();
  #needsSnapshot = true;
  #isReordered = false;
  #appChanged = false;
  #ratesChanged = false;
  #needsComment = false;
  #isOpen = true;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly body: ReadableStream<Uint8Array>;

  /** @param closed called when its reader has gone */
  constructor(data: LiveData, closed: () => void) {
    this.#data = data;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.flush(),
      cancel: () => {
        this.#isOpen = false;
        closed();
      },
    });
  }

  /** Notes what changed; {@link flush} tells it. */
  note(changes: { readonly paths: Iterable<string>; readonly isReordered: boolean; readonly app: boolean }): void {
    for (const path of changes.paths) this.#changed.add(path);
    this.#isReordered ||= changes.isReordered;
    this.#appChanged ||= changes.app;
  }

  noteRates(): void {
    this.#ratesChanged = true;
  }

  /** Sends a line that says nothing. */
  keepOpen(): void {
    this.#needsComment = true;
  }

  /** Sends what is new, if the page has taken what came before. */
  flush(): void {
    const controller = this.#controller;
    if (!this.#isOpen || !controller || (controller.desiredSize ?? 0) <= 0) return;
    const text = this.#text();
    if (text !== "") controller.enqueue(encoder.encode(text));
  }

  /** Says what is still to be told, then that the app stops, and ends. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#controller?.enqueue(encoder.encode(this.#text() + message("end", {})));
    this.#controller?.close();
  }

  #text(): string {
    const { app, rows, order, rates } = this.#data;
    let text = "";
    if (this.#needsSnapshot && !this.#data.isComplete) return "";
    if (this.#needsSnapshot) text = message("snapshot", { app, rows });
    else if (this.#changed.size > 0 || this.#isReordered || this.#appChanged) {
      const found = [...this.#changed].map((path) => ({ path, row: this.#data.row(path) }));
      text = message("changes", {
        ...(this.#appChanged ? { app } : {}),
        rows: found.flatMap(({ row }) => row ?? []),
        gone: found.flatMap(({ path, row }) => (row ? [] : [path])),
        ...(this.#isReordered ? { order } : {}),
      });
    }
    if (this.#ratesChanged && rates) text += message("rates", rates);
    if (this.#needsComment) text += ": still here\n\n";
    this.#needsSnapshot = false;
    this.#changed.clear();
    this.#isReordered = false;
    this.#appChanged = false;
    this.#ratesChanged = false;
    this.#needsComment = false;
    return text;
  }
}

const encoder = new TextEncoder();

function message(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
