import { childProcess } from "@pawl/background";
import { isAbortError, type StopError, systemClock } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { type GivenService, given } from "../given-service.ts";
import { LineRecorder, script } from "./line-recorder.ts";
import { gone, isRunning } from "./running.ts";

async function appWithOne() {
  const one = given();
  return { app: await testApp({ providers: { one } }), one };
}

/** Real time, for what only the operating system can say: whether a group has ended. */
async function realAppWithOne(onStart?: (this: GivenService) => unknown) {
  const one = given(onStart);
  return { app: await testApp({ clock: systemClock, providers: { one } }), one };
}

describe("S1 The stop of its service", () => {
  it("asks the process to end with SIGTERM, waits for it, and tells its last words", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const said = new LineRecorder();
    const polite = `trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.01; done`;
    const handle = childProcess(one, ...script(polite, { onStdout: said.take }));
    await said.first(/ready/);
    await app.stop();
    expect(said.lines).toEqual(["ready", "bye"]);
    expect(isRunning(handle.pid as number)).toBe(false);
    // However well it ended: it was cut short, as with any other exit code.
    expect(handle.state).toBe("cancelled");
    await expect(handle).rejects.toMatchObject({ name: "AbortError", path: "one" });
    expect(app.facts.of("process.exited")).toMatchObject([{ exitCode: 0, signal: null }]);
  });

  it("comes after onStop, in which the process is still alive", async () => {
    const said = new LineRecorder();
    const seen: unknown[] = [];
    const one = given();
    one.onStop = async () => {
      seen.push(handle.state, isRunning(handle.pid as number));
      await handle.write("last\n");
      await said.first(/last/);
    };
    await using app = await testApp({ providers: { one } });
    const handle = childProcess(one, "cat", [], { stdin: "pipe", onLine: said.take });
    await app.stop();
    expect(seen).toEqual(["running", true]);
    expect(said.lines).toEqual(["last"]);
    await gone(handle.pid as number);
  });

  it("kills with SIGKILL, after killAfter, what hangs on SIGTERM", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const said = new LineRecorder();
    const deaf = `trap 'echo deaf' TERM; echo ready; while :; do sleep 0.01; done`;
    const handle = childProcess(one, ...script(deaf, { onLine: said.take, killAfter: "3s" }));
    await said.first(/ready/);
    const stopped = app.stop();
    await said.first(/deaf/);
    await app.clock.advance("2999ms");
    expect(app.inspect().services[0]?.activities[0]).toMatchObject({ kind: "process", state: "ending" });
    expect(isRunning(handle.pid as number)).toBe(true);
    await app.clock.advance("1ms");
    await stopped;
    expect(isRunning(handle.pid as number)).toBe(false);
    expect(app.facts.of("process.exited")).toMatchObject([{ exitCode: null, signal: "SIGKILL" }]);
    expect(handle.state).toBe("cancelled");
    expect(await handle.catch(isAbortError)).toBe(true);
  });

  it("leaves nothing of what the process has started: a grandchild that hangs on SIGTERM is killed too", async () => {
    const { app, one } = await realAppWithOne();
    await using _ = app;
    const said = new LineRecorder();
    const parent = `sh -c 'trap "" TERM; echo grandchild $$; while :; do sleep 0.01; done' & echo child $$; wait`;
    childProcess(one, ...script(parent, { onLine: said.take, killAfter: "300ms" }));
    const pids = [await said.number("child"), await said.number("grandchild")];
    expect(pids.map(isRunning)).toEqual([true, true]);
    await app.stop();
    expect(pids.map(isRunning)).toEqual([false, false]);
  });

  it("gives a grandchild the time to end, though its parent has gone at once", async () => {
    const { app, one } = await realAppWithOne();
    await using _ = app;
    const said = new LineRecorder();
    const slow = `trap "sleep 0.2; echo saved; exit" TERM; echo grandchild $$; while :; do sleep 0.01; done`;
    childProcess(one, ...script(`sh -c '${slow}' & wait`, { onLine: said.take }));
    const pid = await said.number("grandchild");
    await app.stop();
    expect(said.lines).toContain("saved");
    expect(isRunning(pid)).toBe(false);
  });

  it("does not wait for ever for one that has left the group and holds the output open", async () => {
    const { app, one } = await realAppWithOne();
    await using _ = app;
    const said = new LineRecorder();
    const daemon = `setsid sh -c 'echo daemon $$; exec sleep 30' & exec sleep 60`;
    childProcess(one, ...script(daemon, { onLine: said.take, killAfter: "200ms" }));
    const pid = await said.number("daemon");
    try {
      await app.stop();
    } finally {
      process.kill(pid, "SIGKILL");
    }
    await gone(pid);
  });

  it("kills what is still there when the stop gives up", async () => {
    const said = new LineRecorder();
    const one = given();
    await using app = await testApp({ providers: { one }, shutdownTimeout: "1s" });
    const handle = childProcess(one, ...script(`trap '' TERM; echo ready; exec sleep 60`, { onLine: said.take }));
    handle.catch(() => {});
    await said.first(/ready/);
    const stopped = app.stop().catch((error: StopError) => error);
    await app.clock.advance("1s");
    expect(await stopped).toMatchObject({
      errors: [{ code: "PAWL_ABANDONED", path: "one", message: expect.stringContaining('process "sh"') }],
    });
    await gone(handle.pid as number);
  });
});

