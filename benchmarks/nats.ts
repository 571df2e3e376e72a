import { hasServer, NatsServer } from "../packages/nats/test/nats-server.ts";
import type { Benchmark, Figures } from "./harness/benchmark.ts";

const serial = 2_000;
const many = 20_000;
const inFlight = 500;
/** How many are handled at once. */
const concurrency = 64;
const data = { id: "a1", total: 12.5, lines: ["one", "two", "three"] };

/** What is compared: publishes one message, and takes so many that were published. */
interface Contender {
  publish(id: string): Promise<unknown>;
  /** Begins to take; resolves when so many are acknowledged. */
  take(count: number): Promise<void>;
}

/** Messages per second of wall time: the server is a process of its own, and works meanwhile. */
async function measured(contender: Contender): Promise<Figures> {
  let next = 0;
  const send = async (count: number, width: number) => {
    let left = count;
    const one = async () => {
      while (left-- > 0) await contender.publish(`id-${next++}`);
    };
    await Promise.all(Array.from({ length: width }, one));
  };
  await send(serial, 50);
  const [one] = await timed(serial, () => send(serial, 1));
  const [flying] = await timed(many, () => send(many, inFlight));
  const waiting = 2 * serial + many;
  const [taken] = await timed(waiting, () => contender.take(waiting));
  return {
    "published per s, one after the other": one,
    [`published per s, ${inFlight} in flight`]: flying,
    "taken and acknowledged per s": taken,
  };
}

async function timed(count: number, work: () => Promise<void>): Promise<readonly [perSecond: number]> {
  const began = performance.now();
  await work();
  return [(count / (performance.now() - began)) * 1_000];
}

async function bare(): Promise<Figures> {
  const { connect, headers } = await import("@nats-io/transport-node");
  const { AckPolicy, jetstream, jetstreamManager } = await import("@nats-io/jetstream");
  await using server = await NatsServer.start();
  const connection = await connect({ servers: server.url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "BARE", subjects: ["bare.>"] });
  await manager.consumers.add("BARE", { durable_name: "all", ack_policy: AckPolicy.Explicit, max_ack_pending: 10_000 });
  const client = jetstream(connection);
  const figures = await measured({
    publish(id) {
      // What a message is to carry, with either.
      const values = headers();
      values.set("ce-specversion", "1.0");
      values.set("ce-id", id);
      values.set("ce-type", "order:placed");
      values.set("ce-source", "orders");
      values.set("ce-time", new Date().toISOString());
      values.set("ce-datacontenttype", "application/json");
      return client.publish("bare.order.placed", JSON.stringify(data), { msgID: id, headers: values });
    },
    async take(count) {
      const consumer = await client.consumers.get("BARE", "all");
      const messages = await consumer.consume({ max_messages: inFlight });
      let left = count;
      for await (const message of messages) {
        // Who takes messages looks at what they are: by their id it is known which were handled before.
        if (!message.headers?.get("ce-id")) throw new Error("it has no id");
        message.json();
        message.ack();
        if (--left === 0) break;
      }
      await connection.flush();
    },
  });
  await connection.close();
  return figures;
}

async function pawl(): Promise<Figures> {
  const { Kernel, Service } = await import("@pawl/kernel");
  const { Messages, publish, subscribe } = await import("@pawl/messages");
  await using server = await NatsServer.start();
  class Orders extends Service {
    #left = 0;
    #done!: () => void;
    override async onStart() {
      // From now on its messages are kept, and taken when it subscribes again.
      const subscription = this.#join();
      await subscription.joined;
      await subscription.close();
    }
    place(id: string) {
      return publish(this, "order:placed", data, { id });
    }
    take(count: number) {
      this.#left = count;
      this.#join();
      return new Promise<void>((resolve) => {
        this.#done = resolve;
      });
    }
    #join() {
      return subscribe(this, "order:placed", () => void (--this.#left === 0 && this.#done()), { concurrency });
    }
  }
  const orders = new Orders();
  const messages = new Messages({ url: server.url });
  const kernel = await new Kernel({ name: "bench", providers: { messages, orders } }).start();
  const figures = await measured({ publish: (id) => orders.place(id), take: (count) => orders.take(count) });
  await kernel.stop();
  return figures;
}

const names = {
  one: "published per s, one after the other",
  many: `published per s, ${inFlight} in flight`,
  taken: "taken and acknowledged per s",
};

export const benchmark: Benchmark = {
  title: "Messages in NATS",
  about: `Messages per second of wall time, against a nats-server of their own with JetStream on files: \`publish()\` and \`subscribe()\` of services, ${concurrency} handled at once, against the bare client, which sends the same headers and reads the id.`,
  ...(hasServer ? {} : { missing: "nats-server is not installed" }),
  variants: {
    "the bare client": { measure: bare },
    "publish() and subscribe()": { measure: pawl },
  },
  targets: (results) =>
    Object.values(names).map((figure) => ({
      what: `${figure}, against the bare client`,
      ...results.ratio("publish() and subscribe()", "the bare client", figure),
      atLeast: 0.8,
    })),
};
