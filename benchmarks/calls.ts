import type { Kernel as AnyKernel, Schema } from "@pawl/kernel";
import type { z } from "zod";
import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { nanosecondsPerCallCalibrated } from "./harness/cpu.ts";
import { nameOf } from "./harness/plain-services.ts";
import { answer, Query, query } from "./harness/stats-query.ts";

const sizes = [1, 10, 100, 1000] as const;

type Validation = "zod" | "its own validator" | "no validation";
type Call = () => unknown;

/** A schema that lets everything pass. */
const anything: Schema<z.infer<typeof Query>> = {
  "~standard": { version: 1, vendor: "benchmarks", validate: (value) => ({ value: value as z.infer<typeof Query> }) },
};

async function measured(call: Call): Promise<Figures> {
  const { limit } = (await call()) as ReturnType<typeof answer>;
  if (limit !== 10) throw new Error(`the limit was ${limit}`);
  return {
    "ns per call": await nanosecondsPerCallCalibrated(async (calls) => {
      for (let i = 0; i < calls; i++) await call();
    }),
  };
}

/** So many services with an action; the one in the middle is called, as a transport does it or as a method. */
async function pawl(how: "callAction" | "direct", validation: Validation, size = 1): Promise<Figures> {
  const { Kernel, Service } = await import("@pawl/kernel");
  const { callAction } = await import("@pawl/kernel/extend");
  class Metrics extends Service {
    stats = this.action(Query, answer);
    unchecked = this.action(anything, answer);
  }
  const providers = Object.fromEntries(Array.from({ length: size }, (_, i) => [nameOf(i), new Metrics()]));
  const kernel = await new Kernel({ providers }).start();
  const name = nameOf(size >> 1);
  const metrics = providers[name] as Metrics;
  const given = { ...query, limit: 10 };
  const from = { transport: "bench" };
  const app = kernel as AnyKernel;
  const calls: Readonly<Record<string, Call>> = {
    "callAction, zod": () => callAction(app, name, "stats", query, from),
    "callAction, no validation": () => callAction(app, name, "unchecked", given, from),
    "direct, zod": () => metrics.stats(Query.parse(query)),
    "direct, no validation": () => metrics.stats(given),
  };
  const figures = await measured(calls[`${how}, ${validation}`] as Call);
  await kernel.stop();
  return figures;
}

/** The same as services of Moleculer. */
async function moleculer(validation: Validation, size = 1): Promise<Figures> {
  const { ServiceBroker, Validators } = await import("moleculer");
  /** Checks with zod, and gives the handler what was parsed, as Moleculer's own validator does: in place. */
  class ZodValidator extends Validators.Fastest {
    override compile(params: Record<string, unknown>) {
      if (typeof params["schema"] !== "function") return super.compile(params);
      const schema = params["schema"]() as typeof Query;
      return (given: Record<string, unknown>) => {
        const { success, data, error } = schema.safeParse(given);
        if (!success) return error.issues as never;
        Object.assign(given, data);
        return true;
      };
    }
  }
  const params = {
    // Moleculer clones what it is given, and a schema of zod would not survive that.
    zod: { schema: () => Query },
    "its own validator": {
      since: "string",
      products: { type: "array", items: "string" },
      limit: { type: "number", integer: true, default: 10 },
    },
    "no validation": undefined,
  }[validation];
  const broker = new ServiceBroker({
    logger: false,
    ...(validation === "zod" ? { validator: new ZodValidator() } : {}),
  });
  for (let i = 0; i < size; i++) {
    const handler = (context: import("moleculer").Context<ReturnType<typeof Query.parse>>) => answer(context.params);
    const stats = params ? { params: params as never, handler } : { handler };
    broker.createService({ name: nameOf(i), actions: { stats } });
  }
  await broker.start();
  const name = `${nameOf(size >> 1)}.stats`;
  const given = validation === "no validation" ? { ...query, limit: 10 } : query;
  // What is parsed is written into what is given: each call has an object of its own.
  const figures = await measured(() => broker.call(name, { ...given }));
  await broker.stop();
  return figures;
}

const amongst = (contender: string, size: number) => (size === 1 ? contender : `${contender}, among ${size} services`);
const checked = { pawl: "Query.parse and a direct call", transport: "callAction, zod", moleculer: "Moleculer, zod" };

export const benchmark: Benchmark = {
  title: "A call of an action in the process",
  about:
    "Nanoseconds of CPU per call, each awaited. In the process an action of Pawl is a typed method, whose input is not checked again; who is handed something unknown parses it first. `callAction` is what the transports of Pawl do: the input is validated, the call is owned by the service, counted and has a signal. Moleculer's `broker.call` with the same zod schema as its validator, with its own validator and a schema of it that says the same, and without any.",
  rounds: 3,
  variants: {
    ...Object.fromEntries(
      sizes.flatMap((size) => [
        [amongst(checked.pawl, size), { measure: () => pawl("direct", "zod", size) }],
        [amongst(checked.transport, size), { measure: () => pawl("callAction", "zod", size) }],
        [amongst(checked.moleculer, size), { measure: () => moleculer("zod", size) }],
      ]),
    ),
    "Moleculer, its own validator": { measure: () => moleculer("its own validator") },
    "callAction, no validation": { measure: () => pawl("callAction", "no validation") },
    "Moleculer, no validation": { measure: () => moleculer("no validation") },
    "a direct call": { measure: () => pawl("direct", "no validation") },
  },
  growth: Object.values(checked).map((contender) => ({
    what: `time of a call with the services: ${contender}`,
    figure: "ns per call",
    sizes: sizes.map((size) => [size, amongst(contender, size)] as const),
  })),
  targets: (results) =>
    (
      [
        [checked.pawl, checked.moleculer, "the same validation"],
        ["a direct call", "Moleculer, no validation", "no validation"],
        [checked.transport, checked.moleculer, "the same validation, owned, counted, with a signal"],
        ["callAction, no validation", "Moleculer, no validation", "no validation, owned, counted, with a signal"],
      ] as const
    ).map(([variant, base, how]) => ({
      what: `${variant}: calls per second against ${base} (${how})`,
      ...results.ratio(base, variant, "ns per call"),
      atLeast: 2,
    })),
  chart: () => [
    {
      title: "call an action in the process, validated, as its method: CPU",
      figure: "ns per call",
      pawl: checked.pawl,
      peers: { "Moleculer, zod": checked.moleculer },
    },
    {
      title: "call an action in the process, validated, as a transport does (owned, counted, with a signal): CPU",
      figure: "ns per call",
      pawl: checked.transport,
      peers: { "Moleculer, zod": checked.moleculer },
    },
  ],
};
