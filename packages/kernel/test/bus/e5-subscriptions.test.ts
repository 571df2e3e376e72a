import { describe, expect, it } from "vitest";
import { ListenerList } from "../../src/bus/listener-list.ts";
import type { ListenerRecord } from "../../src/bus/listener-record.ts";
import { testBus, ways } from "./test-bus.ts";

describe.each(ways)("E5 Every listen is a subscription of its own (%s)", (way) => {
  it("takes the same function subscribed by two services for two subscriptions", async () => {
    await using app = await testBus(way);
    const selves: unknown[] = [];
    function onPaid(this: unknown) {
      selves.push(this);
    }
    const first = app.one.listen("paid", onPaid);
    app.two.listen("paid", onPaid);
    app.bus.emit("paid");
    expect(selves).toEqual([app.one, app.two]);
    first.cancel();
    app.bus.emit("paid");
    expect(selves).toEqual([app.one, app.two, app.two]);
  });

  it("takes the same function subscribed twice by one service for two as well", async () => {
    await using app = await testBus(way);
    const onPaid = () => {};
    const first = app.one.listen("paid", onPaid);
    app.one.listen("paid", onPaid);
    expect(app.bus.emit("paid")).toBe(2);
    first.cancel();
    expect(app.bus.emit("paid")).toBe(1);
  });

  it("ends a subscription by calling it, by cancel(), by `using`, once and for all, however often", async () => {
    await using app = await testBus(way);
    const called = app.one.listen("paid", () => {});
    const cancelled = app.one.listen("paid", () => {});
    {
      using scoped = app.one.listen("paid", () => {});
      expect(scoped.event).toBe("paid");
      expect(app.bus.emit("paid")).toBe(3);
    }
    expect(app.bus.emit("paid")).toBe(2);
    called();
    called();
    called.cancel();
    expect(app.bus.emit("paid")).toBe(1);
    cancelled.cancel();
    cancelled();
    expect(app.bus.emit("paid")).toBe(0);
  });

  it("ends a subscription when its signal is aborted, before it or later", async () => {
    await using app = await testBus(way);
    const controller = new AbortController();
    app.one.listen("paid", () => {}, { signal: controller.signal });
    app.bus.on("*", () => {}, { signal: controller.signal });
    app.one.listen("paid", () => {}, { signal: AbortSignal.abort() });
    expect(app.bus.emit("paid")).toBe(2);
    controller.abort();
    expect(app.bus.emit("paid")).toBe(0);
  });

  it("consumes once with its call, also where that throws, rejects or emits the same event again", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    app.one.listen(
      "paid",
      () => {
        heard.push("emits");
        expect(app.bus.emit("paid")).toBe(2);
      },
      { once: true },
    );
    app.one.listen(
      "paid",
      () => {
        heard.push("throws");
        throw new Error("boom");
      },
      { once: true },
    );
    app.two.listen(
      "*",
      async () => {
        heard.push("rejects");
        throw new Error("boom later");
      },
      { once: true },
    );
    expect(app.bus.emit("paid")).toBe(1);
    await app.clock.settle();
    expect(heard).toEqual(["emits", "throws", "rejects"]);
    expect(app.errors).toHaveLength(2);
    expect(app.bus.emit("paid")).toBe(0);
  });

  it("consumes once by one event of a pattern, whichever comes first", async () => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    app.one.listen("order:*", (_, event) => heard.push(event), { once: true });
    app.bus.emit("order:paid");
    app.bus.emit("order:sent");
    expect(heard).toEqual(["order:paid"]);
  });

  it("does not consume once where it was cancelled or its name never came", async () => {
    await using app = await testBus(way);
    const off = app.one.listen("paid", () => {}, { once: true });
    off();
    expect(app.bus.emit("paid")).toBe(0);
  });
});

