import { type Duration, milliseconds } from "./duration.ts";
import { PawlRangeError, PawlTypeError } from "./errors/pawl-error.ts";

/** How long to wait before each further try. */
export interface BackoffOptions {
  /** Before the second try. @default "100ms" */
  readonly initial?: Duration;
  /** The longest wait. @default "10s" */
  readonly max?: Duration;
  /** What each wait is times the one before; 1 or more. @default 2 */
  readonly factor?: number;
  /** The share of each wait that is left to chance, from 0 to 1: many do not try again at once. @default 0.5 */
  readonly jitter?: number;
}

/** Waits that grow, up to a longest one. */
export interface Backoff {
  /** Milliseconds to wait before try number `attempt + 1`; `attempt` is 1 after the first. */
  delay(attempt: number): number;
}

const none: Backoff = { delay: () => 0 };

/**
 * Reads a backoff: its options, a duration (always that long, without chance), or false (none).
 *
 * @param where names the option in errors: `queue(…, { backoff })`
 * @throws TypeError or RangeError
 */
export function backoffOf(options: BackoffOptions | Duration | false | undefined, where: string): Backoff {
  if (options === false) return none;
  if (typeof options === "string" || typeof options === "number") {
    const ms = milliseconds(options, where);
    return { delay: () => ms };
  }
  if (options !== undefined && (typeof options !== "object" || options === null)) {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `${where}: it must be a duration, false or { initial, max, factor, jitter }, not ${String(options)}`,
    );
  }
  const { initial = "100ms", max = "10s", factor = 2, jitter = 0.5 } = options ?? {};
  const first = milliseconds(initial, `${where}: initial`);
  const longest = milliseconds(max, `${where}: max`);
  requireNumber(factor >= 1 && factor < Number.POSITIVE_INFINITY, `${where}: factor must be 1 or more, not ${factor}`);
  requireNumber(jitter >= 0 && jitter <= 1, `${where}: jitter must be from 0 to 1, not ${jitter}`);
  return {
    delay(attempt) {
      const whole = Math.min(longest, first * factor ** (attempt - 1));
      return whole * (1 - jitter * Math.random());
    },
  };
}

function requireNumber(fits: boolean, message: string): void {
  if (!fits) throw new PawlRangeError("PAWL_BAD_OPTION", message);
}
