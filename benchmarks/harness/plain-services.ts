import type { ServiceClass } from "@pawl/kernel";

// The same thousand services three ways: as Pawl has them, and with the loop that one writes around awilix alone.

/** What a loop around a container starts and stops. */
export interface Startable {
  start(): Promise<void>;
  stop(): Promise<void>;
}

type Deps = { readonly [name: string]: unknown };

export const nameOf = (i: number): string => `service${i}`;

/** Services for awilix; where they have needs, each reads the one before it in its constructor. */
export function plainClass(i: number, needs: boolean): new (deps: Deps) => Startable {
  return class implements Startable {
    readonly before: unknown;

    constructor(deps: Deps) {
      this.before = needs && i > 0 ? deps[nameOf(i - 1)] : undefined;
    }

    async start() {
      await undefined;
    }

    async stop() {
      await undefined;
    }
  };
}

/** The same as services of Pawl. */
export async function serviceClasses(count: number, needs: boolean): Promise<readonly ServiceClass[]> {
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

        override async onStart() {
          await undefined;
        }

        override async onStop() {
          await undefined;
        }
      } as ServiceClass,
  );
}
