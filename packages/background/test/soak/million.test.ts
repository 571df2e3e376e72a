import { type Handle, isAbortError, Kernel, PawlError, provide, Service, type Task } from "@pawl/kernel";
import { collectGarbage, leakCheck, virtualClock } from "@pawl/testing";
import { expect, test } from "vitest";
import { type Queue, type QueueItem, queue } from "../../src/index.ts";

const operations = Number(process.env["PAWL_SOAK"] ?? 1_000_000);

/** What became of one piece of work. */
const ends = ["done", "failed", "cancelled", "refused", "reported", "dropped"] as const;
type End = (typeof ends)[number];

/** Every piece of work that was asked for, by number, and how it ended: exactly once, or the books do not balance. */
class Books {
  readonly #ends = new Uint8Array(2 * operations);
  #asked = 0;
  readonly counts: Record<End, number> = { done: 0, failed: 0, cancelled: 0, refused: 0, reported: 0, dropped: 0 };
  readonly twice: string[] = [];

  get asked(): number {
    return this.#asked;
  }

  ask(): number {
    return this.#asked++;
  }

  end(nr: number, how: End): void {
    const before = this.#ends[nr] as number;
    if (before > 0 && this.twice.length < 10) this.twice.push(`${nr}: ${ends[before - 1]}, then ${how}`);
    this.#ends[nr] = ends.indexOf(how) + 1;
    this.counts[how]++;
  }

