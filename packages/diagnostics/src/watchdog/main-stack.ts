import type { Debugger, Session } from "node:inspector";
import { type BlockedStack, type Running, runningKey } from "./watchdog-messages.ts";

const mostFrames = 20;

/**
 * Stops the main thread for a moment, from another one, to see where it is. Where it is in native code it stops when that
 * has returned.
 */
export class MainStack {
  readonly #id: number;
  readonly #session: Session;
  readonly #scripts = new Map<string, string>();
  readonly #since = performance.now();
  #over = false;
  /** What was seen, when the main thread goes on. */
  seen: BlockedStack | undefined;

  /** @param session not connected @param id the key of the watchdog that asks */
  constructor(session: Session, id: number) {
    this.#id = id;
    this.#session = session;
    session.connectToMainThread();
    session.on("Debugger.scriptParsed", ({ params }) => this.#scripts.set(params.scriptId, params.url));
    session.on("Debugger.paused", ({ params }) => this.#look(params.callFrames));
    session.post("Debugger.enable");
    session.post("Debugger.pause");
  }

  /** Lets the main thread go, and asks no more. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#session.disconnect();
  }

  #look(frames: readonly Debugger.CallFrame[]): void {
    const delayMs = Math.round(performance.now() - this.#since);
    const stack = frames
      .slice(0, mostFrames)
      .map((frame) => this.#line(frame))
      .join("\n");
    const expression = `globalThis[Symbol.for(${JSON.stringify(runningKey)})]?.get(${this.#id})?.()`;
    // Not on a call frame: in one of Node's own, or where a program has variables of such names, these are not the globals.
    this.#session.post("Runtime.evaluate", { expression, returnByValue: true, silent: true }, (error, answer) => {
      const hasRunning = !error && !answer.exceptionDetails;
      this.seen = { stack, delayMs, running: hasRunning ? (answer.result.value as Running | undefined) : undefined };
      this.end();
    });
  }

  #fileOf({ url, location }: Debugger.CallFrame): string {
    return url || this.#scripts.get(location.scriptId) || "unknown";
  }

  #line(frame: Debugger.CallFrame): string {
    const { functionName, location } = frame;
    // The protocol counts from 0.
    const place = `${this.#fileOf(frame)}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
    return functionName === "" ? `at ${place}` : `at ${functionName} (${place})`;
  }
}
