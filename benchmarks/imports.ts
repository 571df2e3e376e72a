import type { Benchmark, Figures, Variant } from "./harness/benchmark.ts";
import { buildPackages, figuresOf } from "./harness/own-node.ts";

/** Imports modules in a Node of their own. */
function imported(modules: string | readonly string[], flags: readonly string[] = []): Figures {
  const program = `
    const began = performance.now();
    const { user, system } = process.cpuUsage();
    ${[modules]
      .flat()
      .map((module) => `await import(${JSON.stringify(module)});`)
      .join("\n")}
    const after = process.cpuUsage();
    const cpu = (after.user + after.system - user - system) / 1000;
    console.log(JSON.stringify({ "ms": performance.now() - began, "ms of CPU": cpu }));
  `;
  return figuresOf(program, flags);
}

/** The packages as they are published. */
function built(module: string): Figures {
  buildPackages();
  return imported(module);
}

const nest = "Nest: reflect-metadata, common, core, platform-fastify";

const variants: { [name: string]: Variant } = {
  "an empty module": { measure: () => imported("data:text/javascript,") },
  eventemitter3: { measure: () => imported("eventemitter3") },
  awilix: { measure: () => imported("awilix") },
  hono: { measure: () => imported("hono") },
  "@nestjs/core": { measure: () => imported("@nestjs/core") },
  fastify: { measure: () => imported("fastify") },
  moleculer: { measure: () => imported("moleculer") },
  effect: { measure: () => imported("effect") },
  [nest]: {
    measure: () => imported(["reflect-metadata", "@nestjs/common", "@nestjs/core", "@nestjs/platform-fastify"]),
  },
  "@pawl/kernel": { measure: () => built("@pawl/kernel") },
  pawl: { measure: () => built("pawl") },
  "@pawl/kernel, from sources": { measure: () => imported("@pawl/kernel", ["--conditions=pawl-source"]) },
  "pawl, from sources": { measure: () => imported("pawl", ["--conditions=pawl-source"]) },
};

export const benchmark: Benchmark = {
  title: "Importing",
  about:
    "Milliseconds that the first `import()` of a module takes in a new process. What a program does not need yet is not imported: awilix before the first class or factory provider, Hono and the HTTP of Node before the first server starts, pino before the first line of the log; a test proves it. From sources, Node strips the types of each file first. Nest by its core alone, which brings no server either, and with what a program of it imports that serves HTTP. What a first start loads beside is not in these figures: awilix has a row of its own, as Hono has.",
  rounds: 9,
  variants,
  targets: (results) => [
    {
      what: "import of pawl, built",
      measured: results.median("pawl", "ms"),
      range: results.range("pawl", "ms"),
      atMost: 80,
      unit: "ms",
    },
    {
      what: "import of pawl, built, against @nestjs/core",
      ...results.ratio("pawl", "@nestjs/core", "ms"),
      atMost: 0.25,
    },
    { what: "import of pawl, built, against Nest", ...results.ratio("pawl", nest, "ms"), atMost: 0.25 },
  ],
  chart: () => [
    {
      title: "import alone, nothing started: wall time",
      figure: "ms",
      pawl: "pawl",
      peers: { Nest: nest, fastify: "fastify", Moleculer: "moleculer", Effect: "effect", "Hono alone": "hono" },
    },
  ],
};
