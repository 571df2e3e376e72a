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
  // Called at every emit of a name that has no exact listener: it makes no strings.
  return (event) => {
    let start = 0;
    for (let i = 0; i <= last; i++) {
      const segment = wanted[i] as string;
      if (segment !== "*" && segment !== "**" && !event.startsWith(segment, start)) return false;
      if (open && i === last) return true;
      const end = segmentEnd(event, segment === "*" ? start : start + segment.length);
      if (segment !== "*" && end !== start + segment.length) return false;
      if (end === event.length) return i === last;
      start = end + 1;
    }
    return false;
  };
}

/** Where the segment ends that goes on at `from`: at a separator, or at the end. */
function segmentEnd(event: string, from: number): number {
  const colon = event.indexOf(":", from);
  const dot = event.indexOf(".", from);
  if (colon === -1) return dot === -1 ? event.length : dot;
  return dot === -1 ? colon : Math.min(colon, dot);
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
