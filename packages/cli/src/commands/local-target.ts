import type { Target } from "../control/control-client.ts";
import { UsageError } from "../errors/command-errors.ts";

/** What can be followed on the machine of the app alone. @throws UsageError for an app by its address */
export function localTarget(target: Target, what: string): Target {
  if (target.socketPath !== undefined) return target;
  throw new UsageError(`pawl ${what}: it can be followed on the machine of the app alone, by its control socket`);
}
