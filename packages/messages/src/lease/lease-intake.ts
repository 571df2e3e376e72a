import { NotRunningError } from "@pawl/kernel";
import { type Backoff, backoffOf, describeCall, messageOf, type ServiceScope } from "@pawl/kernel/extend";
import { raiseWarning } from "./lease-warning.ts";
import type { Leased, LeaseSource } from "./leased.ts";
import type { LeasedWorkParts } from "./leased-work.ts";

/** Where pieces of work go. */
export interface LeasePlaces<Item extends Leased> {
  /** How many more may begin. */
  readonly free: number;
  begin(source: LeaseSource<Item>, item: Item): void;
}

/** How long a source has to be quiet until it counts as reached again, and opened until that is worth a warning, in milliseconds. */
const quiet = 5_000;

/** Takes pieces of work from their source as there are places for them, and again after a while where that fails. */
export class LeaseIntake<Item extends Leased> {
  /** Resolves when the source is open for the first time, or is wanted no more. */
  readonly opened: Promise<void>;
  readonly #scope: ServiceScope;
  readonly #parts: LeasedWorkParts<Item>;
  readonly #places: LeasePlaces<Item>;
  readonly #what: string;
  readonly #backoff: Backoff = backoffOf({ initial: "100ms", max: "5s" }, "");
  readonly #taking = new AbortController();
  #tellOpened!: () => void;
  #wake: (() => void) | undefined;
  #source: LeaseSource<Item> | undefined;
  #failures = 0;
  #clearWarning: (() => void) | undefined;

  constructor(scope: ServiceScope, parts: LeasedWorkParts<Item>, places: LeasePlaces<Item>) {
    this.#scope = scope;
    this.#parts = parts;
    this.#places = places;
    this.#what = describeCall({ kind: parts.kind, label: parts.label });
    this.opened = new Promise((resolve) => {
      this.#tellOpened = resolve;
    });
  }

  get isClosed(): boolean {
    return this.#taking.signal.aborted;
  }

  /** Takes no more. */
  close(): void {
    if (this.isClosed) return;
    this.#taking.abort();
    this.#tellOpened();
    this.wake();
  }

  /** A place is free. */
  wake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** Resolves when it was closed and nothing is taken any more; never rejects. */
  async run(): Promise<void> {
    while (!this.isClosed) {
      try {
        await this.#open();
        await this.#takeAll();
      } catch (error) {
        if (this.isClosed) break;
        this.#failed(error);
        await this.#pause(this.#backoff.delay(++this.#failures));
      }
    }
    this.#clearWarning?.();
  }

  /** Gives back what was taken ahead; comes when nothing is worked on any more. */
  async closeSource(): Promise<void> {
    try {
      await this.#source?.close();
    } catch (error) {
      this.#scope.fail({ kind: `end of ${this.#parts.kind}`, label: this.#parts.label }, error);
    }
  }

  async #open(): Promise<void> {
    if (this.#source) return;
    const { clock, path } = this.#scope;
    const opening = this.#parts.open(this.#taking.signal);
    const { promise: closed, resolve } = Promise.withResolvers<undefined>();
    const giveUp = () => resolve(undefined);
    const { signal } = this.#taking;
    signal.addEventListener("abort", giveUp, { once: true });
    const tell = () => this.#warn("it waits for what it takes from");
    const cancel = clock.setTimer(tell, quiet, `${path}: ${this.#what}: opened`);
    try {
      // A source that cannot be had must not keep a stop waiting.
      const source = await Promise.race([opening, closed]);
      if (source) {
        this.#source = source;
        this.#recovered();
        this.#tellOpened();
      } else this.#dropLate(opening);
    } finally {
      cancel();
      signal.removeEventListener("abort", giveUp);
    }
  }

  async #takeAll(): Promise<void> {
    const source = this.#source;
    while (source && !this.isClosed) {
      const { free } = this.#places;
      if (free > 0) {
        for (const item of await this.#take(source, free)) this.#places.begin(source, item);
      } else await this.#untilWoken();
    }
  }

  async #take(source: LeaseSource<Item>, max: number): Promise<readonly Item[]> {
    const { clock, path } = this.#scope;
    let cancel: (() => void) | undefined;
    const look = () => {
      if (source.isDown) lookLater();
      else this.#recovered();
    };
    const lookLater = () => {
      cancel = clock.setTimer(look, quiet, `${path}: ${this.#what}: recovered`);
    };
    // There may be nothing to take for long.
    if (this.#failures > 0) lookLater();
    try {
      const items = await source.take(max, this.#taking.signal);
      this.#recovered();
      return items;
    } finally {
      cancel?.();
    }
  }

  #recovered(): void {
    this.#failures = 0;
    this.#clearWarning?.();
    this.#clearWarning = undefined;
  }

  /** Tells the first failure of a row. */
  #failed(error: unknown): void {
    if (this.#clearWarning) return;
    // A service that was stopped is no error; that its messages are not handled meanwhile is worth a warning.
    const isDown = error instanceof NotRunningError;
    if (!isDown) this.#scope.report(error, { path: this.#scope.path, label: this.#what });
    this.#warn(messageOf(error));
  }

  #warn(why: string): void {
    this.#clearWarning ??= raiseWarning(this.#parts.service, `${this.#what}: ${why}`);
  }

  #dropLate(opening: Promise<LeaseSource<Item>>): void {
    const { path, report } = this.#scope;
    opening
      .then((source) => source.close())
      .catch((error: unknown) => {
        if (error !== this.#taking.signal.reason) report(error, { path, label: this.#what });
      });
  }

  #pause(ms: number): Promise<void> {
    const { clock, path } = this.#scope;
    const cancel = clock.setTimer(() => this.wake(), ms, `${path}: ${this.#what}: next try`);
    return this.#untilWoken().finally(cancel);
  }

  #untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
