import { type RequestScopes, type Resolver, resolvers, scopes } from "./contenders/resolvers.ts";
import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { nanosecondsPerCallCalibrated } from "./harness/cpu.ts";

const sizes = [10, 100, 1000, 10_000] as const;
const lookups: Readonly<Record<string, (count: number) => Promise<Resolver>>> = resolvers;
const perRequest: Readonly<Record<string, (count: number) => Promise<RequestScopes>>> = scopes;
const resolving = Object.keys(lookups);
const few = 100;

const sized = (size: number) => size.toLocaleString("en").replaceAll(",", " ");
const variant = (contender: string, size: number) => `${contender}, among ${sized(size)}`;
const request = (contender: string) => `${contender}, of a request`;

async function resolve(make: (count: number) => Promise<Resolver>, size: number): Promise<Figures> {
  const { resolve, stop } = await make(size);
  const first = resolve();
  if (resolve() !== first) throw new Error("it is no singleton");
  const time = await nanosecondsPerCallCalibrated(async (calls) => {
    for (let i = 0; i < calls; i++) resolve();
  });
  await stop?.();
  return { "ns per lookup": time };
}

async function scoped(make: (count: number) => Promise<RequestScopes>): Promise<Figures> {
  const { handle, stop } = await make(few);
  for (const id of [1, 2]) {
    const answer = await handle({ id });
    if (answer !== id) throw new Error(`request ${id} was answered with ${answer}`);
  }
  let id = 0;
  const time = await nanosecondsPerCallCalibrated(async (calls) => {
    for (let i = 0; i < calls; i++) {
      const answer = handle({ id: id++ });
      if (typeof answer !== "number") await answer;
    }
  });
  await stop?.();
  return { "ns per request": time };
}

const peers = resolving.filter((name) => !name.includes(".service"));

export const benchmark: Benchmark = {
  title: "Resolving a service, and the work of a request",
  about: `Nanoseconds of CPU to look up a running service among so many, and of what is done for a request, among ${few}: a controller that needs one service answers with what the request says. Pawl has one controller for all requests, hands each its context, and looks up when it is asked; "a new object" is one that the controller makes for each request. The containers make a scope, put the request into it and resolve a controller of that scope, with its service as a singleton; a transient one is handed the request instead; Nest makes a request-scoped provider by a context id.`,
  rounds: 3,
  variants: {
    ...Object.fromEntries(
      Object.entries(lookups).flatMap(([name, make]) =>
        sizes.map((size) => [variant(name, size), { measure: () => resolve(make, size) }]),
      ),
    ),
    ...Object.fromEntries(
      Object.entries(perRequest).map(([name, make]) => [request(name), { measure: () => scoped(make) }]),
    ),
  },
  growth: resolving.map((name) => ({
    what: `time of a lookup with the services: ${name}`,
    figure: "ns per lookup",
    sizes: sizes.map((size) => [size, variant(name, size)] as const),
  })),
  targets: (results) => [
    {
      what: "this.service: exponent of the time of a lookup from 10 to 10 000 services",
      ...results.exponent(
        "ns per lookup",
        sizes.map((size) => [size, variant("this.service", size)] as const),
      ),
      atMost: 0.2,
      unit: "",
    },
  ],
  chart: () => [
    {
      title: "look a service up: CPU",
      figure: "ns per lookup",
      pawl: variant("this.service", few),
      peers: Object.fromEntries(peers.map((name) => [name, variant(name, few)])),
    },
  ],
};
