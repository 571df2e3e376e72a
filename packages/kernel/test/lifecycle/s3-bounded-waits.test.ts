import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { AbandonedError, Kernel, provide, type StartError, type StopError } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { actor, errorOf, forever, gate, isSettled, noted } from "./actor.ts";

const messagesOf = ({ errors }: { readonly errors: readonly unknown[] }) =>
  errors.map((error) => (error as Error).message);

describe("S3 Every wait on user code is bounded by stopTimeout", () => {
  it("bounds onStop, the work in flight, and each single release, one after another", async () => {
    const journal: string[] = [];
    await using app = await testApp({
      providers: {
        shop: actor({
          onStart() {
            this.addCleanup(function oldest() {
              journal.push("oldest");
              return forever();
            });
            this.addCleanup(function newest() {
              journal.push("newest");
              return forever();
            });
            this.spawn(function poll({ signal }) {
              signal.addEventListener("abort", () => journal.push("abort"));
              return forever();
            });
          },
          onStop() {
            journal.push("onStop");
            return forever();
          },
        }),
      },
      stopTimeout: "2s",
    });
    await app.clock.settle();
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.advance("1999ms");
    expect(journal).toEqual(["onStop"]);
    await app.clock.advance("1ms");
    expect(journal).toEqual(["onStop", "abort"]);
    await app.clock.advance("2s");
    expect(journal).toEqual(["onStop", "abort", "newest"]);
    await app.clock.advance("2s");
    expect(journal).toEqual(["onStop", "abort", "newest", "oldest"]);
    await app.clock.advance("2s");
    expect(messagesOf(await stopping)).toEqual([
      "shop: onStop was still running after 2s; it was left behind",
      'shop: task "poll" was still running after 2s; it was left behind',
      'shop: release "newest" was still running after 2s; it was left behind',
      'shop: release "oldest" was still running after 2s; it was left behind',
    ]);
  });

  it("bounds all that is in flight in one service by one stopTimeout, together", async () => {
    await using app = await testApp({
      providers: {
        shop: actor({
          onStart() {
            this.spawn(function one() {
              return forever();
            });
            this.spawn(function two() {
              return forever();
            });
          },
        }),
      },
      stopTimeout: "2s",
    });
    await app.clock.settle();
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.advance("2s");
    expect(messagesOf(await stopping)).toEqual([
      'shop: task "one" was still running after 2s; it was left behind',
      'shop: task "two" was still running after 2s; it was left behind',
    ]);
  });

  it("counts from the beginning of the wait where one call in flight begins another", async () => {
    await using app = await testApp({
      providers: {
        shop: actor({
          onStart() {
            this.spawn(async function chain() {
              await new Promise((resolve) => setImmediate(resolve));
              return forever();
            });
          },
        }),
      },
      stopTimeout: "2s",
    });
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.advance("2s");
    expect(messagesOf(await stopping)).toEqual(['shop: task "chain" was still running after 2s; it was left behind']);
  });

  it("bounds onStart after an abort", async () => {
    const shop = actor({ onStart: () => forever() });
    await using app = createTestApp({ providers: { shop }, stopTimeout: "2s" });
    const started = errorOf(app.start());
    await app.clock.settle();
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.advance("1999ms");
    expect(await isSettled(stopping)).toBe(false);
    await app.clock.advance("1ms");
    expect(messagesOf(await stopping)).toEqual(["shop: onStart was still running after 2s; it was left behind"]);
    expect(await started).toMatchObject({ code: "PAWL_START_ABORTED" });
  });

  it("bounds onStart after its own timeout: the abandonment joins the StartError", async () => {
    const shop = actor({ onStart: () => forever() });
    await using app = createTestApp({ providers: { shop }, startTimeout: "3s", stopTimeout: "2s" });
    const started = errorOf<StartError>(app.start());
    await app.clock.advance("5s");
    const error = await started;
    expect(error.code).toBe("PAWL_START_TIMEOUT");
    expect(messagesOf(error)).toEqual(["shop: onStart was still running after 2s; it was left behind"]);
  });

  it("takes the stopTimeout of each provider and of each adopted child", async () => {
    const shop = actor({
      async onStart() {
        await this.adopt(actor({ name: "worker", onStop: () => forever() }), { stopTimeout: "7s" });
      },
      onStop: () => forever(),
    });
    await using app = await testApp({ providers: { shop: provide(shop, { stopTimeout: "3s" }) }, stopTimeout: "1s" });
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.advance("10s");
    expect(messagesOf(await stopping)).toEqual([
      "shop: onStop was still running after 3s; it was left behind",
      "shop/worker: onStop was still running after 7s; it was left behind",
    ]);
  });

  it("bounds the release of a plain value by the stopTimeout of its provider", async () => {
    await using app = await testApp({
      providers: { pool: provide(() => ({ close: () => forever() }), { stopTimeout: "3s" }) },
    });
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.advance("3s");
    expect(messagesOf(await stopping)).toEqual([
      'pool: release "value" was still running after 3s; it was left behind',
    ]);
  });

  it("says by a fact what was left behind", async () => {
    await using app = await testApp({ providers: { shop: actor({ onStop: () => forever() }) } });
    const stopping = errorOf(app.stop());
    await app.clock.advance("10s");
    await stopping;
    expect(app.facts.of("release.timedOut")).toMatchObject([{ path: "shop", label: "onStop", ms: 10_000 }]);
  });
});

