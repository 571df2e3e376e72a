import { CrashError, EmitError, type ErrorOrigin, Kernel, StartError, StopError } from "@pawl/kernel";
import { describe, expect, it, onTestFinished } from "vitest";
import { type GivenHooks, given } from "../given-service.ts";

const boom = new Error("boom");

function kernelWith(hooks: GivenHooks) {
  const one = given(hooks);
  const told: { readonly error: unknown; readonly origin: ErrorOrigin }[] = [];
  const kernel: Kernel = new Kernel({ providers: { one }, onError: (error, origin) => told.push({ error, origin }) });
  onTestFinished(async () => {
    await kernel.stop().catch(() => {});
  });
  return { kernel, one, told };
}

const fails = () => {
  throw boom;
};

/** A few turns of the event loop: whatever is still to be told is told by then. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
}

describe("§7 Each error is told once: to the caller who can see it, else to onError", () => {
  it("a failed start to the caller of start()", async () => {
    const { kernel, told } = kernelWith({ onStart: fails });
    await expect(kernel.start()).rejects.toBeInstanceOf(StartError);
    await turns();
    expect(told).toEqual([]);
  });

  it("a failed stop to the caller of stop(), all callers the same", async () => {
    const { kernel, told } = kernelWith({ onStop: fails });
    await kernel.start();
    const [first, second] = await Promise.allSettled([kernel.stop(), kernel.stop()]);
    expect(first).toEqual(second);
    expect((first as PromiseRejectedResult).reason).toBeInstanceOf(StopError);
    await turns();
    expect(told).toEqual([]);
  });

  it("the failed start of a child to the caller of adopt()", async () => {
    const { kernel, one, told } = kernelWith({});
    await kernel.start();
    await expect(one.adopt(given({ onStart: fails }))).rejects.toMatchObject({ cause: boom });
    await turns();
    expect(told).toEqual([]);
  });

  it("failures of listeners to the caller of emitAndWait(), or to onError where emit was called", async () => {
    const { kernel, one, told } = kernelWith({});
    await kernel.start();
    one.listen("paid", fails);
    await expect(kernel.bus.emitAndWait("paid")).rejects.toBeInstanceOf(EmitError);
    await turns();
    expect(told).toEqual([]);
    kernel.bus.emit("paid");
    expect(told.map(({ error }) => error)).toEqual([boom]);
  });

  it("a failed task to its holder", async () => {
    const { kernel, one, told } = kernelWith({});
    await kernel.start();
    await expect(one.spawn(fails)).rejects.toBe(boom);
    await turns();
    expect(told).toEqual([]);
  });

  it("a crash to who waits for the end, and to onError only where nobody does", async () => {
    const waited = kernelWith({});
    await waited.kernel.start();
    const ended = waited.kernel.wait().catch((error: unknown) => error);
    waited.one.fail(boom);
    expect(await ended).toBeInstanceOf(CrashError);
    await turns();
    expect(waited.told).toEqual([]);

    const unwatched = kernelWith({});
    await unwatched.kernel.start();
    unwatched.one.fail(boom);
    await turns();
    expect(unwatched.told).toHaveLength(1);
    expect(unwatched.told[0]).toMatchObject({ error: { cause: boom, path: "one" }, origin: { path: "one" } });
  });
});

describe("§7 onError gets the error as it was thrown, and where it came from", () => {
  it.each<[string, GivenHooks, ErrorOrigin]>([
    [
      "a tick",
      {
        onStart() {
          this.interval(fails, "1ms", { label: "collect" });
        },
      },
      { path: "one", label: 'interval "collect"' },
    ],
    [
      "a timeout",
      {
        onStart() {
          this.timeout(fails, 0, { label: "later" });
        },
      },
      { path: "one", label: 'timeout "later"' },
    ],
    [
      "a listener",
      {
        onStart() {
          this.listen("paid", fails);
          this.timeout(() => void this.emit("paid"), 0);
        },
      },
      { path: "one", label: 'listener of "paid"', event: "paid" },
    ],
  ])("%s", async (_, hooks, origin) => {
    const { kernel, one, told } = kernelWith(hooks);
    await kernel.start();
    while (told.length === 0) await new Promise(setImmediate);
    await one.stop();
    expect(told[0]).toEqual({ error: boom, origin });
  });

  it("is refused where it is no function", () => {
    const make = () => new Kernel({ onError: "log" as never });
    expect(make).toThrow(TypeError);
    expect(make).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
    expect(make).toThrow("Kernel({ onError }): it must be a function, not string");
  });
});
