import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { FileWatcher } from "./file-watcher.ts";
import { type FileEvent, KnownFiles } from "./known-files.ts";
import { MachineTimers } from "./machine-timers.ts";

/** How a path is watched. */
export interface WatchedPathSpec {
  /** Absolute. */
  readonly path: string;
  /** Whether what is there at the beginning is told as created. */
  readonly initial: boolean;
  /** How many levels of directories below it are looked into. */
  readonly depth: number;
  /** Milliseconds that a file has to be left alone before it is told; 0 tells at once. */
  readonly settle: number;
  /** Milliseconds between two looks, where the file system tells nothing by itself. */
  readonly poll: number | undefined;
  /** Gets the path relative to the watched one, with slashes. */
  readonly ignores: (path: string) => boolean;
  readonly onEvent: (event: FileEvent) => void;
  readonly onError: (error: unknown) => void;
}

// In milliseconds.
/** How often a path that is missing is looked for, and one that is there is checked to be the same. */
const lookForEvery = 100;
const checkEvery = 1_000;
/** When a directory that has come is looked through again. */
const lookThroughAfter = [100, 1_000] as const;

/**
 * One path that is watched, there or not. chokidar says when something happens, and this mends what it leaves out: paths
 * whose parents are missing, directories that are removed or replaced and made again, and files that come while a new
 * directory is being read.
 */
export class WatchedPath {
  readonly #spec: WatchedPathSpec;
  readonly #timers = new MachineTimers();
  readonly #files: KnownFiles;
  #watcher: FileWatcher | undefined;
  /** Which of the things that have had this path is watched. */
  #watched: string | undefined;
  /** Whether what is there is being read for the first time. */
  #scanning = false;
  #isReady = false;
  #closed = false;
  readonly #ready = Promise.withResolvers<void>();
  #cancelCheck: (() => void) | undefined;
  /** The code of the error that the last check met: one that stays is told once. */
  #checkFailed: unknown;
  /** Watchers on their way out. */
  #left: Promise<unknown> | undefined;
  #closing: Promise<void> | undefined;

  constructor(spec: WatchedPathSpec) {
    this.#spec = spec;
    this.#files = new KnownFiles({
      settle: spec.settle,
      timers: this.#timers,
      onEvent: (event) => {
        if (!this.#closed) spec.onEvent(event);
      },
      look: (path) => this.#look(path),
    });
    void this.#check();
  }

  /** Resolves when it was looked through for the first time, or found missing, or closed; never rejects. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Tells nothing any more; resolves when everything is let go. */
  close(): Promise<void> {
    if (!this.#closing) {
      this.#closed = true;
      this.#timers.close();
      this.#files.clear();
      this.#closing = this.#leave();
      this.#ready.resolve();
    }
    return this.#closing;
  }

  /** Whether the path is there, and still the same; again and again. */
  async #check(): Promise<void> {
    const found = await this.#lookFor();
    if (this.#closed) return;
    // Inodes are used again.
    const identity = found && `${found.ino} ${found.birthtimeMs}`;
    if (identity !== this.#watched) {
      await this.#leave();
      if (this.#closed) return;
      if (identity !== undefined) this.#watch(identity);
      else this.#files.lost(this.#spec.path);
    }
    if (!found) this.#beReady();
    this.#checkIn(found ? checkEvery : lookForEvery);
  }

  #checkIn(ms: number): void {
    this.#cancelCheck?.();
    this.#cancelCheck = this.#timers.later(() => void this.#check(), ms);
  }

  async #lookFor(): Promise<Stats | undefined> {
    try {
      const stats = await stat(this.#spec.path);
      this.#checkFailed = undefined;
      return stats;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!isMissing(error) && code !== this.#checkFailed && !this.#closed) this.#spec.onError(error);
      this.#checkFailed = code;
      return undefined;
    }
  }

  #watch(identity: string): void {
    const { path, depth, poll } = this.#spec;
    this.#watched = identity;
    this.#scanning = true;
    const before = new Set(this.#files.paths);
    const watcher = new FileWatcher(path, {
      depth,
      // What is there is found in this way, told or not.
      ignoreInitial: false,
      // A file that is replaced is told as what happens to it, and no name is left out.
      atomic: false,
      usePolling: poll !== undefined,
      ...(poll === undefined ? {} : { interval: Math.ceil(poll), binaryInterval: Math.ceil(poll) }),
      ignored: (each) => this.#ignores(each),
    });
    this.#watcher = watcher;
    const isCurrent = () => this.#watcher === watcher && !this.#closed;
    watcher.on("all", (event, each, stats) => {
      if (!isCurrent() || this.#isTooDeep(each)) return;
      before.delete(each);
      if (event === "add" || event === "addDir") this.#found(each, event === "addDir", stats);
      else if (event === "change") void this.#files.changed(each, stats);
      else this.#lost(each);
    });
    watcher.on("error", (error) => {
      if (isCurrent()) this.#spec.onError(error);
    });
    watcher.once("ready", () => {
      if (!isCurrent()) return;
      // It has replaced another one, and these are not in it.
      for (const gone of before) this.#files.lost(gone);
      this.#scanning = false;
      for (const directory of this.#files.directories) this.#lookThroughLater(directory);
      this.#beReady();
    });
  }

  async #leave(): Promise<void> {
    this.#left = Promise.all([this.#left, this.#watcher?.close()]);
    this.#watcher = undefined;
    this.#watched = undefined;
    await this.#left;
  }

  #beReady(): void {
    this.#isReady = true;
    this.#ready.resolve();
  }

  #found(path: string, isDirectory: boolean, stats: Stats | undefined): void {
    // The directory that is watched is told when it comes, not where it was there.
    const silent = !this.#isReady && (!this.#spec.initial || (isDirectory && path === this.#spec.path));
    this.#files.found(path, isDirectory, stats, silent);
    if (isDirectory && !this.#scanning) this.#lookThroughLater(path);
  }

  #lost(path: string): void {
    this.#files.lost(path);
    if (path !== this.#spec.path) return;
    void this.#leave();
    this.#checkIn(lookForEvery);
  }

  #lookThroughLater(directory: string): void {
    if (this.#depthOf(directory) > this.#spec.depth) return;
    for (const ms of lookThroughAfter) this.#timers.later(() => void this.#lookThrough(directory), ms);
  }

  /** What came while chokidar was reading the directory, before it watched it, is not known to it. */
  async #lookThrough(directory: string): Promise<void> {
    for (const name of await readdir(directory).catch(() => [])) {
      const path = join(directory, name);
      if (this.#closed || !this.#files.has(directory)) return;
      if (this.#files.has(path) || this.#ignores(path) || !(await this.#look(path))) continue;
      this.#watcher?.add(path);
    }
  }

  async #look(path: string): Promise<Stats | undefined> {
    try {
      return await stat(path);
    } catch (error) {
      if (!isMissing(error) && !this.#closed) this.#spec.onError(error);
      return undefined;
    }
  }

  #ignores(path: string): boolean {
    const { path: own, ignores } = this.#spec;
    const below = relative(own, path);
    return below !== "" && !below.startsWith("..") && ignores(sep === "/" ? below : below.replaceAll(sep, "/"));
  }

  #isTooDeep(path: string): boolean {
    return this.#depthOf(path) > this.#spec.depth + 1;
  }

  /** 0 for the path itself, 1 for what is in it. */
  #depthOf(path: string): number {
    const below = relative(this.#spec.path, path);
    return below === "" ? 0 : below.split(sep).length;
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}
