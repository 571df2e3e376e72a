import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Running, System } from "../conformance/system.ts";

const nothing: Running = { start: async () => {}, stop: async () => {} };

/** A system that gets every scenario wrong: it waits for nobody, hides every error, and ends in the middle of a request. */
export const system: System = {
  title: "wrong",
  packages: [],
  configuration: {},

  app: (parts, { timeoutMs }) => ({
    start: async () => {
      for (const part of parts) {
        const started = part.start().catch(() => {});
        // A time that is up ends nothing here, and nobody is named.
        if (timeoutMs) await started;
      }
    },
    stop: async () => {
      try {
        for (const part of parts) await part.stop();
      } catch {}
    },
  }),

  interval: (tick, everyMs) => ({ ...nothing, start: async () => void setInterval(tick, everyMs) }),

  bus: (listeners) => ({
    ...nothing,
    emit: () => {
      try {
        for (const { called } of listeners) Promise.resolve(called()).catch(() => {});
      } catch {}
    },
  }),

  announcement: ({ emitted }) => ({ ...nothing, start: async () => emitted(undefined) }),

  task: (work) => ({ ...nothing, start: async () => void work().catch(() => {}) }),

  server: async (slow) => {
    process.once("SIGTERM", () => process.exit(0));
    const server = createServer(async (request, response) => {
      if (request.url === "/slow") await slow();
      response.writeHead(request.url === "/slow" ? 200 : 404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  },
};
