import type { CallEnd, CallSpec } from "../call.ts";
import { AbandonedError } from "../errors/errors.ts";
import { PawlTypeError } from "../errors/pawl-error.ts";

/**
 * What becomes of a failure: `"report"` hands it to `onError` and goes on, `"crash"` makes it a crash of the service, a
 * function decides itself (what it throws is reported).
 */
// biome-ignore lint/suspicious/noExplicitAny: of `unknown` TypeScript wants to know more, and a function could not name the handle that it belongs to
export type OnFailure = "report" | "crash" | ((error: unknown) => any);

/** Options of every activity. */
export interface ActivityOptions {
  /**
   * Its name in errors, facts and `inspect()`.
   *
   * @default the name of the function
   */
  readonly label?: string;
  /** @default "report" */
  readonly onError?: OnFailure;
  /** Cancels the activity when it is aborted. */
  readonly signal?: AbortSignal;
}

/** What every handle has. Cancelling twice, or from inside the callback, is safe. */
export interface Handle extends Disposable {
  readonly label: string;
  /** Ends it: no call begins any more, the signal of one in flight is aborted. */
  cancel(): void;
}

/** What callbacks get last. */
export interface CallContext {
  /** Aborted with an `AbortError` when the activity is cancelled or its service stops. */
  readonly signal: AbortSignal;
}

/** What ticks and loops get. */
export interface TickContext extends CallContext {
  /** Which try it is: 1, and one more for each time in a row that the last one has thrown a `RetryLater`. */
  readonly attempt: number;
}

/** The name of a function as a label: without what `bind` and private methods add to it. */
export function labelOf(fn: { readonly name: unknown }, otherwise: string): string {
  // A static field, or whoever defines the property, may put anything there.
  let name = typeof fn.name === "string" ? fn.name : "";
  if (name.startsWith("bound ")) name = name.slice("bound ".length);
  if (name.startsWith("#")) name = name.slice("#".length);
  return name || otherwise;
}

/**
 * @param which place of the argument
 * @throws TypeError `PAWL_BAD_OPTION` where `fn` is no function
 */
export function checkCallback(method: string, fn: unknown, which = "first"): void {
  if (typeof fn === "function") return;
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    `${method}(): the ${which} argument must be a function, not ${fn === null ? "null" : typeof fn}; pass the method itself, not what it returns`,
  );
}

/**
 * Checks the options that every activity has.
 *
 * @throws TypeError `PAWL_BAD_OPTION`
 */
export function checkOptions(method: string, options: ActivityOptions): void {
  if (typeof options !== "object" || options === null) {
    throw new PawlTypeError("PAWL_BAD_OPTION", `${method}(): its options must be an object, not ${String(options)}`);
  }
  const { onError } = options;
  if (onError !== undefined && onError !== "report" && onError !== "crash" && typeof onError !== "function") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `${method}(…, { onError }): it must be "report", "crash" or a function, not ${JSON.stringify(onError)}`,
    );
  }
  checkSignal(options.signal);
}

/** @throws TypeError `PAWL_BAD_OPTION` where something else was given for an AbortSignal */
export function checkSignal(signal: unknown): void {
  // By its shape: there are AbortSignals of other realms and of libraries.
  const { aborted, addEventListener } = (signal ?? {}) as { aborted?: unknown; addEventListener?: unknown };
  if (signal === undefined || (typeof aborted === "boolean" && typeof addEventListener === "function")) return;
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    "{ signal }: it must be an AbortSignal; of an AbortController pass controller.signal",
  );
}

const nothing = () => {};

/** Cancels with `signal`; gives back how to stop listening to it. */
export function cancelOn(signal: AbortSignal | undefined, cancel: () => void): () => void {
  if (!signal) return nothing;
  if (signal.aborted) {
    // Later, so that the caller has its handle by then.
    queueMicrotask(cancel);
    return nothing;
  }
  signal.addEventListener("abort", cancel, { once: true });
  return () => signal.removeEventListener("abort", cancel);
}

/** The run that an activity belongs to, as far as its failures go. */
interface FailureScope {
  run<T>(spec: CallSpec, fn: () => T | PromiseLike<T>, end: CallEnd<T>): unknown;
  fail(spec: CallSpec, error: unknown, how?: { readonly crash?: boolean }): void;
}

/** Does with a failure what the activity's `onError` says. */
export function settleFailure(
  scope: FailureScope,
  spec: CallSpec,
  error: unknown,
  onError: OnFailure,
  cancelled: boolean,
): void {
  if (typeof onError !== "function") {
    scope.fail(spec, error, { crash: onError === "crash" && !cancelled });
    return;
  }
  const handling: CallSpec = { ...spec, kind: `onError of ${spec.kind}` };
  scope.run(handling, () => onError(error) as unknown, {
    ok() {},
    fail(thrown) {
      // An abandonment is told by the stop.
      if (!(thrown instanceof AbandonedError)) scope.fail(handling, thrown);
    },
  });
}
