/** Bytes that wait for a reader. */
const mostHeld = 1_048_576;

/**
 * An answer (`text/event-stream`) that sends lines as they come, until its reader goes or the server stops. What a slow
 * reader has not taken is held up to a bound; after that lines are dropped, and how many is told in their place. Whoever
 * sends never waits.
 *
 * @param follow begins, and calls `send` with each line; gives what ends it
 */
export function liveStream(follow: (send: (line: string) => void) => () => void): Response {
  const line = new HeldLines();
  let end = () => {};
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // Headers go out with the first bytes: the reader learns that it is connected.
        controller.enqueue(encoder.encode(": follows\n\n"));
        end = follow((text) => {
          line.put(text);
          line.moveTo(controller);
        });
      },
      pull: (controller) => line.moveTo(controller),
      cancel: () => end(),
    },
    { highWaterMark: 16 },
  );
  return new Response(body, { headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-store" } });
}

const encoder = new TextEncoder();

/** What waits for the reader. */
class HeldLines {
  readonly #held: Uint8Array[] = [];
  #bytes = 0;
  #dropped = 0;

  put(text: string): void {
    const bytes = encoder.encode(`data: ${text}\n\n`);
    // Once something is dropped, so is what follows, until that could be told.
    if (this.#dropped > 0 || this.#bytes + bytes.length > mostHeld) {
      this.#dropped++;
      return;
    }
    this.#held.push(bytes);
    this.#bytes += bytes.length;
  }

  moveTo(controller: ReadableStreamDefaultController<Uint8Array>): void {
    while ((controller.desiredSize ?? 0) > 0) {
      const next = this.#held.shift() ?? this.#lastWord();
      if (!next) return;
      this.#bytes = Math.max(0, this.#bytes - next.length);
      controller.enqueue(next);
    }
  }

  #lastWord(): Uint8Array | undefined {
    if (this.#dropped === 0) return undefined;
    const text = JSON.stringify({ dropped: this.#dropped });
    this.#dropped = 0;
    return encoder.encode(`event: dropped\ndata: ${text}\n\n`);
  }
}
