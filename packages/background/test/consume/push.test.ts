import { EventEmitter, on } from "node:events";
import { consume } from "@pawl/background";
import { from, interval, Observable, Subject } from "rxjs";
import { describe, expect, it } from "vitest";
import { appWithOne, outcome } from "../one-service.ts";

describe("consume listens to an EventTarget", () => {
  it("and to nothing any more when it is cancelled", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const target = new EventTarget();
    const seen: string[] = [];
    const consumer = consume(one, target, (event: CustomEvent<string>) => seen.push(event.detail), { event: "word" });
    for (const detail of ["a", "b"]) target.dispatchEvent(new CustomEvent("word", { detail }));
    target.dispatchEvent(new CustomEvent("other", { detail: "no" }));
    await app.clock.settle();
    expect([seen, consumer.count]).toEqual([["a", "b"], 2]);
    consumer.cancel();
    target.dispatchEvent(new CustomEvent("word", { detail: "late" }));
    await app.clock.settle();
    expect(seen).toEqual(["a", "b"]);
  });
});

describe("consume listens to an EventEmitter", () => {
  it("to the first argument of its event, until its service stops", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const emitter = new EventEmitter();
    const seen: unknown[] = [];
    consume(one, emitter, (item) => seen.push(item), { event: "data" });
    emitter.emit("data", 1, "more");
    emitter.emit("data");
    await app.clock.settle();
    await app.stop();
    emitter.emit("data", 2);
    expect(seen).toEqual([1, undefined]);
    expect(emitter.eventNames()).toEqual([]);
  });

  it('and takes its "error" event for a failure of the source', async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const emitter = new EventEmitter();
    const consumer = consume(one, emitter, () => {}, { event: "data" });
    const held = outcome(consumer);
    emitter.emit("error", new Error("broken"));
    expect(await held).toMatchObject({ error: { message: "broken" } });
    expect(emitter.eventNames()).toEqual([]);
  });

  it('unless "error" is what it listens to', async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const emitter = new EventEmitter();
    const seen: Error[] = [];
    const consumer = consume(one, emitter, (error: Error) => seen.push(error), { event: "error" });
    emitter.emit("error", new Error("seen"));
    await app.clock.settle();
    expect([seen[0]?.message, consumer.state]).toEqual(["seen", "running"]);
  });

  it("all arguments come by way of events.on, which is an async iterable", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const emitter = new EventEmitter();
    const seen: unknown[] = [];
    consume(one, on(emitter, "data") as AsyncIterable<unknown[]>, (args) => seen.push(args));
    emitter.emit("data", 1, 2);
    await app.clock.settle();
    expect(seen).toEqual([[1, 2]]);
    await app.stop();
    expect(emitter.eventNames()).toEqual([]);
    expect(app.clock.now()).toBe(0);
  });
});

describe("consume subscribes to observables", () => {
  it("of RxJS: values that come at once or later, and the end", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const seen: number[] = [];
    expect(await consume(one, from([1, 2, 3]), (n) => seen.push(n))).toBe(3);
    const subject = new Subject<number>();
    const consumer = consume(one, subject, (n) => seen.push(n));
    subject.next(4);
    await app.clock.settle();
    subject.next(5);
    subject.complete();
    expect(await consumer).toBe(2);
    expect([seen, subject.observed]).toEqual([[1, 2, 3, 4, 5], false]);
  });

  it("of RxJS: a failure is the holder's, else a crash", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const subject = new Subject<number>();
    const held = outcome(consume(one, subject, () => {}));
    subject.error(new Error("broken"));
    expect(await held).toMatchObject({ error: { message: "broken" } });
    const ended = outcome(app.wait());
    consume(one, new Observable<number>((subscriber) => subscriber.error(new Error("again"))), () => {});
    expect(await ended).toMatchObject({ error: { message: "one crashed: again" } });
  });

  it("of RxJS: a stop unsubscribes and works off what is buffered", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const subject = new Subject<number>();
    const seen: number[] = [];
    consume(one, subject, async (n) => {
      await one.sleep("1s");
      seen.push(n);
    });
    for (const n of [1, 2, 3]) subject.next(n);
    const stopped = app.stop();
    await app.clock.settle();
    expect(subject.observed).toBe(false);
    subject.next(4);
    await app.clock.advance("3s");
    await stopped;
    expect(seen).toEqual([1, 2, 3]);
  });

  it("of RxJS: timers end with the service", async () => {
    const { app, one } = await appWithOne();
    consume(one, interval(1), () => {});
    await app.stop();
    // Its leak check looks for real timers.
    await app[Symbol.asyncDispose]();
  });

  it("of TC39's shape, found by Symbol.observable, and of WICG's, which takes a signal", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    type Observer = { next(n: number): void; error(error: unknown): void; complete(): void };
    const observers: Observer[] = [];
    const log: string[] = [];
    const tc39 = {
      [(Symbol as { observable?: symbol }).observable ?? ("@@observable" as never as symbol)]() {
        return this;
      },
      subscribe(observer: Observer) {
        observers.push(observer);
        return { unsubscribe: () => log.push("unsubscribed") };
      },
    };
    const wicg = {
      subscribe(observer: Observer, options?: { signal?: AbortSignal }) {
        observers.push(observer);
        options?.signal?.addEventListener("abort", () => log.push("aborted"));
      },
    };
    const plain = {
      subscribe(observer: Observer) {
        observers.push(observer);
        return () => log.push("called");
      },
    };
    const seen: number[] = [];
    for (const source of [tc39, wicg, plain]) consume(one, source, (n: number) => seen.push(n));
    for (const [i, observer] of observers.entries()) observer.next(i);
    await app.clock.settle();
    await app.stop();
    for (const observer of observers) {
      observer.next(9);
      observer.error(new Error("late"));
      observer.complete();
    }
    expect([seen, log.sort()]).toEqual([
      [0, 1, 2],
      ["aborted", "called", "unsubscribed"],
    ]);
  });

  it("and takes what subscribe throws for a failure of the source", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const source = {
      subscribe(): void {
        throw new Error("closed today");
      },
    };
    await expect(consume(one, source, () => {})).rejects.toThrow("closed today");
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });
});

