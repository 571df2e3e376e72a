import type { ErrorCodes } from "./error-codes.ts";

const brand = Symbol.for("pawl.error");

/** A code of the table in `docs/ERRORS.md`. Other packages add theirs by augmenting `ErrorCodes`. */
export type ErrorCode = keyof ErrorCodes;

/** What every error of Pawl carries, whatever its class. */
export interface PawlErrorShape extends Error {
  readonly code: ErrorCode;
  /** Owner path of the culprit, e.g. `shop/metrics`; undefined where nobody owns it. */
  readonly path: string | undefined;
}

/** The original error, and the owner path of the culprit. */
export interface PawlErrorOptions extends ErrorOptions {
  readonly path?: string | undefined;
}

/** Puts the brand, the code and the owner path on an error, and its name where the prototype has none. */
function stamp(error: Error, name: string, code: ErrorCode, path: string | undefined): void {
  Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  Object.defineProperty(error, brand, { value: true });
  Object.assign(error, { code });
  // Enumerable only where it says something, so that a printed error is not cluttered.
  Object.defineProperty(error, "path", { value: path, enumerable: path !== undefined, configurable: true });
}

/**
 * An error of Pawl. Recognise one with {@link PawlError.is}, which also knows those of another copy of the package.
 *
 * @example
 * try {
 *   await app.start();
 * } catch (error) {
 *   if (PawlError.is(error)) console.log(error.code, error.path);
 * }
 */
export class PawlError extends Error implements PawlErrorShape {
  declare readonly code: ErrorCode;
  declare readonly path: string | undefined;

  constructor(code: ErrorCode, message: string, options: PawlErrorOptions = {}) {
    super(message, options);
    stamp(this, new.target.name, code, options.path);
  }

  /** Whether `error` comes from Pawl, from whichever copy of it. */
  static is(error: unknown): error is PawlErrorShape {
    return typeof error === "object" && error !== null && brand in error;
  }
}

/** A wrong argument, as a `TypeError`. */
export class PawlTypeError extends TypeError implements PawlErrorShape {
  declare readonly code: ErrorCode;
  declare readonly path: string | undefined;

  constructor(code: ErrorCode, message: string, options: PawlErrorOptions = {}) {
    super(message, options);
    stamp(this, "TypeError", code, options.path);
  }
}

/** An argument outside its range, as a `RangeError`. */
export class PawlRangeError extends RangeError implements PawlErrorShape {
  declare readonly code: ErrorCode;
  declare readonly path: string | undefined;

  constructor(code: ErrorCode, message: string, options: PawlErrorOptions = {}) {
    super(message, options);
    stamp(this, "RangeError", code, options.path);
  }
}

/** Several failures told together. */
export class PawlAggregateError extends AggregateError implements PawlErrorShape {
  declare readonly code: ErrorCode;
  declare readonly path: string | undefined;

  constructor(code: ErrorCode, errors: readonly unknown[], message: string, options: PawlErrorOptions = {}) {
    super(errors, message, options);
    stamp(this, new.target.name, code, options.path);
  }
}
