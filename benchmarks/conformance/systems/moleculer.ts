import type { AddressInfo, Server } from "node:net";
import { type BrokerOptions, ServiceBroker, type ServiceSchema } from "moleculer";
import ApiGateway, { type ApiSettingsSchema } from "moleculer-web";
import type { Running, System } from "../system.ts";

function runningOf(
  schemas: readonly ServiceSchema[],
  options: BrokerOptions = {},
): Running & { broker: ServiceBroker } {
  const broker = new ServiceBroker(options);
  for (const schema of schemas) broker.createService(schema);
  return { broker, start: () => broker.start(), stop: () => broker.stop() };
}

export const system: System = {
  title: "Moleculer",
  packages: ["moleculer", "moleculer-web"],
  configuration: {
    all: "a broker without a transporter; services with started and stopped, events, broker.emit",
    startOrder: "dependencies",
    startHangs:
      "dependencyTimeout: 1 s, the only time-out of a start: of the wait for another service; dependencyInterval: 50 ms",
    stopHangs: "no option for it: tracking.shutdownTimeout is for actions",
    emitTooEarly: "started of the service",
    emitWhenReady: "started of the broker",
    sigterm:
      "moleculer-web; the broker handles the signal itself; tracking: { enabled: true }, its option for a graceful end",
  },

  app(parts, { timeoutMs }) {
    const schemas = parts.map(({ name, needs, start, stop }) => ({
      name,
      ...(needs && { dependencies: [needs] }),
      started: start,
      stopped: stop,
    }));
    return runningOf(schemas, timeoutMs ? { dependencyTimeout: timeoutMs, dependencyInterval: 50 } : {});
  },

  bus(listeners) {
    const { broker, ...running } = runningOf(
      listeners.map(({ name, called }) => ({ name, events: { paid: () => called() } })),
    );
    return { ...running, emit: () => void broker.emit("paid", {}) };
  },

  announcement({ when, emitted, heard }) {
    const first: ServiceSchema = {
      name: "first",
      async started() {
        if (when === "start") emitted(await this.broker.emit("opened", {}));
      },
    };
    const second: ServiceSchema = { name: "second", events: { opened: heard } };
    return runningOf([first, second], {
      async started(broker) {
        if (when === "ready") emitted(await broker.emit("opened", {}));
      },
    });
  },

  async server(slow) {
    const gateway: ServiceSchema<ApiSettingsSchema> = {
      name: "api",
      mixins: [ApiGateway],
      settings: { port: 0, ip: "127.0.0.1", routes: [{ path: "/", aliases: { "GET /slow": "work.slow" } }] },
    };
    const work: ServiceSchema = { name: "work", actions: { slow } };
    const { broker } = runningOf([work, gateway], { tracking: { enabled: true } });
    await broker.start();
    const { server } = broker.getLocalService("api") as unknown as { readonly server: Server };
    return (server.address() as AddressInfo).port;
  },
};