  hasEnded(nr: number): boolean {
    return (this.#ends[nr] as number) > 0;
  }

  open(): number[] {
    return Array.from({ length: this.#asked }, (_, nr) => nr).filter((nr) => !this.hasEnded(nr));
  }
}

/** A failure that was put in on purpose, in the name of a piece of work. */
class Planned extends Error {
  readonly nr: number;

  constructor(nr: number) {
    super(`planned failure ${nr}`);
    this.nr = nr;
  }
}

/** A sequence that is the same in every run. (mulberry32) */
function randomly(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

interface Item {
  readonly nr: number;
  readonly kind: number;
}

/** A service that does some of everything. */
class Worker extends Service {
  readonly #books: Books;
  readonly #dropping: boolean;
  #queue: Queue<Item, number> | undefined;
  ticks = 0;

  constructor(books: Books, dropping: boolean) {
    super();
    this.#books = books;
    this.#dropping = dropping;
  }

  override onStart() {
    this.#queue = queue(this, this.work, {
      concurrency: 2,
      capacity: 4,
      overflow: this.#dropping ? "drop-oldest" : "error",
      attempts: 2,
      backoff: "5ms",
    });
    this.interval(() => void this.ticks++, "100ms");
    this.listen("note", ({ nr, to }: { nr: number; to: string }) => {
      if (to === this.name) this.#books.end(nr, "done");
    });
    this.listen(`letter:${this.name}`, this.onLetter, { concurrency: 2, buffer: 20 });
  }

  /** 0 and 1 are done at once, 2 takes a while, 3 fails once, 4 fails for good. */
  async work({ nr, kind }: Item, { attempt }: { readonly attempt: number }): Promise<number> {
    if (kind === 2) await this.sleep("3ms");
    if (kind === 4 || (kind === 3 && attempt === 1)) throw new Planned(nr);
    return nr;
  }

  async onLetter({ nr, fails }: { nr: number; fails: boolean }): Promise<void> {
    await Promise.resolve();
    if (fails) throw new Planned(nr);
    this.#books.end(nr, "done");
  }

  push(item: Item): QueueItem<number> {
    if (!this.#queue) throw new Error("it has not started");
    return this.#queue.push(item);
  }
}

/** What errors that nobody caught say of the work that they are about. */
class Reports {
  readonly #books: Books;
  readonly #seen = new WeakSet();
  /** Letters that were refused or dropped, of which only the number is told. */
  letters = 0;
  readonly unexpected: unknown[] = [];

  constructor(books: Books) {
    this.#books = books;
  }

  readonly take = (error: unknown): void => {
    // What several stops tell of is one error.
    if (typeof error === "object" && error !== null) {
      if (this.#seen.has(error)) return;
      this.#seen.add(error);
    }
    if (error instanceof Planned) this.#books.end(error.nr, "reported");
    else if (!PawlError.is(error)) this.unexpected.push(error);
    else if (error.code === "PAWL_LISTENER_FULL") this.letters++;
    else if (error.code === "PAWL_EVENTS_DROPPED") this.letters += (error as unknown as { count: number }).count;
    // Its items are told to those who hold them.
    else if (error.code === "PAWL_QUEUE_LEFT") return;
    else if (error instanceof AggregateError) error.errors.forEach(this.take);
    else if (error.cause) this.take(error.cause);
    else this.unexpected.push(error);
  };
}

/** Of what is down, or of a queue that is full: thrown, or what the handle of a push rejects with. */
function isRefusal(error: unknown): boolean {
  return PawlError.is(error) && ["PAWL_NOT_RUNNING", "PAWL_QUEUE_FULL"].includes(error.code);
}

const names = Array.from({ length: 20 }, (_, i) => `w${i}`);

// One heap, measured: a recorder of every fact would be the greatest part of it.
test("a million mixed operations: every piece of work is accounted for, and nothing is left", {
  timeout: 300_000,
}, async () => {
  const books = new Books();
  const reports = new Reports(books);
  const random = randomly(1);
  const clock = virtualClock({ warnAfter: false });
  const workers = names.map((_, i) => new Worker(books, i % 2 === 0));
  const kernel = new Kernel({
    clock,
    onError: reports.take,
    providers: Object.fromEntries(
      workers.map((worker, i) => [
        names[i],
        provide(worker, { restart: "on-failure", maxRestarts: Number.POSITIVE_INFINITY, backoff: "10ms" }),
      ]),
    ),
  });
  const check = leakCheck();
  await kernel.start();
  let restarts = 0;
  kernel.observe(() => restarts++, { kinds: ["restart"] });

  /** Handles that may be cancelled; the oldest give way. */
  const handles: (Handle | undefined)[] = Array.from({ length: 512 });
  /** Tasks that nobody holds: they crash their service, unless they are cancelled before they begin. */
  let unheld: { readonly nr: number; readonly task: Task<never> }[] = [];
  const lookAtUnheld = () => {
    for (const { nr, task } of unheld) if (task.state === "cancelled") books.end(nr, "cancelled");
    unheld = unheld.filter(({ task }) => task.state === "running");
  };

  const hold = (nr: number, work: PromiseLike<unknown>) =>
    void work.then(
      () => books.end(nr, "done"),
      (error: unknown) => {
        if (error instanceof Planned) books.end(nr, "failed");
        else if (isAbortError(error)) books.end(nr, "cancelled");
        else if (PawlError.is(error) && error.code === "PAWL_QUEUE_DROPPED") books.end(nr, "dropped");
        else if (isRefusal(error)) books.end(nr, "refused");
        else reports.unexpected.push(error);
      },
    );
  /** Does what may be refused since the service is down, or its queue is full. */
  const ask = (act: (nr: number) => void) => {
    const nr = books.ask();
    try {
      act(nr);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      books.end(nr, "refused");
    }
  };

  const spawn = (worker: Worker) =>
    ask((nr) => {
      const kind = random(4);
      const task = worker.spawn(async () => {
        if (kind === 1) await worker.sleep(`${1 + random(5)}ms`);
        if (kind === 2) throw new Planned(nr);
        return nr;
      });
      handles[random(handles.length)] = task;
      hold(nr, task);
    });
  const crash = (worker: Worker) =>
    ask((nr) => {
      const task = worker.spawn(() => {
        throw new Planned(nr);
      });
      unheld.push({ nr, task });
    });
  const push = (worker: Worker) =>
    ask((nr) => {
      const item = worker.push({ nr, kind: random(5) });
      handles[random(handles.length)] = item;
      hold(nr, item);
    });
  const note = (to: string) =>
    ask((nr) => {
      kernel.bus.emit("note", { nr, to });
      if (!books.hasEnded(nr)) books.end(nr, "refused");
    });
  const letter = (to: string) =>
    ask((nr) => {
      if (kernel.bus.emit(`letter:${to}`, { nr, fails: random(10) === 0 }) === 0) books.end(nr, "refused");
    });

  /** In bytes, after each 100 000 operations. */
  const heaps: number[] = [];
  for (let i = 0; i < operations; i++) {
    const worker = workers[random(workers.length)] as Worker;
    const what = random(1_000);
    if (what < 300) spawn(worker);
    else if (what < 500) push(worker);
    else if (what < 700) note(names[random(names.length)] as string);
    else if (what < 880) letter(names[random(names.length)] as string);
    else if (what < 994) handles[random(handles.length)]?.cancel();
    else if (what < 997) crash(worker);
    else ask((nr) => worker.fail(new Planned(nr)));
    if (i % 250 === 0) {
      await clock.advance(`${random(4)}ms`);
      lookAtUnheld();
    }
    if (i % 100_000 === 99_999) {
      const restarted = kernel.restart();
      await clock.advance("1m");
      await restarted;
      await collectGarbage();
      heaps.push(process.memoryUsage().heapUsed);
    }
  }
  await clock.advance("1m");

  lookAtUnheld();
  expect(reports.unexpected).toEqual([]);
  expect(books.twice).toEqual([]);
  // Of letters that were dropped only the number is told.
  expect(books.open()).toHaveLength(reports.letters);
  expect(restarts).toBeGreaterThan(operations / 1_000);
  for (const how of ends) expect(`${how} ${books.counts[how] > operations / 1_000}`).toBe(`${how} true`);

  // Two bytes an operation: no work leaves anything behind. The first heap is still finding its size.
  expect(Math.min(...heaps.slice(-3)) - (heaps[1] ?? 0)).toBeLessThan(2 * operations);

  // The tree holds what onStart has made, and nothing else.
  for (const service of kernel.inspect().services) {
    expect(service).toMatchObject({ state: "running", inFlight: [], resources: [], children: [] });
    expect(service.activities.map(({ kind }) => kind).toSorted()).toEqual([
      "interval",
      "listener",
      "listener",
      "queue",
    ]);
  }
  await kernel.stop();
  expect(kernel.inspect()).toMatchObject({ state: "stopped", services: [], inFlight: [], events: [] });
  expect(clock.pending).toEqual([]);
  await check.expectNone(kernel, clock);
});
