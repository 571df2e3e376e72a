import { EventEmitter } from "node:events";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import {
  type Consumer,
  consume,
  type ItemContext,
  type Poll,
  poll,
  type Queue,
  type QueueItem,
  queue,
} from "@pawl/background";
import { type Awaitable, type Fact, Service, type TickContext } from "@pawl/kernel";
import { from, type Observable, Subject } from "rxjs";
import { describe, expectTypeOf, test } from "vitest";

interface Order {
  readonly id: string;
}

class Other extends Service {
  x = 1;
}

class Shop extends Service {
  orders!: Queue<Order, number>;
  #sold = 0;

  override onStart() {
    this.orders = queue(this, this.ship, { concurrency: 2, unique: ({ id }) => id });
    queue(this, this.#shipSecretly);
    queue(this, function (n: number, { signal, attempt }) {
      expectTypeOf(this.#sold).toEqualTypeOf<number>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      expectTypeOf(attempt).toEqualTypeOf<number>();
      return n;
    });
    // @ts-expect-error another class is not this one
    queue(this, this.ofOther);
    // @ts-expect-error what the method returns is no function
    queue(this, this.ship({ id: "a" }));
    // @ts-expect-error the key is of an order
    queue(this, this.ship, { unique: ({ nr }) => nr });
    // @ts-expect-error no such policy
    queue(this, this.ship, { overflow: "block" });
    // @ts-expect-error an unknown unit
    queue(this, this.ship, { timeout: "5 sec" });

    poll(this, this.fetchRates, "30s", function (rates, before, { signal }) {
      expectTypeOf(this.#sold).toEqualTypeOf<number>();
      expectTypeOf(rates).toEqualTypeOf<{ eur: number }>();
      expectTypeOf(before).toEqualTypeOf<{ eur: number } | undefined>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    });
    poll(this, this.fetchRates, "30s", this.onRates, { equals: (a, b) => a.eur === b.eur, jitter: "1s" });
    // @ts-expect-error rates have no usd
    poll(this, this.fetchRates, "30s", ({ usd }) => usd);
    // @ts-expect-error a poll fetches at once anyway
    poll(this, this.fetchRates, "30s", this.onRates, { immediate: true });

    consume(this, [{ id: "a" }], this.ship, { concurrency: 2 });
    // @ts-expect-error numbers are no orders
    consume(this, [1], this.ship);
    // @ts-expect-error a function gets the service too
    consume(this, this.ofOther, () => {});
    consume(this, this.numbers, function (n) {
      expectTypeOf(n).toEqualTypeOf<number>();
      expectTypeOf(this.#sold).toEqualTypeOf<number>();
    });
  }

  async ship(order: Order, { signal }: ItemContext) {
    return signal.aborted ? 0 : order.id.length;
  }

  async *numbers({ signal }: { signal: AbortSignal }) {
    while (!signal.aborted) yield 1;
  }

  async fetchRates(_context: TickContext) {
    return { eur: 1 };
  }

  onRates(_rates: { eur: number }) {}

  ofOther(this: Other, _order: Order) {
    return this.x;
  }

  #shipSecretly(_order: Order) {}
}

const shop = new Shop();

describe("queue", () => {
  test("is typed by its function", () => {
    expectTypeOf(queue(shop, shop.ship)).toEqualTypeOf<Queue<Order, number>>();
    expectTypeOf(queue(shop, (_n: number) => {})).toEqualTypeOf<Queue<number, void>>();
    expectTypeOf(shop.orders.push({ id: "a" })).toEqualTypeOf<QueueItem<number>>();
    expectTypeOf<Awaited<QueueItem<number>>>().toEqualTypeOf<number>();
    expectTypeOf(shop.orders.map([{ id: "a" }]).toArray()).toEqualTypeOf<Promise<number[]>>();
    // @ts-expect-error no order
    shop.orders.push("a");
    // @ts-expect-error no orders
    shop.orders.map(["a"]);
    // @ts-expect-error priorities are numbers
    shop.orders.push({ id: "a" }, { priority: "high" });
  });

  test("holds for generic services", () => {
    function run<T extends Shop>(service: T) {
      return queue(service, service.ship);
    }
    expectTypeOf(run).returns.toEqualTypeOf<Queue<Order, number>>();
  });
});

test("poll is typed by its fetch", () => {
  const rates = poll(shop, shop.fetchRates, "30s", shop.onRates);
  expectTypeOf(rates).toEqualTypeOf<Poll<{ eur: number }>>();
  expectTypeOf(rates.current).toEqualTypeOf<{ eur: number } | undefined>();
  expectTypeOf(rates.value()).toEqualTypeOf<Promise<{ eur: number }>>();
  expectTypeOf(rates.trigger()).toEqualTypeOf<Awaitable<{ eur: number }>>();
});

describe("consume is typed by its source", () => {
  test("iterables and streams", () => {
    expectTypeOf(consume(shop, [1], (n) => expectTypeOf(n).toEqualTypeOf<number>())).toEqualTypeOf<Consumer>();
    consume(shop, [Promise.resolve("a")], (text) => expectTypeOf(text).toEqualTypeOf<string>());
    consume(shop, createInterface({ input: process.stdin }), (line) => expectTypeOf(line).toEqualTypeOf<string>());
    consume(shop, Readable.from([]), (chunk: Buffer) => chunk.length);
    consume(shop, new ReadableStream<Uint8Array>(), (chunk) => expectTypeOf(chunk).toEqualTypeOf<Uint8Array>());
    // @ts-expect-error no source
    consume(shop, 1, () => {});
  });

  test("observables", () => {
    consume(shop, from([1]), (n) => expectTypeOf(n).toEqualTypeOf<number>());
    consume(shop, new Subject<Order>() as Observable<Order>, (order) => expectTypeOf(order).toEqualTypeOf<Order>());
    const plain = { subscribe: (observer: { next(n: number): void }) => observer.next(1) };
    consume(shop, plain, (n) => expectTypeOf(n).toEqualTypeOf<number>());
  });

  test("events", () => {
    consume(shop, new EventTarget(), (event) => expectTypeOf(event).toEqualTypeOf<Event>(), { event: "open" });
    consume(shop, new EventTarget(), (event: CustomEvent<string>) => event.detail, { event: "word" });
    consume(shop, new EventEmitter(), (order: Order) => order.id, { event: "order" });
    consume(shop, new EventEmitter<{ order: [Order] }>(), (order: Order) => order.id, { event: "order" });
    // @ts-expect-error which event?
    consume(shop, new EventEmitter(), () => {});
    // @ts-expect-error what is pushed cannot wait
    consume(shop, new EventTarget(), () => {}, { event: "open", overflow: "wait" });
  });
});

test("facts of queues are known", () => {
  type Ended = Extract<Fact, { kind: "queue.item.ended" }>;
  expectTypeOf<Ended["attempt"]>().toEqualTypeOf<number>();
});
