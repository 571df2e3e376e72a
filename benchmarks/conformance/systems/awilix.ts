import { asClass, createContainer } from "awilix";
import type { Part, System } from "../system.ts";

interface Startable {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A class that reads what it needs in its constructor. */
const classOf = ({ needs, start, stop }: Part) =>
  class implements Startable {
    readonly need: unknown;

    constructor(cradle: { readonly [name: string]: unknown }) {
      this.need = needs && cradle[needs];
    }
    start() {
      return start();
    }
    stop() {
      return stop();
    }
  };

export const system: System = {
  title: "awilix, dispose()",
  packages: ["awilix"],
  configuration: {
    all: "singletons with a disposer; a loop awaits start() of each in listed order, container.dispose() stops them",
    startOrder: "constructor injection",
    startHangs: "no option for it",
    stopHangs: "no option for it",
  },

  app(parts) {
    const container = createContainer();
    for (const part of parts) {
      const registration = asClass(classOf(part)).singleton();
      container.register(
        part.name,
        registration.disposer((service) => service.stop()),
      );
    }
    return {
      start: async () => {
        for (const { name } of parts) await container.resolve<Startable>(name).start();
      },
      stop: () => container.dispose(),
    };
  },
};
