import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type FileEvent, watch } from "@pawl/background";
import type { CallContext, StopError } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { type GivenService, given } from "../given-service.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { until } from "../until.ts";
import { FileRecorder } from "./file-recorder.ts";

async function appWithOne() {
  const one = given();
  return { app: await testApp({ providers: { one } }), one };
}

describe("The function of a watch", () => {
  it("is called on the service, with the event and { signal }", async () => {
    using folder = new TemporaryFolder();
    const { app, one } = await appWithOne();
    await using _ = app;
    const seen: unknown[][] = [];
    function take(this: GivenService, event: FileEvent, context: CallContext) {
      seen.push([this, event.kind, context.signal.aborted]);
    }
    await watch(one, folder.path, take).ready;
    writeFileSync(`${folder.path}/a`, "1");
    await until("it is called", () => seen.length > 0);
    expect(seen[0]).toEqual([one, "created", false]);
  });

  it("is called for one event at a time; changes of a file that still waits are told once", async () => {
    using folder = new TemporaryFolder();
    const { app, one } = await appWithOne();
    await using _ = app;
    const log: string[] = [];
    const gate = Promise.withResolvers<void>();
    const take = async ({ kind, path }: FileEvent) => {
      const name = path.slice(folder.path.length + 1);
      log.push(`${kind} ${name}`);
      await gate.promise;
      log.push(`done ${name}`);
    };
    const handle = watch(one, folder.path, take, { label: "inbox" });
    await handle.ready;
    writeFileSync(`${folder.path}/a`, "1");
    await until("it is called", () => log.length === 1);
    writeFileSync(`${folder.path}/b`, "1");
    const waiting = () => app.inspect().services[0]?.activities[0]?.waiting;
    await until("b waits", () => waiting() === 1);
    for (let i = 0; i < 5; i++) {
      appendFileSync(`${folder.path}/b`, "more");
      await delay(60);
    }
    expect(waiting()).toBe(1);
    expect(app.inspect().services[0]?.activities).toEqual([
      {
        kind: "watch",
        label: "inbox",
        paths: [folder.path],
        ready: true,
        calls: 1,
        errors: 0,
        running: true,
        waiting: 1,
        lastAt: "2025-01-01T00:00:00.000Z",
      },
    ]);
    gate.resolve();
    await until("both are told", () => log.length === 4);
    expect(log).toEqual(["created a", "done a", "created b", "done b"]);
  });

  it("that fails goes to onError, and the watch goes on", async () => {
    using folder = new TemporaryFolder();
    const { app, one } = await appWithOne();
    await using _ = app;
    const files = new FileRecorder(folder.path);
    const take = async (event: FileEvent) => {
      if (event.path.endsWith("bad")) throw new Error("cannot read it");
      files.take(event);
    };
    await watch(one, folder.path, take, { label: "inbox" }).ready;
    writeFileSync(`${folder.path}/bad`, "1");
    await until("it is reported", () => app.inspect().services[0]?.activities[0]?.errors === 1);
    writeFileSync(`${folder.path}/good`, "1");
    await files.seen("created good");
    expect(app.inspect().services[0]?.activities).toMatchObject([{ errors: 1, lastError: "cannot read it" }]);
    expect(app.errors).toMatchObject([
      { error: new Error("cannot read it"), origin: { path: "one", label: 'watch "inbox"' } },
    ]);
  });

  it('that fails crashes the service with onError: "crash"', async () => {
    using folder = new TemporaryFolder();
    const { app, one } = await appWithOne();
    await using _ = app;
    const ended = app.wait().catch((error: unknown) => error);
    const take = () => {
      throw new Error("cannot go on");
    };
    await watch(one, folder.path, take, { onError: "crash" }).ready;
    writeFileSync(`${folder.path}/a`, "1");
    expect(await ended).toMatchObject({ path: "one", cause: new Error("cannot go on") });
  });

  it("may be called for thousands of events in a row without growing the stack", { timeout: 40_000 }, async () => {
    using folder = new TemporaryFolder();
    for (let i = 0; i < 10; i++) mkdirSync(`${folder.path}/${i}`);
    for (let i = 0; i < 2_000; i++) writeFileSync(`${folder.path}/${i % 10}/${i}`, "");
    const { app, one } = await appWithOne();
    await using _ = app;
    const gate = Promise.withResolvers<void>();
    let calls = 0;
    await watch(one, folder.path, () => (calls++ === 0 ? gate.promise : undefined), { initial: true }).ready;
    expect(app.inspect().services[0]?.activities).toMatchObject([{ waiting: 2_009 }]);
    gate.resolve();
    await until("all are told", () => calls === 2_010, 20_000);
  });
});

