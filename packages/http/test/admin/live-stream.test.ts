import { expect, test } from "vitest";
import { liveStream } from "../../src/admin/live-stream.ts";

const decoder = new TextDecoder();

function followed() {
  let send: (line: string) => void = () => {};
  let ended = 0;
  const response = liveStream((fn) => {
    send = fn;
    return () => void ended++;
  });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const next = async () => decoder.decode((await reader.read()).value);
  return { response, reader, next, send: (line: string) => send(line), ended: () => ended };
}

test("a live stream sends each line as it comes, in order", async () => {
  const { response, next, send } = followed();
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(await next()).toBe(": follows\n\n");
  send("one");
  send("two");
  expect([await next(), await next()]).toEqual(["data: one\n\n", "data: two\n\n"]);
});

test("a live stream holds a megabyte for a slow reader, drops what comes after, and tells how much in its place", async () => {
  const { next, send } = followed();
  const line = "x".repeat(1_000);
  for (let count = 0; count < 5_000; count++) send(line);
  await next();
  let taken = 0;
  for (;;) {
    const text = await next();
    if (text.startsWith("event: dropped\n")) {
      expect(text).toBe(`event: dropped\ndata: {"dropped":${5_000 - taken}}\n\n`);
      break;
    }
    taken++;
  }
  // A megabyte, and the few that were on their way.
  expect(taken).toBeGreaterThan(1_000);
  expect(taken).toBeLessThan(1_100);
  send("after");
  expect(await next()).toBe("data: after\n\n");
});

test("a live stream ends what it follows when its reader goes, once", async () => {
  const { reader, send, ended } = followed();
  await reader.cancel();
  expect(ended()).toBe(1);
  expect(() => send("nobody")).not.toThrow();
});
