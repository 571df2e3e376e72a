import { emitters, type MakeEmitter } from "./contenders/emitters.ts";
import { frameworkEmitters, nest } from "./contenders/framework-emitters.ts";
import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { listening, nanosecondsPerEmit, reached } from "./harness/emitting.ts";

/** Who knows patterns of names. The others know at most a listener of everything. */
const contenders = {
  "service.emit": frameworkEmitters["service.emit"],
  "eventemitter2 with wildcards": emitters["eventemitter2 with wildcards"],
  Nest: (subscribed) => nest(subscribed, true),
  Moleculer: frameworkEmitters.Moleculer,
} satisfies Record<string, MakeEmitter>;

const counts = [1, 10, 100, 1000] as const;
/** What has targets and bars. */
const shown = [1, 100] as const;
const peers = Object.keys(contenders).slice(1);
const variant = (contender: string, count: number) =>
  `${contender}, ${count === 1 ? "1 pattern" : `1 of ${count} patterns`}`;

/** Keys of an object are unique strings, as the literals of a program are. */
const [event = ""] = Object.keys({ "area0.changed": true });

async function measure(make: MakeEmitter, count: number): Promise<Figures> {
  const subscribed = Array.from({ length: count }, (_, i) => listening(`area${i}.*`, 1)).flat();
  const called = await reached(make, subscribed, event);
  if (called !== 1) throw new Error(`${called} listeners were called, not 1`);
  const emitter = await make(subscribed);
  const figures = { "ns per emit": await nanosecondsPerEmit(emitter, [event]) };
  await emitter.stop?.();
  return figures;
}

export const benchmark: Benchmark = {
  title: "Emit to a pattern",
  about:
    "Nanoseconds of CPU per emit of a name that one listener takes by a pattern (`area0.*`), among so many patterns that do not match.",
  rounds: 3,
  variants: Object.fromEntries(
    Object.entries(contenders).flatMap(([name, make]) =>
      counts.map((count) => [variant(name, count), { measure: () => measure(make, count) }]),
    ),
  ),
  growth: Object.keys(contenders).map((name) => ({
    what: `time of an emit with the patterns: ${name}`,
    figure: "ns per emit",
    sizes: counts.map((count) => [count, variant(name, count)] as const),
  })),
  targets: (results) =>
    shown.flatMap((count) =>
      peers.map((peer) => ({
        what: `${variant("service.emit", count)}: emits per second against ${peer}`,
        ...results.ratio(variant(peer, count), variant("service.emit", count), "ns per emit"),
        atLeast: 1,
      })),
    ),
  chart: () =>
    shown.map((count) => ({
      title: `emit among patterns, ${count} of them: CPU`,
      figure: "ns per emit",
      pawl: variant("service.emit", count),
      peers: Object.fromEntries(peers.map((peer) => [peer, variant(peer, count)])),
    })),
};
