import { type Backoff, type BackoffOptions, backoffOf } from "../backoff.ts";
import { type Duration, milliseconds } from "../duration.ts";
import { PawlRangeError, PawlTypeError } from "../errors/pawl-error.ts";

/** How one provider or adopted child is started, stopped, and restarted where it crashes. */
export interface SuperviseOptions {
  /** @default the kernel's (30 s) */
  readonly startTimeout?: Duration;
  /** @default the kernel's (10 s) */
  readonly stopTimeout?: Duration;
  /** Whether its owner, and so the app, is not ready (`/readyz`) while it is down or not well. @default true */
  readonly required?: boolean;
  /**
   * When it is started again: `"on-failure"` after a crash, `"always"` also where it stopped itself. With `"never"` a
   * crash is its owner's. (Erlang/OTP: temporary, transient, permanent.)
   *
   * @default "never"
   */
  readonly restart?: "never" | "on-failure" | "always";
  /** How many restarts are granted in any time `within`; the crash after them goes to the owner. @default 3 */
  readonly maxRestarts?: number;
  /** A window that slides. @default "5s" */
  readonly within?: Duration;
  /**
   * How long it waits before each restart: growing waits, one duration, or false for none. It begins afresh after a run
   * longer than `within`.
   *
   * @default { initial: "100ms", max: "10s", factor: 2, jitter: 0.5 }
   */
  readonly backoff?: BackoffOptions | Duration | false;
}

/** Which services of an owner are restarted when one of them crashes and is to be restarted. (Erlang/OTP) */
export type Strategy =
  /** That one. */
  | "one-for-one"
  /** That one, and those that were started after it. */
  | "rest-for-one"
  /** All. */
  | "one-for-all";

const strategies: readonly unknown[] = ["one-for-one", "rest-for-one", "one-for-all"] satisfies Strategy[];

/** @throws TypeError `PAWL_BAD_OPTION` */
export function checkStrategy(strategy: unknown, where: string): void {
  if (strategy === undefined || strategies.includes(strategy)) return;
  throw new PawlTypeError(
    "PAWL_BAD_OPTION",
    `${where}: it must be "one-for-one", "rest-for-one" or "one-for-all", not ${JSON.stringify(strategy)}`,
  );
}

/** When a service is restarted, how often, and after how long. */
export interface RestartPolicy {
  readonly when: "on-failure" | "always";
  readonly maxRestarts: number;
  /** Milliseconds. */
  readonly within: number;
  readonly backoff: Backoff;
}

/**
 * Reads the policy; undefined for a service that is not restarted.
 *
 * @param where names the options in errors: `provide(…)`
 * @throws TypeError or RangeError
 */
export function restartPolicyOf(options: SuperviseOptions, where: string): RestartPolicy | undefined {
  const { restart = "never", maxRestarts = 3 } = options;
  if (restart !== "never" && restart !== "on-failure" && restart !== "always") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `${where}: restart must be "never", "on-failure" or "always", not ${JSON.stringify(restart)}`,
    );
  }
  if (options.required !== undefined && typeof options.required !== "boolean") {
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `${where}: required must be true or false, not ${JSON.stringify(options.required)}`,
    );
  }
  if (!(maxRestarts === Number.POSITIVE_INFINITY || (Number.isSafeInteger(maxRestarts) && maxRestarts >= 0))) {
    throw new PawlRangeError("PAWL_BAD_OPTION", `${where}: maxRestarts must be 0 or more, not ${String(maxRestarts)}`);
  }
  const within = milliseconds(options.within ?? "5s", `${where}: within`);
  const backoff = backoffOf(options.backoff, `${where}: backoff`);
  return restart === "never" ? undefined : { when: restart, maxRestarts, within, backoff };
}

/** How often one service was restarted under one owner. */
export class RestartHistory {
  /** Restarts granted so far. */
  count = 0;
  /** When those were granted that may still count; oldest first. */
  #recent: number[] = [];
  /** Restarts in a row without a run longer than the window between them. */
  #inARow = 0;
  #upSince: number | undefined;

  /** It runs. */
  cameUp(now: number): void {
    this.#upSince = now;
  }

  /**
   * Grants one more restart and gives how many milliseconds to wait before it; undefined where there were too many. The
   * window is half open: a restart granted exactly `within` ago counts no more.
   */
  grant(policy: RestartPolicy, now: number): number | undefined {
    const { maxRestarts, within, backoff } = policy;
    this.#recent = this.#recent.filter((then) => now - then < within);
    if (this.#upSince !== undefined && now - this.#upSince > within) this.#inARow = 0;
    this.#upSince = undefined;
    if (this.#recent.length >= maxRestarts) return undefined;
    // Without a limit there is nothing to look back for.
    if (maxRestarts !== Number.POSITIVE_INFINITY) this.#recent.push(now);
    this.count++;
    this.#inARow++;
    return backoff.delay(this.#inARow);
  }
}
