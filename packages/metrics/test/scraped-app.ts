import { type HttpConfig, HttpParts } from "@pawl/http";
import { Kernel, type KernelConfig, type Providers } from "@pawl/kernel";
import { type TestBase, type TestParts, testApp } from "@pawl/testing";
import { getMetricsFromIterator } from "prom2javascript";
import { type MetricsOptions, metrics } from "../src/index.ts";

/** A kernel with HTTP, as a face makes one. */
export class ScrapedApp<const P extends Providers = Record<never, never>> extends Kernel<P> {
  readonly http: HttpParts;

  constructor(config: KernelConfig<P> & HttpConfig) {
    const http = new HttpParts(config);
    super(config, http.parts);
    http.serve(this as Kernel);
    this.http = http;
  }

  get url(): URL {
    const url = this.http.server?.url;
    if (!url) throw new Error("it does not listen");
    return url;
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return this.http.fetch(new Request(new URL(path, "http://localhost"), init));
  }

  async scrape(headers: Record<string, string> = {}): Promise<string> {
    const response = await this.fetch("/metrics", { headers });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
    return text;
  }

  /** The value of one line: `orders_total{service="shop"}`; undefined where there is none. */
  async sample(line: string): Promise<number | undefined> {
    return sampleOf(await this.scrape(), line);
  }
}

export function sampleOf(text: string, line: string): number | undefined {
  const found = text.split("\n").find((candidate) => candidate.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

/** Started on a virtual clock, with `/metrics` that leaves out the process unless it is asked for. */
export function scrapedApp<const P extends Providers>(
  config: KernelConfig<P> & HttpConfig,
  options: MetricsOptions = { process: false },
): Promise<ScrapedApp<P> & TestParts> {
  const make = (base: TestBase) =>
    new ScrapedApp({
      http: false,
      ...config,
      routes: [...((config.routes as []) ?? []), metrics(options)],
      ...base,
    } as KernelConfig & HttpConfig) as Kernel;
  return testApp(make) as Promise<unknown> as Promise<ScrapedApp<P> & TestParts>;
}

interface ParsedSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly value?: number;
  readonly buckets?: Readonly<Record<string, number>>;
  readonly count?: number;
  readonly sum?: number;
}

/** One family as a published parser reads it. */
export interface ParsedFamily {
  readonly type: string;
  readonly help: string;
  readonly data: readonly ParsedSeries[];
}

export async function parsed(text: string): Promise<ReadonlyMap<string, ParsedFamily>> {
  const families: Record<string, ParsedFamily> = await getMetricsFromIterator(text.split("\n").values());
  return new Map(Object.entries(families));
}
