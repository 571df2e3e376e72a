import { Kernel, type KernelConfig, Service } from "@pawl/kernel";
import { virtualClock } from "@pawl/testing";
import { afterEach, describe, expect, it } from "vitest";
import { Actor, actor, errorOf, type Part } from "./actor.ts";
import { uncollected } from "./collected.ts";
import { CountingClock } from "./counting-clock.ts";

type Refs = Record<string, WeakRef<object>>;

/** What outlives the kernel of a test: pending promises, timers, signals. */
const outside: unknown[] = [];
afterEach(() => {
  for (const thing of outside.splice(0)) clearTimeout(thing as NodeJS.Timeout);
});

/** A promise that stays pending, and that the test holds. */
function pending(): Promise<never> {
  const promise = new Promise<never>(() => {});
  outside.push(promise);
  return promise;
}

/** A raw timer that never fires. */
function rawTimer(): void {
  outside.push(setTimeout(() => {}, 2 ** 30).unref());
}

/** Makes a kernel that nobody but `act` sees; gives what must be collected after it. */
async function letGo(
  providers: (note: (part: Part) => Actor) => KernelConfig["providers"],
  act: (kernel: Kernel, clock: ReturnType<typeof virtualClock>) => Promise<unknown> = async (kernel) => {
    await kernel.start();
    await kernel.stop();
  },
): Promise<Refs> {
  const refs: Refs = {};
  const note = (part: Part) => {
    const made = new Actor(part);
    refs[`service ${Object.keys(refs).length}`] = new WeakRef(made);
    return made;
  };
  const clock = virtualClock();
  const kernel = new Kernel({
    clock,
    onError: () => {},
    startTimeout: "1s",
    stopTimeout: "1s",
    providers: providers(note),
  });
  refs["kernel"] = new WeakRef(kernel);
  await act(kernel, clock);
  return refs;
}

describe("S6 Let the kernel go and all of it is collected", () => {
  it("the check itself: what is held is not collected", async () => {
    const held: Kernel[] = [];
    const refs = await letGo(
      (note) => ({ shop: note({}) }),
      async (kernel) => {
        held.push(kernel);
        await kernel.start();
        await kernel.stop();
      },
    );
    expect(await uncollected(refs)).toEqual(["service 0", "kernel"]);
    expect(held).toHaveLength(1);
  });

  it("after a stop of services with timers, listeners, tasks, children, dependencies and resources", async () => {
    const refs = await letGo((note) => {
      const connection = note({});
      return {
        pool: () => ({ close() {} }),
        shop: note({
          dependencies: () => [connection],
          async onStart() {
            this.interval(() => {}, "1s", { immediate: true });
            this.timeout(() => {}, "1h");
            this.listen("paid", async () => {});
            this.listen("order:*", () => {});
            this.spawn(async () => {
              await this.sleep("1h");
            });
            this.waitFor("never").catch(() => {});
            await this.adopt(note({}));
            this.addCleanup(() => {});
            this.emit("paid");
            void this.signal;
            void this.log;
          },
        }),
        made: () => note({}),
        class: class extends Service {},
      };
    });
    expect(await uncollected(refs)).toEqual([]);
  });

  it("after several runs", async () => {
    const refs = await letGo(
      (note) => ({ shop: note({}), made: () => note({}) }),
      async (kernel) => {
        await kernel.start();
        await kernel.restart();
        await kernel.stop();
      },
    );
    expect(Object.keys(refs)).toHaveLength(4);
    expect(await uncollected(refs)).toEqual([]);
  });

  it("the kernel, where the instances that it was given are held: they know it no longer", async () => {
    const shop = actor();
    const refs = await letGo(() => ({ shop }));
    expect(await uncollected(refs)).toEqual([]);
    expect(() => shop.app).toThrow(/^shop: app\(\) was called while it is stopped/);
    expect(shop.path).toBe("shop");
  });

  it("a service that was stopped and let go by its owner, while the kernel runs", async () => {
    const refs: Refs = {};
    const shop = actor();
    const kernel = new Kernel({ providers: { shop } });
    await kernel.start();
    await (async () => {
      const child = actor({
        onStart() {
          this.interval(() => {}, "1h");
          this.listen("paid", () => {});
        },
      });
      refs["child"] = new WeakRef(child);
      await shop.adopt(child);
      await child.stop();
    })();
    expect(await uncollected(refs)).toEqual([]);
    await kernel.stop();
  });

  it("after a crash", async () => {
    const refs = await letGo(
      (note) => ({
        shop: note({
          onStart() {
            this.interval(() => {}, "1s");
          },
        }),
      }),
      async (kernel) => {
        await kernel.start();
        const ended = errorOf(kernel.wait());
        (kernel.service("shop") as Service).fail(new Error("boom"));
        await ended;
      },
    );
    expect(await uncollected(refs)).toEqual([]);
  });

  it("after a failed start", async () => {
    const refs = await letGo(
      (note) => ({
        first: note({}),
        shop: note({
          async onStart() {
            await this.adopt(note({}));
            throw new Error("boom");
          },
        }),
      }),
      async (kernel) => void (await errorOf(kernel.start())),
    );
    expect(await uncollected(refs)).toEqual([]);
  });

  it("after a start that was given up", async () => {
    const refs = await letGo(
      (note) => ({
        shop: note({
          async onStart() {
            await this.sleep("1h");
          },
        }),
      }),
      async (kernel) => {
        const started = errorOf(kernel.start());
        await Promise.resolve();
        await kernel.stop();
        await started;
      },
    );
    expect(await uncollected(refs)).toEqual([]);
  });

  it("one that was never started", async () => {
    const refs = await letGo(
      (note) => ({ shop: note({}) }),
      async () => {},
    );
    expect(await uncollected(refs)).toEqual([]);
  });
});