describe("cancel()", () => {
  it("ends the process alone; whoever holds the handle gets an AbortError", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const handle = childProcess(one, "sleep", ["60"]);
    const other = childProcess(one, "sleep", ["60"]);
    handle.cancel();
    handle.cancel();
    await expect(handle).rejects.toMatchObject({ name: "AbortError", path: "one" });
    expect([handle.state, other.state]).toEqual(["cancelled", "running"]);
    expect([handle, other].map(({ pid }) => isRunning(pid as number))).toEqual([false, true]);
    expect(app.state).toBe("running");
  });

  it("is called by the signal option, also by one that was aborted before", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const stop = new AbortController();
    const handle = childProcess(one, "sleep", ["60"], { signal: stop.signal });
    stop.abort();
    await expect(handle).rejects.toThrow("was cancelled");
    await expect(childProcess(one, "sleep", ["60"], { signal: AbortSignal.abort() })).rejects.toThrow("was cancelled");
  });

  it("is no failure of the service where nobody holds the handle", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const handle = childProcess(one, "sleep", ["60"]);
    handle[Symbol.dispose]();
    await gone(handle.pid as number);
    await app.stop();
    expect(app.errors).toEqual([]);
  });
});

describe("A process that ends by itself", () => {
  it("takes with it what it has left running", async () => {
    const { app, one } = await realAppWithOne();
    await using _ = app;
    const said = new LineRecorder();
    const exit = await childProcess(one, ...script(`sleep 60 & echo left $!; exit 0`, { onLine: said.take }));
    expect(exit).toMatchObject({ exitCode: 0 });
    expect(isRunning(await said.number("left"))).toBe(false);
  });

  it("leaves the tree, is told in facts, and leaves nothing in the operating system", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const handle = childProcess(one, ...script("exit 0", { label: "quick" }));
    expect(app.inspect().services[0]?.activities).toMatchObject([{ kind: "process", label: "quick", pid: handle.pid }]);
    await handle;
    expect(app.inspect().services[0]?.activities).toEqual([]);
    const { pid } = handle;
    expect(app.facts.of("process.started")).toMatchObject([{ path: "one", label: "quick", pid }]);
    const ended = { path: "one", label: "quick", pid, exitCode: 0, signal: null, ms: expect.any(Number) };
    expect(app.facts.of("process.exited")).toMatchObject([ended]);
    expect(isRunning(pid as number)).toBe(false);
  });
});

it("S5 a service that does not run starts no process", async () => {
  const one = given();
  expect(() => childProcess(one, "sleep", ["60"])).toThrow(expect.objectContaining({ code: "PAWL_NOT_RUNNING" }));
  await using app = await testApp({ providers: { one } });
  await app.stop();
  expect(() => childProcess(one, "sleep", ["60"])).toThrow("one: childProcess() was called while it is stopped");
});
