import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { threadId } from "node:worker_threads";
import { type WorkerOptions, worker } from "@pawl/background";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { given } from "../given-service.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { until } from "../until.ts";

const url = new URL("./fixtures/work.ts", import.meta.url);

async function appWithWorker(options?: WorkerOptions) {
  const one = given();
  const app = await testApp({ providers: { one } });
  const work = await worker<typeof import("./fixtures/work.ts")>(one, url, options);
  return { app, one, work };
}

describe("A call", () => {
  it("runs in a thread of its own, and gives what the function gives, awaited", async () => {
    const { app, work } = await appWithWorker({ data: { seed: 7 } });
    await using _ = app;
    expect(await work.call.add(1, 2)).toBe(3);
    expect(await work.call.add(1)).toBe(11);
    const data = new Map([["a", new Uint8Array([1, 2])]]);
    expect(await work.call.echo(data)).toEqual(data);
    const where = await work.call.where();
    expect(where.threadId).not.toBe(threadId);
    expect(where.data).toEqual({ seed: 7 });
  });

  it("knows the functions of the module, and nothing else", async () => {
    const { app, work } = await appWithWorker();
    await using _ = app;
    expect(Object.keys(work.call)).toEqual(expect.arrayContaining(["add", "echo"]));
    expect("version" in work.call).toBe(false);
    expect(() => (work.call as unknown as { nope(): void }).nope()).toThrow(TypeError);
  });

  it("rejects with the error of the function: its class, name, message, code, cause and stack", async () => {
    const { app, work } = await appWithWorker();
    await using _ = app;
    const range = await work.call.fails("range").catch((error: unknown) => error);
    expect(range).toBeInstanceOf(RangeError);
    expect((range as Error).stack).toMatch(/^RangeError: too far\n.*fails.*work\.ts/);
    expect(await work.call.fails("odd").catch((error: unknown) => error)).toMatchObject({
      name: "OddError",
      message: "odd",
      code: "ODD",
    });
    const { cause } = (await work.call.fails("cause").catch((error: unknown) => error)) as Error;
    expect(cause).toBeInstanceOf(TypeError);
    expect(cause).toMatchObject({ message: "inner" });
    expect(await work.call.fails("text").catch((error: unknown) => error)).toBe("only text");
    // None of this is a failure of the worker.
    expect(await work.call.add(1, 1)).toBe(2);
    expect(app.inspect().services[0]?.children[0]?.activities).toMatchObject([
      { kind: "worker", errors: 4, calls: 5, lastError: "only text" },
    ]);
  });

  it("says what cannot be sent, to the thread or back", async () => {
    const { app, work } = await appWithWorker();
    await using _ = app;
    await expect(work.call.echo(() => {})).rejects.toMatchObject({
      code: "PAWL_WORKER_NOT_SENT",
      path: "one/work",
      message: expect.stringContaining("the arguments of echo() cannot be sent"),
    });
    await expect(work.call.givesFunction()).rejects.toMatchObject({ name: "DataCloneError" });
    expect(await work.call.add(1, 1)).toBe(2);
  });

  it("moves what it is told to transfer", async () => {
    const { app, work } = await appWithWorker();
    await using _ = app;
    const buffer = new ArrayBuffer(8);
    expect(await work.call.byteLength(buffer)).toBe(8);
    expect(buffer.byteLength).toBe(8);
    expect(await work.with({ transfer: [buffer] }).byteLength(buffer)).toBe(8);
    expect(buffer.byteLength).toBe(0);
  });
});

describe("concurrency", () => {
  it("is one by default: the next call begins when the one before has ended", async () => {
    using folder = new TemporaryFolder();
    const { app, work } = await appWithWorker();
    await using _ = app;
    const first = work.call.waitFor(folder.path, "first");
    const second = work.call.waitFor(folder.path, "second");
    await until("the first runs", () => existsSync(`${folder.path}/first.begun`));
    expect(app.inspect().services[0]?.children[0]?.activities).toMatchObject([{ running: 1, waiting: 1 }]);
    expect(existsSync(`${folder.path}/second.begun`)).toBe(false);
    writeFileSync(`${folder.path}/second.go`, "2");
    writeFileSync(`${folder.path}/first.go`, "1");
    expect(await Promise.all([first, second])).toEqual(["1", "2"]);
  });

  it("lets so many calls be in the thread at once", async () => {
    using folder = new TemporaryFolder();
    const { app, work } = await appWithWorker({ concurrency: 2 });
    await using _ = app;
    const first = work.call.waitFor(folder.path, "first");
    const second = work.call.waitFor(folder.path, "second");
    await until("both run", () => ["first", "second"].every((name) => existsSync(`${folder.path}/${name}.begun`)));
    for (const name of ["first", "second"]) writeFileSync(`${folder.path}/${name}.go`, name);
    expect(await Promise.all([second, first])).toEqual(["second", "first"]);
  });

  it("and capacity bounds the line: the next call is refused", async () => {
    using folder = new TemporaryFolder();
    const { app, work } = await appWithWorker({ capacity: 1 });
    await using _ = app;
    const first = work.call.waitFor(folder.path, "first");
    const second = work.call.add(1, 1);
    await expect(work.call.add(2, 2)).rejects.toMatchObject({ code: "PAWL_WORKER_FULL", path: "one/work" });
    writeFileSync(`${folder.path}/first.go`, "1");
    expect(await Promise.all([first, second])).toEqual(["1", 2]);
  });
});

