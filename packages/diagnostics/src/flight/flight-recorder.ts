import { resolve } from "node:path";
import { type Fact, type Kernel, PawlTypeError } from "@pawl/kernel";
import { type KernelScope, kernelScope } from "@pawl/kernel/extend";
import { flightNotWritten } from "../errors/flight-errors.ts";
import { type FailureFile, FailureWriter } from "./failure-writer.ts";
import { flightName, flightText, rewriteFlight, writeFlight } from "./flight-file.ts";
import { flightVersion, type RecordedFact } from "./flight-format.ts";
import { type FlightOptions, type FlightSettings, flightSettings } from "./flight-options.ts";
import { plainValue } from "./plain-value.ts";
import { RingBuffer } from "./ring-buffer.ts";

const recorders = new WeakMap<Kernel, FlightRecorder>();

/** The recorder of a kernel: an `App` has one unless it was told otherwise. Undefined where there is none. */
export function recorderOf(kernel: Kernel): FlightRecorder | undefined {
  return recorders.get(kernel);
}

/**
 * Keeps the last facts of a kernel as plain JSON, as the recorder of an aeroplane does, and writes them to a file that
 * {@link readFlight} and `pawl replay` read. Nothing that it was told of is kept alive by it.
 *
 * @example
 * const recorder = new FlightRecorder(kernel, { size: 1_000 });
 * await kernel.start();
 * recorder.facts().map(({ kind }) => kind); // ["kernel.starting", "service.starting", …]
 */
export class FlightRecorder implements Disposable {
  readonly #owner: Kernel;
  readonly #kernel: KernelScope;
  readonly #settings: FlightSettings;
  readonly #facts: RingBuffer<RecordedFact>;
  readonly #unobserve: () => void;
  #recorded = 0;
  #writer: FailureWriter | undefined;

  /** @throws TypeError or RangeError `PAWL_BAD_OPTION`, also where the kernel has a recorder already */
  constructor(kernel: Kernel, options: FlightOptions = {}) {
    this.#settings = flightSettings(options, "new FlightRecorder(kernel, options)");
    if (recorders.has(kernel)) {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        `new FlightRecorder(kernel): ${kernel.name} has a recorder already; use recorderOf(kernel), or give the app recorder: false`,
      );
    }
    this.#owner = kernel;
    this.#kernel = kernelScope(kernel);
    this.#facts = new RingBuffer(this.#settings.size);
    const { kinds } = this.#settings;
    this.#unobserve = kernel.observe((fact) => this.#take(fact), kinds ? { kinds } : {});
    recorders.set(kernel, this);
  }

  /** How many facts fell out, since there were more than `size`. */
  get dropped(): number {
    return this.#facts.dropped;
  }

  /** What it keeps, oldest first. */
  facts(): readonly RecordedFact[] {
    return this.#facts.toArray();
  }

  /** What it keeps of the facts after the one with the number `seq`, oldest first. */
  since(seq: number): readonly RecordedFact[] {
    return this.#facts.toArray(Math.max(0, seq - this.dropped));
  }

  /**
   * Writes what it keeps to a new file, and gives its path: `path`, which must not exist, else
   * `<app>.<time>.<pid>.flight.jsonl` in `dir`. It returns when the file is on the disk.
   *
   * @param why stands in the header
   * @throws PawlError `PAWL_FLIGHT_NOT_WRITTEN`
   */
  write(path?: string, why = "asked for"): string {
    return this.#writeNew(path, why, this.facts());
  }

  /**
   * From here on writes by itself when a run fails: after a crash or a failed start, where something was left behind, and
   * where a second signal ends the process; one file for one stop, with what was kept when it failed and
   * when all had stopped. For what holds the process: `app.run()` does it. A file that cannot be written goes to
   * `onError`. Gives back its undo.
   */
  writeOnFailure(): () => void {
    this.#writer ??= new FailureWriter(this.#kernel, (why) => this.#failureFile(why));
    return () => {
      this.#writer?.end();
      this.#writer = undefined;
    };
  }

  /** Ends the recording; what was recorded can still be read and written. */
  stop(): void {
    this.#writer?.end();
    this.#writer = undefined;
    this.#unobserve();
    if (recorders.get(this.#owner) === this) recorders.delete(this.#owner);
  }

  /** As {@link stop}. */
  [Symbol.dispose](): void {
    this.stop();
  }

  #take(fact: Fact): void {
    const { kind, at, ...fields } = fact;
    const entries = Object.entries(fields).map(([key, value]) => [key, plainValue(value)]);
    this.#facts.push({ seq: ++this.#recorded, kind, at, ...Object.fromEntries(entries) });
  }

  #failureFile(why: string): FailureFile {
    const before = this.facts();
    let file: string | undefined;
    // The stop of a large app alone has more facts than are kept: what led to the failure stays.
    const all = () => {
      const since = this.facts();
      const next = since[0]?.seq ?? Number.POSITIVE_INFINITY;
      return [...before.filter(({ seq }) => seq < next), ...since];
    };
    return {
      write: () => {
        const known = file;
        if (known === undefined) file = this.#writeNew(undefined, why, all());
        else this.#told(known, () => rewriteFlight(known, this.#text(why, all())));
      },
    };
  }

  #writeNew(path: string | undefined, why: string, kept: readonly RecordedFact[]): string {
    const { name, clock, facts } = this.#kernel;
    const { dir } = this.#settings;
    const to =
      path === undefined ? { dir, name: flightName(name, new Date(clock.wallTime()), process.pid) } : resolve(path);
    const file = this.#told(path ?? dir, () => writeFlight(to, this.#text(why, kept)));
    facts.record("recorder.written", { file, why });
    return file;
  }

  #text(why: string, facts: readonly RecordedFact[]): string {
    const { name, clock } = this.#kernel;
    const header = {
      flight: flightVersion,
      app: name,
      pid: process.pid,
      node: process.versions.node,
      writtenAt: new Date(clock.wallTime()).toISOString(),
      why,
      count: facts.length,
      dropped: (facts[0]?.seq ?? 1) - 1,
    };
    return flightText(header, facts);
  }

  #told<T>(file: string, write: () => T): T {
    try {
      return write();
    } catch (error) {
      throw flightNotWritten(this.#kernel.name, file, error);
    }
  }
}