describe("T5 Ended listeners leave the tree at once", () => {
  it("shows a listener while it lasts, and nothing of it afterwards", async () => {
    await using app = await testBus();
    const off = app.one.listen("order:*", () => {});
    app.one.listen("paid", () => {}, { once: true });
    app.bus.emit("order:paid");
    const before = app.kernel.inspect();
    expect(before.services[0]?.activities).toEqual([
      { kind: "listener", label: "order:*", runs: 1, errors: 0 },
      { kind: "listener", label: "paid", runs: 0, errors: 0 },
    ]);
    expect(before.events).toEqual(["paid"]);
    off();
    app.bus.emit("paid");
    const after = app.kernel.inspect();
    expect(after.services[0]?.activities).toEqual([]);
    expect(after.events).toEqual([]);
  });

  it("unsubscribes n listeners of one event with a number of steps linear in n, whatever the order", () => {
    const orders = {
      "oldest first": (n: number) => Array.from({ length: n }, (_, i) => i),
      "newest first": (n: number) => Array.from({ length: n }, (_, i) => n - 1 - i),
      mixed: (n: number) => Array.from({ length: n }, (_, i) => (i * 7_919) % n),
    };
    for (const order of Object.values(orders)) {
      const n = 10_000;
      const list = new ListenerList();
      let steps = 0;
      const live = new Array<boolean>(n).fill(true);
      for (let i = 0; i < n; i++) {
        const record = {
          get live() {
            steps++;
            return live[i];
          },
        };
        list.add(record as unknown as ListenerRecord);
      }
      for (const i of order(n)) {
        live[i] = false;
        list.removed();
      }
      expect(list.records).toHaveLength(0);
      expect(steps).toBeLessThanOrEqual(4 * n);
    }
  });

  it("unsubscribes 10 000 listeners of one event while it is delivered, in the same number of steps", () => {
    const n = 10_000;
    const list = new ListenerList();
    let steps = 0;
    const live = new Array<boolean>(n).fill(true);
    for (let i = 0; i < n; i++) {
      const record = {
        get live() {
          steps++;
          return live[i];
        },
      };
      list.add(record as unknown as ListenerRecord);
    }
    const delivering = true;
    for (let i = 0; i < n; i++) {
      live[i] = false;
      list.removed(delivering);
    }
    // The delivery keeps its place.
    expect(list.records).toHaveLength(n);
    list.compact();
    expect(list.records).toHaveLength(0);
    expect(steps).toBeLessThanOrEqual(2 * n);
  });

  it("keeps neither a listener that was removed, during an emit or not, nor the payload of an emit that has ended", async () => {
    await using app = await testBus();
    const refs: WeakRef<object>[] = [];
    const keep = <T extends object>(value: T): T => {
      refs.push(new WeakRef(value));
      return value;
    };
    app.two.listen("paid", () => {});
    for (const when of ["before", "after", "during"]) {
      const offs = Array.from({ length: 10 }, (_, i) =>
        app.one.listen(
          "paid",
          keep(() => i),
        ),
      );
      const cancel = () => {
        for (const off of offs.splice(0)) off();
      };
      if (when === "before") cancel();
      app.two.listen("paid", () => (when === "during" ? cancel() : undefined), { once: true });
      app.bus.emit("paid", keep({ when }));
      cancel();
    }
    app.one.listen(
      "alone",
      keep(() => {}),
      { once: true },
    );
    app.bus.emit("alone");
    // A turn of its own: what is on the stack of this one is still held.
    await new Promise(setImmediate);
    globalThis.gc?.();
    expect(refs.filter((ref) => ref.deref() !== undefined)).toEqual([]);
  });

  it("stops a service with 10 000 listeners of one event and leaves those of others alone", async () => {
    await using app = await testBus();
    const heard: number[] = [];
    for (let i = 0; i < 10_000; i++) {
      (i % 1_000 === 0 ? app.two : app.one).listen(i % 2 ? "paid" : "*", () => heard.push(i));
    }
    app.two.listen("paid", () => heard.push(-1));
    await app.one.stop();
    expect(app.bus.emit("paid")).toBe(11);
    expect(heard).toEqual([0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, -1]);
  });
});
