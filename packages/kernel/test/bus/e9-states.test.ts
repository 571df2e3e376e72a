import { EventLoopError, Kernel } from "@pawl/kernel";
import { virtualClock } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";
import { testBus } from "./test-bus.ts";

describe("E9 A subscription is live from listen() until step 2", () => {
  it("hears what is emitted while its service is still starting, from the moment it listens", async () => {
    const heard: unknown[] = [];
    const early = given({
      async onStart() {
        this.emit("paid", "before");
        this.listen("paid", (payload) => heard.push(payload));
        this.emit("paid", "own");
        await Promise.resolve();
        kernel.bus.emit("paid", "from the bus");
      },
    });
    const later = given({
      onStart() {
        this.emit("paid", "from a later one");
      },
    });
    const kernel: Kernel = new Kernel({ providers: { early, later } });
    await kernel.start();
    await kernel.stop();
    expect(heard).toEqual(["own", "from the bus", "from a later one"]);
  });

  it("hears what is emitted in its own onStop and in that of others, and nothing from step 2 on", async () => {
    const heard: unknown[] = [];
    const told: number[] = [];
    const one = given({
      onStart() {
        this.listen("paid", (payload) => heard.push(payload));
        this.addCleanup(() => told.push(this.emit("paid", "from its cleanup")));
      },
      onStop() {
        this.emit("paid", "from its onStop");
      },
    });
    const two = given({
      onStop() {
        this.emit("paid", "from the onStop of another");
      },
    });
    const kernel: Kernel = new Kernel({ providers: { one, two } });
    await kernel.start();
    await kernel.stop();
    expect(heard).toEqual(["from the onStop of another", "from its onStop"]);
    expect(told).toEqual([0]);
  });

  it("lets cleanups, releases and children's ends emit, to whoever listens then", async () => {
    const heard: unknown[] = [];
    const listener = given({
      onStart() {
        this.listen("*", (_, event) => heard.push(event));
      },
    });
    const emitter = given({
      onStart() {
        this.addCleanup(() => this.emit("cleanup"));
        this.own({}, () => this.emit("release"));
      },
      onStop() {
        this.emit("onStop");
      },
    });
    const kernel: Kernel = new Kernel({ providers: { listener, emitter } });
    await kernel.start();
    await kernel.stop();
    expect(heard).toEqual(["onStop", "release", "cleanup"]);
  });

  it("ends with the start of its service where that fails", async () => {
    const heard: unknown[] = [];
    const failing = given({
      onStart() {
        this.listen("paid", () => heard.push("failing"));
        throw new Error("boom");
      },
    });
    const kernel: Kernel = new Kernel({ providers: { failing } });
    kernel.bus.on("paid", () => heard.push("bus"));
    await expect(kernel.start()).rejects.toThrow("boom");
    expect(kernel.bus.emit("paid")).toBe(0);
    expect(heard).toEqual([]);
  });

  it("is the subscription of one run: a service that starts again listens anew", async () => {
    const heard: unknown[] = [];
    const one = given({
      onStart() {
        this.listen("paid", (payload) => heard.push(payload));
      },
    });
    const kernel: Kernel = new Kernel({ providers: { one } });
    await kernel.start();
    kernel.bus.emit("paid", 1);
    await kernel.restart();
    kernel.bus.emit("paid", 2);
    await kernel.stop();
    expect(heard).toEqual([1, 2]);
  });
});

describe("E9 emit works in every state", () => {
  it("calls nobody and returns 0 before the first start and after the kernel has stopped", async () => {
    const one = given();
    const kernel: Kernel = new Kernel({ providers: { one } });
    const heard: unknown[] = [];
    kernel.bus.on("paid", () => heard.push("bus"));
    kernel.bus.on("*", () => heard.push("pattern"));
    expect(kernel.bus.emit("paid")).toBe(0);
    await expect(kernel.bus.emitAndWait("paid")).resolves.toBeUndefined();
    await kernel.start();
    expect(kernel.bus.emit("paid")).toBe(2);
    await kernel.stop();
    expect(kernel.bus.emit("paid")).toBe(0);
    expect(one.emit("paid")).toBe(0);
    await expect(one.emitAndWait("paid")).resolves.toBeUndefined();
    expect(heard).toEqual(["bus", "pattern"]);
  });

  it("calls nobody after a start that has failed", async () => {
    const kernel: Kernel = new Kernel({
      providers: {
        failing: given({
          onStart() {
            throw new Error("boom");
          },
        }),
      },
    });
    kernel.bus.on("paid", () => {});
    await kernel.start().catch(() => {});
    expect(kernel.state).toBe("failed");
    expect(kernel.bus.emit("paid")).toBe(0);
  });

  it("is not refused to a service that has stopped itself while others still listen", async () => {
    await using app = await testBus();
    const heard: unknown[] = [];
    app.two.listen("paid", (payload) => heard.push(payload));
    await app.one.stop();
    expect(app.one.emit("paid", "still there")).toBe(1);
    expect(heard).toEqual(["still there"]);
  });

  it("still checks the name where nobody can be called", () => {
    const kernel: Kernel = new Kernel();
    expect(() => kernel.bus.emit("order:*")).toThrow(expect.objectContaining({ code: "PAWL_BAD_EVENT" }));
    expect(() => kernel.bus.emit("")).toThrow(expect.objectContaining({ code: "PAWL_BAD_EVENT" }));
  });

  it("is refused in a constructor or field, where a service has no kernel: the error says where to move it", () => {
    const one = given();
    for (const call of [() => one.emit("paid"), () => one.listen("paid", () => {})]) {
      expect(call).toThrow(expect.objectContaining({ code: "PAWL_NOT_RUNNING" }));
      expect(call).toThrow("move it to onStart()");
      expect(call).toThrow("GivenService");
    }
  });

  it("rejects emitAndWait there instead of throwing", async () => {
    await expect(given().emitAndWait("paid")).rejects.toMatchObject({ code: "PAWL_NOT_RUNNING" });
  });
});

