import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The lines of its standard output. */
  readonly lines: readonly string[];
  readonly stderr: string;
  /** From the first signal that it was sent, else from its beginning. */
  readonly seconds: number;
}

export interface ProgramOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** In milliseconds, above every duration that the test grants: a program that takes longer hangs. @default 25_000 */
  readonly longest?: number;
}

/** A program that runs in a process of its own, from the sources of the workspace. Killed where the test leaves it running. */
export class Program implements AsyncDisposable {
  readonly ended: Promise<Ended>;
  stdout = "";
  stderr = "";
  readonly #child: ChildProcess;
  #since = performance.now();
  #signalled = false;
  readonly #changed = new EventTarget();

  constructor(file: URL, { args = [], env = {}, cwd, longest = 25_000 }: ProgramOptions = {}) {
    // What the test runner wants of its own processes is not meant for this one.
    const { FORCE_COLOR: _color, NODE_OPTIONS: _options, NODE_ENV: _mode, ...inherited } = process.env;
    this.#child = spawn(process.execPath, ["--conditions=pawl-source", file.pathname, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...inherited, NO_COLOR: "1", ...env },
      ...(cwd === undefined ? {} : { cwd }),
      timeout: longest,
      killSignal: "SIGKILL",
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#changed.dispatchEvent(new Event("output"));
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#changed.dispatchEvent(new Event("output"));
    });
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => {
        const seconds = (performance.now() - this.#since) / 1000;
        resolve({ code, signal, lines: this.lines, stderr: this.stderr, seconds });
      });
    });
  }

  /** The whole lines of its standard output so far. */
  get lines(): string[] {
    return this.stdout.split("\n").slice(0, -1);
  }

  /** The whole lines of its standard error so far. */
  get errorLines(): string[] {
    return this.stderr.split("\n").slice(0, -1);
  }

  /** Resolves with the first line of its standard output that is, or matches, `wanted`; rejects where it ends without. */
  line(wanted: string | RegExp): Promise<string> {
    return this.#find(wanted, () => this.lines);
  }

  /** As {@link line}, for its standard error. */
  errorLine(wanted: string | RegExp): Promise<string> {
    return this.#find(wanted, () => this.errorLines);
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#signalled) this.#since = performance.now();
    this.#signalled = true;
    this.#child.kill(signal);
  }

  /** Reads no more of its standard error, as where the terminal has gone. */
  closeStderr(): void {
    this.#child.stderr?.destroy();
  }

  /** Whether it is still running after `ms` milliseconds; for what must not end. */
  async outlives(ms: number): Promise<boolean> {
    return await Promise.race([this.ended.then(() => false), delay(ms, true)]);
  }

  async #find(wanted: string | RegExp, lines: () => string[]): Promise<string> {
    let over = false;
    const ended = this.ended.then(() => {
      over = true;
    });
    for (;;) {
      const found = lines().find((line) => (typeof wanted === "string" ? line === wanted : wanted.test(line)));
      if (found !== undefined) return found;
      if (over) throw new Error(`it ended without a line ${wanted}:\n${this.stdout}\n${this.stderr}`);
      const changed = new Promise((resolve) => this.#changed.addEventListener("output", resolve, { once: true }));
      await Promise.race([ended, changed]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
    await this.ended;
  }
}
