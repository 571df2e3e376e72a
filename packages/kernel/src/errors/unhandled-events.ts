import { PawlError } from "./pawl-error.ts";

/** Why an event was dropped before it was handled. */
export type WhyDropped = "full" | "cancelled" | "stopped" | "crashed";

const becauseOf: Readonly<Record<WhyDropped, string>> = {
  full: "its buffer was full. Raise it, handle events faster, or emit fewer",
  cancelled: "it was cancelled",
  stopped: "its owner stopped before their turn came. Handle events faster, or raise stopTimeout",
  crashed: "its owner crashed before their turn came",
};

/** Events that were in line for a listener, or for a loop over `events()`, and were dropped before they were handled. */
export class EventsDroppedError extends PawlError {
  /** How many. */
  readonly count: number;

  constructor(path: string, what: string, count: number, why: WhyDropped) {
    super(
      "PAWL_EVENTS_DROPPED",
      `${path}: ${what} dropped ${count} event${count === 1 ? "" : "s"} unhandled: ${becauseOf[why]}`,
      { path },
    );
    this.count = count;
  }
}

/** An event that a listener, or a loop over `events()`, refused because so many were in line already. */
export class ListenerFullError extends PawlError {
  /** The event that was refused. */
  readonly event: string;

  constructor(path: string, what: string, event: string, capacity: number) {
    super(
      "PAWL_LISTENER_FULL",
      `${path}: ${what} refused "${event}", since ${capacity} events are in line already. Handle events faster, raise buffer, or choose what to lose: { overflow: "drop-oldest" }`,
      { path },
    );
    this.event = event;
  }
}
