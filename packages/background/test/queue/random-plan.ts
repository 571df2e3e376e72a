import type { QueueOverflow } from "@pawl/background";
import fc from "fast-check";

/** What one try of an item does, after so many seconds. */
interface PlannedTry {
  readonly seconds: number;
  readonly ends: "well" | "badly" | "later";
  /** Whether it ends at once when its signal is aborted. */
  readonly heeds: boolean;
}

export interface PlannedItem {
  readonly priority: number;
  readonly key: number;
  /** One after the other; the last one again and again. */
  readonly tries: readonly PlannedTry[];
  readonly isHeld: boolean;
}

type Step =
  | { readonly do: "push"; readonly item: PlannedItem }
  | { readonly do: "cancel"; readonly which: number }
  | { readonly do: "advance"; readonly seconds: number }
  | { readonly do: "clear" | "pause" | "resume" };

export interface Plan {
  readonly concurrency: number;
  readonly capacity: number;
  readonly overflow: QueueOverflow;
  readonly attempts: number;
  readonly backoff: false | "1s" | "20s";
  readonly timeout: "2s" | undefined;
  readonly isUnique: boolean;
  readonly steps: readonly Step[];
  readonly end: "stop" | "crash" | "cancel" | "close";
}

const tries: fc.Arbitrary<PlannedTry> = fc.record({
  seconds: fc.constantFrom(0, 0, 1, 3),
  ends: fc.constantFrom("well", "well", "badly", "later"),
  heeds: fc.boolean(),
});

const items: fc.Arbitrary<PlannedItem> = fc.record({
  priority: fc.integer({ min: 0, max: 2 }),
  key: fc.integer({ min: 0, max: 5 }),
  tries: fc.array(tries, { minLength: 1, maxLength: 3 }),
  isHeld: fc.boolean(),
});

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("push" as const), item: items }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cancel" as const), which: fc.nat({ max: 20 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("advance" as const), seconds: fc.integer({ min: 0, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("clear" as const, "pause" as const, "resume" as const) }) },
);

export const plans: fc.Arbitrary<Plan> = fc.record({
  concurrency: fc.integer({ min: 1, max: 3 }),
  capacity: fc.integer({ min: 1, max: 4 }),
  overflow: fc.constantFrom("error", "drop-oldest", "drop-newest", "wait"),
  attempts: fc.integer({ min: 1, max: 3 }),
  backoff: fc.constantFrom<Plan["backoff"][]>(false, "1s", "20s"),
  timeout: fc.constantFrom(undefined, undefined, "2s"),
  isUnique: fc.boolean(),
  steps: fc.array(steps, { maxLength: 25 }),
  end: fc.constantFrom("stop", "stop", "crash", "cancel", "close"),
});
