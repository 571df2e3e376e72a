import { PawlTypeError } from "../errors/pawl-error.ts";

/** Whether a name that `listen` was given is a pattern. */
export function isPattern(event: string): boolean {
  return event.includes("*");
}

/**
 * Makes a test of names from a pattern: `*` stands for one whole segment, `**` for one or more and comes last, as `>`
 * in NATS. Segments are separated by `:` or `.`, which are the same.
 *
 * @throws TypeError `PAWL_BAD_EVENT` for a `*` elsewhere
 */
export function compilePattern(pattern: string): (event: string) => boolean {
  const wanted = pattern.split(/[:.]/);
  const last = wanted.length - 1;
  const open = wanted[last] === "**";
  if (wanted.some((segment, i) => segment.includes("*") && segment !== "*" && !(segment === "**" && i === last))) {
    throw new PawlTypeError(
      "PAWL_BAD_EVENT",
      `"${pattern}" is no pattern: "*" stands for one whole segment ("order:*"), "**" for one or more and comes last ("order:**")`,
    );
  }
  return (event) => {
    const segments = event.split(/[:.]/);
    if (open ? segments.length < wanted.length : segments.length !== wanted.length) return false;
    for (let i = 0; i <= last; i++) {
      if (wanted[i] !== "*" && wanted[i] !== "**" && wanted[i] !== segments[i]) return false;
    }
    return true;
  };
}

/** @throws TypeError `PAWL_BAD_EVENT` for a name that cannot be emitted */
export function checkEventName(event: unknown): asserts event is string {
  if (typeof event === "string" && event !== "" && !isPattern(event)) return;
  throw new PawlTypeError(
    "PAWL_BAD_EVENT",
    typeof event === "string" && event !== ""
      ? `"${event}" is a pattern; patterns can be listened to, but only plain names can be emitted`
      : `${typeof event === "string" ? '""' : String(event)} is no event name; give a string such as "order:completed"`,
  );
}
