import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Figures } from "./benchmark.ts";
import { median } from "./results.ts";

/** In one pass. */
export const requests = 4_000;
export const connections = 16;
const passes = 9;
const warmUp = 4;

/** Microseconds of CPU of this process per request, while another one asks, or posts `body`: the median of the passes. */
export async function cpuPerRequest(url: string, body?: string): Promise<Figures> {
  const flags = ["--conditions=pawl-source", `${import.meta.dirname}/load.ts`];
  const args = [url, String(requests), String(connections), ...(body === undefined ? [] : [body])];
  const load = spawn(process.execPath, [...flags, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(load.stdout)[Symbol.asyncIterator]();
  const samples: number[] = [];
  for (let i = 0; i < passes; i++) {
    const before = process.cpuUsage();
    load.stdin.write("go\n");
    if ((await lines.next()).done) throw new Error("the load generator has ended");
    const { user, system } = process.cpuUsage(before);
    samples.push((user + system) / requests);
  }
  load.stdin.end();
  return { "µs per request": median(samples.slice(warmUp)) };
}
