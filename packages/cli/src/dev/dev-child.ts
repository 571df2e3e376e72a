import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What the process says that an app is run in. */
export interface DevMessage {
  /** A file that it has loaded. */
  readonly loaded?: string;
  /** The app is there, and can be stopped by a message. */
  readonly up?: { readonly shutdownTimeoutMs: number | undefined };
}

/** How a process ended: by an exit code, or by a signal. */
export interface DevEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

// In the sources this file is TypeScript, and so is the entry; when built, neither is.
const entry = new URL(`./dev-entry${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** Above `shutdownTimeout`, after which an app exits by itself. Milliseconds. */
const grace = 5_000;
/** Where the app has not said how long its stop may take. Milliseconds. */
const usual = 25_000;

/** One run of an app in a process of its own. */
export class DevChild {
  /** Resolves when the process has ended. */
  readonly ended: Promise<DevEnd>;
  readonly #process: ChildProcess;
  #hasEnded = false;
  #isUp = false;
  #patience = usual + grace;

  /** @param onLoaded called with each file that it loads, beside those of `node_modules` */
  constructor(file: string, args: readonly string[], onLoaded: (file: string) => void) {
    this.#process = spawn(process.execPath, [...process.execArgv, fileURLToPath(entry), file, ...args], {
      stdio: ["inherit", "inherit", "inherit", "ipc"],
    });
    this.#process.on("message", ({ loaded, up }: DevMessage) => {
      if (loaded !== undefined) onLoaded(loaded);
      if (up) this.#isUp = true;
      if (up?.shutdownTimeoutMs !== undefined) this.#patience = up.shutdownTimeoutMs + grace;
    });
    this.ended = new Promise((resolve, reject) => {
      this.#process.once("error", reject);
      this.#process.once("exit", (code, signal) => {
        this.#hasEnded = true;
        resolve({ code, signal });
      });
    });
  }

  /** Whether the app was there: its source has been loaded. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Stops the app as it wants to be stopped; one that does not stop in its time is killed. Resolves when it has ended. */
  async stop(tell: (text: string) => void): Promise<DevEnd> {
    if (this.#hasEnded) return this.ended;
    // A message does on every system what a signal does on some. What is no app yet knows no message.
    if (this.#isUp && this.#process.connected) this.#process.send({ stop: true });
    else this.#process.kill("SIGTERM");
    const timer = setTimeout(() => {
      tell(`it has not stopped within ${this.#patience / 1_000} s and is killed`);
      this.kill();
    }, this.#patience);
    const end = await this.ended;
    clearTimeout(timer);
    return end;
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }
}
