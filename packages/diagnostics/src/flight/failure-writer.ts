import { type Fact, type FactSelector, StartError } from "@pawl/kernel";
import type { KernelScope } from "@pawl/kernel/extend";

const kinds: readonly FactSelector[] = ["kernel.*", "release.timedOut"];

/** The record of one failure: what was kept when it was begun, and what came since. */
export interface FailureFile {
  /** Writes it, at first into a new file and from then on into the same one. @throws where that fails */
  write(): void;
}

/**
 * Has the record written when a run fails: at once, so that nothing is lost where the process is killed, and again into
 * the same file when all has stopped.
 *
 * One file for one stop; and one for the first that was left behind while the kernel went on.
 */
export class FailureWriter {
  readonly #kernel: KernelScope;
  readonly #begin: (why: string) => FailureFile;
  readonly #unobserve: () => void;
  /** Whether the file is still to be written. */
  #isPending = false;
  #cancel = () => {};
  /** The file of the failure under way. */
  #file: FailureFile | undefined;
  /** Whether a start or a stop is under way. */
  #isChanging = true;
  #wroteLeftBehind = false;
  /** Told once for one stop. */
  #couldNotWrite = false;
  readonly #onExit = () => this.#flush();

  /** @param begin called when a failure is told; nothing is written yet */
  constructor(kernel: KernelScope, begin: (why: string) => FailureFile) {
    this.#kernel = kernel;
    this.#begin = begin;
    this.#unobserve = kernel.facts.observe((fact) => this.#take(fact), kinds);
  }

  /** Writes what is still to be written. */
  end(): void {
    this.#unobserve();
    this.#flush();
  }

  #take(fact: Fact): void {
    switch (fact.kind) {
      case "kernel.starting":
        this.#next();
        this.#wroteLeftBehind = false;
        return;
      case "kernel.started":
        this.#isChanging = false;
        return;
      case "kernel.stopping":
        this.#next();
        if (fact.reason.kind === "crash") this.#need("crash");
        return;
      case "release.timedOut":
        // A service that stops alone may do so again and again.
        if (!this.#isChanging && this.#wroteLeftBehind) return;
        this.#wroteLeftBehind = true;
        this.#need("left behind");
        return;
      case "kernel.failed":
        if (!isRefusal(fact.error)) this.#need("failed start");
        return;
      case "kernel.stopped":
        if (this.#file) this.#need("stopped");
        return;
      case "kernel.exiting":
        // The process ends when this has returned.
        this.#need(`a second ${fact.signal}`);
        this.#flush();
        return;
      default:
    }
  }

  /** What is written from here on is about another failure. */
  #next(): void {
    this.#flush();
    this.#file = undefined;
    this.#isChanging = true;
    this.#couldNotWrite = false;
  }

  /** In a turn of its own, since an observer is called in the middle of things; where none comes, as the process exits. */
  #need(why: string): void {
    this.#file ??= this.#begin(why);
    if (this.#isPending) return;
    this.#isPending = true;
    process.once("exit", this.#onExit);
    this.#cancel = this.#kernel.clock.defer(() => this.#flush());
  }

  #flush(): void {
    if (!this.#isPending) return;
    this.#isPending = false;
    this.#cancel();
    process.off("exit", this.#onExit);
    if (this.#couldNotWrite) return;
    try {
      this.#file?.write();
      if (!this.#isChanging) this.#file = undefined;
    } catch (error) {
      this.#couldNotWrite = true;
      this.#kernel.report(error, { path: this.#kernel.name, label: "flight recorder" });
    }
  }
}

/** The codes of starts that failed by what the code of the program did. */
const failures: readonly string[] = ["PAWL_START_FAILED", "PAWL_START_TIMEOUT"];

/**
 * Whether a start was refused before anything of the program went wrong: a port that is taken, options that do not fit, a
 * cycle. The error says it all then, and a record would only fill the disk of who restarts it.
 */
function isRefusal(error: unknown): boolean {
  return error instanceof StartError && !failures.includes(error.code) && error.errors.length === 0;
}
