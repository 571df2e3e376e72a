import { createRequire } from "node:module";
import type { Readable, Writable } from "node:stream";
import { type Clock, systemClock } from "@pawl/kernel";
import type * as Execa from "execa";
import { isGroupAlive } from "./process-group.ts";
import { watchdog } from "./watchdog.ts";

/** What is to be started. */
export interface ProcessSpec {
  readonly file: string | URL;
  readonly args: readonly string[];
  readonly cwd?: string | URL | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly inheritEnv: boolean;
  readonly stdin: "pipe" | "ignore";
  /** Milliseconds from SIGTERM to SIGKILL. */
  readonly killAfter: number;
  /** Who waits, for clocks that can tell. */
  readonly label: string;
}

/** How a process ended, or why it never ran. */
export type ProcessEnd =
  | { readonly exitCode: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly notStarted: unknown };

// How often to look whether what the child has left running has ended, and how long after SIGKILL, in milliseconds of the
// machine's clock, whichever the kernel has: the operating system knows no other.
const lookEvery = 20;
const longestAfterKill = 1_000;

/**
 * A child process with everything that it starts: its process group. Where the child ends by itself, what it has left
 * running is ended too. On Windows, where there are no groups, its descendants are ended with it as far as they are found.
 */
export class ProcessTree {
  readonly pid: number | undefined;
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when nothing of it runs any more and its output has been read; never rejects. */
  readonly gone: Promise<ProcessEnd>;
  readonly #subprocess: ReturnType<typeof start>;
  readonly #spec: ProcessSpec;
  readonly #clock: Clock;
  readonly #guarded: boolean;
  /** The child itself has ended; some of what it has started may still run. */
  #exited = false;
  #killedAt: number | undefined;
  #cancelTimer: (() => void) | undefined;
  #isGone = false;

  constructor(spec: ProcessSpec, clock: Clock) {
    this.#spec = spec;
    this.#clock = clock;
    // Before the child: whoever kills this process right after the child has started finds the guard awake.
    this.#guarded = watchdog.hold();
    try {
      this.#subprocess = start(spec, this.#guarded);
    } catch (error) {
      if (this.#guarded) watchdog.letGo(undefined);
      throw error;
    }
    const { pid, stdin, stdout, stderr, nodeChildProcess } = this.#subprocess;
    this.pid = pid;
    this.stdin = stdin;
    this.stdout = stdout;
    this.stderr = stderr;
    if (this.#guarded && pid !== undefined) watchdog.guard(pid);
    nodeChildProcess.once("exit", () => {
      this.#exited = true;
      if (this.#runs) this.end();
    });
    // What the child no longer reads is told by its end.
    stdin?.on("error", () => {});
    this.gone = this.#untilGone();
  }

  /** Asks all of it to end, and makes it end after `killAfter`. */
  end(): void {
    if (this.#cancelTimer || this.#isGone) return;
    if (this.#runs) this.#subprocess.kill("SIGTERM");
    this.#cancelTimer = this.#clock.setTimer(() => this.kill(), this.#spec.killAfter, this.#spec.label);
  }

  /** Ends all of it at once. */
  kill(): void {
    if (this.#killedAt !== undefined || this.#isGone) return;
    this.#killedAt = systemClock.now();
    if (this.#runs) this.#subprocess.kill("SIGKILL");
    this.#cancelTimer?.();
    this.#cancelTimer = systemClock.setTimer(() => this.leaveOutput(), longestAfterKill);
  }

  /** Reads no more: what has left the group may hold the output open for ever. */
  leaveOutput(): void {
    this.stdout.destroy();
    this.stderr.destroy();
  }

  /** Sends a signal to the child alone; gives whether it was there to get it. */
  signal(signal: NodeJS.Signals): boolean {
    return !this.#exited && this.#subprocess.nodeChildProcess.kill(signal);
  }

  /** Whether any of it runs. */
  get #runs(): boolean {
    if (this.pid === undefined) return false;
    return process.platform === "win32" ? !this.#exited : !this.#exited || isGroupAlive(this.pid);
  }

  async #untilGone(): Promise<ProcessEnd> {
    const { exitCode, signal, cause } = await this.#subprocess;
    while (this.#runs && !this.#isBeyondKilling) await pause();
    this.#isGone = true;
    this.#cancelTimer?.();
    if (this.#guarded) watchdog.letGo(this.pid);
    if (this.pid === undefined) return { notStarted: cause };
    return { exitCode: exitCode ?? null, signal: (signal as NodeJS.Signals | undefined) ?? null };
  }

  /** What SIGKILL does not end within a second hangs in the operating system, and ends when that lets it. */
  get #isBeyondKilling(): boolean {
    return this.#killedAt !== undefined && systemClock.now() - this.#killedAt > longestAfterKill;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    systemClock.setTimer(resolve, lookEvery);
  });
}

const require = createRequire(import.meta.url);

function start({ file, args, cwd, env, inheritEnv, stdin }: ProcessSpec, guarded: boolean) {
  // Loaded for the first child: that takes 80 ms, which programs without children need not pay.
  const { execa } = require("execa") as typeof Execa;
  return execa(file, args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    extendEnv: inheritEnv,
    stdin,
    stdout: "pipe",
    stderr: "pipe",
    // Read line by line, never kept.
    buffer: false,
    reject: false,
    // The end of it is timed by the clock of the kernel.
    forceKillAfterDelay: false,
    killDescendants: true,
    // Without a watchdog the next best: ended with this process where that ends by itself.
    cleanup: !guarded,
  });
}