describe("S3 A child's stop has bounds of its own and is never cut by its parent's", () => {
  it("is awaited for as long as its own steps take, however short its parent's stopTimeout", async () => {
    const journal: string[] = [];
    const child = actor({
      name: "child",
      onStart() {
        for (let i = 0; i < 3; i++) this.addCleanup(() => forever());
      },
      onStop: () => forever(),
    });
    const parent = actor({
      async onStart() {
        this.addCleanup(() => journal.push("parent's cleanup"));
        await this.adopt(child, { stopTimeout: "4s" });
      },
    });
    await using app = await testApp({ providers: { parent }, stopTimeout: "1s" });
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.advance("15999ms");
    expect(journal).toEqual([]);
    await app.clock.advance("1ms");
    expect(journal).toEqual(["parent's cleanup"]);
    expect((await stopping).errors).toHaveLength(4);
  });
});

describe("S3 What does not settle is abandoned and not waited for again", () => {
  it("is not waited for in a later step", async () => {
    const journal: string[] = [];
    await using app = await testApp({
      providers: {
        shop: actor({
          onStart() {
            this.addCleanup(() => journal.push("cleanup"));
          },
          onStop: () => forever(),
        }),
      },
    });
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.advance("10s");
    await stopping;
    expect(journal).toEqual(["cleanup"]);
    expect(app.clock.now()).toBe(10_000);
  });

  it("is named by its owner path, what it was, and how long it was waited for", async () => {
    await using app = await testApp({
      providers: {
        shop: actor({
          async onStart() {
            await this.adopt(
              actor({
                name: "metrics",
                onStart() {
                  this.spawn(function poll() {
                    return forever();
                  });
                },
              }),
            );
          },
        }),
      },
    });
    await app.clock.settle();
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.advance("10s");
    const [error] = (await stopping).errors;
    expect(error).toMatchObject({ code: "PAWL_ABANDONED", path: "shop/metrics" });
    expect((error as Error).message).toContain('shop/metrics: task "poll" was still running after 10s');
  });
});

