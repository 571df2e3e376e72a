import { Kernel } from "@pawl/kernel";

let loaded: Promise<unknown> | undefined;

/**
 * Loads what a kernel only loads when a provider first needs it. That takes real time, which virtual time would
 * otherwise run away from.
 */
export function warmUp(): Promise<unknown> {
  loaded ??= (async () => {
    const kernel = new Kernel({ name: "warm-up", providers: { factory: () => 0 } });
    await kernel.start();
    await kernel.stop();
  })();
  return loaded;
}
