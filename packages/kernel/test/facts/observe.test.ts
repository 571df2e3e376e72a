import { type Fact, type FactSelector, Kernel } from "@pawl/kernel";
import { virtualClock } from "@pawl/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { HandClock } from "../activities/hand-clock.ts";
import { type GivenService, given } from "../given-service.ts";

interface Observed {
  readonly kernel: Kernel;
  readonly one: GivenService;
  readonly errors: { readonly error: unknown; readonly label: string }[];
}

/** A kernel with one service that has not started, and no observer. */
function unobserved(onError: (error: unknown) => unknown = () => {}): Observed {
  const errors: { error: unknown; label: string }[] = [];
  const one = given();
  const kernel: Kernel = new Kernel({
    providers: { one },
    clock: virtualClock({ warnAfter: false }),
    onError: (error, { label }) => {
      errors.push({ error, label });
      return onError(error);
    },
  });
  onTestFinished(() => kernel.stop());
  return { kernel, one, errors };
}

function kindsOf(kernel: Kernel, kinds?: readonly FactSelector[]): string[] {
  const seen: string[] = [];
  kernel.observe((fact) => seen.push(fact.kind), kinds ? { kinds } : {});
  return seen;
}

async function liveThrough({ kernel, one }: Observed): Promise<void> {
  await kernel.start();
  kernel.bus.emit("paid");
  await one.spawn(() => {});
  await kernel.stop();
}

describe("§6 observe(fn, { kinds })", () => {
  it("without kinds gives all but the per-event, per-tick and per-task facts", async () => {
    const app = unobserved();
    const seen = kindsOf(app.kernel);
    await liveThrough(app);
    expect(seen).toEqual([
      "kernel.starting",
      "service.starting",
      "service.started",
      "service.ready",
      "kernel.started",
      "kernel.stopping",
      "service.stopping",
      "service.stopped",
      "kernel.stopped",
    ]);
  });

  it.each<[readonly FactSelector[], readonly string[]]>([
    [["service.started"], ["service.started"]],
    [["kernel.*"], ["kernel.starting", "kernel.started", "kernel.stopping", "kernel.stopped"]],
    [["event.emitted"], ["event.emitted"]],
    [
      ["task.*", "event.*"],
      ["event.emitted", "task.started", "task.ended"],
    ],
    [["service.ready", "service.*", "*"], ["service.ready"]],
    [["serv.*", "service", "service.start"] as never, []],
    [[], []],
  ])("with kinds %j gives those", async (kinds, expected) => {
    const app = unobserved();
    const seen = kindsOf(app.kernel, kinds);
    await liveThrough(app);
    if (kinds.includes("*")) {
      expect(seen.filter((kind) => kind === "service.ready")).toEqual(expected);
      expect(seen).toContain("event.emitted");
    } else expect(seen).toEqual(expected);
  });

  it("calls synchronously: the thing has happened, and what follows has not", async () => {
    const app = unobserved();
    const order: string[] = [];
    app.kernel.observe(({ kind }) => order.push(`${kind}: ${app.kernel.state}`), {
      kinds: ["kernel.*", "event.emitted"],
    });
    await app.kernel.start();
    order.push("start resolved");
    app.one.listen("paid", () => order.push("listener"));
    app.kernel.bus.emit("paid");
    order.push("emit returned");
    expect(order).toEqual([
      "kernel.starting: starting",
      "kernel.started: running",
      "start resolved",
      "listener",
      "event.emitted: running",
      "emit returned",
    ]);
  });

  it("gives back its undo, which may be called twice", async () => {
    const app = unobserved();
    await app.kernel.start();
    const seen: Fact[] = [];
    const undo = app.kernel.observe((fact) => seen.push(fact), { kinds: ["event.emitted"] });
    app.kernel.bus.emit("paid");
    undo();
    undo();
    app.kernel.bus.emit("paid");
    expect(seen).toHaveLength(1);
  });

  it("keeps observing through restarts", async () => {
    const app = unobserved();
    const seen = kindsOf(app.kernel, ["kernel.started"]);
    await app.kernel.start();
    await app.kernel.restart();
    expect(seen).toHaveLength(2);
  });

  it("builds no fact that nobody asked for", async () => {
    class CountingClock extends HandClock {
      reads = 0;
      override wallTime(): number {
        this.reads++;
        return super.wallTime();
      }
    }
    const clock = new CountingClock();
    const one = given();
    const kernel: Kernel = new Kernel({ providers: { one }, clock });
    onTestFinished(() => kernel.stop());
    kernel.observe(() => {}, { kinds: ["service.*"] });
    await kernel.start();
    one.listen("paid", () => {});
    one.interval(() => {}, "1s");
    clock.reads = 0;
    const work = async () => {
      for (let i = 0; i < 10; i++) {
        kernel.bus.emit("paid");
        await one.spawn(() => {});
        await clock.fire();
      }
    };
    await work();
    expect(clock.reads).toBe(0);
    const undo = kernel.observe(() => {}, { kinds: ["event.emitted"] });
    await work();
    expect(clock.reads).toBe(10);
    undo();
    await work();
    expect(clock.reads).toBe(10);
  });

  it.each([[undefined], [null], ["fn"], [{}]])("refuses %s as an observer", (wrong) => {
    const { kernel } = unobserved();
    const call = () => kernel.observe(wrong as never);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
  });

  it.each([["service.*"], [{}], [null]])("refuses %j as kinds", (wrong) => {
    const { kernel } = unobserved();
    const call = () => kernel.observe(() => {}, { kinds: wrong as never });
    expect(call).toThrow(TypeError);
    expect(call).toThrow('observe(fn, { kinds }): it must be an array such as ["service.*"]');
  });
});

