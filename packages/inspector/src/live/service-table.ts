import type { Kernel, Service } from "@pawl/kernel";
import { listServices, type ServiceSummary, summaryOf } from "@pawl/kernel/extend";
import type { Row } from "../protocol.ts";

/** So many services are looked at in one refresh because something happened to them; the others wait for the next. */
const mostDirty = 400;
/** So many more in turn: figures change without a fact. */
const mostSwept = 200;
/** Milliseconds that a rate looks back over at least, where it can. */
const rateWindow = 2_000;

/** What a refresh found. */
export interface TableChanges {
  /** Paths of rows that are new or changed. */
  readonly changed: readonly string[];
  readonly gone: readonly string[];
  readonly isReordered: boolean;
}

interface Entry {
  service: Service;
  row: Row;
  /** Counts of calls at two times, the older first: the rate is what came since. */
  before: Count;
  since: Count;
}

interface Count {
  readonly at: number;
  readonly calls: number;
}

/** The rows of all services, by path, brought up to date a bounded number at a time. */
export class ServiceTable {
  readonly #kernel: Kernel;
  readonly #own: string;
  readonly #entries = new Map<string, Entry>();
  readonly #dirty = new Set<string>();
  readonly #errors = new Map<string, number>();
  /** Paths of those that do not run or have raised a warning. */
  readonly #unwell = new Set<string>();
  /** All paths, in order. */
  #listed: readonly string[] = [];
  /** Those that have no row yet. */
  readonly #waiting = new Map<string, Service>();
  /** The paths that have rows, in order. */
  #order: readonly string[] = [];
  /** Whether services may have come or gone. */
  #isListStale = true;
  /** Where the sweep goes on. */
  #next = 0;
  #inspected = 0;

  /** @param own path of who looks: its rate would tell of nothing but that */
  constructor(kernel: Kernel, own: string) {
    this.#kernel = kernel;
    this.#own = own;
  }

  /** Owners before children, in the order of their start. */
  get order(): readonly string[] {
    return this.#order;
  }

  /** Whether every service runs and has no warning. */
  get isFine(): boolean {
    return this.#unwell.size === 0;
  }

  /** How many services the last refresh looked at. */
  get inspected(): number {
    return this.#inspected;
  }

  row(path: string): Row | undefined {
    return this.#entries.get(path)?.row;
  }

  /** All rows, in order. */
  get rows(): readonly Row[] {
    return this.#order.flatMap((path) => this.row(path) ?? []);
  }

  /** Something happened to that service. */
  touch(path: string): void {
    this.#dirty.add(path);
  }

  /** Services may have come or gone. */
  touchList(): void {
    this.#isListStale = true;
  }

  countError(path: string): void {
    this.#errors.set(path, (this.#errors.get(path) ?? 0) + 1);
    this.touch(path);
  }

  /** Whether it has a row for every service that it knows of. */
  get isComplete(): boolean {
    return !this.#isListStale && this.#waiting.size === 0;
  }

  /** @param now in milliseconds of the clock */
  refresh(now: number): TableChanges {
    this.#inspected = 0;
    const isNewList = this.#isListStale;
    const gone = isNewList ? this.#list() : [];
    const changed = new Set(this.#admit(now));
    const isReordered = (isNewList || changed.size > 0) && this.#sort();
    for (const path of this.#due()) if (this.#look(path, now)) changed.add(path);
    return { changed: [...changed], gone, isReordered };
  }

  /** Who is there; gives the paths of those that are no more. */
  #list(): readonly string[] {
    this.#isListStale = false;
    const listed = listServices(this.#kernel);
    const gone = [...this.#entries.keys()].filter((path) => !listed.has(path));
    for (const path of gone) {
      this.#entries.delete(path);
      this.#unwell.delete(path);
    }
    this.#listed = [...listed.keys()];
    this.#waiting.clear();
    for (const [path, service] of listed) {
      const entry = this.#entries.get(path);
      if (!entry) this.#waiting.set(path, service);
      else if (entry.service !== service) {
        entry.service = service;
        this.touch(path);
      }
    }
    return gone;
  }

  /** Makes rows for some of those that have none; gives their paths. */
  #admit(now: number): readonly string[] {
    const admitted: string[] = [];
    for (const [path, service] of this.#waiting) {
      if (admitted.length === mostDirty) break;
      this.#waiting.delete(path);
      this.#add(path, service, now);
      admitted.push(path);
    }
    return admitted;
  }

  /** Gives whether the order changed. */
  #sort(): boolean {
    const order = this.#listed.filter((path) => this.#entries.has(path));
    const isSame = order.length === this.#order.length && order.every((path, i) => path === this.#order[i]);
    this.#order = order;
    return !isSame;
  }

  /** The paths to look at: those to which something happened, and some more in turn. */
  #due(): ReadonlySet<string> {
    const due = new Set<string>();
    for (const path of this.#dirty) {
      if (this.#inspected + due.size >= mostDirty) break;
      this.#dirty.delete(path);
      due.add(path);
    }
    const { length } = this.#order;
    for (let i = Math.min(mostSwept, length); i > 0; i--) {
      this.#next = this.#next < length ? this.#next : 0;
      due.add(this.#order[this.#next++] as string);
    }
    return due;
  }

  #add(path: string, service: Service, now: number): void {
    const summary = this.#summary(path, service);
    const count = { at: now, calls: summary.calls };
    const row = rowOf(summary, this.#errors.get(path) ?? 0, 0);
    this.#entries.set(path, { service, row, before: count, since: count });
    this.#dirty.delete(path);
  }

  /** Gives whether its row changed. */
  #look(path: string, now: number): boolean {
    const entry = this.#entries.get(path);
    if (!entry) return false;
    const summary = this.#summary(path, entry.service);
    const rate = path === this.#own ? 0 : rateOf(entry, { at: now, calls: summary.calls });
    const row = rowOf(summary, this.#errors.get(path) ?? 0, rate);
    if (JSON.stringify(row) === JSON.stringify(entry.row)) return false;
    entry.row = row;
    return true;
  }

  #summary(path: string, service: Service): ServiceSummary {
    this.#inspected++;
    const summary = summaryOf(service);
    if (summary.state === "running" && summary.warnings.length === 0) this.#unwell.delete(path);
    else this.#unwell.add(path);
    return summary;
  }
}

/** The path of the owner; that of the app is empty. */
export function ownerOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

export function rowOf({ calls: _, ...summary }: ServiceSummary, errors: number, rate: number): Row {
  return { ...summary, owner: ownerOf(summary.path), errors, rate };
}

function rateOf(entry: Entry, now: Count): number {
  // Another run counts from zero.
  if (now.calls < entry.since.calls) {
    entry.before = { at: now.at, calls: 0 };
    entry.since = entry.before;
  }
  if (now.at - entry.since.at >= rateWindow) {
    entry.before = entry.since;
    entry.since = now;
  }
  // One call of a young service is no rate of four in a second.
  const seconds = Math.max(1_000, now.at - entry.before.at) / 1_000;
  return Math.round(((now.calls - entry.before.calls) / seconds) * 10) / 10;
}