describe("a source that gives items as they come is buffered", () => {
  it("up to 1 000, then each further item is told as a failed one", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const subject = new Subject<number>();
    consume(one, subject, () => one.sleep("1s"), { label: "fast" });
    for (let n = 0; n < 1_003; n++) subject.next(n);
    expect(app.inspect().services[0]?.activities[0]).toMatchObject({ running: 1, size: 1_000, dropped: 2 });
    expect(app.errors).toMatchObject([
      {
        error: {
          code: "PAWL_QUEUE_FULL",
          message:
            'one: consumer "fast" is full: 1000 items wait. Push less, raise its buffer or concurrency, or choose what gives way with overflow',
        },
        origin: { path: "one", label: 'consumer "fast"' },
      },
      { error: { code: "PAWL_QUEUE_FULL" } },
    ]);
    one.fail(new Error("enough"));
    await app.wait().catch(() => {});
    expect(app.errors.at(-1)?.error ?? {}).toBeDefined();
  });

  it("or as { buffer, overflow } say", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const emitter = new EventEmitter();
    const [oldest, newest]: number[][] = [[], []];
    const into = (seen: number[] | undefined) => async (n: number) => {
      await one.sleep("1s");
      seen?.push(n);
    };
    consume(one, emitter, into(oldest), { event: "n", buffer: 2, overflow: "drop-oldest" });
    consume(one, emitter, into(newest), { event: "n", buffer: 2, overflow: "drop-newest" });
    for (let n = 1; n <= 6; n++) emitter.emit("n", n);
    await app.clock.advance("10s");
    expect([oldest, newest]).toEqual([
      [1, 5, 6],
      [1, 2, 3],
    ]);
    expect(app.facts.of("queue.dropped")).toHaveLength(6);
  });
});

describe("consume refuses", () => {
  it.each<[unknown, object, string]>([
    [{}, {}, "consume(): this Object is no source; give an iterable, a stream, an observable"],
    [undefined, {}, "consume(): undefined is no source"],
    ["orders.csv", {}, "consume(): a string is no source; to read a file give createReadStream(path)"],
    [new EventEmitter(), {}, "consume(): this EventEmitter is no source"],
    [() => 1, {}, "consume(): 1 is no source"],
    [[1], { event: "data" }, "consume(…, { event }): this Array is neither an EventTarget nor an EventEmitter"],
    [new EventEmitter(), { event: "" }, 'consume(…, { event }): it must be a name, not ""'],
    [[1], { overflow: "wait" }, "consume(…, { overflow }): a source that gives items as they come cannot wait"],
    [[1], { concurrency: 0 }, "consume(…, { concurrency }): it must be a whole number, 1 or more, not 0"],
    [[1], { buffer: 0 }, "consume(…, { buffer }): it must be a whole number, 1 or more, not 0"],
  ])("%o with %j", async (source, options, message) => {
    const { app, one } = await appWithOne();
    await using _ = app;
    expect(() => consume(one, source as never, () => {}, options as never)).toThrow(message);
    expect(() => consume(one, [1], undefined as never)).toThrow("consume(): the third argument must be a function");
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });

  it("a service that takes no work", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    await one.stop();
    expect(() => consume(one, [1], () => {})).toThrow(/^one: consume\(\) was called while it is stopped/);
  });
});
