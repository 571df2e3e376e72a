import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { childProcess, type LineContext } from "@pawl/background";
import { testApp } from "@pawl/testing";
import { describe, expect, expectTypeOf, it } from "vitest";
import { type GivenService, given } from "../given-service.ts";
import { LineRecorder, script } from "./line-recorder.ts";

async function appWithOne() {
  const one = given();
  return { app: await testApp({ providers: { one } }), one };
}

/** A program for Node, as arguments of `childProcess`. */
const program = (code: string) => [process.execPath, ["-e", code]] as const;

describe("Lines", () => {
  it("are told on the service, one by one, with where they came from", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const seen: unknown[] = [];
    function take(this: GivenService, line: string, context: LineContext) {
      seen.push([this, line, context.source, context.signal.aborted]);
    }
    await childProcess(one, ...script("echo a; echo; printf 'b\\r\\nno end'", { onLine: take }));
    await childProcess(one, ...script("echo oops >&2", { onLine: take }));
    expect(seen).toEqual([
      [one, "a", "stdout", false],
      [one, "", "stdout", false],
      [one, "b", "stdout", false],
      [one, "no end", "stdout", false],
      [one, "oops", "stderr", false],
    ]);
  });

  it("go to the function of their stream, where it has one", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const out = new LineRecorder();
    const err = new LineRecorder();
    const rest = new LineRecorder();
    await childProcess(one, ...script("echo o; echo e >&2", { onStdout: out.take, onLine: rest.take }));
    await childProcess(one, ...script("echo o; echo e >&2", { onStdout: out.take, onStderr: err.take }));
    expect([out.lines, err.lines, rest.lines]).toEqual([["o", "o"], ["e"], ["e"]]);
  });

  it("are whole where a character was cut by the pipe", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const said = new LineRecorder();
    const halves = `const b = Buffer.from("grüße €\\n"); process.stdout.write(b.subarray(0, 3));
      setTimeout(() => process.stdout.write(b.subarray(3, 9)), 20); setTimeout(() => process.stdout.write(b.subarray(9)), 40);`;
    await childProcess(one, ...program(halves), { onLine: said.take });
    expect(said.lines).toEqual(["grüße €"]);
  });

  it("longer than maxLineLength are told in pieces", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const said = new LineRecorder();
    await childProcess(
      one,
      ...script("echo 1234567890; echo 12345; printf 12345678", { onLine: said.take, maxLineLength: 5 }),
    );
    expect(said.lines).toEqual(["12345", "67890", "12345", "12345", "678"]);
  });

  it("wait for the promise that the function gave for the one before, so none overtakes another", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const seen: string[] = [];
    const slow = async (line: string) => {
      seen.push(`${line} begins`);
      await one.sleep(line === "1" ? "2s" : "1s");
      seen.push(`${line} ends`);
    };
    const ended = childProcess(one, ...script("echo 1; echo 2", { onLine: slow }));
    for (let i = 0; i < 2; i++) {
      const begun = seen.length;
      while (app.clock.pending.length === 0) await new Promise(setImmediate);
      expect(seen.length).toBe(begun + (begun === 0 ? 1 : 0));
      await app.clock.advanceToNext();
    }
    await ended;
    expect(seen).toEqual(["1 begins", "1 ends", "2 begins", "2 ends"]);
  });

  it("are counted in inspect(), with the time of the last", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const said = new LineRecorder();
    const handle = childProcess(
      one,
      ...script("echo 1; echo 2; exec sleep 60", { onLine: said.take, label: "counter" }),
    );
    await said.first(/2/);
    await app.clock.advance("90s");
    expect(app.inspect().services[0]?.activities).toEqual([
      {
        kind: "process",
        label: "counter",
        pid: handle.pid,
        state: "running",
        uptimeMs: 90_000,
        lines: 2,
        lastAt: "2025-01-01T00:00:00.000Z",
      },
    ]);
  });
});