describe("S1 The stop of its service", () => {
  it("tells what was seen before, and nothing that comes later", async () => {
    using folder = new TemporaryFolder();
    const { app, one } = await appWithOne();
    await using _ = app;
    const files = new FileRecorder(folder.path);
    const gate = Promise.withResolvers<void>();
    let aborted: boolean | undefined;
    const take = async (event: FileEvent, { signal }: CallContext) => {
      await gate.promise;
      aborted = signal.aborted;
      files.take(event);
    };
    await watch(one, folder.path, take).ready;
    for (const name of ["a", "b"]) writeFileSync(`${folder.path}/${name}`, "1");
    await until("one runs, one waits", () => app.inspect().services[0]?.activities[0]?.waiting === 1);
    const stopped = app.stop();
    await until("it is stopping", () => app.inspect().services[0]?.state === "stopping");
    writeFileSync(`${folder.path}/late`, "1");
    await delay(150);
    gate.resolve();
    await stopped;
    expect(files.told.sort()).toEqual(["created a", "created b"]);
    // Its signal was not aborted while there was something to tell.
    expect(aborted).toBe(false);
  });

  it("says what it had no time for", async () => {
    using folder = new TemporaryFolder();
    const { app, one } = await appWithOne();
    await using _ = app;
    const take = (_event: FileEvent, { signal }: CallContext) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", resolve);
      });
    await watch(one, folder.path, take, { label: "inbox" }).ready;
    for (const name of ["a", "b", "c"]) writeFileSync(`${folder.path}/${name}`, "1");
    await until("one runs, two wait", () => app.inspect().services[0]?.activities[0]?.waiting === 2);
    const stopped = app.stop().catch((error: StopError) => error);
    await until("it is stopping", () => app.inspect().services[0]?.state === "stopping");
    await app.clock.advance("10s");
    expect(await stopped).toMatchObject({
      errors: [{ cause: { code: "PAWL_WATCH_LEFT", message: expect.stringContaining("2 events not told") } }],
    });
  });

  it("in the middle of a burst is prompt, and leaves nothing behind", { timeout: 20_000 }, async () => {
    using folder = new TemporaryFolder();
    const { app, one } = await appWithOne();
    await using _ = app;
    const files = new FileRecorder(folder.path);
    await watch(one, [folder.path, `${folder.path}/missing`], files.take, { initial: true }).ready;
    for (let i = 0; i < 1_000; i++) writeFileSync(`${folder.path}/file-${i}`, "1");
    await until("some are told", () => files.events.length > 0);
    const began = performance.now();
    await app.stop();
    expect(performance.now() - began).toBeLessThan(5_000);
    const told = files.events.length;
    writeFileSync(`${folder.path}/late`, "1");
    await delay(200);
    expect(files.events.length).toBe(told);
  });

  it("while it is still looking through for the first time is no failure", async () => {
    using folder = new TemporaryFolder();
    for (let i = 0; i < 200; i++) writeFileSync(`${folder.path}/file-${i}`, "1");
    const { app, one } = await appWithOne();
    await using _ = app;
    const handle = watch(one, folder.path, () => {}, { initial: true });
    const ready = handle.ready.catch((error: unknown) => error);
    await app.stop();
    expect(await ready).toMatchObject({ name: "AbortError", path: "one" });
  });

  it("and a new start watch anew", async () => {
    using folder = new TemporaryFolder();
    const files = new FileRecorder(folder.path);
    const one = given(async function () {
      await watch(this, folder.path, files.take).ready;
    });
    await using app = await testApp({ providers: { one } });
    await app.stop();
    await app.start();
    writeFileSync(`${folder.path}/a`, "1");
    await files.seen("created a");
    expect(files.told).toEqual(["created a"]);
  });
});

describe("cancel()", () => {
  it("ends the watch and drops what waits", async () => {
    using folder = new TemporaryFolder();
    const { app, one } = await appWithOne();
    await using _ = app;
    const gate = Promise.withResolvers<void>();
    let calls = 0;
    const handle = watch(one, folder.path, () => {
      calls++;
      return gate.promise;
    });
    await handle.ready;
    for (const name of ["a", "b"]) writeFileSync(`${folder.path}/${name}`, "1");
    await until("one runs, one waits", () => app.inspect().services[0]?.activities[0]?.waiting === 1);
    handle.cancel();
    handle.cancel();
    gate.resolve();
    await until("it has left the tree", () => app.inspect().services[0]?.activities.length === 0);
    expect(calls).toBe(1);
    expect(app.errors).toEqual([]);
  });

  it("is called by the signal option", async () => {
    using folder = new TemporaryFolder();
    const { app, one } = await appWithOne();
    await using _ = app;
    const stop = new AbortController();
    await watch(one, folder.path, () => {}, { signal: stop.signal }).ready;
    stop.abort();
    expect(app.inspect().services[0]?.activities).toEqual([]);
  });
});

it("tells onError what the operating system refuses, once, and goes on", async () => {
  using folder = new TemporaryFolder();
  const { app, one } = await appWithOne();
  await using _ = app;
  const long = "x".repeat(300);
  const files = new FileRecorder(folder.path);
  await watch(one, [folder.path, `${folder.path}/${long}`], files.take, { label: "inbox" }).ready;
  // Looked for several times meanwhile.
  await delay(350);
  expect(app.errors).toMatchObject([
    { error: { code: "PAWL_WATCH_FAILED", path: "one", cause: { code: "ENAMETOOLONG" } } },
  ]);
  writeFileSync(`${folder.path}/a`, "1");
  await files.seen("created a");
});

it("S5 a service that does not run watches nothing", async () => {
  using folder = new TemporaryFolder();
  expect(() => watch(given(), folder.path, () => {})).toThrow(expect.objectContaining({ code: "PAWL_NOT_RUNNING" }));
  rmSync(folder.path, { recursive: true });
});
