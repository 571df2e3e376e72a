import { emitters, type MakeEmitter } from "./contenders/emitters.ts";
import { frameworkEmitters } from "./contenders/framework-emitters.ts";
import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { listening, nanosecondsPerEmitAndWait } from "./harness/emitting.ts";

const event = "sample";
const counts = [1, 10, 100, 1000] as const;

/** What an emitter does that awaits whatever its listeners return. */
const promiseAll: MakeEmitter = async (subscribed) => {
  const emit = async (_event: string, sample: { readonly value: number }) => {
    await Promise.all(subscribed.map(async ({ listener }) => listener(sample)));
  };
  return { emit, emitAndWait: emit };
};

const contenders = {
  "bus.emitAndWait": frameworkEmitters["bus.emit"],
  emittery: emitters.emittery,
  Moleculer: frameworkEmitters.Moleculer,
  "Nest, emitAsync": frameworkEmitters.Nest,
  "eventemitter2, emitAsync": emitters.eventemitter2,
  "hookable, callHookParallel": emitters.hookable,
  "Promise.all": promiseAll,
} satisfies Record<string, MakeEmitter>;

const names = Object.keys(contenders);
const variant = (contender: string, count: number) =>
  `${contender}, ${count === 1 ? "1 listener" : `${count} listeners`}`;

async function measure(make: MakeEmitter, count: number): Promise<Figures> {
  const emitter = await make(listening(event, count));
  const figures = { "ns per emit": await nanosecondsPerEmitAndWait(emitter, event) };
  await emitter.stop?.();
  return figures;
}

const against = (base: string) => ({
  what: `bus.emitAndWait, 10 synchronous listeners: emits per second against ${base}`,
  base: variant(base, 10),
});

export const benchmark: Benchmark = {
  title: "emitAndWait with synchronous listeners",
  about:
    "Nanoseconds of CPU per emit to different synchronous listeners, each emit awaited. `emitAndWait` collects promises only where a listener returned one; emittery awaits every listener, as does the plain `Promise.all`; Nest's listeners are wrapped in async functions.",
  rounds: 3,
  variants: Object.fromEntries(
    Object.entries(contenders).flatMap(([name, make]) =>
      counts.map((count) => [variant(name, count), { measure: () => measure(make, count) }]),
    ),
  ),
  growth: names.map((name) => ({
    what: `time of an emit with its listeners: ${name}`,
    figure: "ns per emit",
    sizes: counts.map((count) => [count, variant(name, count)] as const),
  })),
  targets: (results) =>
    [
      { ...against("emittery"), atLeast: 10 },
      { ...against("Moleculer"), atLeast: 10 },
      { ...against("Promise.all"), atLeast: 1 },
    ].map(({ what, base, atLeast }) => ({
      what,
      ...results.ratio(base, variant("bus.emitAndWait", 10), "ns per emit"),
      atLeast,
    })),
  chart: () => [
    {
      title: "emitAndWait, 10 synchronous listeners: CPU",
      figure: "ns per emit",
      pawl: variant("bus.emitAndWait", 10),
      peers: Object.fromEntries(names.slice(1).map((name) => [name, variant(name, 10)])),
    },
  ],
};
