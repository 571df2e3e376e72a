import { type ErrorOrigin, PawlAggregateError, PawlError } from "@pawl/kernel";

/** An error that had no caller, as `onError` got it. */
export interface RecordedError {
  readonly error: unknown;
  readonly origin: ErrorOrigin;
}

type OnError = (error: unknown, origin: ErrorOrigin) => unknown;

/** Stands as `onError` of a kernel, and remembers which errors the test has looked at. */
export class ErrorRecorder {
  readonly #recorded: RecordedError[] = [];
  #seen = 0;

  /** All so far. To read it is to have looked at them. */
  get all(): readonly RecordedError[] {
    this.#seen = this.#recorded.length;
    return [...this.#recorded];
  }

  /** The errors that nobody has looked at, as one, which is to look at them; undefined where there is none. */
  takeUnseen(): PawlAggregateError | undefined {
    const unseen = this.#recorded.slice(this.#seen);
    this.#seen = this.#recorded.length;
    if (unseen.length === 0) return undefined;
    const errors = unseen.map(unseenError);
    const lines = unseen.map((one) => `\n  - ${lineOf(one)}`);
    return new PawlAggregateError(
      "PAWL_TEST_UNSEEN_ERRORS",
      errors,
      `${errors.length === 1 ? "An error" : `${errors.length} errors`} went to onError and the test never looked; where that is expected, say so by reading app.errors:${lines.join("")}`,
      // Its stack is what one wants to see first.
      { cause: unseen[0]?.error },
    );
  }

  /** What to give a kernel as its `onError`. An `onError` of the test's own is called too, and counts as looking. */
  onError(own?: OnError): OnError {
    return (error, origin) => {
      this.#recorded.push({ error, origin });
      if (!own) return undefined;
      if (this.#seen === this.#recorded.length - 1) this.#seen++;
      return own(error, origin);
    };
  }
}

// Test runners tell the errors of an aggregate one by one: each has to speak for itself.
function unseenError(unseen: RecordedError): PawlError {
  const { error, origin } = unseen;
  return new PawlError(
    "PAWL_TEST_UNSEEN_ERRORS",
    `${lineOf(unseen)} (it went to onError and the test never looked at app.errors)`,
    { path: origin.path, cause: error },
  );
}

function lineOf({ error, origin }: RecordedError): string {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `${origin.path}: ${origin.label}: ${message}`;
}
