import { Kernel, PawlError } from "@pawl/kernel";
import { virtualClock } from "@pawl/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { type GivenService, given } from "../given-service.ts";

async function running() {
  const errors: unknown[] = [];
  const one = given();
  const kernel: Kernel = new Kernel({
    providers: { one },
    clock: virtualClock({ warnAfter: false }),
    onError: (error) => errors.push(error),
  });
  await kernel.start();
  onTestFinished(() => kernel.stop());
  return { kernel, one, errors };
}

/** What `call` throws or rejects with when an observer makes it. */
async function inObserver(kernel: Kernel, call: () => unknown): Promise<unknown> {
  let result: unknown;
  const undo = kernel.observe(
    () => {
      try {
        result = call();
      } catch (error) {
        result = Promise.reject(error);
      }
    },
    { kinds: ["event.emitted"] },
  );
  kernel.bus.emit("observed");
  undo();
  return await Promise.resolve(result).then(
    (value) => ({ value }),
    (error: unknown) => error,
  );
}

const calls: Record<string, (kernel: Kernel, one: GivenService) => unknown> = {
  "kernel.bus.emit()": (kernel) => kernel.bus.emit("paid"),
  "kernel.bus.emitAndWait()": (kernel) => kernel.bus.emitAndWait("paid"),
  "kernel.bus.on()": (kernel) => kernel.bus.on("paid", () => {}),
  "kernel.start()": (kernel) => kernel.start(),
  "kernel.stop()": (kernel) => kernel.stop(),
  "kernel.restart()": (kernel) => kernel.restart(),
  "service.emit()": (_, one) => one.emit("paid"),
  "service.listen()": (_, one) => one.listen("paid", () => {}),
  "service.interval()": (_, one) => one.interval(() => {}, "1s"),
  "service.cron()": (_, one) => one.cron(() => {}, "* * * * *"),
  "service.timeout()": (_, one) => one.timeout(() => {}, "1s"),
  "service.spawn()": (_, one) => one.spawn(() => {}),
  "service.sleep()": (_, one) => one.sleep("1s"),
  "service.waitFor()": (_, one) => one.waitFor("paid"),
  "service.adopt()": (_, one) => one.adopt(given()),
  "service.own()": (_, one) => one.own({}, () => {}),
  "service.addCleanup()": (_, one) => one.addCleanup(() => {}),
  "service.stop()": (_, one) => one.stop(),
  "service.fail()": (_, one) => one.fail(new Error("boom")),
};

describe("§6 Observers may not call the kernel", () => {
  it.each(Object.keys(calls))("%s is refused with PAWL_OBSERVER_CALL, and does nothing", async (name) => {
    const { kernel, one, errors } = await running();
    const before = kernel.inspect();
    const error = await inObserver(kernel, () => (calls[name] as (typeof calls)[string])(kernel, one));
    expect(PawlError.is(error)).toBe(true);
    expect(error).toMatchObject({
      code: "PAWL_OBSERVER_CALL",
      message: expect.stringMatching(/^an observer of facts called \w+\(\); observers only look\./),
    });
    expect(kernel.inspect()).toEqual(before);
    expect(kernel.state).toBe("running");
    expect(errors).toEqual([]);
  });

  it("the refusal goes to onError where the observer lets it pass", async () => {
    const { kernel, errors } = await running();
    kernel.observe(() => kernel.bus.emit("paid"), { kinds: ["event.emitted"] });
    kernel.bus.emit("observed");
    expect(errors).toMatchObject([{ code: "PAWL_OBSERVER_CALL" }]);
  });

  it("own() is refused as ever: what was given is released at once", async () => {
    const { kernel, one } = await running();
    const released: string[] = [];
    await inObserver(kernel, () => one.own({}, () => released.push("released")));
    expect(released).toEqual(["released"]);
  });

  it("they may look: state, service() and inspect() work, and so does observe()", async () => {
    const { kernel, one } = await running();
    const seen = await inObserver(kernel, () => [
      kernel.state,
      kernel.service("one"),
      kernel.inspect().name,
      one.path,
      typeof kernel.observe(() => {}),
    ]);
    expect(seen).toEqual({ value: ["running", one, "app", "one", "function"] });
  });

  it("and call later what they like, from a microtask on", async () => {
    const { kernel, one, errors } = await running();
    const heard: string[] = [];
    one.listen("paid", () => heard.push("paid"));
    const undo = kernel.observe(() => queueMicrotask(() => kernel.bus.emit("paid")), { kinds: ["event.emitted"] });
    kernel.bus.emit("observed");
    undo();
    await Promise.resolve();
    expect(heard).toEqual(["paid"]);
    expect(errors).toEqual([]);
  });

  it("calls by others are taken again as soon as the observer has returned or thrown", async () => {
    const { kernel, errors } = await running();
    kernel.observe(
      () => {
        throw new Error("boom");
      },
      { kinds: ["event.emitted"] },
    );
    expect(kernel.bus.emit("paid")).toBe(0);
    expect(kernel.bus.emit("paid")).toBe(0);
    expect(errors).toHaveLength(2);
  });

  it("an observer of one kernel may call another", async () => {
    const { kernel, errors } = await running();
    const other = await running();
    other.one.listen("paid", () => {});
    const result = await inObserver(kernel, () => other.kernel.bus.emit("paid"));
    expect(result).toEqual({ value: 1 });
    expect(errors).toEqual([]);
  });
});
