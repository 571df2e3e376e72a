import { isAbortError } from "@pawl/kernel";
import type { Exchange } from "./exchange.ts";
import { withBody } from "./response.ts";

/**
 * The same response with its stream watched: where it fails, the error is told and the connection is cut, so that the client
 * does not take the half for the whole; and an endless one that nobody else can end is ended by `exchange.end()`.
 */
export function watched(
  response: Response,
  stream: ReadableStream<Uint8Array>,
  exchange: Exchange,
  failed: (error: unknown) => void,
): Response {
  const reader = stream.getReader();
  /** Whether it takes no more: it was ended here, or its reader has gone. */
  let over = false;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        exchange.end = () => {
          if (over) return;
          over = true;
          controller.close();
          reader.cancel().catch(() => {});
        };
      },
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (over) return;
          if (!done) {
            controller.enqueue(value);
            return;
          }
          over = true;
          controller.close();
        } catch (error) {
          if (over) return;
          // What was cancelled because nobody waits for it any more has not failed.
          if (!(isAbortError(error) && (exchange.isGone || exchange.signal.aborted))) failed(error);
          exchange.outgoing?.destroy();
        }
      },
      cancel(reason) {
        over = true;
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return withBody(response, body);
}
