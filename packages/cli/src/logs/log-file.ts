import { closeSync, existsSync, fstatSync, mkdirSync, openSync, statSync, writeSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { PawlError } from "@pawl/kernel";
import type { Destination } from "./standard-error.ts";

/**
 * A file that lines are appended to. Each is in the file when `write` returns. Where the file was moved or removed, as
 * logrotate does, the next line opens a new one under its path: no signal is needed. (The `WatchedFileHandler` of Python.)
 *
 * Where it cannot be written, since the disk is full for instance, lines go to `otherwise`, which is told why, once.
 */
export class LogFile implements Destination {
  readonly path: string;
  readonly #otherwise: Destination;
  #descriptor: number | undefined;
  #inode: number | undefined;
  #failed = false;

  /** @throws PawlError `PAWL_LOG_FILE` where it cannot be opened */
  constructor(path: string, otherwise: Destination) {
    this.path = resolve(path);
    this.#otherwise = otherwise;
    try {
      this.#open();
    } catch (cause) {
      throw new PawlError(
        "PAWL_LOG_FILE",
        `the log file ${this.path} cannot be opened (${codeOf(cause)}). Choose another, or see to it that this process may write it`,
        { cause },
      );
    }
  }

  write(text: string): void {
    try {
      const bytes = Buffer.from(text);
      const descriptor = this.#open();
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) {
        this.#otherwise.write(
          `the log file ${this.path} cannot be written (${codeOf(error)}); lines follow here until it can\n`,
        );
      }
      this.#failed = true;
      this.#otherwise.write(text);
    }
  }

  /** Closes it until the next line. */
  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #open(): number {
    if (this.#descriptor !== undefined) {
      if (statSync(this.path, { throwIfNoEntry: false })?.ino === this.#inode) return this.#descriptor;
      this.close();
    }
    this.#descriptor = this.#openOrMake();
    this.#inode = fstatSync(this.#descriptor).ino;
    return this.#descriptor;
  }

  #openOrMake(): number {
    try {
      return openSync(this.path, "a");
    } catch (error) {
      const folder = dirname(this.path);
      if (codeOf(error) !== "ENOENT" || existsSync(folder)) throw error;
      makeFolder(folder);
      return openSync(this.path, "a");
    }
  }
}

// Level by level: where a parent takes no folders, as in /proc, `mkdir` with `recursive` tries for ever.
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
