import type { Context } from "../context.ts";
import { BodyTooLargeError } from "../errors/http-errors.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Holds the body of a request against the limit: by the length that it declares, else as it is read.
 *
 * @throws BodyTooLargeError where the declared length is too large; else reading it rejects with that
 */
export function limitBody(c: Context, exchange: Exchange, limit: number): void {
  exchange.bodyLimited = true;
  const { incoming } = exchange;
  const request = c.req.raw;
  const declared = incoming ? incoming.headers["content-length"] : request.headers.get("content-length");
  if (declared !== undefined && declared !== null && Number(declared) > limit) throw new BodyTooLargeError(limit);
  // Node holds a sender to the length that it declares; a request made by hand may say anything.
  if (incoming && incoming.headers["transfer-encoding"] === undefined) return;
  if (limit === Number.POSITIVE_INFINITY || !request.body) return;
  c.req.raw = new Request(request, { body: limited(request.body, limit), duplex: "half" } as RequestInit);
}

function limited(body: ReadableStream<Uint8Array>, limit: number): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let size = 0;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) {
        controller.close();
        return;
      }
      size += value.byteLength;
      // What follows is not cancelled here: that would cut the connection before the answer is out.
      if (size > limit) controller.error(new BodyTooLargeError(limit));
      else controller.enqueue(value);
    },
  });
}
