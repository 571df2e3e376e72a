import type { Fact, Kernel, Service } from "@pawl/kernel";
import { listServices, scopeOf } from "@pawl/kernel/extend";
import { failureOf, isNewError } from "../history/failure.ts";
import type { History } from "../history/history.ts";
import type { AppInfo, Rates, Row } from "../protocol.ts";
import { serverOf } from "../server-of.ts";
import { AppState } from "./app-state.ts";
import { EventRates } from "./event-rates.ts";
import { type LiveData, PageStream } from "./page-stream.ts";
import { ownerOf, ServiceTable } from "./service-table.ts";

/** A page is told at most so often. */
const beat = "250ms";
/** In beats: the app as a whole and the rates; its health; a sign of life on an idle stream. */
const everySecond = 4;
const everyTenSeconds = 40;
const everyQuarterMinute = 60;

/** What is there only while a page is open. */
interface Watch {
  readonly table: ServiceTable;
  readonly app: AppState;
  readonly end: () => void;
}

/**
 * Tells all open pages what the app does. While none is open it observes nothing and has no timer.
 *
 * Facts mark what has to be looked at again; a beat looks at a bounded number of services, whatever happened.
 */
export class LiveView implements LiveData {
  readonly #service: Service;
  readonly #history: History;
  /** Open pages, with whether they are told rates. */
  readonly #pages = new Map<PageStream, boolean>();
  #watch: Watch | undefined;
  #events: EventRates | undefined;
  #cancelFill = () => {};
  #readAt = 0;
  #beats = 0;
  #mostInspected = 0;
  /** Whether all checks that services have of their own did well when they were last asked. */
  #isHealthy = true;

  /** @param service the owner of what it starts */
  constructor(service: Service, history: History) {
    this.#service = service;
    this.#history = history;
  }

  /** What it costs, for `inspect()`. */
  get figures(): Record<string, unknown> {
    const { table } = this.#watch ?? {};
    return { pages: this.#pages.size, lastInspected: table?.inspected ?? 0, mostInspected: this.#mostInspected };
  }

  get app(): AppInfo {
    return this.#watching.app.info;
  }

  get rows(): readonly Row[] {
    return this.#watching.table.rows;
  }

  get order(): readonly string[] {
    return this.#watching.table.order;
  }

  /** Whether there is a row for every service. */
  get isComplete(): boolean {
    return this.#watching.table.isComplete;
  }

  get rates(): Rates | undefined {
    return this.#events?.rates;
  }

  /** As a page knows it; undefined where none is open, or there is no such service. */
  row(path: string): Row | undefined {
    return this.#watch?.table.row(path);
  }

  /** The stream of one more page; `signal` ends it. */
  open(withRates: boolean, signal: AbortSignal): ReadableStream<Uint8Array> {
    this.#watch ??= this.#begin();
    if (withRates && !this.#events) {
      this.#events = new EventRates(this.#kernel);
      this.#readAt = this.#now;
    }
    const page = new PageStream(this, () => this.#leave(page));
    this.#pages.set(page, withRates);
    const end = () => {
      page.end();
      this.#leave(page);
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
    return page.body;
  }

  /** Says to all pages that the app stops. */
  end(): void {
    for (const page of this.#pages.keys()) {
      page.end();
      this.#leave(page);
    }
  }

  get #kernel(): Kernel {
    return this.#service.app as Kernel;
  }

  get #now(): number {
    return scopeOf(this.#service, "live").clock.now();
  }

  get #watching(): Watch {
    if (!this.#watch) throw new Error("no page is open");
    return this.#watch;
  }

  #begin(): Watch {
    const kernel = this.#kernel;
    const service = this.#service;
    const { clock } = scopeOf(service, "live");
    this.#history.begin();
    const table = new ServiceTable(kernel, service.path);
    const counted = new WeakSet<object>();
    const unobserve = kernel.observe((fact) => take(fact, table, counted));
    for (const [path, errors] of this.#history.errorCounts()) for (let i = 0; i < errors; i++) table.countError(path);
    table.refresh(clock.now());
    const app = new AppState(kernel, {
      since: this.#history.startedAt() ?? earliest(table.rows),
      version: serverOf(kernel)?.version,
      isFine: table.isFine,
      wallTime: clock.wallTime(),
    });
    this.#beats = 0;
    this.#askHealth();
    this.#fill(table);
    const interval = service.interval(() => this.#beat(), beat, { label: "tell the pages" });
    return {
      table,
      app,
      end: () => {
        interval.cancel();
        this.#cancelFill();
        unobserve();
        app.end();
        this.#history.end();
      },
    };
  }

  /** Makes the rows of a large app in turns of their own; pages are told of all together. */
  #fill(table: ServiceTable): void {
    if (table.isComplete) {
      for (const page of this.#pages.keys()) page.flush();
      return;
    }
    const { clock } = scopeOf(this.#service, "live");
    this.#cancelFill = clock.defer(() => {
      table.refresh(clock.now());
      this.#mostInspected = Math.max(this.#mostInspected, table.inspected);
      this.#fill(table);
    });
  }

  #leave(page: PageStream): void {
    this.#pages.delete(page);
    if (![...this.#pages.values()].includes(true)) {
      this.#events?.end();
      this.#events = undefined;
    }
    if (this.#pages.size > 0) return;
    this.#watch?.end();
    this.#watch = undefined;
  }

  #beat(): void {
    const { table, app } = this.#watching;
    const { clock } = scopeOf(this.#service, "live");
    const now = clock.now();
    this.#beats++;
    const isDue = (beats: number) => this.#beats % beats === 0;
    const { changed, gone, isReordered } = table.refresh(now);
    this.#mostInspected = Math.max(this.#mostInspected, table.inspected);
    if (isDue(everyTenSeconds)) this.#askHealth();
    const isSecond = isDue(everySecond);
    const appChanged = isSecond && app.refresh(table.isFine && this.#isHealthy, clock.wallTime());
    if (isSecond && this.#events) {
      this.#events.read((now - this.#readAt) / 1_000);
      this.#readAt = now;
    }
    for (const [page, withRates] of this.#pages) {
      page.note({ paths: [...changed, ...gone], isReordered, app: appChanged });
      if (isSecond && withRates) page.noteRates();
      if (isDue(everyQuarterMinute)) page.keepOpen();
      page.flush();
    }
  }

  /** Checks of services' own are asked for now and then: they may be dear. */
  #askHealth(): void {
    const services = [...listServices(this.#kernel).values()];
    if (!services.some(({ onHealth }) => onHealth)) return;
    const asked = this.#kernel.health().then(({ services }) => {
      this.#isHealthy = Object.values(services).every(({ error }) => error === undefined);
    });
    asked.catch((error: unknown) => this.#service.log.warn({ err: error }, "the health of the app cannot be told"));
  }
}

function take(fact: Fact, table: ServiceTable, counted: WeakSet<object>): void {
  if (!("path" in fact)) return;
  const { path } = fact;
  table.touch(path);
  if (fact.kind.startsWith("service.")) {
    table.touchList();
    // It has one thing more or less.
    table.touch(ownerOf(path));
  }
  const failure = failureOf(fact);
  if (failure && isNewError(failure.error, counted)) table.countError(path);
}

function earliest(rows: readonly Row[]): string {
  return rows.flatMap(({ since }) => since ?? []).sort()[0] as string;
}
