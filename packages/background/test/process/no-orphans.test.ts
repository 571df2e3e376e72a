import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { childProcess } from "@pawl/background";
import { testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { isGroupAlive } from "../../src/process/process-group.ts";
import { given } from "../given-service.ts";
import { until } from "../until.ts";
import { gone, isRunning } from "./running.ts";

/** A process of its own that runs an app with children; its lines are told. */
class Parent implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];

  constructor(file: string) {
    const { NODE_OPTIONS: _options, ...env } = process.env;
    const path = new URL(`fixtures/${file}`, import.meta.url).pathname;
    this.#child = spawn(process.execPath, ["--conditions=pawl-source", path], {
      stdio: ["ignore", "pipe", "inherit"],
      env,
    });
    createInterface({ input: this.#child.stdout as NonNullable<ChildProcess["stdout"]> }).on("line", (line) =>
      this.#lines.push(line),
    );
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  async number(word: string): Promise<number> {
    const find = () => this.#lines.map((line) => new RegExp(`^${word} (\\d+)$`).exec(line)?.[1]).find(Boolean);
    await until(`it says "${word}"`, () => find() !== undefined);
    return Number(find());
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await until("the parent has ended", () => this.#child.exitCode !== null || this.#child.signalCode !== null);
  }
}

/** The watchdogs that this process has started. */
function watchdogs(parent = process.pid): number[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
        const ofParent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === parent;
        return ofParent && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("pawl-watchdog");
      } catch {
        return false;
      }
    })
    .map(Number);
}

describe("A parent that is killed with SIGKILL", () => {
  it("leaves no child and no grandchild", { timeout: 20_000 }, async () => {
    await using parent = new Parent("parent.ts");
    const pids = [await parent.number("child"), await parent.number("grandchild")];
    expect(pids.map(isRunning)).toEqual([true, true]);
    parent.kill("SIGKILL");
    await gone(...pids);
  });

  it("nor one that hangs on SIGTERM: it is killed five seconds later", { timeout: 20_000 }, async () => {
    await using parent = new Parent("parent-of-deaf.ts");
    const pids = [await parent.number("child"), await parent.number("grandchild")];
    const [watchdog = 0] = watchdogs(parent.pid);
    expect(watchdog).toBeGreaterThan(0);
    parent.kill("SIGKILL");
    await gone(...pids);
    await gone(watchdog);
  });

  it("nor where the watchdog was killed before: another has taken over", { timeout: 20_000 }, async () => {
    await using parent = new Parent("parent.ts");
    const pids = [await parent.number("child"), await parent.number("grandchild")];
    const [first = 0] = watchdogs(parent.pid);
    // One that ends within its first second is taken for one that cannot run here.
    await until("it is old enough", () => ageOf(first) > 1.2);
    process.kill(first, "SIGKILL");
    await until("another has started", () => watchdogs(parent.pid).some((pid) => pid !== first));
    parent.kill("SIGKILL");
    await gone(...pids);
  });
});

/** Seconds since a process was started. */
function ageOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const startedAt = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]) / 100;
  return Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) - startedAt;
}

it("A parent that ends by process.exit() without a stop leaves no child", { timeout: 20_000 }, async () => {
  await using parent = new Parent("exiting-parent.ts");
  const pids = [await parent.number("child"), await parent.number("grandchild")];
  await gone(...pids);
});

describe("The watchdog", () => {
  it("is one for all children, and ends with the last", async () => {
    const one = given();
    await using app = await testApp({ providers: { one } });
    expect(watchdogs()).toEqual([]);
    const handles = [1, 2, 3].map(() => childProcess(one, "sleep", ["60"]));
    const [watchdog = 0, ...others] = watchdogs();
    expect(others).toEqual([]);
    const [first, ...rest] = handles;
    first?.cancel();
    await expect(first).rejects.toThrow("cancelled");
    expect(isRunning(watchdog)).toBe(true);
    for (const handle of rest) handle.cancel();
    await Promise.allSettled(rest);
    await gone(watchdog);
    expect(app.state).toBe("running");
  });

  it("gets nothing of the environment, which may hold secrets", async () => {
    const one = given();
    await using _ = await testApp({ providers: { one } });
    childProcess(one, "sleep", ["60"]);
    const [watchdog] = watchdogs();
    const env = readFileSync(`/proc/${watchdog}/environ`, "latin1").split("\0").filter(Boolean);
    expect(env).toEqual(["PATH=/usr/bin:/bin"]);
  });

  it("touches no handler of the process", async () => {
    const handlers = () => process.eventNames().map((event) => [event, process.listenerCount(event)]);
    const before = handlers();
    const one = given();
    await using _ = await testApp({ providers: { one } });
    childProcess(one, "sleep", ["60"]);
    expect(handlers()).toEqual(before);
  });
});

it("A process group of which only unreaped processes are left counts as ended", async () => {
  // The inner one leads a group of its own and ends; `sleep`, into which its parent has turned, reaps nobody.
  const outer = spawn("sh", ["-c", "setsid sh -c 'echo $$' & exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
  const [line] = await new Promise<string[]>((resolve) => {
    createInterface({ input: outer.stdout }).once("line", (first) => resolve([first]));
  });
  const group = Number(line);
  await until("it has ended", () => !isRunning(group));
  expect(process.kill(-group, 0)).toBe(true);
  expect(isGroupAlive(group)).toBe(false);
  outer.kill("SIGKILL");
  await new Promise((resolve) => outer.once("close", resolve));
});