describe("A child that floods its output", () => {
  // 60 MB would come; what is held of it must be a few chunks.
  const flood = `const chunk = "x".repeat(99) + "\\n"; const big = chunk.repeat(1000); let n = 0;
    const go = () => { while (n++ < 600) if (!process.stdout.write(big)) return process.stdout.once("drain", go); }; go();`;

  it("is read no faster than its lines are taken: memory stays bounded, and so does what the child has written", {
    timeout: 30_000,
  }, async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let lines = 0;
    const handle = childProcess(one, ...program(flood), {
      onLine: async () => {
        if (++lines === 1_000) await one.sleep("1h");
      },
    });
    while (lines < 1_000) await new Promise(setImmediate);
    global.gc?.();
    const before = process.memoryUsage().rss;
    // Real time in which the child would write all of it, were it read.
    await new Promise((resolve) => setTimeout(resolve, 500));
    global.gc?.();
    expect(process.memoryUsage().rss - before).toBeLessThan(20e6);
    expect(lines).toBe(1_000);
    expect(handle.state).toBe("running");
    await app.clock.advance("1h");
    await handle;
    expect(lines).toBe(600_000);
  });

  it("keeps the stop as prompt as any", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let lines = 0;
    const handle = childProcess(one, "yes", [], { onLine: () => void lines++ });
    while (lines < 10_000) await new Promise(setImmediate);
    const began = performance.now();
    await app.stop();
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(handle.state).toBe("cancelled");
  });

  it("without line ends is held in pieces only", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    let longest = 0;
    let total = 0;
    await childProcess(one, "head", ["-c", "50000000", "/dev/zero"], {
      onLine: (line) => {
        longest = Math.max(longest, line.length);
        total += line.length;
      },
    });
    expect([longest, total]).toEqual([65_536, 50_000_000]);
  });
});

describe("Its standard input", () => {
  it("takes what is written, and ends", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const said = new LineRecorder();
    const handle = childProcess(one, "cat", [], { stdin: "pipe", onLine: said.take });
    await handle.write("one\n");
    await handle.write(Buffer.from("two"));
    handle.endInput();
    await handle;
    expect(said.lines).toEqual(["one", "two"]);
    await expect(handle.write("late")).rejects.toMatchObject({ code: "PAWL_PROCESS_NO_INPUT", path: "one" });
  });

  it("is empty by default, and refuses what is written", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const handle = childProcess(one, "cat");
    await expect(handle.write("lost")).rejects.toThrow('it was started without { stdin: "pipe" }');
    expect(await handle).toMatchObject({ exitCode: 0 });
  });

  it("tells whoever writes that the process reads no more", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const said = new LineRecorder();
    const handle = childProcess(
      one,
      ...script("exec 0<&-; echo closed; exec sleep 60", { stdin: "pipe", onLine: said.take }),
    );
    await said.first(/closed/);
    await expect(handle.write("lost".repeat(100_000))).rejects.toMatchObject({
      code: "PAWL_PROCESS_NO_INPUT",
      cause: { code: "EPIPE" },
    });
    expect(handle.state).toBe("running");
  });
});

describe("What it runs in", () => {
  it("is the folder of cwd, as a path or a URL", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    const said = new LineRecorder();
    await childProcess(one, "pwd", [], { cwd: tmpdir(), onLine: said.take });
    await childProcess(one, "pwd", [], { cwd: new URL("file:///"), onLine: said.take });
    expect(said.lines).toEqual([realpathSync(tmpdir()), "/"]);
  });

  it("is the environment of this process and env, or env alone", async () => {
    const { app, one } = await appWithOne();
    await using _ = app;
    process.env.PAWL_OUTER = "outer";
    const said = new LineRecorder();
    const show = script('echo "$PAWL_OUTER $PAWL_INNER"');
    await childProcess(one, show[0], show[1], { env: { PAWL_INNER: "inner" }, onLine: said.take });
    await childProcess(one, show[0], show[1], { env: { PAWL_OUTER: undefined }, onLine: said.take });
    await childProcess(one, "/bin/sh", show[1], { env: { PAWL_INNER: "x" }, inheritEnv: false, onLine: said.take });
    delete process.env.PAWL_OUTER;
    expect(said.lines).toEqual(["outer inner", " ", " x"]);
  });
});

it("kill() sends any signal to the process", async () => {
  const { app, one } = await appWithOne();
  await using _ = app;
  const said = new LineRecorder();
  const reload = `trap 'echo reloaded' HUP; echo ready; while :; do sleep 0.01; done`;
  const handle = childProcess(one, ...script(reload, { onLine: said.take }));
  await said.first(/ready/);
  expect(handle.kill("SIGHUP")).toBe(true);
  await said.first(/reloaded/);
  expect(handle.state).toBe("running");
});

it("types `this` of its functions as the service", async () => {
  const { app, one } = await appWithOne();
  await using _ = app;
  await childProcess(one, "true", [], {
    onLine(line, { source, signal }) {
      expectTypeOf(this).toEqualTypeOf<GivenService>();
      expectTypeOf(line).toEqualTypeOf<string>();
      expectTypeOf(source).toEqualTypeOf<"stdout" | "stderr">();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    },
  });
  expectTypeOf(await childProcess(one, "true")).toEqualTypeOf<{
    readonly exitCode: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly ms: number;
  }>();
});
