import { AbandonedError, AbortError, EmitError, StepError, StopError } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { testBus, ways } from "./test-bus.ts";

/** Whether a promise has settled by now. */
function settledFlag(promise: Promise<unknown>): { settled: boolean } {
  const flag = { settled: false };
  const settle = () => {
    flag.settled = true;
  };
  promise.then(settle, settle);
  return flag;
}

describe.each(ways)("E6 Promises of async listeners are tracked under their owner (%s)", (way) => {
  it("does not wait for them in emit", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    app.one.listen("paid", async () => {
      heard.push("begun");
      await app.one.sleep("1s");
      heard.push("ended");
    });
    expect(app.bus.emit("paid")).toBe(1);
    expect(heard).toEqual(["begun"]);
    await app.clock.advance("1s");
    expect(heard).toEqual(["begun", "ended"]);
  });

  it("lists what is in flight in inspect(), under the service that listens", async () => {
    await using app = await testBus(way);
    app.one.listen("paid", () => app.one.sleep("1s"));
    app.bus.on("paid", () => app.two.sleep("1s"));
    app.bus.emit("paid");
    await app.clock.advance("250ms");
    const snapshot = app.kernel.inspect();
    expect(snapshot.services[0]?.inFlight).toEqual([{ what: 'listener of "paid"', ms: 250 }]);
    expect(snapshot.inFlight).toEqual([{ what: 'listener of "paid"', ms: 250 }]);
    await app.clock.advance("1s");
    expect(app.kernel.inspect().services[0]?.inFlight).toEqual([]);
  });

  it("awaits them in the stop of their owner, and calls them no more meanwhile", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    let release!: () => void;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    app.one.listen("paid", async () => {
      heard.push("begun");
      await gate;
      heard.push("ended");
    });
    app.one.addCleanup(() => heard.push("cleanup"));
    app.bus.emit("paid");
    const stop = app.one.stop();
    const flag = settledFlag(stop);
    await app.clock.settle();
    expect(flag.settled).toBe(false);
    expect(app.bus.emit("paid")).toBe(0);
    release();
    await stop;
    expect(heard).toEqual(["begun", "ended", "cleanup"]);
  });

  it("awaits the kernel's own async listeners in the kernel's stop", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    app.bus.on("paid", async () => {
      await new Promise(setImmediate);
      heard.push("ended");
    });
    app.bus.emit("paid");
    await app.kernel.stop();
    expect(heard).toEqual(["ended"]);
  });

  it("awaits a call whose subscription was cancelled meanwhile: the work goes on, there are only no new calls", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    let release!: () => void;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const off = app.one.listen("paid", async () => {
      await gate;
      heard.push("ended");
    });
    app.bus.emit("paid");
    off();
    const stop = app.one.stop();
    release();
    await stop;
    expect(heard).toEqual(["ended"]);
  });

  it("names one that does not settle in the stop, and leaves it behind", async () => {
    await using app = await testBus(way);
    app.one.listen("order:*", () => new Promise(() => {}));
    app.bus.emit("order:paid");
    const stop = app.one.stop().catch((error: unknown) => error);
    await app.clock.advance("10s");
    const error = (await stop) as StopError;
    expect(error).toBeInstanceOf(StopError);
    expect(error.errors).toEqual([expect.any(AbandonedError)]);
    expect((error.errors[0] as Error).message).toBe(
      'one: listener of "order:*" was still running after 10s; it was left behind',
    );
    expect(app.errors).toEqual([]);
  });

  it("takes an AbortError after the stop has begun for no failure, and any other error for one of the stop", async () => {
    await using app = await testBus(way);
    app.one.listen("paid", () => app.one.sleep("1h"));
    app.one.listen("paid", async () => {
      await app.one.sleep("1h").catch(() => {});
      throw new Error("boom");
    });
    app.one.listen("paid", async () => {
      await app.one.sleep("1h").catch(() => {});
      throw new DOMException("the library says so too", "AbortError");
    });
    app.bus.emit("paid");
    const error = (await app.one.stop().catch((thrown: unknown) => thrown)) as StopError;
    expect(error).toBeInstanceOf(StopError);
    expect(error.errors).toHaveLength(1);
    const [step] = error.errors as [StepError];
    expect(step).toBeInstanceOf(StepError);
    expect(step).toMatchObject({ path: "one", step: 'listener of "paid"', code: "PAWL_STEP_FAILED" });
    expect(step.cause).toEqual(new Error("boom"));
    expect(app.errors).toEqual([]);
  });

  it("tells of the late failure of one that was left behind", async () => {
    await using app = await testBus(way);
    let fail!: (error: Error) => void;
    app.one.listen("paid", () => new Promise((_, reject) => (fail = reject)));
    app.bus.emit("paid");
    const stop = app.one.stop().catch(() => {});
    await app.clock.advance("10s");
    await stop;
    fail(new Error("late"));
    await app.clock.settle();
    expect(app.errors).toHaveLength(1);
    expect(app.errors[0]).toMatchObject({ error: new Error("late"), origin: { path: "one" } });
  });
});

