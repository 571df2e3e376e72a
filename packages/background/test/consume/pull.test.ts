import { once } from "node:events";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { PassThrough, Readable } from "node:stream";
import { consume } from "@pawl/background";
import { RetryLater, Service } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { appWithOne, outcome } from "../one-service.ts";

/** Numbers from 1 on, and how far they were read; `closed` is set when they are let go of. */
function counting(upTo: number) {
  const state = { read: 0, closed: 0 };
  async function* numbers() {
    try {
      for (let n = 1; n <= upTo; n++) {
        state.read = n;
        yield n;
      }
    } finally {
      state.closed++;
    }
  }
  return { state, source: numbers() };
}

describe("consume calls with each item of what can be iterated", () => {
  it("in order, one after the other, on the service, and gives the count in the end", async () => {
    const { app, one, now } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const calls: unknown[][] = [];
    const consumer = consume(
      one,
      counting(3).source,
      async function (n, ...rest) {
        calls.push([this, ...rest]);
        await one.sleep("1s");
        log.push(`${n} at ${now()}`);
      },
      { label: "numbers" },
    );
    expect([consumer.state, consumer.count]).toEqual(["running", 0]);
    await app.clock.advance("2s");
    expect(consumer.count).toBe(2);
    expect(app.inspect().services[0]?.activities[0]).toMatchObject({
      kind: "consumer",
      label: "numbers",
      running: 1,
      done: 2,
      concurrency: 1,
    });
    await app.clock.advance("1s");
    expect(await consumer).toBe(3);
    expect(consumer.state).toBe("succeeded");
    expect(log).toEqual(["1 at 1000", "2 at 2000", "3 at 3000"]);
    expect(calls[0]).toEqual([one, { signal: expect.any(AbortSignal), attempt: 1 }]);
    expect(app.inspect().services[0]).toMatchObject({ activities: [], inFlight: [] });
  });

  it("sync ones too, promises among them awaited", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const seen: number[] = [];
    expect(await consume(one, [1, Promise.resolve(2), 3], (n) => seen.push(n))).toBe(3);
    expect(await consume(one, new Set([4, 5]), (n) => seen.push(n))).toBe(2);
    expect(await consume(one, [], () => {})).toBe(0);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it("so many at once as its concurrency says, and reads no further", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const { state, source } = counting(10);
    let running = 0;
    let most = 0;
    const consumer = consume(
      one,
      source,
      async () => {
        most = Math.max(most, ++running);
        await one.sleep("1s");
        running--;
      },
      { concurrency: 3 },
    );
    await app.clock.settle();
    expect(state.read).toBe(3);
    await app.clock.advance("1s");
    expect(state.read).toBe(6);
    await app.clock.advance("10s");
    expect([await consumer, most]).toEqual([10, 3]);
  });

  it("and an item that waits for another try keeps its place", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const { state, source } = counting(3);
    const seen: string[] = [];
    consume(
      one,
      source,
      (n, { attempt }) => {
        seen.push(`${n}.${attempt}`);
        if (n === 1 && attempt === 1) throw new RetryLater("10s");
        if (n === 2 && attempt < 3) throw new Error("no");
      },
      { attempts: 3, backoff: "1s" },
    );
    await app.clock.advance("9s");
    expect(state.read).toBe(1);
    await app.clock.advance("10s");
    expect(seen).toEqual(["1.1", "1.2", "2.1", "2.2", "2.3", "3.1"]);
  });

  it("of a generator that is made with { signal }, on the service", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const seen: string[] = [];
    async function* beats(this: typeof one, { signal }: { signal: AbortSignal }) {
      try {
        for (let n = 1; ; n++) {
          yield n;
          await Promise.race([this.sleep("1s"), once(signal, "abort")]);
          if (signal.aborted) return;
        }
      } finally {
        seen.push("closed");
      }
    }
    consume(one, beats, (n) => seen.push(`beat ${n}`));
    await app.clock.advance("1s");
    await app.stop();
    expect(seen).toEqual(["beat 1", "beat 2", "closed"]);
    expect(app.clock.now()).toBe(1_000);
  });
});

