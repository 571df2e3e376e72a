import { PawlError } from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";

/** The error of a watch that the operating system cannot carry on. */
export function watchFailed(path: string, label: string, cause: unknown): PawlError {
  const { code } = (cause ?? {}) as { code?: unknown };
  const next =
    code === "ENOSPC" || code === "EMFILE"
      ? "; the operating system watches no more files. Watch less, with ignore or depth, raise its limit (fs.inotify.max_user_watches on Linux), or set poll"
      : "";
  return new PawlError("PAWL_WATCH_FAILED", `${path}: watch "${label}": ${messageOf(cause)}${next}`, { path, cause });
}

/** What a stop had no time left for. */
export function watchLeft(path: string, label: string, events: number): PawlError {
  return new PawlError(
    "PAWL_WATCH_LEFT",
    `${path}: watch "${label}" ended with ${events === 1 ? "1 event" : `${events} events`} not told; raise stopTimeout, or look through the files at the next start ({ initial: true })`,
    { path },
  );
}
