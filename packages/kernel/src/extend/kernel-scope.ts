import type { Clock } from "../clock.ts";
import type { FactLog } from "../facts.ts";
import { coreOf, type Kernel } from "../kernel.ts";
import type { ErrorOrigin } from "../scope.ts";

/** What a package that looks on may do with a kernel, whether it runs or not. */
export interface KernelScope {
  readonly name: string;
  readonly clock: Clock;
  readonly facts: FactLog;
  /** What a message to another process carries along of the trace of the code here; empty where nothing is traced. */
  traceHeaders(): Record<string, string>;
  /** Tells an error that has no caller. */
  report(error: unknown, origin: ErrorOrigin): void;
}

/** The inside of `kernel`, for packages that record facts of their own about it. */
export function kernelScope(kernel: Kernel): KernelScope {
  const core = coreOf(kernel);
  return {
    name: core.settings.name,
    clock: core.clock,
    facts: core.facts,
    traceHeaders: () => core.instrumentation?.headers?.() ?? {},
    report: (error, origin) => core.report(error, origin),
  };
}

/** Loads the code that the starts of `kernel` load anyway, for who has a clock that would run away from it. */
export async function loadParts(kernel: Kernel): Promise<void> {
  await coreOf(kernel).load?.();
}
