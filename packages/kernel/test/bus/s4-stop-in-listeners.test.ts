import { Kernel, StopError } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";
import { type TestBus, testBus } from "./test-bus.ts";

/** Resolves with what `promise` is after a few turns of the event loop. */
async function stateOf(app: { readonly clock: TestBus["clock"] }, promise: Promise<unknown>): Promise<string> {
  let state = "pending";
  promise.then(
    () => {
      state = "resolved";
    },
    () => {
      state = "rejected";
    },
  );
  await app.clock.settle();
  return state;
}

describe("S4 stop() in a listener of what is being stopped resolves as soon as the stop has begun", () => {
  const listeners: Record<string, (app: TestBus) => () => unknown> = {
    "an async function": (app) => async () => {
      await app.one.stop();
    },
    "an async function that awaits something before": (app) => async () => {
      await Promise.resolve();
      await new Promise(setImmediate);
      await app.one.stop();
    },
    "a plain function that returns the promise": (app) => () => app.one.stop(),
    "a plain function that returns a promise which awaits something before": (app) => () =>
      new Promise(setImmediate).then(() => app.one.stop()),
    "a bound async function": (app) =>
      async function (this: TestBus) {
        await new Promise(setImmediate);
        await this.one.stop();
      }.bind(app),
  };

  it.each(Object.keys(listeners))("%s, by its first call", async (kind) => {
    await using app = await testBus();
    app.one.listen("go", (listeners[kind] as (app: TestBus) => () => unknown)(app));
    expect(await stateOf(app, app.bus.emitAndWait("go"))).toBe("resolved");
    await app.one.stop();
    expect(app.errors).toEqual([]);
    // Nothing waited for itself: no time has passed.
    expect(app.clock.now()).toBe(0);
  });

  it.each(Object.keys(listeners))("%s, by a later call", async (kind) => {
    await using app = await testBus();
    const stopping = (listeners[kind] as (app: TestBus) => () => unknown)(app);
    let calls = 0;
    const listener = kind.startsWith("an async")
      ? async () => (++calls > 3 ? await stopping() : undefined)
      : () => (++calls > 3 ? stopping() : Promise.resolve());
    app.one.listen("go", listener);
    for (let i = 0; i < 3; i++) await app.bus.emitAndWait("go");
    expect(await stateOf(app, app.bus.emitAndWait("go"))).toBe("resolved");
    await app.one.stop();
    expect(app.errors).toEqual([]);
    expect(app.clock.now()).toBe(0);
  });

  it("goes on after it, and is awaited by the stop like all other work", async () => {
    await using app = await testBus();
    const order: string[] = [];
    app.one.listen("go", async () => {
      await app.one.stop();
      order.push(`stop resolved: ${app.kernel.inspect().services[0]?.state}`);
      await new Promise(setImmediate);
      order.push("listener ended");
    });
    app.one.addCleanup(() => order.push("cleanup"));
    app.bus.emit("go");
    await app.one.stop();
    expect(order).toEqual(["stop resolved: stopping", "listener ended", "cleanup"]);
  });

  it("in a synchronous listener, by every call, however often it was called before", async () => {
    for (const calls of [1, 2, 5]) {
      await using app = await testBus();
      let release!: () => void;
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      app.one.addCleanup(() => gate);
      let n = 0;
      let inside: Promise<void> | undefined;
      app.one.listen("go", () => {
        if (++n === calls) inside = app.one.stop();
      });
      for (let i = 0; i < calls; i++) app.bus.emit("go");
      const outside = app.one.stop();
      expect(await stateOf(app, inside as Promise<void>)).toBe("resolved");
      expect(await stateOf(app, outside)).toBe("pending");
      release();
      await outside;
    }
  });

  it("in a synchronous listener that has emitted something else before", async () => {
    await using app = await testBus();
    let release!: () => void;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    app.one.addCleanup(() => gate);
    const inside: Promise<void>[] = [];
    app.two.listen("inner", () => void app.bus.emit("innermost"));
    app.two.listen("innermost", () => {});
    let calls = 0;
    app.one.listen("go", () => {
      app.bus.emit("inner");
      // Not in the first call, which has an async context of its own.
      if (++calls === 2) inside.push(app.one.stop());
    });
    app.two.listen("outer", () => void app.bus.emit("go"));
    app.bus.emit("outer");
    app.bus.emit("outer");
    expect(inside).toHaveLength(1);
    expect(await stateOf(app, Promise.all(inside))).toBe("resolved");
    const outside = app.one.stop();
    expect(await stateOf(app, outside)).toBe("pending");
    release();
    await outside;
  });

  it("by a chain of emitAndWait over other services", async () => {
    await using app = await testBus();
    const order: string[] = [];
    app.one.listen("a", async () => {
      await app.one.emitAndWait("b");
      order.push("a ended");
    });
    app.two.listen("b", () => app.two.emitAndWait("c"));
    app.bus.on("c", async () => {
      await new Promise(setImmediate);
      await app.one.stop();
      order.push("stop resolved");
    });
    app.one.addCleanup(() => order.push("cleanup"));
    const waited = app.bus.emitAndWait("a");
    expect(await stateOf(app, waited)).toBe("resolved");
    await app.one.stop();
    expect(order).toEqual(["stop resolved", "a ended", "cleanup"]);
    expect(app.errors).toEqual([]);
  });

  it("by a synchronous listener that is called while a task of the stopped service emits", async () => {
    await using app = await testBus();
    let release!: () => void;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let inside: Promise<void> | undefined;
    app.two.listen("go", () => {
      inside = app.one.stop();
    });
    app.one.addCleanup(() => gate);
    await app.one.spawn(async () => {
      await new Promise(setImmediate);
      app.one.emit("go");
      expect(await stateOf(app, inside as Promise<void>)).toBe("resolved");
    });
    release();
    await app.one.stop();
  });

  it("for the kernel's stop in listeners of its services and of its own", async () => {
    for (const owner of ["service", "kernel"]) {
      const app = await testBus();
      const listener = async () => {
        await new Promise(setImmediate);
        await app.kernel.stop();
      };
      if (owner === "service") app.one.listen("go", listener);
      else app.bus.on("go", listener);
      expect(await stateOf(app, app.bus.emitAndWait("go"))).toBe("resolved");
      await app.kernel.wait();
      expect(app.kernel.state).toBe("stopped");
      expect(app.clock.now()).toBe(0);
      expect(app.errors).toEqual([]);
    }
  });

  it("for restart() and start() of the kernel as well", async () => {
    for (const call of ["restart", "start"] as const) {
      await using app = await testBus();
      app.one.listen("go", async () => {
        await new Promise(setImmediate);
        await app.kernel[call]();
      });
      expect(await stateOf(app, app.bus.emitAndWait("go"))).toBe("resolved");
      await app.kernel.start();
      expect(app.kernel.state).toBe("running");
      expect(app.errors).toEqual([]);
    }
  });

  it("sends a StopError that only callers inside could see to onError", async () => {
    await using app = await testBus();
    app.one.addCleanup(() => {
      throw new Error("boom");
    });
    app.one.listen("go", () => app.one.stop());
    await app.bus.emitAndWait("go");
    await app.clock.settle();
    expect(app.errors).toHaveLength(1);
    expect(app.errors[0]?.error).toBeInstanceOf(StopError);
    expect(app.errors[0]?.origin.path).toBe("one");
  });
});

