import type { Benchmark, Figures } from "./harness/benchmark.ts";
import { cpuTime } from "./harness/cpu.ts";

/** Milliseconds from the first to the last of `cancels`, measured once: nothing is warm when a service stops. */
function measured(cancels: readonly (() => void)[]): Figures {
  // Collected first: what was made before is not what is measured.
  globalThis.gc?.();
  const began = performance.now();
  const cpu = cpuTime(() => {
    for (const cancel of cancels) cancel();
  });
  return { "ms of CPU": cpu, "ms of wall time": performance.now() - began };
}

async function pawl(count: number, order: "oldest first" | "newest first") {
  const { Kernel, Service } = await import("@pawl/kernel");
  const cancels: (() => void)[] = [];
  class Listening extends Service {
    override onStart() {
      for (let i = 0; i < count; i++) cancels.push(this.listen("sample", () => i).cancel);
    }
  }
  const kernel = new Kernel({ providers: { listening: new Listening() } });
  await kernel.start();
  const figures = measured(order === "oldest first" ? cancels : cancels.reverse());
  await kernel.stop();
  return figures;
}

async function raw(count: number) {
  const { EventEmitter } = await import("eventemitter3");
  const emitter = new EventEmitter<{ sample: [] }>();
  const cancels: (() => void)[] = [];
  for (let i = 0; i < count; i++) {
    const listener = () => i;
    emitter.on("sample", listener);
    cancels.push(() => emitter.off("sample", listener));
  }
  return measured(cancels);
}

export const benchmark: Benchmark = {
  title: "Unsubscribing",
  about:
    "Milliseconds in which all listeners of one event unsubscribe one by one, the oldest first where nothing else is said. eventemitter3 copies its list for each.",
  variants: {
    "pawl, 10 000": { measure: () => pawl(10_000, "oldest first") },
    "pawl, 10 000, newest first": { measure: () => pawl(10_000, "newest first") },
    "pawl, 20 000": { measure: () => pawl(20_000, "oldest first") },
    "pawl, 100 000": { measure: () => pawl(100_000, "oldest first") },
    "eventemitter3, 10 000": { measure: () => raw(10_000) },
  },
  targets: (results) => [
    ...["pawl, 10 000", "pawl, 10 000, newest first"].map((variant) => ({
      what: `${variant} listeners of one event unsubscribe`,
      measured: results.median(variant, "ms of CPU"),
      range: results.range(variant, "ms of CPU"),
      atMost: 20,
      unit: "ms",
    })),
    {
      what: "20 000 listeners unsubscribe, against 10 000",
      ...results.ratio("pawl, 20 000", "pawl, 10 000", "ms of CPU"),
      atMost: 3,
    },
  ],
};
