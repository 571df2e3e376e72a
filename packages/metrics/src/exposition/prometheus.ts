import { createRequire } from "node:module";
import { Registry, type RegistryContentType } from "prom-client";
import type { Family } from "./family.ts";

const require = createRequire(import.meta.url);

// Those of prom-client's default metrics that hold nothing: the two others (the delay of the event loop, garbage collection)
// begin to observe and never end it, so they are measured by the event-loop and gc files of this package.
const parts = [
  "processCpuTotal",
  "processStartTime",
  "osMemoryHeap",
  "processOpenFileDescriptors",
  "processMaxFileDescriptors",
  "processResources",
  "heapSizeAndUsed",
  "heapSpacesSizeAndUsed",
  "version",
] as const;

/** CPU, memory, handles and version of the process, under the names that prom-client has made common. */
export class ProcessFamilies {
  // Its own: prom-client's global registry is shared by the whole process.
  readonly #registry = new Registry();

  constructor() {
    for (const part of parts) {
      const add = require(`prom-client/lib/metrics/${part}`) as (registry: Registry) => void;
      add(this.#registry);
    }
  }

  async read(): Promise<readonly Family[]> {
    const found = (await this.#registry.getMetricsAsJSON()) as unknown as readonly Family[];
    // By that name OpenMetrics takes a gauge for a counter.
    return found.filter(({ name, type }) => type === "counter" || !name.endsWith("_total"));
  }
}

// One object for all samples: what prom-client makes of shared labels it keeps by the object, else one for each sample.
const none = {};

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/**
 * Families in the text format: OpenMetrics where the client asks for it, else that of Prometheus.
 *
 * @param accept the header of that name
 */
export async function exposition(families: readonly Family[], accept: string | undefined): Promise<Exposition> {
  const isOpenMetrics = /\bapplication\/openmetrics-text\b/i.test(accept ?? "");
  const registry = new Registry<RegistryContentType>();
  if (isOpenMetrics) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const family of families) {
    // A registry formats whatever has a name, a type and `get()`; it sets the name of counters for OpenMetrics.
    const values = family.values.map((sample) => ({ ...sample, sharedLabels: none }));
    const metric = {
      name: family.name,
      type: family.type,
      get: async () => ({ ...family, name: metric.name, values }),
    };
    registry.registerMetric(metric as never);
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}
