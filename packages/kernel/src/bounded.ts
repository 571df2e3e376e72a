import type { Clock } from "./clock.ts";

/**
 * Waits for `settled`, at most `ms` milliseconds; resolves with whether it settled in time. `settled` must not reject.
 *
 * The deadline is judged one turn of the event loop after it has fired: timers run before I/O callbacks, so after a
 * blocked loop what was done meanwhile still counts as done.
 */
export function settlesWithin(
  clock: Clock,
  settled: PromiseLike<unknown>,
  ms: number,
  label: string,
): Promise<boolean> {
  return new Promise((resolve) => {
    let cancel: () => void;
    const judge = () => {
      cancel = clock.defer(() => resolve(false));
    };
    cancel = ms > 0 ? clock.setTimer(judge, ms, label) : clock.defer(() => resolve(false));
    void settled.then(() => {
      cancel();
      resolve(true);
    });
  });
}

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
