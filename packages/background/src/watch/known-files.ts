import type { Stats } from "node:fs";
import { sep } from "node:path";
import type { MachineTimers } from "./machine-timers.ts";

/** What happened to a file or directory. */
export interface FileEvent {
  readonly kind: "created" | "changed" | "deleted";
  /** Absolute. */
  readonly path: string;
  readonly isDirectory: boolean;
}

export interface KnownFilesSpec {
  /** Milliseconds that a file has to be left alone before it is told; 0 tells at once. */
  readonly settle: number;
  readonly timers: MachineTimers;
  readonly onEvent: (event: FileEvent) => void;
  /** Undefined for what is not there. */
  readonly look: (path: string) => Promise<Stats | undefined>;
}

/** What is known of a file or directory. */
interface Known {
  readonly isDirectory: boolean;
  /** Of the last look at it. */
  look: Look | undefined;
  /** What is still to be told of it, when it has been left alone for long enough. */
  untold: "created" | "changed" | undefined;
  /** Of the next look at it. */
  cancelTimer: (() => void) | undefined;
}

/** By what changes are recognised. */
type Look = Pick<Stats, "mtimeMs" | "size" | "ino">;

// When a file that was told is looked at again, in milliseconds: of several quick changes the last may not be noticed.
const lookAgainAfter = 100;

/** The files and directories that were seen, and what is told of them: each thing once, whoever has noticed it. */
export class KnownFiles {
  readonly #spec: KnownFilesSpec;
  readonly #known = new Map<string, Known>();

  constructor(spec: KnownFilesSpec) {
    this.#spec = spec;
  }

  has(path: string): boolean {
    return this.#known.has(path);
  }

  get paths(): readonly string[] {
    return [...this.#known.keys()];
  }

  get directories(): readonly string[] {
    return this.paths.filter((path) => this.#known.get(path)?.isDirectory);
  }

  /** Something is there; `silent` tells nothing of what was not known. */
  found(path: string, isDirectory: boolean, stats: Stats | undefined, silent: boolean): void {
    const before = this.#known.get(path);
    if (before?.isDirectory === isDirectory) {
      if (!isDirectory && stats && differs(before.look, stats)) void this.changed(path, stats);
      return;
    }
    // A file where a directory was, or the other way round.
    if (before) this.lost(path);
    const known: Known = { isDirectory, look: stats, untold: undefined, cancelTimer: undefined };
    this.#known.set(path, known);
    if (silent) return;
    if (isDirectory) this.#tell("created", path, known);
    else this.#tellSettled("created", path, known);
  }

  async changed(path: string, stats: Stats | undefined): Promise<void> {
    // What was told to have gone may have come back unnoticed: then the figures may be those of before.
    const look = (this.#known.has(path) && stats) || (await this.#spec.look(path));
    const known = this.#known.get(path);
    if (!look || known?.isDirectory) return;
    if (!known) {
      this.found(path, look.isDirectory(), look, false);
      return;
    }
    known.look = look;
    this.#tellSettled("changed", path, known);
  }

  /** It is gone, and all that was in it. */
  lost(path: string): void {
    const known = this.#known.get(path);
    if (!known) return;
    if (known.isDirectory) {
      const inside = this.paths.filter((each) => each.startsWith(path + sep));
      for (const each of inside.sort().reverse()) this.lost(each);
    }
    known.cancelTimer?.();
    this.#known.delete(path);
    // What was not told yet has never been there.
    if (known.untold !== "created") this.#tell("deleted", path, known);
  }

  /** Forgets all. */
  clear(): void {
    this.#known.clear();
  }

  #tell(kind: FileEvent["kind"], path: string, { isDirectory }: Known): void {
    this.#spec.onEvent({ kind, path, isDirectory });
  }

  /** Tells what a file has come to: at once, or when it was left alone for long enough. */
  #tellSettled(kind: "created" | "changed", path: string, known: Known): void {
    const { settle, timers } = this.#spec;
    if (settle > 0) known.untold ??= kind;
    else this.#tell(kind, path, known);
    known.cancelTimer?.();
    known.cancelTimer = timers.later(() => void this.#lookAgain(path, known), settle || lookAgainAfter);
  }

  async #lookAgain(path: string, known: Known): Promise<void> {
    known.cancelTimer = undefined;
    const look = await this.#spec.look(path);
    // It may have gone meanwhile, or been seen to change.
    if (this.#known.get(path) !== known || known.cancelTimer) return;
    if (!look) this.lost(path);
    else if (differs(known.look, look)) {
      known.look = look;
      this.#tellSettled("changed", path, known);
    } else if (known.untold) {
      const { untold } = known;
      known.untold = undefined;
      this.#tell(untold, path, known);
    }
  }
}

function differs(one: Look | undefined, other: Look): boolean {
  return !one || one.mtimeMs !== other.mtimeMs || one.size !== other.size || one.ino !== other.ino;
}
