import { type ErrorOrigin, type EventBus, Kernel, type KernelConfig } from "@pawl/kernel";
import { type VirtualClock, virtualClock } from "@pawl/testing";
import { type GivenService, given } from "../given-service.ts";

/** A running kernel whose bus is under test, with two services. */
export interface TestBus extends AsyncDisposable {
  readonly kernel: Kernel;
  readonly bus: EventBus;
  readonly one: GivenService;
  readonly two: GivenService;
  readonly clock: VirtualClock;
  /** What went to `onError`. */
  readonly errors: { readonly error: unknown; readonly origin: ErrorOrigin }[];
}

/**
 * Events take one of two ways: a short one, and a longer one while facts of events are observed. The laws hold on both.
 */
export const ways = ["unobserved", "observed"] as const;

export async function testBus(
  way: (typeof ways)[number] = "unobserved",
  config: Pick<KernelConfig, "events" | "onError"> & {
    readonly providers?: Partial<Record<"one" | "two", GivenService>>;
  } = {},
): Promise<TestBus> {
  const errors: { error: unknown; origin: ErrorOrigin }[] = [];
  const clock = virtualClock();
  const { one = given(), two = given() } = config.providers ?? {};
  const kernel: Kernel = new Kernel({
    ...config,
    clock,
    providers: { one, two },
    onError: (error, origin) => {
      errors.push({ error, origin });
      return config.onError?.(error, origin);
    },
  });
  if (way === "observed") kernel.observe(() => {}, { kinds: ["*"] });
  await kernel.start();
  return {
    kernel,
    bus: kernel.bus,
    one,
    two,
    clock,
    errors,
    [Symbol.asyncDispose]: () => kernel.stop(),
  };
}