describe.each(ways)("E6 emitAndWait waits for all and gives all failures to its caller alone (%s)", (way) => {
  it("resolves with undefined at once where there is nothing to wait for", async () => {
    await using app = await testBus(way);
    await expect(app.bus.emitAndWait("nobody")).resolves.toBeUndefined();
    app.one.listen("paid", () => 3);
    await expect(app.one.emitAndWait("paid", 1)).resolves.toBeUndefined();
  });

  it("has called every listener synchronously, and resolves when the slowest has settled", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    app.one.listen("paid", async () => {
      heard.push("slow begun");
      await app.one.sleep("2s");
      heard.push("slow ended");
    });
    app.two.listen("paid", () => heard.push("sync"));
    app.two.listen("*", async () => {
      await app.two.sleep("1s");
      heard.push("quick ended");
    });
    const waited = app.bus.emitAndWait("paid");
    const flag = settledFlag(waited);
    expect(heard).toEqual(["slow begun", "sync"]);
    await app.clock.advance("1s");
    expect(flag.settled).toBe(false);
    await app.clock.advance("1s");
    await waited;
    expect(heard).toEqual(["slow begun", "sync", "quick ended", "slow ended"]);
  });

  it("rejects with an EmitError of all failures, in the order they came, and onError hears nothing", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    app.one.listen("paid", async () => {
      await app.one.sleep("1s");
      throw new Error("late");
    });
    app.two.listen("paid", () => {
      throw new Error("at once");
    });
    app.bus.on("*", () => Promise.reject(new Error("soon")));
    app.two.listen("paid", () => heard.push("called all the same"));
    const waited = app.bus.emitAndWait("paid").catch((error: unknown) => error);
    await app.clock.advance("1s");
    const error = (await waited) as EmitError;
    expect(error).toBeInstanceOf(EmitError);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toMatchObject({ name: "EmitError", code: "PAWL_EMIT_FAILED" });
    expect(error.errors).toEqual([new Error("at once"), new Error("soon"), new Error("late")]);
    expect(error.message).toBe('"paid": 3 listeners failed:\n  - two: at once\n  - app: soon\n  - one: late');
    expect(heard).toHaveLength(1);
    expect(app.errors).toEqual([]);
  });

  it("keeps the failures of two waits apart", async () => {
    await using app = await testBus(way);
    app.one.listen("paid", async (n: number) => {
      await app.one.sleep("1s");
      throw new Error(`boom ${n}`);
    });
    const waits = [1, 2].map((n) => app.bus.emitAndWait("paid", n).catch((error: unknown) => error as EmitError));
    app.bus.emit("paid", 3);
    await app.clock.advance("1s");
    const errors = await Promise.all(waits);
    expect(errors.map((error) => (error as EmitError).errors)).toEqual([[new Error("boom 1")], [new Error("boom 2")]]);
    expect(app.errors.map(({ error }) => error)).toEqual([new Error("boom 3")]);
  });

  it("rejects, and throws nothing, for a name that cannot be emitted", async () => {
    await using app = await testBus(way);
    await expect(app.bus.emitAndWait("order:*")).rejects.toMatchObject({ code: "PAWL_BAD_EVENT" });
    await expect(app.one.emitAndWait("")).rejects.toMatchObject({ code: "PAWL_BAD_EVENT" });
  });

  it("resolves where the listener's owner stops meanwhile: what was cancelled with it is no failure", async () => {
    await using app = await testBus(way);
    app.one.listen("paid", () => app.one.sleep("1h"));
    const waited = app.bus.emitAndWait("paid");
    await app.one.stop();
    await expect(waited).resolves.toBeUndefined();
  });

  it("rejects with what was left behind where a listener does not settle in its owner's stop", async () => {
    await using app = await testBus(way);
    app.one.listen("paid", () => new Promise(() => {}));
    const waited = app.bus.emitAndWait("paid").catch((error: unknown) => error as EmitError);
    const stop = app.one.stop().catch(() => {});
    await app.clock.advance("10s");
    await stop;
    expect(((await waited) as EmitError).errors).toEqual([expect.any(AbandonedError)]);
  });

  it("can be awaited in a listener, and in a chain of them", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    app.one.listen("a", async () => {
      await app.one.emitAndWait("b");
      heard.push("a");
    });
    app.two.listen("b", async () => {
      await app.two.emitAndWait("c");
      heard.push("b");
    });
    app.one.listen("c", async () => {
      await app.one.sleep("1s");
      heard.push("c");
    });
    const waited = app.bus.emitAndWait("a");
    await app.clock.advance("1s");
    await waited;
    expect(heard).toEqual(["c", "b", "a"]);
  });

  it.each<[string, (ok: (value: unknown) => void, no: (error: Error) => void) => void, readonly string[]]>([
    ["resolves at once", (ok) => ok(1), []],
    ["rejects at once", (_, no) => no(new Error("at once")), ["at once"]],
    ["settles twice", (ok, no) => [ok(1), no(new Error("too late")), ok(2)], []],
    [
      "throws",
      () => {
        throw new Error("then itself");
      },
      ["then itself"],
    ],
  ])("takes any thenable for a promise: one whose then() %s", async (_, then, failures) => {
    await using app = await testBus(way);
    app.one.listen("paid", () => ({ then }));
    for (let i = 0; i < 2; i++) {
      const error = await app.bus.emitAndWait("paid").catch((thrown: unknown) => thrown as EmitError);
      expect(error ? error.errors.map((thrown: Error) => thrown.message) : []).toEqual(failures);
    }
    expect(app.kernel.inspect().services[0]?.inFlight).toEqual([]);
    await app.one.stop();
    expect(app.clock.now()).toBe(0);
  });

  it("gives the abort of a caller's own sleep to nobody else", async () => {
    await using app = await testBus(way);
    const seen: unknown[] = [];
    app.one.spawn(async () => {
      await app.one.emitAndWait("paid").catch((error: unknown) => seen.push(error));
    });
    app.two.listen("paid", () => app.two.sleep("1h"));
    await app.clock.settle();
    await app.kernel.stop();
    expect(seen.filter((error) => !(error instanceof AbortError))).toEqual([]);
    expect(app.errors).toEqual([]);
  });
});
