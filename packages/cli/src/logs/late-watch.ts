import {
  type CallSnapshot,
  type Clock,
  formatDuration,
  type Kernel,
  type Logger,
  type ServiceSnapshot,
} from "@pawl/kernel";

/** How long a start or a stop may last before it is told what it waits for, and how often that is told after it. */
const patience = 2_000;
/** So many are named; the others are counted. */
const mostNamed = 5;

/** A start, a stop or a release under way. */
interface UnderWay {
  readonly step: "start" | "stop";
  readonly since: number;
}

/**
 * Says every two seconds who a start or a stop waits for, as long as one lasts longer than that. It looks at what is in
 * flight when it speaks, and has a timer only while something is under way.
 */
export class LateWatch {
  readonly #kernel: Kernel;
  readonly #logger: Logger;
  readonly #clock: Clock;
  /** By owner path; the kernel's own have none. */
  readonly #underWay = new Map<string, UnderWay>();
  #cancel: (() => void) | undefined;

  constructor(kernel: Kernel, logger: Logger, clock: Clock) {
    this.#kernel = kernel;
    this.#logger = logger;
    this.#clock = clock;
  }

  begin(step: UnderWay["step"], path = ""): void {
    this.#underWay.set(path, { step, since: this.#clock.now() });
    if (!this.#cancel) this.#wait(patience);
  }

  end(path = ""): void {
    this.#underWay.delete(path);
    if (this.#underWay.size === 0) this.stop();
  }

  /** Forgets what was under way. */
  stop(): void {
    this.#underWay.clear();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Whom a stop or a start waits for, in words; the innermost owners last. */
  get stillRunning(): string {
    const { name, waits, services, starting } = this.#kernel.inspect();
    const awaited = new Set(waits.map(({ path }) => path));
    const found = [
      ...waits.map(
        ({ path, what, ms, limitMs }) => `${path}: ${inWords(ms)} of ${inWords(limitMs)} (${what.join(", ")})`,
      ),
      ...starting.filter(({ path }) => !awaited.has(path)).map(({ path, doing }) => `${path}: ${doing}`),
      ...services.flatMap((service) => unfinished(service, awaited)),
    ];
    const more = found.length - mostNamed;
    return `${found.slice(0, mostNamed).join("; ")}${more > 0 ? `; and ${more} more` : ""}` || name;
  }

  #wait(ms: number): void {
    this.#cancel = this.#clock.setTimer(() => this.#look(), ms, "who is late");
  }

  #look(): void {
    const now = this.#clock.now();
    const oldest = Math.min(...[...this.#underWay.values()].map(({ since }) => since));
    const early = oldest + patience - now;
    if (early <= 0) this.#tell();
    this.#wait(early > 0 ? early : patience);
  }

  #tell(): void {
    const steps = [...this.#underWay.values()].map(({ step }) => step);
    const isUndoing = this.#kernel.inspect().waits.length > 0;
    // A start is slow for good reasons now and then; a stop should not be.
    if (!isUndoing && steps.every((step) => step === "start")) this.#logger.info(`still starting ${this.stillRunning}`);
    else this.#logger.warn(`still stopping ${this.stillRunning}`);
  }
}

/** The services that start or stop, each with what it is at; not those that only wait for somebody below who is named. */
function unfinished({ path, state, inFlight, children }: ServiceSnapshot, awaited: ReadonlySet<string>): string[] {
  const below = children.flatMap((child) => unfinished(child, awaited));
  if (awaited.has(path) || (state !== "stopping" && state !== "starting")) return below;
  if (inFlight.length > 0) return [`${path}: ${inFlight.map(inFlightFor).join(", ")}`, ...below];
  const namesBelow = below.length > 0 || [...awaited].some((other) => other.startsWith(`${path}/`));
  return namesBelow ? below : [path];
}

function inFlightFor({ what, ms }: CallSnapshot): string {
  return `${what} for ${inWords(ms)}`;
}

/** Longer ones in whole seconds. */
function inWords(ms: number): string {
  return formatDuration(ms < 1_000 ? ms : Math.round(ms / 1_000) * 1_000);
}
