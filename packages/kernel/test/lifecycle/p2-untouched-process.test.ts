import { Kernel } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { actor, errorOf } from "./actor.ts";

const events = ["SIGINT", "SIGTERM", "exit", "beforeExit", "uncaughtException", "unhandledRejection", "warning"];
const seen = () => ({ handlers: events.map((event) => process.listenerCount(event)), exitCode: process.exitCode });

// That start() and stop() write nothing is checked for every test by its setup.
describe("P2 start() and stop() touch no signal handler and no exit code", () => {
  it("while it runs, after a stop, a crash, a failed start, and a start that was given up", async () => {
    const before = seen();
    const shop = actor();
    const kernel = new Kernel({ providers: { shop } });
    await kernel.start();
    expect(seen()).toEqual(before);
    await kernel.stop();
    expect(seen()).toEqual(before);

    await kernel.start();
    const ended = errorOf(kernel.wait());
    shop.fail(new Error("boom"));
    await ended;
    expect(seen()).toEqual(before);

    const failing = new Kernel({ providers: { broken: actor({ onStart: () => Promise.reject(new Error("boom")) }) } });
    await errorOf(failing.start());
    expect(seen()).toEqual(before);

    const slow = new Kernel({ providers: { slow: actor({ onStart: () => Promise.resolve() }) } });
    const started = errorOf(slow.start());
    await slow.stop();
    await started;
    expect(seen()).toEqual(before);
  });
});