describe("S4 stop() in a listener of something else waits until all has stopped", () => {
  it("in an async listener of another service", async () => {
    await using app = await testBus();
    const order: string[] = [];
    app.one.addCleanup(async () => {
      await new Promise(setImmediate);
      order.push("cleanup of one");
    });
    app.two.listen("go", async () => {
      await app.one.stop();
      order.push("stop resolved");
    });
    await app.bus.emitAndWait("go");
    expect(order).toEqual(["cleanup of one", "stop resolved"]);
  });

  it("in a synchronous listener of another service", async () => {
    await using app = await testBus();
    let stopped: Promise<void> | undefined;
    let released = false;
    app.one.addCleanup(async () => {
      await new Promise(setImmediate);
      released = true;
    });
    app.two.listen("go", () => {
      stopped = app.one.stop();
    });
    app.bus.emit("go");
    await stopped;
    expect(released).toBe(true);
  });

  it("from outside, after a listener of the service has been called, thrown or run into a loop", async () => {
    await using app = await testBus();
    let release!: () => void;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    app.one.addCleanup(() => gate);
    app.one.listen("go", () => {});
    app.one.listen("go", () => {
      throw new Error("boom");
    });
    app.one.listen("loop", () => void app.one.emit("loop"));
    app.bus.emit("go");
    app.bus.emit("go");
    app.bus.emit("loop");
    const outside = app.one.stop();
    expect(await stateOf(app, outside)).toBe("pending");
    release();
    await outside;
  });

  it("in what a listener set off that it does not wait for, once the listener has ended", async () => {
    await using app = await testBus();
    let resolved = false;
    app.two.listen("go", () => {
      app.two.spawn(async () => {
        await new Promise(setImmediate);
        await app.one.stop();
        resolved = true;
      });
    });
    app.one.listen("chain", async () => void app.one.emit("go"));
    let released = false;
    app.one.addCleanup(async () => {
      await new Promise(setImmediate);
      expect(resolved).toBe(false);
      released = true;
    });
    await app.bus.emitAndWait("chain");
    while (!resolved) await app.clock.settle();
    expect(released).toBe(true);
  });
});

describe("S4 Several kernels", () => {
  it("takes a listener of one kernel that stops another for a caller from outside", async () => {
    const order: string[] = [];
    const worker = given({
      onStart() {
        this.addCleanup(async () => {
          await new Promise(setImmediate);
          order.push("cleanup");
        });
      },
    });
    const inner: Kernel = new Kernel({ name: "inner", providers: { worker } });
    const outer: Kernel = new Kernel({ name: "outer" });
    await Promise.all([outer.start(), inner.start()]);
    outer.bus.on("go", async () => {
      await inner.stop();
      order.push("stop resolved");
    });
    await outer.bus.emitAndWait("go");
    await outer.stop();
    expect(order).toEqual(["cleanup", "stop resolved"]);
  });
});
