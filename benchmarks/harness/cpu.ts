import { median } from "./results.ts";

/**
 * Runs `work` and gives the milliseconds of CPU that the process spent meanwhile, all threads together: on a machine
 * that others use too, wall time says more about them.
 */
export function cpuTime(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return since(before);
}

/** As {@link cpuTime}, until what `work` returned has settled. */
export async function cpuTimeAsync(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  return since(before);
}

const nobody = new Int32Array(new SharedArrayBuffer(4));

/**
 * As {@link cpuTimeAsync}, of the main thread alone: what a start waits for. The compiler and the collector work beside it.
 */
export async function mainThreadTime(work: () => Promise<unknown>): Promise<number> {
  const before = mainThread();
  await work();
  return mainThread() - before;
}

/** Linux adds up what a thread has used at its ticks, 4 ms apart, or when it leaves the processor: so it does, for a moment. */
function mainThread(): number {
  Atomics.wait(nobody, 0, 0, 0.01);
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Nanoseconds of CPU per call of `work`, which makes `calls` of them: the median of nine samples after two to warm up. */
export function nanosecondsPerCall(calls: number, work: () => void): number {
  const samples: number[] = [];
  for (let i = 0; i < 11; i++) samples.push((cpuTime(work) * 1e6) / calls);
  return median(samples.slice(2));
}

/** As {@link nanosecondsPerCall}, for work that is awaited. */
export async function nanosecondsPerCallAsync(calls: number, work: () => Promise<unknown>): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < 11; i++) samples.push(((await cpuTimeAsync(work)) * 1e6) / calls);
  return median(samples.slice(2));
}

/**
 * As {@link nanosecondsPerCallAsync}, of so many calls that a sample takes about 12 ms: for contenders of which one is a
 * thousand times as fast as another. The code is warm by then, and what the engine compiles beside it is in place.
 */
export async function nanosecondsPerCallCalibrated(many: (calls: number) => Promise<unknown>): Promise<number> {
  let calls = 500;
  let took = 0;
  for (let pause = 0; pause < 3; pause++) {
    for (let spent = 0; spent < 40; spent += took) {
      took = await cpuTimeAsync(() => many(calls));
      if (took < 6) calls *= took < 1 ? 8 : 2;
    }
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  took = await cpuTimeAsync(() => many(calls));
  const sample = Math.max(500, Math.round((calls * 12) / Math.max(took, 0.1) / 500) * 500);
  return nanosecondsPerCallAsync(sample, () => many(sample));
}

/** Bytes of the heap in use after a full collection. */
export function heapUsed(): number {
  if (!globalThis.gc) throw new Error("The benchmarks run under `node --expose-gc`; start them with `pnpm bench`.");
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

function since(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