describe("The signal of what makes a source", () => {
  const ends: Record<string, (app: { stop(): Promise<void> }, consumer: { cancel(): void }) => unknown> = {
    "a stop": (app) => app.stop(),
    "cancel()": (_app, consumer) => consumer.cancel(),
  };

  it.each(Object.keys(ends))("is aborted at once by %s: how a generator that waits learns of it", async (how) => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    async function* waiting({ signal }: { signal: AbortSignal }) {
      yield 1;
      await once(signal, "abort");
      log.push(String((signal.reason as Error).message));
    }
    const consumer = consume(one, waiting, () => {}, { label: "items" });
    consumer.catch(() => {});
    await app.clock.settle();
    await ends[how]?.(app, consumer);
    await app.clock.settle();
    expect(log).toEqual(['one: consumer "items" takes no more']);
    expect(app.clock.now()).toBe(0);
  });
});

describe("consume reads events() of its own service", () => {
  it("to their end in a stop: it works off what they hold", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const seen: unknown[] = [];
    const consumer = consume(one, one.events("item"), async (item) => {
      await one.sleep("1s");
      seen.push(item);
    });
    for (const n of [1, 2, 3]) one.emit("item", n);
    await app.clock.settle();
    const stopped = app.stop();
    await app.clock.settle();
    one.emit("item", 4);
    await app.clock.advance("10s");
    await stopped;
    expect(seen).toEqual([1, 2, 3]);
    expect([consumer.state, await consumer]).toEqual(["succeeded", 3]);
    expect(app.facts.of("event.dropped")).toEqual([]);
  });

  it("and ends at once where they hold nothing", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    consume(one, one.events("item"), () => {});
    await app.clock.settle();
    await app.stop();
    expect(app.clock.now()).toBe(0);
  });

  it("as far as there is time: what is left is told", async () => {
    const { app, one } = await appWithOne({ stopTimeout: "3s" });
    await using _ = app;
    consume(one, one.events("item"), () => one.sleep("2s"), { label: "slow" });
    for (const n of [1, 2, 3, 4]) one.emit("item", n);
    await app.clock.settle();
    const stopped = outcome(app.stop());
    await app.clock.advance("10s");
    expect(await stopped).toMatchObject({
      error: {
        errors: [{ cause: { code: "PAWL_EVENTS_DROPPED", count: 2 } }, { code: "PAWL_QUEUE_LEFT", items: 1 }],
      },
    });
  });

  it("those of another service are let go of at once: nothing else would end them", async () => {
    class Other extends Service {}
    const [one, other] = [new Other(), new Other()];
    await using app = await testApp({ providers: { one, other } });
    const seen: unknown[] = [];
    consume(other, one.events("item"), (item) => void seen.push(item));
    await app.clock.settle();
    await other.stop();
    one.emit("item", 1);
    await app.clock.settle();
    expect([seen, app.clock.now()]).toEqual([[], 0]);
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });
});

describe("consume reads streams", () => {
  it("of Node: files, lines, objects", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let bytes = 0;
    await consume(one, createReadStream(import.meta.filename), (chunk: Buffer) => {
      bytes += chunk.length;
    });
    const lines: string[] = [];
    const count = await consume(one, createInterface({ input: createReadStream(import.meta.filename) }), (line) =>
      lines.push(line),
    );
    expect(count).toBe(lines.length);
    expect(bytes).toBe(Buffer.byteLength(`${lines.join("\n")}\n`));
    const objects = Readable.from([{ id: 1 }, { id: 2 }]);
    expect(await consume(one, objects, ({ id }: { id: number }) => void id)).toBe(2);
  });

  it("of the web, and unlocks them in the end", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const stream = new ReadableStream<number>({
      start(controller) {
        for (const n of [1, 2, 3]) controller.enqueue(n);
        controller.close();
      },
    });
    const seen: number[] = [];
    const consumer = consume(one, stream, (n) => seen.push(n));
    expect(stream.locked).toBe(true);
    expect(await consumer).toBe(3);
    expect([seen, stream.locked]).toEqual([[1, 2, 3], false]);
    const body = new Response("some text").body as ReadableStream<Uint8Array>;
    expect(await consume(one, body, (chunk) => void chunk.byteLength)).toBe(1);
  });

  it("and throws at once where one is read already", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const stream = new ReadableStream();
    stream.getReader();
    expect(() => consume(one, stream, () => {})).toThrow(TypeError);
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });
});