describe("S3 All waits together are bounded by what is left of shutdownTimeout", () => {
  it("cuts a wait that would go beyond it", async () => {
    const shop = actor({ onStop: () => forever() });
    await using app = await testApp({ providers: { shop }, stopTimeout: "10s", shutdownTimeout: "4s" });
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.advance("3999ms");
    expect(await isSettled(stopping)).toBe(false);
    await app.clock.advance("1ms");
    expect(messagesOf(await stopping)).toEqual(["shop: onStop was still running after 4s; it was left behind"]);
  });

  it("calls what is left after it has passed, in order, but awaits it no longer", async () => {
    const journal: string[] = [];
    const part = (name: string) =>
      noted(journal, name, {
        onStart() {
          this.addCleanup(() => journal.push(`${name} cleanup 1`));
          this.addCleanup(async () => {
            journal.push(`${name} cleanup 2`);
            await forever();
          });
        },
        onStop: () => forever(),
      });
    const providers = { one: part("one"), two: part("two"), three: part("three") };
    await using app = await testApp({ providers, stopTimeout: "10s", shutdownTimeout: "4s" });
    journal.length = 0;
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.advance("4s");
    const error = await stopping;
    expect(app.clock.now()).toBe(4_000);
    expect(journal).toEqual(
      ["three", "two", "one"].flatMap((name) => [`-${name}`, `${name} cleanup 2`, `${name} cleanup 1`]),
    );
    expect(messagesOf(error).slice(0, 2)).toEqual([
      "three: onStop was still running after 4s; it was left behind",
      'three: release "cleanup" was called, but not waited for, since shutdownTimeout had passed; it was left behind',
    ]);
    expect(error.errors).toHaveLength(6);
  });

  it("counts as done what settles within one turn after it has passed", async () => {
    const journal: string[] = [];
    const quick = actor({
      async onStop() {
        await new Promise((resolve) => process.nextTick(resolve));
        journal.push("quick");
      },
    });
    const slow = actor({ onStop: () => forever() });
    await using app = await testApp({ providers: { quick, slow }, shutdownTimeout: "4s" });
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.advance("4s");
    expect((await stopping).errors).toHaveLength(1);
    expect(journal).toEqual(["quick"]);
  });

  it("cuts waits that had begun before the shutdown too: the stop of one service", async () => {
    const shop = actor({ onStop: () => forever() });
    await using app = await testApp({
      providers: { shop: provide(shop, { stopTimeout: "1h" }) },
      shutdownTimeout: "4s",
    });
    const own = errorOf<StopError>(shop.stop());
    await app.clock.advance("1s");
    const stopping = app.stop();
    await app.clock.advance("4s");
    expect(messagesOf(await own)).toEqual(["shop: onStop was still running after 5s; it was left behind"]);
    // Told to who had asked for it.
    await stopping;
    expect(app.state).toBe("stopped");
  });

  it("holds for the undoing of a failed start", async () => {
    const providers = {
      first: actor({ onStop: () => forever() }),
      second: actor({
        onStart() {
          throw new Error("no");
        },
      }),
    };
    await using app = createTestApp({ providers, shutdownTimeout: "4s" });
    const started = errorOf<StartError>(app.start());
    await app.clock.advance("4s");
    expect(messagesOf(await started)).toEqual(["first: onStop was still running after 4s; it was left behind"]);
  });

  it("begins afresh with each stop", async () => {
    const shop = actor({ onStop: () => forever() });
    await using app = await testApp({ providers: { shop }, shutdownTimeout: "4s" });
    for (let i = 0; i < 2; i++) {
      const stopping = errorOf<StopError>(app.stop());
      await app.clock.advance("4s");
      expect(messagesOf(await stopping)).toEqual(["shop: onStop was still running after 4s; it was left behind"]);
      await app.start();
    }
    const stopping = errorOf(app.stop());
    await app.clock.advance("4s");
    await stopping;
  });
});

describe("S3 A deadline is judged one turn of the event loop after it fires", () => {
  it("abandons nothing that was done while the loop was blocked", async () => {
    // Real time: what is tested is the order in which the event loop hears of timers and of what comes from outside.
    const { port1, port2 } = new MessageChannel();
    const shop = actor({
      async onStop() {
        const received = once(port2, "message");
        // From here the event loop comes to timers first, then to messages.
        await new Promise((resolve) => setImmediate(resolve));
        port1.postMessage("done");
        const until = performance.now() + 60;
        while (performance.now() < until);
        await received;
        port1.close();
      },
    });
    const kernel = new Kernel({ providers: { shop }, stopTimeout: "20ms" });
    await kernel.start();
    await kernel.stop();
  });

  it("is late by no more than that: the next turn judges", async () => {
    const work = gate();
    const shop = actor({ onStop: () => work.opened });
    await using app = await testApp({ providers: { shop }, stopTimeout: "1s" });
    // Fires in the same instant as the deadline, after it.
    const stopping = app.stop();
    await app.clock.settle();
    app.clock.setTimer(work.open, 1_000);
    await app.clock.advance("1s");
    await stopping;
  });

  it("abandons what has not settled by then", async () => {
    const work = gate();
    const shop = actor({ onStop: () => work.opened });
    await using app = await testApp({ providers: { shop }, stopTimeout: "1s" });
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.settle();
    app.clock.setTimer(work.open, 1_001);
    await app.clock.advance("2s");
    expect((await stopping).errors[0]).toBeInstanceOf(AbandonedError);
  });
});

describe("S3, S4 A stop goes on in the async context in which it was asked for", () => {
  const asked = new AsyncLocalStorage<string>();

  it("also when a hook was left behind whose timer was set in another context", async () => {
    const seen: unknown[] = [];
    const first = actor({ onStop: () => void seen.push(asked.getStore()) });
    const hangs = actor({ onStop: forever });
    const other = actor({
      async onStart() {
        await this.adopt(actor({ name: "child", onStop: forever }));
      },
    });
    await using app = await testApp({ providers: { first, hangs, other }, stopTimeout: "1s" });
    // Waits first in this turn: it is its context that timers are set in.
    const child = asked.run("child", () => errorOf(other.stop()));
    const stopping = asked.run("app", () => errorOf(app.stop()));
    await app.clock.advance("5s");
    await Promise.all([child, stopping]);
    expect(seen).toEqual(["app"]);
  });
});
