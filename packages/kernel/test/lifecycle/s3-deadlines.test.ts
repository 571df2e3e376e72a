import { type Clock, Kernel, type StartError, systemClock } from "@pawl/kernel";
import { createTestApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { actor, errorOf, forever } from "./actor.ts";

describe("S3, B3 A deadline takes a timer only where something waits beyond its turn of the event loop", () => {
  it("sets none for five hundred services whose hooks are over at once", async () => {
    const timers: string[] = [];
    const clock: Clock = {
      ...systemClock,
      setTimer(fn, ms, label = "") {
        timers.push(label);
        return systemClock.setTimer(fn, ms, label);
      },
    };
    const soon = async () => {
      await undefined;
    };
    const services = Array.from({ length: 500 }, (_, i) => [`s${i}`, actor({ onStart: soon, onStop: soon })]);
    const kernel = new Kernel({ providers: Object.fromEntries(services), clock });
    await kernel.start();
    await kernel.stop();
    expect(timers).toEqual([]);
  });

  it("counts from the call, though the timer is set later", async () => {
    await using app = createTestApp({
      providers: { slow: actor({ name: "slow", onStart: () => forever() }) },
      startTimeout: "5s",
      stopTimeout: "1s",
    });
    const failed = errorOf<StartError>(app.start());
    // Passes before the turn of the call has ended.
    app.clock.block("2s");
    await app.clock.settle();
    expect(app.clock.pending).toEqual([{ label: "slow: onStart", inMs: 3_000 }]);
    // And a second for the hook that does not end.
    await app.clock.advance("4s");
    expect(await failed).toMatchObject({ code: "PAWL_START_TIMEOUT", path: "slow" });
  });
});
