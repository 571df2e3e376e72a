import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { consume, poll } from "@pawl/background";
import { Kernel, Service } from "@pawl/kernel";
import { isCollected } from "@pawl/testing";
import { Subject } from "rxjs";
import { describe, expect, it } from "vitest";

class One extends Service {}

/** Whether a service is collected after its stop, which `use` has given something to do. */
function isCollectedAfter(use: (one: One) => unknown): Promise<boolean> {
  return isCollected(async () => {
    const one = new One();
    const kernel = await new Kernel({ providers: { one } }).start();
    use(one);
    await new Promise((resolve) => setImmediate(resolve));
    await kernel.stop();
    return [one, kernel];
  });
}

describe("S6 after a stop nothing refers to the service", () => {
  it.each<[string, object]>([
    ["a stream", new PassThrough()],
    ["a web stream", new ReadableStream()],
    ["an observable", new Subject()],
    [
      "an iterable that never answers",
      new (class {
        readonly asked: Promise<unknown>[] = [];
        [Symbol.asyncIterator]() {
          return this;
        }
        next() {
          const never = new Promise(() => {});
          this.asked.push(never);
          return never;
        }
      })(),
    ],
  ])("not %s that somebody keeps", async (_what, source) => {
    expect(await isCollectedAfter((one) => consume(one, source as AsyncIterable<unknown>, () => {}))).toBe(true);
    expect(source).toBeDefined();
  });

  it("nor an emitter", async () => {
    const emitter = new EventEmitter();
    expect(await isCollectedAfter((one) => consume(one, emitter, () => {}, { event: "data" }))).toBe(true);
    expect(emitter.eventNames()).toEqual([]);
  });

  it("nor what a poll has fetched", async () => {
    const value = { eur: 1 };
    expect(await isCollectedAfter((one) => poll(one, () => value, "1h"))).toBe(true);
    expect(value).toEqual({ eur: 1 });
  });
});
