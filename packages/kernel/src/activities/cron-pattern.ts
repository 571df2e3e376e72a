import { Cron } from "croner";
import { PawlTypeError } from "../errors/pawl-error.ts";

const never = Number.POSITIVE_INFINITY;

/** Times on the wall clock of a time zone. The only file that knows croner, which only computes here: no timer is its own. */
export class CronPattern {
  /** As it was given. */
  readonly pattern: string;
  readonly timezone: string;
  readonly #cron: Cron;

  /**
   * @param timezone an IANA name; undefined for that of the machine
   * @throws TypeError `PAWL_BAD_OPTION` for a pattern that cannot be read or never comes, and for an unknown time zone
   */
  constructor(pattern: string, timezone: string | undefined) {
    checkTimezone(timezone);
    this.pattern = pattern;
    this.timezone = timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    this.#cron = parse(pattern, timezone);
    if (this.#cron.getPattern() === undefined)
      throw badPattern(pattern, "it is a date, for one call; that is a timeout()");
    if (this.next(0) === never) throw badPattern(pattern, "there is no such date");
  }

  /**
   * The first time of the pattern after `after`, both in milliseconds since the Unix epoch. What the wall clock jumps over
   * in spring does not come. What it shows twice in autumn comes once, unless a wildcard or a step in the pattern's time
   * of day says that it is about the distance.
   */
  next(after: number): number {
    let next = this.#cron.nextRun(new Date(after));
    // Croner puts a fixed time that is jumped over off to the end of the jump, which is no time of the pattern.
    while (next && !this.#cron.match(next)) next = this.#cron.nextRun(next);
    return next?.getTime() ?? never;
  }
}

function parse(pattern: string, timezone: string | undefined): Cron {
  if (typeof pattern !== "string") throw badPattern(pattern, "it must be a string");
  try {
    return new Cron(pattern, {
      mode: "5-or-6-parts",
      fixedTimeRule: "no-wildcard",
      ...(timezone === undefined ? {} : { timezone }),
    });
  } catch (error) {
    throw badPattern(pattern, whyOf(error as Error), error);
  }
}

function whyOf({ message }: Error): string {
  if (/parts are required/.test(message)) return "it has another number of fields";
  return message.replace(/^CronPattern: /, "").replace(/\.+$/, "");
}

function badPattern(pattern: unknown, why: string, cause?: unknown): PawlTypeError {
  const given = typeof pattern === "string" ? JSON.stringify(pattern) : String(pattern);
  return new PawlTypeError(
    "PAWL_BAD_OPTION",
    `cron(fn, pattern): ${given} is no cron pattern: ${why}. Give five fields, minute, hour, day, month and weekday, such as "30 3 * * 1-5" (03:30 from Monday to Friday), or six with seconds first; or a name: @hourly, @daily, @weekly, @monthly, @yearly`,
    cause === undefined ? {} : { cause },
  );
}

function checkTimezone(timezone: unknown): void {
  if (timezone === undefined) return;
  try {
    if (typeof timezone !== "string") throw new TypeError("a time zone is a string");
    new Intl.DateTimeFormat("en", { timeZone: timezone });
  } catch (cause) {
    const given = typeof timezone === "string" ? JSON.stringify(timezone) : String(timezone);
    throw new PawlTypeError(
      "PAWL_BAD_OPTION",
      `cron(…, { timezone }): ${given} is no time zone; give an IANA name such as "Europe/Berlin", or "UTC"`,
      { cause },
    );
  }
}
