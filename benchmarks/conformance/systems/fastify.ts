import Fastify, { type FastifyInstance } from "fastify";
import plugin from "fastify-plugin";
import type { Part, System } from "../system.ts";

const pluginOf = ({ name, needs, start, stop }: Part) =>
  plugin(
    async (app: FastifyInstance) => {
      await start();
      app.decorate(name, {});
      app.addHook("onClose", stop);
    },
    { name, ...(needs && { dependencies: [needs] }) },
  );

export const system: System = {
  title: "fastify",
  packages: ["fastify", "fastify-plugin"],
  configuration: {
    all: "plugins of fastify-plugin with onClose hooks; logger: true",
    startOrder: "dependencies of fastify-plugin",
    startHangs: "pluginTimeout: 1 s",
    stopHangs: "no option for it",
    sigterm:
      "process.once('SIGTERM', () => app.close()); not forceCloseConnections: true, which by its documentation does not look whether requests have been completed",
  },

  app(parts, { timeoutMs }) {
    const app = Fastify({ logger: true, ...(timeoutMs && { pluginTimeout: timeoutMs }) });
    for (const part of parts) app.register(pluginOf(part));
    return { start: async () => app.ready(), stop: () => app.close() };
  },

  async server(slow) {
    const app = Fastify({ logger: true });
    app.get("/slow", slow);
    process.once("SIGTERM", () => app.close());
    return Number(new URL(await app.listen({ port: 0, host: "127.0.0.1" })).port);
  },
};
