import { type Context, Controller, type ControllerClass } from "@pawl/http";
import { type Kernel, PawlRangeError, PawlTypeError } from "@pawl/kernel";
import { inspectOne, listServices, probeBus } from "@pawl/kernel/extend";
import { familyOf } from "../metric-name.ts";
import { EmittedEvents } from "./emitted-events.ts";
import { EventLoopDelay } from "./event-loop.ts";
import { FactTally } from "./fact-tally.ts";
import type { Family } from "./family.ts";
import { GarbageCollection } from "./garbage-collection.ts";
import { KernelFamilies } from "./kernel-families.ts";
import { metricFamilies } from "./metric-families.ts";
import { exposition, ProcessFamilies } from "./prometheus.ts";
import { ScrapeToken } from "./scrape-token.ts";

export interface MetricsOptions {
  /** @default "/metrics" */
  readonly route?: string;
  /** Only who sends it as a bearer token is answered. @default everybody is */
  readonly token?: string;
  /** What the names of Pawl's own metrics begin with; those of services stand as they are. @default "pawl_" */
  readonly prefix?: string;
  /** Whether every emit is counted by its name; that costs each emit its fast path. @default false */
  readonly events?: boolean;
  /** Whether a scrape asks for the health of the app, so that every `onHealth()` is called. @default true */
  readonly health?: boolean;
  /** Whether CPU, memory, event loop and garbage collection of the process are told. @default true */
  readonly process?: boolean;
  /**
   * How many sets of labels each of Pawl's own metrics keeps apart, and how many services each of theirs. What is over goes into
   * one more, whose labels have the value `other`.
   *
   * @default 1000
   */
  readonly maxSeries?: number;
}

/**
 * A controller that answers with the metrics of the app in the text format of Prometheus, for `routes`. It counts from its own
 * start on, and everything that it counts is of its app alone.
 *
 * @throws TypeError or RangeError `PAWL_BAD_OPTION`
 * @example
 * new App({ providers, routes: [Dashboard, metrics()] });
 */
export function metrics(options: MetricsOptions = {}): ControllerClass {
  const { route = "/metrics", prefix = "pawl_", events = false, health = true, maxSeries = 1000 } = options;
  if (typeof prefix !== "string" || !/^([a-z][a-z0-9_]*)?$/.test(prefix)) {
    throw new PawlTypeError("PAWL_BAD_OPTION", 'metrics({ prefix }): it must be as "pawl_", or empty');
  }
  if (!Number.isInteger(maxSeries) || maxSeries < 1) {
    throw new PawlRangeError("PAWL_BAD_OPTION", "metrics({ maxSeries }): it must be a whole number from 1 on");
  }
  const token = options.token === undefined ? undefined : new ScrapeToken(options.token);

  return class PrometheusMetrics extends Controller {
    static override readonly route: string = route;
    /** What was told in the log, so that it is told once. */
    readonly #told = new Set<string>();
    #tally: FactTally | undefined;
    #emitted: EmittedEvents | undefined;
    #kernel: KernelFamilies | undefined;
    #process: readonly { read(): readonly Family[] | Promise<readonly Family[]> }[] = [];

    override onStart(): void {
      const onOverflow = (name: string) =>
        this.#tell(name, `${name} has more than ${maxSeries} sets of labels; what is over counts as "other"`);
      const bound = { maxSeries, onOverflow };
      const tally = new FactTally(prefix, bound);
      this.#tally = tally;
      this.#emitted = events ? new EmittedEvents(prefix, bound) : undefined;
      if (this.#emitted) this.addCleanup(probeBus(this.app as Kernel).tap(this.#emitted.take));
      this.#kernel = new KernelFamilies(prefix, bound);
      this.addCleanup(this.app.observe(tally.take, { kinds: tally.kinds }));
      if (options.process === false) return;
      this.#process = [new ProcessFamilies(), this.own(new EventLoopDelay()), this.own(new GarbageCollection())];
    }

    async load(c: Context): Promise<Response> {
      if (token && !token.fits(c.req.header("authorization"))) {
        const headers = { "WWW-Authenticate": "Bearer" };
        return new Response("This takes the token of the metrics, as a bearer token.\n", { status: 401, headers });
      }
      const { contentType, text } = await exposition(await this.#families(), c.req.header("accept"));
      return new Response(text, {
        headers: { "Content-Type": contentType, Vary: "Accept", "Cache-Control": "no-store" },
      });
    }

    async #families(): Promise<readonly Family[]> {
      const kernel = this.app as Kernel;
      const services = listServices(kernel);
      const snapshot = kernel.inspect();
      const down = snapshot.down.flatMap((name) => {
        const service = services.get(name);
        return service ? [inspectOne(service).state] : [];
      });
      const own = [
        ...(health && this.#kernel ? this.#kernel.ofHealth(await kernel.health()) : []),
        ...(this.#kernel?.of(snapshot, down) ?? []),
        ...(this.#tally?.families ?? []),
        ...(this.#emitted ? [this.#emitted.family] : []),
        ...(await Promise.all(this.#process.map((part) => part.read()))).flat(),
      ];
      const ofServices = metricFamilies(services, {
        maxServices: maxSeries,
        taken: new Set(own.map(({ name }) => familyOf(name))),
        leftOut: (key, why) => this.#tell(key, why),
      });
      return [...own, ...ofServices];
    }

    #tell(key: string, message: string): void {
      if (this.#told.has(key)) return;
      this.#told.add(key);
      this.log.warn(message);
    }
  };
}