describe("S6 Async contexts that outlive it refer to nothing of it", () => {
  it("raw timers and promises made in hooks, tasks, ticks, listeners, releases and factories", async () => {
    const leave = () => {
      rawTimer();
      void pending().then(() => {});
    };
    const refs = await letGo(
      (note) => ({
        pool: async () => {
          leave();
          return { close: leave };
        },
        shop: note({
          async onStart() {
            leave();
            this.addCleanup(leave);
            this.interval(leave, "1s");
            this.timeout(leave, "1s");
            this.listen("paid", async () => leave());
            this.spawn(async () => {
              leave();
              await this.sleep("1h");
            });
            await this.adopt(note({ onStart: leave, onStop: leave }));
          },
          onReady: leave,
          onStop: leave,
        }),
      }),
      async (kernel, clock) => {
        await kernel.start();
        await clock.advance("1s");
        kernel.bus.emit("paid");
        await clock.settle();
        await kernel.stop();
      },
    );
    expect(outside.length).toBeGreaterThan(15);
    expect(await uncollected(refs)).toEqual([]);
  });

  it.each(["onStart", "onReady", "onStop", "task", "tick", "listener", "cleanup", "factory"])(
    "a %s that was left behind, pending for ever",
    async (what) => {
      const hang = () => pending();
      const part: Part = {
        onStart() {
          if (what === "task") this.spawn(hang);
          if (what === "tick") this.interval(hang, "1h", { immediate: true });
          if (what === "listener") this.listen("paid", hang);
          if (what === "cleanup") this.addCleanup(hang);
          return what === "onStart" ? hang() : undefined;
        },
        ...(what === "onReady" ? { onReady: hang } : {}),
        ...(what === "onStop" ? { onStop: hang } : {}),
      };
      const refs = await letGo(
        (note) => (what === "factory" ? { pool: hang, shop: note({}) } : { shop: note(part) }),
        async (kernel, clock) => {
          const started = kernel.start().catch(() => {});
          await clock.settle();
          kernel.bus.emit("paid");
          await clock.advance("2s");
          await started;
          const stopped = kernel.stop().catch(() => {});
          await clock.advance("2s");
          await stopped;
        },
      );
      expect(outside).toHaveLength(1);
      expect(await uncollected(refs)).toEqual([]);
    },
  );

  it.each(["task", "tick", "timeout"])(
    "what a %s that was left behind has got, which it may keep for ever",
    async (what) => {
      const hang = (context: unknown) => {
        outside.push(context);
        return pending();
      };
      const refs = await letGo(
        (note) => ({
          shop: note({
            onStart() {
              if (what === "task") this.spawn(hang);
              if (what === "tick") this.interval(hang, "1h", { immediate: true });
              if (what === "timeout") this.timeout(hang, 0);
            },
          }),
        }),
        async (kernel, clock) => {
          await kernel.start();
          await clock.settle();
          const stopped = kernel.stop().catch(() => {});
          await clock.advance("2s");
          await stopped;
        },
      );
      expect(await uncollected(refs)).toEqual([]);
      expect(outside[0]).toMatchObject({ signal: { aborted: true } });
    },
  );

  it("what a tick that has ended has got, which others may keep", async () => {
    const refs = await letGo(
      (note) => ({
        shop: note({
          onStart() {
            this.interval((context) => void outside.push(context), "1s");
          },
        }),
      }),
      async (kernel, clock) => {
        await kernel.start();
        await clock.advance("1s");
        await kernel.stop();
      },
    );
    expect(outside).toHaveLength(1);
    expect(await uncollected(refs)).toEqual([]);
  });

  it("its signals, which others may hold", async () => {
    const refs = await letGo((note) => ({
      shop: note({
        onStart() {
          outside.push(this.signal);
          this.spawn(async ({ signal }) => {
            outside.push(signal);
            await this.sleep("1h");
          });
        },
      }),
    }));
    expect(outside.every((signal) => (signal as AbortSignal).aborted)).toBe(true);
    expect(await uncollected(refs)).toEqual([]);
  });

  it("signals of others, which it listened to", async () => {
    const controller = new AbortController();
    const refs = await letGo((note) => ({
      shop: note({
        onStart() {
          this.interval(() => {}, "1h", { signal: controller.signal });
          this.timeout(() => {}, "1h", { signal: controller.signal });
          this.listen("paid", () => {}, { signal: controller.signal });
          this.waitFor("paid", { signal: controller.signal }).catch(() => {});
        },
      }),
    }));
    expect(await uncollected(refs)).toEqual([]);
    controller.abort();
  });
});

describe("S6 Nothing of it keeps the process open", () => {
  it("no timer or handle of the kernel is left after a stop, a crash, or a failed start", async () => {
    const busy: Part = {
      async onStart() {
        this.interval(() => {}, "1s");
        this.timeout(() => {}, "1h");
        this.spawn(async () => {
          await this.sleep("1h");
        });
        this.waitFor("never", { timeout: "1h" }).catch(() => {});
      },
    };
    const clock = new CountingClock();
    const stopped = new Kernel({ clock, providers: { busy: actor(busy) } });
    await stopped.start();
    expect(clock.live).toBeGreaterThan(3);
    await stopped.stop();
    expect(clock.live).toBe(0);
    const shop = actor(busy);
    const crashed = new Kernel({ clock, providers: { shop } });
    await crashed.start();
    const ended = errorOf(crashed.wait());
    shop.fail(new Error("boom"));
    await ended;
    expect(clock.live).toBe(0);
    const failed = new Kernel({
      clock,
      providers: { busy: actor(busy), broken: actor({ onStart: () => Promise.reject(new Error("boom")) }) },
    });
    await errorOf(failed.start());
    expect(clock.live).toBe(0);
  });
});