describe("consume goes on after a failing item", () => {
  it("which goes to onError", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const seen: number[] = [];
    const consumer = consume(
      one,
      [1, 2, 3],
      async (n) => {
        if (n === 2) throw new Error("two");
        seen.push(n);
      },
      { label: "numbers" },
    );
    expect(await consumer).toBe(3);
    await app.clock.settle();
    expect(seen).toEqual([1, 3]);
    expect(app.errors).toMatchObject([{ error: { message: "two" }, origin: { label: 'consumer "numbers"' } }]);
  });

  it("unless that is a crash: then the source is closed", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = outcome(app.wait());
    const { state, source } = counting(10);
    const consumer = consume(one, source, () => Promise.reject(new Error("no")), { onError: "crash" });
    expect(await ended).toMatchObject({ error: { message: "one crashed: no" } });
    expect(state.closed).toBe(1);
    expect(consumer.state).toBe("cancelled");
    expect(state.read).toBe(1);
  });
});

describe("a source that fails", () => {
  async function* broken() {
    yield 1;
    yield 2;
    throw new Error("broken");
  }

  it("rejects for who holds the consumer, after what came before was worked off", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const seen: number[] = [];
    const consumer = consume(
      one,
      broken(),
      async (n) => {
        await one.sleep("1s");
        seen.push(n);
      },
      { concurrency: 5 },
    );
    const held = outcome(consumer);
    await app.clock.advance("1s");
    expect(await held).toMatchObject({ error: { message: "broken" } });
    expect([seen, consumer.state, consumer.count]).toEqual([[1, 2], "failed", 2]);
    expect(await consumer.catch(() => "caught")).toBe("caught");
    expect(app.errors).toEqual([]);
  });

  it("is a crash of the service where nobody does", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = outcome(app.wait());
    consume(one, broken(), () => {});
    expect(await ended).toMatchObject({ error: { code: "PAWL_CRASHED", path: "one", message: "one crashed: broken" } });
  });

  it.each<[string, () => Parameters<typeof consume>[1]]>([
    ["a Node stream", () => Readable.from(broken())],
    [
      "a web stream",
      () => new ReadableStream({ start: (controller) => controller.error(new Error("broken")) }) as never,
    ],
    ["a rejected promise among items", () => [1, Promise.reject(new Error("broken"))] as never],
  ])("as %s does", async (_what, source) => {
    const { app, one } = await appWithOne();
    await using _ = app;
    await expect(consume(one, source() as AsyncIterable<number>, () => {})).rejects.toThrow("broken");
  });

  it("closes a sync iterable that had a rejected promise", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let closed = false;
    function* source() {
      try {
        yield Promise.reject(new Error("broken"));
      } finally {
        closed = true;
      }
    }
    await expect(consume(one, source(), () => {})).rejects.toThrow("broken");
    expect(closed).toBe(true);
  });
});

describe("a consumer that is cancelled", () => {
  it("closes its source, aborts what is in flight, and rejects for who holds it", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const { state, source } = counting(10);
    const signals: AbortSignal[] = [];
    const consumer = consume(one, source, async (_n, { signal }) => {
      signals.push(signal);
      await once(signal, "abort");
      throw signal.reason;
    });
    await app.clock.settle();
    consumer.cancel();
    consumer[Symbol.dispose]();
    await expect(consumer.finally(() => {})).rejects.toMatchObject({
      name: "AbortError",
      message: 'one: consumer "anonymous" was cancelled',
    });
    expect([state.read, state.closed, signals[0]?.aborted, consumer.state]).toEqual([1, 1, true, "cancelled"]);
    expect(app.errors).toEqual([]);
  });

  it("with its signal", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const controller = new AbortController();
    const stream = new PassThrough();
    const consumer = consume(one, stream, () => {}, { signal: controller.signal });
    controller.abort();
    await app.clock.settle();
    expect([consumer.state, stream.destroyed]).toEqual(["cancelled", true]);
  });
});

