import { client, PawlError } from "pawl";
import { expect, test, vi } from "vitest";
import { Program } from "../../../kernel/test/process/program.ts";
import type { Fragile } from "./fixtures/fragile.ts";

vi.setConfig({ testTimeout: 60_000 });

const start = async (port = 0) => {
  const program = new Program(new URL("fixtures/fragile.ts", import.meta.url), { args: [String(port)] });
  const line = await program.errorLine(/listens on http/);
  return { program, port: Number(/:(\d+)/.exec(line.slice(line.indexOf("http")))?.[1]) };
};

/** What became of calls: how many were answered, and the codes of the errors of the rest. */
class Outcomes {
  answered = 0;
  readonly codes = new Map<string, number>();
  longest = 0;

  async of(call: Promise<unknown>): Promise<void> {
    const began = performance.now();
    try {
      await call;
      this.answered++;
    } catch (error) {
      const code = PawlError.is(error) ? error.code : `not ours: ${String(error)}`;
      this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    }
    this.longest = Math.max(this.longest, performance.now() - began);
  }
}

const timeout = 3_000;
// What may become of a call of a server that crashes, is killed, and comes back.
const clear = new Set(["PAWL_NOT_RUNNING", "PAWL_HTTP_CONNECTION", "PAWL_ACTION_TIMEOUT"]);

test("calls through crashes, kills and restarts of the server each end in time, with a result or a clear error", async () => {
  let { program, port } = await start();
  try {
    const { fragile } = client<{ fragile: Fragile }>(`http://127.0.0.1:${port}`, { timeout: `${timeout}ms` });
    const outcomes = new Outcomes();
    let done = false;
    const callers = Array.from({ length: 8 }, async (_, i) => {
      for (let n = 0; !done; n++) {
        const call = (n + i) % 5 === 0 ? fragile.wait({ ms: 20 }) : fragile.add({ a: i, b: n });
        await outcomes.of(call);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    });
    const pids = new Set<number>();
    const alive = () => vi.waitFor(async () => pids.add((await fragile.add({ a: 1, b: 1 })).pid), { timeout: 15_000 });
    for (let round = 0; round < 3; round++) {
      await alive();
      for (let crash = 0; crash < 3; crash++) {
        await outcomes.of(fragile.crash());
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
      await alive();
      // Without a word, in the midst of calls; the callers go on asking where nobody is.
      program.signal("SIGKILL");
      await program.ended;
      await new Promise((resolve) => setTimeout(resolve, 100));
      ({ program } = await start(port));
    }
    await alive();
    const { length } = callers;
    done = true;
    await Promise.all(callers);
    // And one that ends in order, with a call in flight: that is answered.
    const last = fragile.wait({ ms: 200 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    program.signal("SIGTERM");
    expect(await last).toBe("waited");
    expect((await program.ended).code).toBe(0);
    await expect(fragile.add({ a: 1, b: 1 })).rejects.toMatchObject({ code: "PAWL_HTTP_CONNECTION" });

    expect([...outcomes.codes.keys()].filter((code) => !clear.has(code))).toEqual([]);
    expect(outcomes.longest).toBeLessThan(timeout + 1_500);
    expect(outcomes.answered).toBeGreaterThan(length * 10);
    expect(outcomes.codes.get("PAWL_NOT_RUNNING")).toBeGreaterThan(0);
    expect(outcomes.codes.get("PAWL_HTTP_CONNECTION")).toBeGreaterThan(0);
    expect(pids.size).toBe(4);
  } finally {
    await program[Symbol.asyncDispose]();
  }
});

test("a server that takes calls and never answers keeps nobody waiting longer than asked", async () => {
  const { program, port } = await start();
  await using _ = program;
  const { fragile } = client<{ fragile: Fragile }>(`http://127.0.0.1:${port}`, { timeout: "400ms" });
  await fragile.add({ a: 1, b: 1 });
  program.signal("SIGSTOP");
  const began = performance.now();
  await expect(fragile.add({ a: 1, b: 1 })).rejects.toMatchObject({ code: "PAWL_ACTION_TIMEOUT" });
  expect(performance.now() - began).toBeLessThan(2_000);
  program.signal("SIGCONT");
  await vi.waitFor(async () => expect(await fragile.add({ a: 1, b: 1 })).toMatchObject({ sum: 2 }), {
    timeout: 10_000,
  });
});
