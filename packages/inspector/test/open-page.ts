import type { Changes, Outcome, Rates, Snapshot } from "../src/index.ts";
import type { WebApp } from "./web-app.ts";

interface Messages {
  readonly snapshot: Snapshot;
  readonly changes: Changes;
  readonly rates: Rates;
  readonly end: object;
}

/** A page that a test has open: its stream, read over HTTP as a browser does. */
export class OpenPage implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";
  #ended = false;
  /** What has come, in order, comments included. */
  readonly received: { readonly event: string; readonly data: unknown }[] = [];
  #read = 0;

  private constructor(response: Response, abort: AbortController) {
    if (!response.body) throw new Error("it has no body");
    this.#reader = response.body.getReader();
    this.#abort = abort;
  }

  static async at(url: URL, headers: Record<string, string> = {}): Promise<OpenPage> {
    const abort = new AbortController();
    const response = await fetch(url, { headers, signal: abort.signal });
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}`);
    return new OpenPage(response, abort);
  }

  /** The next message of that kind; those of others before it are passed over. */
  async next<K extends keyof Messages>(event: K): Promise<Messages[K]> {
    for (;;) {
      const found = await this.#next();
      if (!found) throw new Error(`the stream ended without ${event}`);
      if (found.event === event) return found.data as Messages[K];
    }
  }

  /** Resolves when the server has ended it. */
  async ended(): Promise<void> {
    while (await this.#next()) {}
  }

  async #next() {
    while (this.#read >= this.received.length && !this.#ended) await this.#more();
    return this.received[this.#read++];
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#reader.read();
    this.#ended = done;
    this.#text += this.#decoder.decode(value, { stream: !done });
    const blocks = this.#text.split("\n\n");
    this.#text = blocks.pop() ?? "";
    for (const block of blocks) {
      const [, event = "comment"] = /^event: (.*)$/m.exec(block) ?? [];
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      this.received.push({ event, data: data === undefined ? block : JSON.parse(data) });
    }
  }

  /** Closes it, as a browser whose tab is closed. */
  close(): void {
    this.#abort.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#reader.cancel().catch(() => {});
  }
}

/** Opens the inspector of an app that listens. */
export function openPage(app: WebApp, query = ""): Promise<OpenPage> {
  return OpenPage.at(app.at(`/_pawl/live${query}`));
}

/** Presses a button, as the page does. */
export async function press(
  app: WebApp,
  command: object,
): Promise<{ readonly status: number; readonly outcome: Outcome }> {
  const response = await fetch(app.at("/_pawl/do"), {
    method: "POST",
    headers: { "content-type": "application/json", "x-pawl-inspector": "1", origin: app.at("/").origin },
    body: JSON.stringify(command),
  });
  return { status: response.status, outcome: (await response.json()) as Outcome };
}