describe("S1 a stop closes the source and works off what was taken", () => {
  it("with no signal aborted, and takes no more", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const { state, source } = counting(10);
    const log: string[] = [];
    const consumer = consume(
      one,
      source,
      async (n, { signal }) => {
        await one.sleep("2s");
        log.push(`${n} ${signal.aborted ? "aborted" : "alive"}`);
      },
      { concurrency: 2 },
    );
    await app.clock.advance("1s");
    const stopped = app.stop();
    await app.clock.settle();
    expect(state.closed).toBe(1);
    await app.clock.advance("1s");
    await stopped;
    expect(log).toEqual(["1 alive", "2 alive"]);
    expect(state.read).toBe(2);
    await expect(consumer).rejects.toMatchObject({ name: "AbortError" });
  });

  it.each<[string, () => { source: AsyncIterable<unknown>; isClosed: () => boolean }]>([
    [
      "a Node stream that gives nothing",
      () => {
        const source = new PassThrough();
        return { source, isClosed: () => source.destroyed };
      },
    ],
    [
      "a web stream that gives nothing",
      () => {
        let cancelled = false;
        const source = new ReadableStream({
          cancel: () => {
            cancelled = true;
          },
        });
        return { source, isClosed: () => cancelled && !source.locked };
      },
    ],
  ])("%s is closed at once", async (_what, make) => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const { source, isClosed } = make();
    consume(one, source, () => {});
    await app.clock.settle();
    await app.stop();
    expect([app.clock.now(), isClosed()]).toEqual([0, true]);
  });

  it("a source that cannot be closed is left behind and named", async () => {
    const { app, one } = await appWithOne({ stopTimeout: "3s" });
    await using _ = app;
    async function* stuck() {
      await new Promise(() => {});
      yield 1;
    }
    consume(one, stuck(), () => {}, { label: "stuck" });
    await app.clock.settle();
    const stopped = outcome(app.stop());
    await app.clock.advance("10s");
    expect(await stopped).toMatchObject({
      error: {
        errors: [{ message: 'one: source of consumer "stuck" was still running after 3s; it was left behind' }],
      },
    });
  });

  it("a failure of closing is in the StopError", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const source: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: () => Promise.reject(new Error("cannot close")),
      }),
    };
    consume(one, source, () => {}, { label: "odd" });
    await app.clock.settle();
    expect(await outcome(app.stop())).toMatchObject({
      error: { errors: [{ step: 'source of consumer "odd"', cause: { message: "cannot close" } }] },
    });
  });

  it("an item may ask for that stop itself", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const { state, source } = counting(10);
    const log: number[] = [];
    consume(one, source, async (n) => {
      await app.stop();
      log.push(n);
    });
    await app.wait();
    expect([log, state, app.clock.now()]).toEqual([[1], { read: 1, closed: 1 }, 0]);
  });

  it("what is not done in time is told", async () => {
    const { app, one } = await appWithOne({ stopTimeout: "3s" });
    await using _ = app;
    const consumer = consume(
      one,
      counting(10).source,
      async (_n, { signal }) => {
        await once(signal, "abort");
        throw signal.reason;
      },
      { concurrency: 2, label: "slow" },
    );
    await app.clock.settle();
    const stopped = outcome(app.stop());
    await app.clock.advance("3s");
    expect(await stopped).toMatchObject({
      error: {
        errors: [{ code: "PAWL_QUEUE_LEFT", items: 2, message: expect.stringMatching(/^one: consumer "slow" ended/) }],
      },
    });
    expect(consumer.state).toBe("cancelled");
  });
});
