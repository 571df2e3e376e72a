import { natsEngine } from "@pawl/nats";
import { messageEngineLaws } from "@pawl/testing/messages";
import { describe, test } from "vitest";
import { hasServer, NatsServer } from "../nats-server.ts";

describe.skipIf(!hasServer)("the laws of engines, with NATS", { timeout: 30_000 }, () => {
  // Each has a server of its own: some end it.
  test.each(messageEngineLaws.map((law) => [law.name, law] as const))("%s", async (_, law) => {
    await using server = await NatsServer.start();
    const file = `${import.meta.dirname}/fixtures/consumer.ts`;
    await law.run({
      engine: () => natsEngine(server.url),
      program: { file: process.execPath, args: ["--conditions=pawl-source", file, server.url] },
      async stopServer() {
        await server.kill("SIGKILL");
        return () => server.run();
      },
      largest: 1_000_000,
    });
  });
});
