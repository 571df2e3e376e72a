import type { Fact, FactSelector } from "@pawl/kernel";
import type { KernelScope } from "@pawl/kernel/extend";

const kinds: readonly FactSelector[] = ["kernel.*", "release.timedOut"];

/** Where the record goes; both throw where that fails. */
export interface FailureFiles {
  /** Writes a new file and gives its path. */
  write(why: string): string;
  /** Brings a file up to date. */
  complete(file: string, why: string): void;
}

/**
 * Has the record written when a run fails: at once, so that nothing is lost where the process is killed, and again into
 * the same file when all has stopped.
 *
 * One file for one stop; and one for the first that was left behind while the kernel went on.
 */
export class FailureWriter {
  readonly #kernel: KernelScope;
  readonly #files: FailureFiles;
  readonly #unobserve: () => void;
  /** What it was last asked to write for, until it is written. */
  #pending: string | undefined;
  #cancel = () => {};
  /** The file of the failure under way. */
  #file: { readonly path: string; readonly why: string } | undefined;
  /** Whether a start or a stop is under way. */
  #isChanging = true;
  #wroteLeftBehind = false;
  /** Told once for one stop. */
  #couldNotWrite = false;
  readonly #onExit = () => this.#flush();

  constructor(kernel: KernelScope, files: FailureFiles) {
    this.#kernel = kernel;
    this.#files = files;
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
        this.#begin();
        this.#wroteLeftBehind = false;
        return;
      case "kernel.started":
        this.#isChanging = false;
        return;
      case "kernel.stopping":
        this.#begin();
        if (fact.reason.kind === "crash") this.#need("crash");
        return;
      case "release.timedOut":
        // A service that stops alone may do so again and again.
        if (!this.#isChanging && this.#wroteLeftBehind) return;
        this.#wroteLeftBehind = true;
        this.#need("left behind");
        return;
      case "kernel.failed":
        this.#need("failed start");
        return;
      case "kernel.stopped":
        if (this.#file) this.#need(this.#file.why);
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
  #begin(): void {
    this.#flush();
    this.#file = undefined;
    this.#isChanging = true;
    this.#couldNotWrite = false;
  }

  /** In a turn of its own, since an observer is called in the middle of things; where none comes, as the process exits. */
  #need(why: string): void {
    const isFirst = this.#pending === undefined;
    this.#pending ??= why;
    if (!isFirst) return;
    process.once("exit", this.#onExit);
    this.#cancel = this.#kernel.clock.defer(() => this.#flush());
  }

  #flush(): void {
    const why = this.#pending;
    if (why === undefined) return;
    this.#pending = undefined;
    this.#cancel();
    process.off("exit", this.#onExit);
    if (this.#couldNotWrite) return;
    try {
      if (this.#file) this.#files.complete(this.#file.path, this.#file.why);
      else this.#file = { path: this.#files.write(why), why };
      if (!this.#isChanging) this.#file = undefined;
    } catch (error) {
      this.#couldNotWrite = true;
      this.#kernel.report(error, { path: this.#kernel.name, label: "flight recorder" });
    }
  }
}
