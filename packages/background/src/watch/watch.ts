import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type ActivityOptions,
  type CallContext,
  type Duration,
  type Handle,
  milliseconds,
  PawlRangeError,
  PawlTypeError,
  type Service,
} from "@pawl/kernel";
import { checkCallback, checkOptions, labelOf, scopeOf } from "@pawl/kernel/extend";
import type { FileEvent } from "./known-files.ts";
import { WatchActivity } from "./watch-activity.ts";

/** Gets what happened, on the service, and `{ signal }`. */
export type WatchFunction<S> = (this: S, event: FileEvent, context: CallContext) => unknown;

/** Which paths are left out: a pattern or a function of the path relative to the watched one, with slashes. */
export type Ignore = RegExp | ((path: string) => boolean);

/** What is watched, and how. */
export interface WatchOptions extends ActivityOptions {
  /** Tells what is there at the beginning as created. @default false */
  readonly initial?: boolean;
  /** Left out, with all that is in it. */
  readonly ignore?: Ignore | readonly Ignore[];
  /** How many levels of directories are looked into: 0 for what is directly in it. @default all */
  readonly depth?: number;
  /** Tells a file only when its size and time have stayed the same for so long: when it is written. @default at once */
  readonly settle?: Duration;
  /** Looks so often, where the file system tells nothing by itself, as network drives do not. */
  readonly poll?: Duration;
}

/** A running watch. */
export interface Watch extends Handle {
  /**
   * Resolves when everything was looked through for the first time, or found missing: what happens from then on is told.
   * Rejects with an `AbortError` where it was cancelled before.
   */
  readonly ready: Promise<void>;
}

/**
 * Calls `fn` with what happens to files and directories: `{ kind: "created" | "changed" | "deleted", path, isDirectory }`,
 * with an absolute path. One call at a time, in the order in which things happened; what is returned is awaited. Changes
 * of a file that still waits to be told are told once. A failure goes to `onError`, and the watch goes on.
 *
 * What is missing is waited for. A file that is renamed is deleted and created. When the service stops, nothing more is
 * noticed; what was, is told.
 *
 * @param paths files and directories, there or not; relative ones are of this process
 * @throws NotRunningError; TypeError or RangeError `PAWL_BAD_OPTION`, `PAWL_BAD_DURATION`
 * @example
 * watch(this, "inbox", this.onFile, { initial: true, settle: "1s", ignore: /\.part$/ });
 */
export function watch<S extends Service>(
  service: S,
  paths: string | URL | readonly (string | URL)[],
  fn: WatchFunction<NoInfer<S>>,
  options: WatchOptions = {},
): Watch {
  const scope = scopeOf(service, "watch");
  const resolved = [...new Set([paths].flat().map(pathOf))];
  if (resolved.length === 0) throw new PawlTypeError("PAWL_BAD_OPTION", "watch(service, paths): there is no path");
  checkCallback("watch(service, paths, fn)", fn);
  checkOptions("watch", options);
  const { depth = Number.POSITIVE_INFINITY, settle, poll, initial = false } = options;
  if (!(depth >= 0 && (Number.isSafeInteger(depth) || depth === Number.POSITIVE_INFINITY))) {
    throw new PawlRangeError("PAWL_BAD_OPTION", `watch(…, { depth }): it must be 0 or more, not ${depth}`);
  }
  return new WatchActivity(scope, {
    service,
    label: options.label ?? labelOf(fn, "anonymous"),
    paths: resolved,
    fn: fn as WatchFunction<Service>,
    options,
    spec: {
      initial,
      depth,
      settle: settle === undefined ? 0 : milliseconds(settle, "watch(…, { settle })"),
      poll: poll === undefined ? undefined : milliseconds(poll, "watch(…, { poll })"),
      ignores: ignoresOf(options.ignore),
    },
  });
}

function pathOf(path: unknown): string {
  if (path instanceof URL) return fileURLToPath(path);
  if (typeof path === "string" && path !== "") return resolve(path);
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    `watch(service, paths): each must be a path or a file: URL, not ${JSON.stringify(path) ?? String(path)}`,
  );
}

function ignoresOf(ignore: WatchOptions["ignore"] = []): (path: string) => boolean {
  const tests = [ignore].flat().map((each: unknown) => {
    if (typeof each === "function") return each as (path: string) => boolean;
    if (!(each instanceof RegExp)) {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        `watch(…, { ignore }): each must be a RegExp or a function, not ${JSON.stringify(each) ?? String(each)}`,
      );
    }
    // One that is global or sticky would remember where it was.
    const pattern = new RegExp(each.source, each.flags.replace(/[gy]/g, ""));
    return (path: string) => pattern.test(path);
  });
  return (path) => tests.some((test) => test(path));
}
