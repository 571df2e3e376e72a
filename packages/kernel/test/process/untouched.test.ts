import { Kernel, Service } from "@pawl/kernel";
import { describe, expect, test, vi } from "vitest";

const events = ["SIGINT", "SIGTERM", "SIGHUP", "exit", "beforeExit", "uncaughtException", "unhandledRejection"];
const handlers = () => events.map((event) => process.listenerCount(event));

class Db extends Service {
  override onStart() {
    this.addCleanup(() => {
      throw new Error("the pool is stuck");
    });
  }
}

describe("P2 start() and stop()", () => {
  test("touch no signal handler, no exit code and no output", async () => {
    const before = { handlers: handlers(), exitCode: process.exitCode };
    const out = vi.spyOn(process.stdout, "write");
    const err = vi.spyOn(process.stderr, "write");
    const kernel = new Kernel({ providers: { db: Db } });
    await kernel.start();
    expect({ handlers: handlers(), exitCode: process.exitCode }).toEqual(before);
    await expect(kernel.stop()).rejects.toMatchObject({ code: "PAWL_STOP_FAILED" });
    expect({ handlers: handlers(), exitCode: process.exitCode }).toEqual(before);
    expect(out).not.toHaveBeenCalled();
    expect(err).not.toHaveBeenCalled();
  });
});

describe("P1 run()", () => {
  test("is one run, whoever asks for it while it lasts", async () => {
    const kernel = new Kernel({ providers: { calm: class Calm extends Service {} } });
    const run = kernel.run();
    expect(kernel.run()).toBe(run);
    await kernel.start();
    await kernel.stop();
    await run;
    expect(kernel.state).toBe("stopped");
  });

  test("is refused to an observer of facts, and leaves the process alone", async () => {
    const before = handlers();
    const kernel = new Kernel({ providers: { calm: class Calm extends Service {} } });
    let refused: unknown;
    kernel.observe(
      () => {
        try {
          void kernel.run();
        } catch (error) {
          refused = error;
        }
      },
      { kinds: ["kernel.started"] },
    );
    await kernel.start();
    expect(refused).toMatchObject({ code: "PAWL_OBSERVER_CALL" });
    expect(handlers()).toEqual(before);
    await kernel.stop();
  });
});
