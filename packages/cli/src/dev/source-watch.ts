import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname, join } from "node:path";

/** How long nothing may change before changes are told: editors write in steps, and tools many files. Milliseconds. */
const quiet = 100;
const source = /\.([cm]?[jt]s|[jt]sx)$|^\.env(\.|$)/;

/**
 * Watches the directories of the files that a program has loaded: those files, and any other source beside them, since it
 * may be one that was added. What the program writes there itself (a database, a log) is no change.
 */
export class SourceWatch implements Disposable {
  readonly #directories = new Map<string, FSWatcher>();
  /** When each loaded file was changed last, as far as it can be seen. */
  readonly #files = new Map<string, string>();
  #changed: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waiting: ((file: string) => void) | undefined;

  add(file: string): void {
    this.#files.set(file, versionOf(file));
    const directory = dirname(file);
    if (this.#directories.has(directory)) return;
    const watcher = watch(directory, (_, name) => this.#touched(join(directory, name ?? "")));
    // The directory has gone.
    watcher.on("error", () => {
      watcher.close();
      this.#directories.delete(directory);
    });
    this.#directories.set(directory, watcher);
  }

  /** Forgets what has changed so far. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#changed = undefined;
  }

  /** Resolves with the first file that has changed, when nothing changes any more. */
  changed(): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  [Symbol.dispose](): void {
    this.clear();
    for (const watcher of this.#directories.values()) watcher.close();
  }

  #touched(file: string): void {
    const known = this.#files.get(file);
    if (known === undefined && !source.test(basename(file))) return;
    // Also told where a file is only looked at, or its rights are changed.
    const version = versionOf(file);
    if (version === known) return;
    this.#files.set(file, version);
    this.#changed ??= file;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const first = this.#changed as string;
      this.clear();
      this.#waiting?.(first);
    }, quiet);
  }
}

function versionOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : "gone";
}
