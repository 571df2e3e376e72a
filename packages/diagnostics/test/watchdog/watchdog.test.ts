import { setTimeout as delay } from "node:timers/promises";
import { userFrames, Watchdog } from "@pawl/diagnostics";
import { Kernel } from "@pawl/kernel";
import { leakCheck } from "@pawl/testing";
import { describe, expect, test, vi } from "vitest";
import { Program } from "../../../kernel/test/process/program.ts";

// A process of its own takes its time to start on a machine that is busy.
vi.setConfig({ testTimeout: 30_000 });

interface Blocked {
  readonly kind: string;
  readonly path: string;
  readonly label?: string;
  readonly ms: number;
  readonly stack: string;
  readonly stackDelayMs: number;
}

const fixture = (how: string) => new Program(new URL("./fixtures/blocked.ts", import.meta.url), { args: [how] });

function saidIn(lines: readonly string[]) {
  const said = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  return { blocked: said.slice(0, -1) as Blocked[], atEnd: said.at(-1) as Record<string, unknown> };
}

/** Runs the program that blocks its loop in such a way, until it ends. */
async function ended(how: string) {
  await using program = fixture(how);
  const { code, lines } = await program.ended;
  expect(code).toBe(0);
  return saidIn(lines);
}

describe("a blocked event loop in a process", () => {
  test("is told with the service, the activity and the line that blocked it, when it goes on", async () => {
    const { blocked, atEnd } = await ended("busy");
    expect(blocked).toEqual([
      expect.objectContaining({ kind: "loop.blocked", path: "metrics", label: 'interval "collect"' }),
    ]);
    expect(blocked[0]?.ms).toBeGreaterThan(1_000);
    expect(blocked[0]?.stack).toMatch(
      /at busyFor \(file:.*\/blocked\.ts:14:\d+\)\nat collect \(file:.*\/blocked\.ts:\d+:\d+\)/,
    );
    expect(atEnd["loop"]).toMatchObject({ watching: true, blocks: 1, maxMs: expect.toSatisfy((ms) => ms > 1_000) });
  });

  test("holds nothing open and leaves nothing behind when it was watched", async () => {
    const { atEnd } = await ended("busy");
    expect(atEnd).toMatchObject({ left: [], isAsked: false });
  });

  test("is told with the listener that blocked it", async () => {
    const { blocked } = await ended("listener");
    expect(blocked.map(({ path, label }) => [path, label])).toEqual([["metrics", 'listener of "order"']]);
  });

  test("is told with who blocked it where the line that runs has names of its own for the globals", async () => {
    const { blocked } = await ended("shadowed");
    expect(blocked.map(({ path, label }) => [path, label])).toEqual([["metrics", 'timeout "render"']]);
  });

  test("is told with the stack right after it where native code blocked it", async () => {
    const { blocked } = await ended("native");
    expect(blocked).toEqual([expect.objectContaining({ path: "metrics", label: 'timeout "execute"' })]);
    // It was asked for when the threshold had passed, and came with the end of the block.
    expect(blocked[0]?.stackDelayMs).toBeGreaterThan(300);
    expect(userFrames(blocked[0]?.stack ?? "")[0]).toMatch(/^at execute \(file:.*\/blocked\.ts:\d+:\d+\)$/);
  });

  test("is the kernel's where nobody's code blocked it", async () => {
    const { blocked } = await ended("nobody");
    expect(blocked.map(({ path, label }) => [path, label])).toEqual([["shop", undefined]]);
  });

  test.each([
    ["it was blocked for less than the threshold", "short"],
    ["the process can be debugged", "debugged"],
  ])("is not told where %s", async (_, how) => {
    const { blocked, atEnd } = await ended(how);
    expect(blocked).toEqual([]);
    expect(atEnd["loop"]).toMatchObject({ watching: true, blocks: 0 });
  });

  test.skipIf(process.platform === "win32")("is not told where the whole process had been stopped", async () => {
    await using program = fixture("stopped");
    await program.line("ready");
    program.signal("SIGSTOP");
    await delay(1_500);
    program.signal("SIGCONT");
    const { lines } = await program.ended;
    expect(saidIn(lines)).toMatchObject({ blocked: [], atEnd: { loop: { watching: true, blocks: 0 } } });
  });
});

test("the thread ends with the service, and comes back with it", async () => {
  const check = leakCheck();
  const kernel = new Kernel({ providers: { watchdog: new Watchdog() } });
  const loop = () => kernel.inspect().services[0]?.figures?.["loop"];
  for (let run = 0; run < 2; run++) {
    await kernel.start();
    expect(loop()).toMatchObject({ watching: true, p50Ms: expect.any(Number), p99Ms: expect.any(Number) });
    await kernel.stop();
    expect(Symbol.for("pawl.watchdog.running") in globalThis).toBe(false);
  }
  await check.expectNone(kernel);
});

test.each([
  ["10ms", "PAWL_BAD_OPTION"],
  ["soon", "PAWL_BAD_DURATION"],
])("refuses a threshold of %s at once", (threshold, code) => {
  expect(() => new Watchdog({ threshold: threshold as "1s" })).toThrow(expect.objectContaining({ code }));
});

test("the first frames of the program are told, without Node's and those of libraries", () => {
  const stack = [
    "at spawnSync (node:child_process:10:1)",
    "at file:///shop/node_modules/zod/index.js:1:1",
    "at collect (file:///shop/metrics.ts:12:5)",
    "at file:///shop/main.ts:3:1",
  ];
  expect(userFrames(stack.join("\n"))).toEqual(stack.slice(2));
  expect(userFrames(stack.join("\n"), 1)).toEqual(stack.slice(2, 3));
  expect(userFrames(stack.slice(0, 2).join("\n"))).toEqual(stack.slice(0, 2));
  expect(userFrames("")).toEqual([]);
});
