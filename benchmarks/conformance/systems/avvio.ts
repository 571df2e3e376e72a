import avvio from "avvio";
import type { System } from "../system.ts";

export const system: System = {
  title: "avvio",
  packages: ["avvio"],
  configuration: {
    all: "named plugins with onClose; autostart: false",
    startHangs: "timeout: 1000",
    stopHangs: "no option for it",
  },
  lacks: { startOrder: "plugins load as they are listed; it knows no needs" },

  app(parts, { timeoutMs }) {
    const app = avvio({}, { autostart: false, ...(timeoutMs && { timeout: timeoutMs }) });
    for (const { name, start, stop } of parts) {
      const load: avvio.Plugin<unknown, object> = async (instance) => {
        await start();
        instance.onClose(() => stop());
      };
      app.use(Object.defineProperty(load, "name", { value: name }));
    }
    return {
      start: () => {
        app.start();
        return app.ready();
      },
      // An alias of close(); that one's types know no promise.
      stop: () => app[Symbol.asyncDispose](),
    };
  },
};
