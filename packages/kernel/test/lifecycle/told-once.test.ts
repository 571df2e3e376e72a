import type { CrashError, StartError, StopError } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { actor, errorOf, forever, gate } from "./actor.ts";

const fails = (error: unknown) => () => Promise.reject(error);

// Failures that come by more than one way: found by the random trees.
describe("§7 Each error is told once", () => {
  it("an async factory that rejects in the turn in which another member of its stage has failed", async () => {
    const [one, two] = [new Error("one"), new Error("two")];
    await using app = createTestApp({
      providers: [
        {
          a: () => {
            throw one;
          },
          b: fails(two),
        },
      ],
    });
    const error = await errorOf<StartError>(app.start());
    expect(error).toMatchObject({ path: "a", cause: one });
    expect(error.errors).toMatchObject([{ path: "b", cause: two }]);
  });

  it("the failure of a dependency that ends one start directly and another by way of an adopted child", async () => {
    const boom = new Error("boom");
    const connection = actor({ name: "connection", onStart: fails(boom) });
    const dependencies = () => [connection];
    const parent = actor({
      async onStart() {
        await this.adopt(actor({ dependencies }));
      },
    });
    await using app = createTestApp({ providers: [{ shop: actor({ dependencies }), parent }] });
    const error = await errorOf<StartError>(app.start());
    expect(error).toMatchObject({ path: "connection", cause: boom, errors: [] });
  });

  it("the crash of a dependency whose holders are running, starting, and in their onReady", async () => {
    const boom = new Error("boom");
    const connection = actor({ name: "connection" });
    const dependencies = () => [connection];
    await using app = createTestApp({
      providers: [
        { first: actor({ dependencies }), readying: actor({ dependencies, onReady: forever }) },
        { last: actor() },
      ],
    });
    const started = errorOf<StartError>(app.start());
    await app.clock.settle();
    connection.fail(boom);
    await app.clock.advance("10s");
    const error = await started;
    expect(error).toMatchObject({ code: "PAWL_START_FAILED", path: "connection", cause: boom });
    expect(error.errors).toMatchObject([{ code: "PAWL_ABANDONED", path: "readying" }]);
  });

  it("the crash of a dependency that ends the app and, by a task, the start of a child that waits for it", async () => {
    const boom = new Error("boom");
    const work = gate();
    const connection = actor({ name: "connection" });
    const dependencies = () => [connection];
    const shop = actor({
      dependencies,
      onStart() {
        this.spawn(async () => {
          await this.adopt(actor({ dependencies, onStart: () => work.opened }));
        });
      },
    });
    await using app = await testApp({ providers: { shop } });
    const ended = errorOf<CrashError>(app.wait());
    await app.clock.settle();
    connection.fail(boom);
    await app.clock.settle();
    work.open();
    expect(await ended).toMatchObject({ path: "connection", cause: boom });
    // And no StopError that would tell it again.
    expect(app.errors).toEqual([]);
  });

  it("what failed in undoing a start that ended for a known reason is told all the same", async () => {
    const boom = new Error("boom");
    const late = new Error("late");
    const work = gate();
    const connection = actor({ name: "connection" });
    const dependencies = () => [connection];
    const shop = actor({
      dependencies,
      onStart() {
        this.spawn(async () => {
          await this.adopt(actor({ name: "child", dependencies, onStart: () => work.opened }));
        });
      },
    });
    await using app = await testApp({ providers: { shop } });
    const ended = errorOf(app.wait());
    await app.clock.settle();
    connection.fail(boom);
    await app.clock.settle();
    work.fail(late);
    await ended;
    expect(app.errors).toMatchObject([
      { error: { code: "PAWL_STOP_FAILED", errors: [{ path: "shop/child", step: "onStart", cause: late }] } },
    ]);
  });

  it("a stop that cuts short a dependency, and with it the start that waits for it, has no failure to tell", async () => {
    const work = gate();
    const connection = actor({
      name: "connection",
      async onStart() {
        await this.adopt(actor({ onStart: () => work.opened }));
      },
    });
    const shop = actor({
      onStart() {
        this.spawn(async () => {
          await this.adopt(actor({ dependencies: () => [connection] }));
        });
      },
    });
    await using app = await testApp({ providers: { shop } });
    await app.clock.settle();
    const stopping = app.stop();
    work.open();
    await stopping;
  });

  it("one error that two services throw is two failures", async () => {
    const boom = new Error("boom");
    await using app = await testApp({
      providers: { one: actor({ onStop: fails(boom) }), two: actor({ onStop: fails(boom) }) },
    });
    const { errors } = await errorOf<StopError>(app.stop());
    expect(errors).toMatchObject([
      { path: "two", cause: boom },
      { path: "one", cause: boom },
    ]);
  });
});