describe("E9 Listeners of kernel.bus belong to the kernel", () => {
  it("survive restarts and are silent while it is down, in the order they came", async () => {
    const heard: unknown[] = [];
    const kernel: Kernel = new Kernel();
    kernel.bus.on("paid", (payload) => heard.push(payload));
    kernel.bus.emit("paid", "before");
    await kernel.start();
    kernel.bus.emit("paid", 1);
    await kernel.restart();
    kernel.bus.emit("paid", 2);
    await kernel.stop();
    kernel.bus.emit("paid", "down");
    kernel.bus.on("paid", (payload) => heard.push(`second ${payload}`));
    await kernel.start();
    kernel.bus.emit("paid", 3);
    await kernel.stop();
    expect(heard).toEqual([1, 2, 3, "second 3"]);
  });

  it("hear the events of a start and of a stop to the end", async () => {
    const heard: unknown[] = [];
    const one = given({
      onStart() {
        this.emit("starting");
        this.addCleanup(() => this.emit("cleanup"));
      },
      onStop() {
        this.emit("stopping");
      },
    });
    const kernel: Kernel = new Kernel({ providers: { one } });
    kernel.bus.on("*", (_, event) => heard.push(event));
    await kernel.start();
    await kernel.stop();
    expect(heard).toEqual(["starting", "stopping", "cleanup"]);
  });

  it("keep a once across a time in which the kernel was down", async () => {
    const heard: unknown[] = [];
    const kernel: Kernel = new Kernel();
    kernel.bus.on("paid", (payload) => heard.push(payload), { once: true });
    kernel.bus.emit("paid", "down");
    await kernel.start();
    kernel.bus.emit("paid", 1);
    kernel.bus.emit("paid", 2);
    await kernel.stop();
    expect(heard).toEqual([1]);
  });

  it("can be cancelled while it is down", async () => {
    const heard: unknown[] = [];
    const kernel: Kernel = new Kernel();
    const off = kernel.bus.on("paid", () => heard.push("paid"));
    await kernel.start();
    await kernel.stop();
    off();
    await kernel.start();
    kernel.bus.emit("paid");
    await kernel.stop();
    expect(heard).toEqual([]);
  });

  it("never hear another kernel of the same process", async () => {
    const heard: string[] = [];
    const kernels = ["a", "b"].map((name) => new Kernel({ name, clock: virtualClock() }));
    for (const kernel of kernels) kernel.bus.on("paid", () => heard.push(kernel.name));
    await Promise.all(kernels.map((kernel) => kernel.start()));
    kernels[1]?.bus.emit("paid");
    await Promise.all(kernels.map((kernel) => kernel.stop()));
    expect(heard).toEqual(["b"]);
  });

  it("do not mix up their nests either: a loop of one kernel leaves the other one's emits alone", async () => {
    const errors: unknown[] = [];
    const [a, b] = ["a", "b"].map((name) => new Kernel({ name, onError: (error) => errors.push(error) })) as [
      Kernel,
      Kernel,
    ];
    const heard: string[] = [];
    a.bus.on("ping", () => {
      try {
        a.bus.emit("ping");
      } finally {
        b.bus.emit("pong");
      }
    });
    b.bus.on("pong", () => heard.push("pong"));
    await Promise.all([a.start(), b.start()]);
    a.bus.emit("ping");
    expect(heard).toHaveLength(99);
    expect(errors).toEqual([expect.any(EventLoopError)]);
    await Promise.all([a.stop(), b.stop()]);
  });
});

describe("Listening: misuse", () => {
  it.each([[undefined], [null], ["onPaid"], [Promise.resolve()], [{}]])("refuses %s as a listener", async (wrong) => {
    await using app = await testBus();
    for (const listen of [
      () => app.one.listen("paid", wrong as never),
      () => app.bus.on("paid", wrong as never),
      () => app.bus.on("order:*", wrong as never),
    ]) {
      expect(listen).toThrow(TypeError);
      expect(listen).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
      expect(listen).toThrow("must be a function, not ");
    }
    expect(app.bus.emit("paid")).toBe(0);
  });

  it("refuses what is no AbortSignal, and subscribes nothing", async () => {
    await using app = await testBus();
    const listen = () => app.one.listen("paid", () => {}, { signal: new AbortController() as never });
    expect(listen).toThrow(TypeError);
    expect(listen).toThrow("of an AbortController pass controller.signal");
    expect(app.bus.emit("paid")).toBe(0);
  });
});
