import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Told } from "./probe.ts";
import type { Observed, Scenario } from "./scenario.ts";

const child = `${import.meta.dirname}/child.ts`;

/** How long a process may take to load a system. */
const loadMs = 60_000;

/** The process of a system while it runs a scenario, as seen from outside. */
export class SystemProcess {
  readonly events: string[] = [];
  readonly outside: string[] = [];
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  #caught = "";
  #output = "";
  #exit: Observed["exit"];
  #changed = Promise.withResolvers<void>();

  constructor(file: string, name: string, directory: string) {
    const flags = ["--conditions=pawl-source", "--disable-warning=ExperimentalWarning"];
    this.#process = spawn(process.execPath, [...flags, child, file, name], {
      stdio: ["pipe", "pipe", "pipe", "pipe"],
      cwd: directory,
      env: { ...process.env, TMPDIR: directory, NO_COLOR: "1", NODE_ENV: "production", HOST: "127.0.0.1", PORT: "0" },
    });
    let line = "";
    const [, stdout, stderr, told] = this.#process.stdio as unknown as readonly NodeJS.ReadableStream[];
    for (const stream of [stdout, stderr])
      stream?.setEncoding("utf8").on("data", (chunk: string) => (this.#output += chunk));
    told?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (line + chunk).split("\n");
      line = lines.pop() ?? "";
      for (const one of lines) this.#take(JSON.parse(one) as Told);
    });
    this.#exited = new Promise((resolve, reject) => {
      this.#process.once("error", reject);
      this.#process.once("close", (code, signal) => {
        this.#exit ??= { code, signal };
        this.#change();
        resolve();
      });
    });
  }

  get observed(): Observed {
    const { events, outside } = this;
    return { events, caught: this.#caught, output: this.#output, outside, ...(this.#exit && { exit: this.#exit }) };
  }

  /** Waits for an event that begins so, and gives it; `undefined` when the process has ended or the time is up. */
  async event(beginning: string, withinMs: number): Promise<string | undefined> {
    const until = performance.now() + withinMs;
    for (;;) {
      const found = this.events.find((event) => event.startsWith(beginning));
      const left = until - performance.now();
      if (found !== undefined || this.#exit || left <= 0) return found;
      await within(this.#changed.promise, left);
    }
  }

  /** Whether the process has ended within that time. */
  async ended(withinMs: number): Promise<boolean> {
    await within(this.#exited, withinMs);
    return this.#exit !== undefined;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends it now. What it had told by itself stays what is known of it. */
  async kill(): Promise<void> {
    const exit = this.#exit;
    this.#process.kill("SIGKILL");
    await this.#exited;
    this.#exit = exit;
  }

  #take(told: Told): void {
    if ("event" in told) this.events.push(told.event);
    else this.#caught += `${told.caught}\n`;
    this.#change();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/**
 * Runs one scenario with the system of a file, in a process of its own that has ended when this resolves.
 *
 * @throws Error with the output of a process that did not even load the system
 */
export async function observe(file: string, name: string, scenario: Scenario): Promise<Observed> {
  // A directory of its own: what a system writes goes with it.
  const directory = await mkdtemp(join(tmpdir(), "conformance-"));
  const running = new SystemProcess(file, name, directory);
  try {
    if (!(await running.event("loaded", loadMs)))
      throw new Error(`${file}, "${name}" could not be loaded:\n${running.observed.output}`);
    const over = await running.event("over", scenario.boundMs);
    if (over && scenario.drive) await scenario.drive(running);
    // A moment for what is written last.
    else await running.ended(200);
  } finally {
    await running.kill();
    await rm(directory, { recursive: true, force: true });
  }
  return running.observed;
}

async function within(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    promise,
    new Promise((resolve) => {
      timer = setTimeout(resolve, ms);
    }),
  ]);
  clearTimeout(timer);
}
