import { asClass, createContainer } from "awilix";
import { AwilixManager } from "awilix-manager";
import type { Part, System } from "../system.ts";

/** A class that reads what it needs in its constructor. */
const classOf = ({ needs, start, stop }: Part) =>
  class {
    readonly need: unknown;

    constructor(cradle: { readonly [name: string]: unknown }) {
      this.need = needs && cradle[needs];
    }
    asyncInit() {
      return start();
    }
    asyncDispose() {
      return stop();
    }
  };

export const system: System = {
  title: "awilix-manager",
  packages: ["awilix-manager"],
  configuration: {
    all: "asyncInit and asyncDispose, with a priority for each that says the order",
    startOrder: "constructor injection without priorities, which are an order kept by hand",
    startHangs: "no option for it, but enableDebugLogging: true, which its readme recommends for it",
    stopHangs: "no option for it",
    taskFails: "asyncInit: { nonBlocking: true }",
  },

  app(parts, { orderByNeeds, timeoutMs }) {
    const diContainer = createContainer();
    for (const [i, part] of parts.entries()) {
      const priorities = { asyncInitPriority: i + 1, asyncDisposePriority: parts.length - i };
      diContainer.register(
        part.name,
        asClass(classOf(part), {
          lifetime: "SINGLETON",
          asyncInit: true,
          asyncDispose: true,
          ...(!orderByNeeds && priorities),
        }),
      );
    }
    const manager = new AwilixManager({
      diContainer,
      asyncInit: true,
      asyncDispose: true,
      strictBooleanEnforced: true,
      ...(timeoutMs !== undefined && { enableDebugLogging: true }),
    });
    return { start: () => manager.executeInit(), stop: () => manager.executeDispose() };
  },

  task(work, part) {
    class Worker extends classOf({ ...part, start: work }) {}
    const diContainer = createContainer();
    diContainer.register(
      part.name,
      asClass(Worker, { lifetime: "SINGLETON", asyncInit: { nonBlocking: true }, asyncDispose: true }),
    );
    const manager = new AwilixManager({
      diContainer,
      asyncInit: true,
      asyncDispose: true,
      strictBooleanEnforced: true,
    });
    return { start: () => manager.executeInit(), stop: () => manager.executeDispose() };
  },
};
