import type { ServiceClass } from "@pawl/kernel";

// The same thousand services three ways: as Pawl has them, and with the loop that one writes around awilix alone.

/** What a loop around a container starts and stops. */
export interface Startable {
  start(): Promise<void>;
  stop(): Promise<void>;
}

type Deps = { readonly [name: string]: unknown };

/** What the hooks of a service do. */
interface Hooks {
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const waitOnce: Hooks = {
  async start() {
    await undefined;
  },

  async stop() {
    await undefined;
  },
};

export const nameOf = (i: number): string => `service${i}`;

/** Services for awilix; where they have needs, each reads the one before it in its constructor. */
export function plainClass(i: number, needs: boolean, hooks = waitOnce): new (deps: Deps) => Startable {
  return class implements Startable {
    readonly before: unknown;

    constructor(deps: Deps) {
      this.before = needs && i > 0 ? deps[nameOf(i - 1)] : undefined;
    }

    start() {
      return hooks.start();
    }

    stop() {
      return hooks.stop();
    }
  };
}

/** The same as services of Pawl. */
export async function serviceClasses(
  count: number,
  needs: boolean,
  hooks = waitOnce,
): Promise<readonly ServiceClass[]> {
  const { Service } = await import("@pawl/kernel");
  return Array.from(
    { length: count },
    (_, i) =>
      class extends Service {
        readonly before: unknown;

        constructor(deps: Deps = {}) {
          super();
          this.before = needs && i > 0 ? deps[nameOf(i - 1)] : undefined;
        }

        override onStart() {
          return hooks.start();
        }

        override onStop() {
          return hooks.stop();
        }
      } as ServiceClass,
  );
}