describe("A caller that waits no longer", () => {
  it("after its timeout gets an error; the function sees it by its signal", async () => {
    using folder = new TemporaryFolder();
    const { app, work } = await appWithWorker();
    await using _ = app;
    const call = work.with({ timeout: "5s" }).untilCancelled(folder.path);
    const outcome = call.catch((error: unknown) => error);
    await until("it runs", () => existsSync(`${folder.path}/cancellable.begun`));
    await app.clock.advance("4999ms");
    expect(existsSync(`${folder.path}/cancelled`)).toBe(false);
    await app.clock.advance("1ms");
    expect(await outcome).toMatchObject({
      code: "PAWL_WORKER_TIMEOUT",
      message: expect.stringContaining("untilCancelled() was not done within 5s"),
    });
    await until("the function has seen it", () => existsSync(`${folder.path}/cancelled`));
    expect(await work.call.add(1, 1)).toBe(2);
  });

  it("by its signal gets the reason, also while the call is in line; then it is not made", async () => {
    using folder = new TemporaryFolder();
    const { app, work } = await appWithWorker();
    await using _ = app;
    const stop = new AbortController();
    const first = work.call.waitFor(folder.path, "first");
    const second = work.with({ signal: stop.signal }).waitFor(folder.path, "second");
    const third = work.call.add(1, 1);
    stop.abort();
    await expect(second).rejects.toMatchObject({ name: "AbortError" });
    await expect(work.with({ signal: stop.signal }).add(1, 1)).rejects.toMatchObject({ name: "AbortError" });
    writeFileSync(`${folder.path}/first.go`, "1");
    expect(await Promise.all([first, third])).toEqual(["1", 2]);
    expect(existsSync(`${folder.path}/second.begun`)).toBe(false);
  });

  it("leaves its place in line at once: it goes to the next call", async () => {
    using folder = new TemporaryFolder();
    const { app, work } = await appWithWorker({ capacity: 1 });
    await using _ = app;
    const stop = new AbortController();
    const first = work.call.waitFor(folder.path, "first");
    const second = work.with({ signal: stop.signal }).add(1, 1);
    stop.abort();
    await expect(second).rejects.toMatchObject({ name: "AbortError" });
    expect(app.inspect().services[0]?.children[0]?.activities).toMatchObject([{ running: 1, waiting: 0 }]);
    const third = work.with({ timeout: "1s" }).add(2, 2);
    const late = third.catch((error: unknown) => error);
    await app.clock.advance("1s");
    expect(await late).toMatchObject({ code: "PAWL_WORKER_TIMEOUT" });
    const fourth = work.call.add(3, 3);
    writeFileSync(`${folder.path}/first.go`, "1");
    expect(await Promise.all([first, fourth])).toEqual(["1", 6]);
  });

  it("leaves no timer and no listener behind when it was answered in time", async () => {
    const { app, work } = await appWithWorker();
    await using _ = app;
    const { signal } = new AbortController();
    let listeners = 0;
    const count = {
      addEventListener: () => void listeners++,
      removeEventListener: () => void listeners--,
      aborted: false,
    };
    await work.with({ timeout: "5s", signal }).add(1, 1);
    await work.with({ signal: count as unknown as AbortSignal }).add(1, 1);
    expect([listeners, app.clock.pending.length]).toEqual([0, 0]);
  });
});

describe("An option", () => {
  it.each([
    ["./work.ts", {}, "new URL("],
    [url, { concurrency: 0 }, "concurrency"],
    [url, { capacity: 1.5 }, "capacity"],
    [url, { terminateOnTimeout: "1s" }, "terminateOnTimeout"],
    [url, null, "options"],
    [url, { restart: "often" }, "restart"],
  ])("that it cannot have is refused: %s %j", async (given_, options, named) => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    await expect(worker(one, given_ as URL, options as never)).rejects.toMatchObject({
      code: "PAWL_BAD_OPTION",
      message: expect.stringContaining(named),
    });
    expect(app.inspect().services[0]?.children).toEqual([]);
  });

  it("of a call, too", async () => {
    const { app, work } = await appWithWorker();
    await using _ = app;
    expect(() => work.with({ timeout: "soon" as never })).toThrow("soon");
    expect(() => work.with({ signal: {} as never })).toThrow("AbortSignal");
    expect(() => work.with({ transfer: 3 as never })).toThrow("transfer");
  });
});

it("runs TypeScript from the sources, with the conditions of the process", { timeout: 20_000 }, async () => {
  const program = new URL("./fixtures/program.ts", import.meta.url).pathname;
  const { NODE_OPTIONS: _options, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=pawl-source", program], { env });
  expect(stdout).toBe("2m\nstopped\n");
});
