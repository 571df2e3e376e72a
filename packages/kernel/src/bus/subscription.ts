import type { Handle } from "../activities/activity-options.ts";
import type { ListenerRecord } from "./listener-record.ts";

/** A live subscription: a handle, and itself a function that cancels. */
export interface Subscription extends Handle {
  (): void;
  /** The name or pattern that it listens to. */
  readonly event: string;
}

export function subscription(record: ListenerRecord): Subscription {
  const cancel = () => record.cancel();
  return Object.assign(() => record.cancel(), {
    event: record.label,
    label: record.label,
    cancel,
    [Symbol.dispose]: cancel,
  });
}
