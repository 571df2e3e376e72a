import { findLocalApp, isAddress, type RunningApp } from "../control/running-apps.ts";
import { UsageError } from "../errors/command-errors.ts";

/**
 * The app that is meant, for what can be followed on its own machine alone.
 *
 * @throws UsageError for an app by its address; as `findLocalApp`
 */
export async function localApp(which: string | undefined, command: string): Promise<RunningApp> {
  if (which === undefined || !isAddress(which)) return findLocalApp(which);
  throw new UsageError(`pawl ${command}: it can be followed on the machine of the app alone, by its control socket`);
}
