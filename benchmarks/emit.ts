import { emitters, type MakeEmitter } from "./contenders/emitters.ts";
import { frameworkEmitters } from "./contenders/framework-emitters.ts";
import type { Benchmark, Figures, Variant } from "./harness/benchmark.ts";
import { listening, listeningBehindAFailure, nanosecondsPerEmit, reached } from "./harness/emitting.ts";
import type { Results } from "./harness/results.ts";

const contenders: Readonly<Record<string, MakeEmitter>> = { ...frameworkEmitters, ...emitters };
const counts = [1, 10, 100, 1000] as const;
const event = "sample:0";

// Keys of an object are unique strings, as the literals of a program are.
const manyEvents = Object.keys(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`sample:${i}`, i])));

const listeners = (count: number) => (count === 1 ? "1 listener" : `${count} listeners`);
const plain = (contender: string, count: number) => `${contender}, ${listeners(count)}`;
const throwing = (contender: string, count: number) => `${contender}, ${listeners(count)} and one that throws`;
const inTurn = (contender: string) => `${contender}, 20 names in turn, 1 listener each`;

async function emitting(make: MakeEmitter, count: number): Promise<Figures> {
  const subscribed = listening(event, count);
  const called = await reached(make, subscribed, event);
  if (called !== count) throw new Error(`${called} of ${count} listeners were called`);
  const emitter = await make(subscribed);
  const figures = { "ns per emit": await nanosecondsPerEmit(emitter, [event]) };
  await emitter.stop?.();
  return figures;
}

/** The time only counts where the emit has reached all that do not throw. */
async function emittingBehindAFailure(make: MakeEmitter, count: number): Promise<Figures> {
  const subscribed = listeningBehindAFailure(event, count);
  const called = await reached(make, subscribed, event);
  if (called < count) return { "other listeners called": called };
  const emitter = await make(subscribed);
  const time = await nanosecondsPerEmit(emitter, [event], true);
  await emitter.stop?.();
  return { "other listeners called": called, "ns per emit": time };
}

async function emittingInTurn(make: MakeEmitter): Promise<Figures> {
  const emitter = await make(manyEvents.flatMap((name) => listening(name, 1)));
  const figures = { "ns per emit": await nanosecondsPerEmit(emitter, manyEvents) };
  await emitter.stop?.();
  return figures;
}

function variantsOf(contender: string, make: MakeEmitter): [string, Variant][] {
  return [
    ...counts.map((count): [string, Variant] => [plain(contender, count), { measure: () => emitting(make, count) }]),
    ...([1, 10, 100] as const).map((count): [string, Variant] => [
      throwing(contender, count),
      { measure: () => emittingBehindAFailure(make, count) },
    ]),
    [inTurn(contender), { measure: () => emittingInTurn(make) }],
  ];
}

const peers = Object.keys(contenders).filter((contender) => !contender.includes(".emit"));

/** The peers that were seen to call every listener although one threw. */
function isolating(results: Results): readonly string[] {
  return peers.filter((peer) => results.figures(throwing(peer, 10)).includes("ns per emit"));
}

/** Emits per second of `service.emit`, against a peer. */
function against(results: Results, peer: string, variant: (contender: string, count: number) => string, count: number) {
  return results.ratio(variant(peer, count), variant("service.emit", count), "ns per emit");
}

export const benchmark: Benchmark = {
  title: "Synchronous emit",
  about:
    "Nanoseconds of CPU per emit. `service.emit` and `bus.emit` keep every law (isolation, liveness, `this`, loop guard, promise check, owner); raw eventemitter3 only calls. The listeners are ten functions that differ, again and again. A lone listener that never changes is inlined by the engine; names in turn are what an app has. Behind a listener that throws, only who still calls all others has a time; how many each calls is counted. emittery and Moleculer only have an emit that is awaited.",
  rounds: 3,
  variants: Object.fromEntries(Object.entries(contenders).flatMap(([contender, make]) => variantsOf(contender, make))),
  growth: [...Object.keys(contenders)].map((contender) => ({
    what: `time of an emit with its listeners: ${contender}`,
    figure: "ns per emit",
    sizes: counts.map((count) => [count, plain(contender, count)] as const),
  })),
  targets: (results) => [
    ...([1, 10] as const).flatMap((count) =>
      ["service.emit", "bus.emit"].map((how) => ({
        what: `${plain(how, count)}: emits per second against eventemitter3`,
        ...results.ratio(plain("eventemitter3", count), plain(how, count), "ns per emit"),
        atLeast: count === 1 ? 1 : 0.8,
      })),
    ),
    {
      what: "service.emit, 1 listener: emits per second against eventemitter2 with wildcards",
      ...against(results, "eventemitter2 with wildcards", plain, 1),
      atLeast: 5,
    },
    ...isolating(results).flatMap((peer) =>
      [plain, throwing].map((variant) => ({
        what: `${variant("service.emit", 10)}: emits per second against ${peer}, which isolates errors too`,
        ...against(results, peer, variant, 10),
        atLeast: 1,
      })),
    ),
    {
      what: "service.emit: exponent of its growth from 1 to 1 000 listeners",
      ...results.exponent(
        "ns per emit",
        counts.map((count) => [count, plain("service.emit", count)] as const),
      ),
      atMost: 1.1,
      unit: "",
    },
  ],
  chart: () =>
    ([1, 10] as const).map((count) => ({
      title: `emit, ${listeners(count)}: CPU`,
      figure: "ns per emit",
      pawl: plain("service.emit", count),
      peers: Object.fromEntries(peers.map((peer) => [peer, plain(peer, count)])),
    })),
};