describe("§6 Observers that come and go while a fact is told", () => {
  it("one that is removed meanwhile is called no more", async () => {
    const app = unobserved();
    const seen: string[] = [];
    app.kernel.observe(() => undo(), { kinds: ["event.emitted"] });
    const undo = app.kernel.observe(() => seen.push("removed"), { kinds: ["event.emitted"] });
    app.kernel.observe(() => seen.push("stays"), { kinds: ["event.emitted"] });
    await app.kernel.start();
    app.kernel.bus.emit("paid");
    expect(seen).toEqual(["stays"]);
  });

  it("one may remove itself, and the next is not left out", async () => {
    const app = unobserved();
    const seen: string[] = [];
    const undo = app.kernel.observe(
      () => {
        seen.push("once");
        undo();
      },
      { kinds: ["event.emitted"] },
    );
    app.kernel.observe(() => seen.push("next"), { kinds: ["event.emitted"] });
    await app.kernel.start();
    app.kernel.bus.emit("paid");
    app.kernel.bus.emit("paid");
    expect(seen).toEqual(["once", "next", "next"]);
  });

  it("one that is added meanwhile hears the next fact", async () => {
    const app = unobserved();
    const seen: string[] = [];
    let added = false;
    app.kernel.observe(
      () => {
        if (added) return;
        added = true;
        app.kernel.observe(() => seen.push("added"), { kinds: ["event.emitted"] });
      },
      { kinds: ["event.emitted"] },
    );
    await app.kernel.start();
    app.kernel.bus.emit("paid");
    expect(seen).toEqual([]);
    app.kernel.bus.emit("paid");
    expect(seen).toEqual(["added"]);
  });
});

describe("§6 An observer that throws is reported and the others still run", () => {
  it("to onError, naming observers as the origin", async () => {
    const app = unobserved();
    const seen: string[] = [];
    const boom = new Error("boom");
    app.kernel.observe(
      () => {
        throw boom;
      },
      { kinds: ["event.emitted"] },
    );
    app.kernel.observe(() => seen.push("next"), { kinds: ["event.emitted"] });
    await app.kernel.start();
    expect(app.kernel.bus.emit("paid")).toBe(0);
    expect(seen).toEqual(["next"]);
    expect(app.errors).toEqual([{ error: boom, label: "an observer of facts" }]);
  });

  it("where it is an async function that rejects, too", async () => {
    const app = unobserved();
    app.kernel.observe(
      async () => {
        await Promise.resolve();
        throw new Error("boom");
      },
      { kinds: ["event.emitted"] },
    );
    await app.kernel.start();
    app.kernel.bus.emit("paid");
    await new Promise(setImmediate);
    expect(app.errors).toEqual([{ error: new Error("boom"), label: "an observer of facts" }]);
  });

  it("once for each fact, even where it throws at every fact, those of errors included", async () => {
    const app = unobserved();
    let calls = 0;
    for (const name of ["a", "b"]) {
      app.kernel.observe(() => {
        calls++;
        throw new Error(name);
      });
    }
    await app.kernel.start();
    await app.kernel.stop();
    const names = app.errors.map(({ error }) => (error as Error).message);
    // Nine facts, each told to both; either hears of the other's failure once at most.
    expect(names.filter((name) => name === "a").length).toBeGreaterThanOrEqual(9);
    expect(calls).toBe(names.length);
    expect(calls).toBeLessThanOrEqual(4 * 9);
  });

  it("does not disturb what it observes: the start and the stop succeed", async () => {
    const app = unobserved();
    app.kernel.observe(() => {
      throw new Error("boom");
    });
    await app.kernel.start();
    expect(app.kernel.state).toBe("running");
    await app.kernel.stop();
    expect(app.kernel.state).toBe("stopped");
  });

  it("and onError may do then what an observer may not", async () => {
    const heard: string[] = [];
    const app = unobserved(() => app.kernel.bus.emit("trouble"));
    app.kernel.bus.on("trouble", () => heard.push("trouble"));
    await app.kernel.start();
    app.kernel.observe(
      ({ kind }) => {
        if (kind === "task.ended") throw new Error("boom");
      },
      { kinds: ["task.*"] },
    );
    await app.one.spawn(() => {});
    expect(heard).toEqual(["trouble"]);
  });
});
