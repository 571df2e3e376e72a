import { AbandonedError, StepError, StopError } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { actor, errorOf, forever, gate, noted } from "./actor.ts";

describe("S2 A failure in any step never stops the rest", () => {
  it("goes on through all three steps, and through every other service", async () => {
    const journal: string[] = [];
    const fail = (what: string) => () => {
      journal.push(what);
      throw new Error(what);
    };
    await using app = await testApp({
      providers: {
        first: noted(journal, "first"),
        broken: actor({
          async onStart() {
            this.addCleanup(fail("cleanup 1"));
            this.addCleanup(fail("cleanup 2"));
            await this.adopt(actor({ name: "child", onStop: fail("child onStop") }));
            this.own({ close: async () => fail("close")() });
            this.spawn(async function work({ signal }) {
              await new Promise((resolve) => signal.addEventListener("abort", resolve));
              fail("task")();
            });
          },
          onStop: fail("onStop"),
        }),
        last: noted(journal, "last"),
      },
    });
    await app.clock.settle();
    const error = await errorOf<StopError>(app.stop());
    expect(journal).toEqual([
      "+first",
      "+last",
      "-last",
      "onStop",
      "task",
      "close",
      "child onStop",
      "cleanup 2",
      "cleanup 1",
      "-first",
    ]);
    expect(error).toBeInstanceOf(StopError);
    expect(error).toMatchObject({ code: "PAWL_STOP_FAILED", path: "app" });
    expect(error.errors.map((each) => (each as Error).message)).toEqual([
      "broken: onStop failed: onStop",
      'broken: task "work" failed: task',
      'broken: release "own(Object)" failed: close',
      "broken/child: onStop failed: child onStop",
      'broken: release "cleanup" failed: cleanup 2',
      'broken: release "cleanup" failed: cleanup 1',
    ]);
  });

  it("is flat: failures of children and grandchildren stand beside those of their owners", async () => {
    const fail = () => Promise.reject(new Error("no"));
    await using app = await testApp({
      providers: {
        shop: actor({
          async onStart() {
            await this.adopt(
              actor({
                name: "worker",
                async onStart() {
                  await this.adopt(actor({ name: "helper", onStop: fail }));
                },
                onStop: fail,
              }),
            );
          },
          onStop: fail,
        }),
      },
    });
    const { errors } = await errorOf<StopError>(app.stop());
    expect(errors.every((each) => each instanceof StepError)).toBe(true);
    expect(errors.map((each) => (each as StepError).path)).toEqual(["shop", "shop/worker", "shop/worker/helper"]);
  });

  it("is one entry for each owner path and step, with the original as its cause", async () => {
    const boom = new Error("boom");
    await using app = await testApp({
      providers: {
        shop: actor({
          onStop() {
            throw boom;
          },
        }),
      },
    });
    const { errors } = await errorOf<StopError>(app.stop());
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code: "PAWL_STEP_FAILED", path: "shop", step: "onStop", cause: boom });
  });

  it("tells a getter that throws as the failure of the step that reads it", async () => {
    const boom = new Error("boom");
    const broken = Object.defineProperty(actor(), "onStop", {
      get() {
        throw boom;
      },
    });
    const journal: string[] = [];
    await using app = await testApp({ providers: { first: noted(journal, "first"), broken } });
    const error = await errorOf<StopError>(app.stop());
    expect(error.errors).toEqual([new StepError("broken", "onStop", boom)]);
    expect(journal).toEqual(["+first", "-first"]);
  });

  it("tells what was thrown where it is no error", async () => {
    await using app = await testApp({
      providers: {
        shop: actor({
          onStop: () => Promise.reject(),
        }),
      },
    });
    const { errors } = await errorOf<StopError>(app.stop());
    expect(errors).toMatchObject([{ message: "shop: onStop failed: undefined", cause: undefined }]);
  });

  it("lists what was abandoned among the failures", async () => {
    await using app = await testApp({ providers: { shop: actor({ onStop: () => forever() }) } });
    const stopping = errorOf<StopError>(app.stop());
    await app.clock.advance("10s");
    const { errors, message } = await stopping;
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(AbandonedError);
    expect(message).toBe(
      "app stopped with 1 failure:\n  - shop: onStop was still running after 10s; it was left behind",
    );
  });

  it("does not count a callback that rejects with an AbortError after its cancellation", async () => {
    await using app = await testApp({
      providers: {
        shop: actor({
          onStart() {
            this.spawn(async () => {
              await this.sleep("1h");
            });
            this.interval(async ({ signal }) => {
              await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
            }, "1s");
            this.listen("paid", () => this.waitFor("never"));
          },
        }),
      },
    });
    await app.clock.advance("1s");
    app.bus.emit("paid");
    await app.stop();
  });

  it("does not count a task whose adopt was cut short by the stop", async () => {
    const started = gate();
    await using app = await testApp({
      providers: {
        shop: actor({
          onStart() {
            this.spawn(async () => {
              await this.adopt(actor({ onStart: () => started.opened }));
            });
          },
        }),
      },
    });
    await app.clock.settle();
    const stopping = app.stop();
    started.open();
    await stopping;
  });
});
