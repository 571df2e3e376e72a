import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";

/** Where and with what the benchmarks ran, as a list of markdown. */
export function machine(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()
    .map((value) => value.toFixed(1))
    .join(", ");
  return [
    `- Machine: ${cpus().length} × ${first?.model.trim() || process.arch}, ${memory} GiB, ${process.platform} ${release()}; load ${load} (1, 5, 15 minutes) at the end`,
    `- Node ${process.versions.node}, V8 ${process.versions.v8}`,
    `- Packages: ${packages().join(", ")}`,
  ].join("\n");
}

function packages(): readonly string[] {
  const directory = `${import.meta.dirname}/..`;
  const read = (file: string) =>
    JSON.parse(readFileSync(file, "utf8")) as { version?: string; dependencies?: Record<string, string> };
  return Object.keys(read(`${directory}/package.json`).dependencies ?? {}).map(
    (name) => `${name} ${read(`${directory}/node_modules/${name}/package.json`).version}`,
  );
}
