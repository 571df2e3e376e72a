import { type LoopFacts, userFrames } from "@pawl/diagnostics";
import {
  type Clock,
  type Fact,
  type FactSelector,
  type Facts,
  formatDuration,
  type Kernel,
  type Logger,
  PawlError,
  type StopReason,
  systemClock,
} from "@pawl/kernel";
import { messageOf } from "@pawl/kernel/extend";
import { LateWatch } from "./late-watch.ts";

const kinds: readonly FactSelector[] = [
  "kernel.*",
  "service.*",
  "release.*",
  "restart",
  "escalation",
  "options.changed",
  "warning.*",
  "health.changed",
  "recorder.written",
  "loop.blocked",
];

/** What administers the app is no part of it to who reads its log. */
const isAdmin = ({ path }: { readonly path: string }): boolean => path === "pawl" || path.startsWith("pawl/");

/** Whether it is one of those that the app itself holds. */
const isProvider = (fact: { readonly path: string }): boolean => !fact.path.includes("/") && !isAdmin(fact);

/** What takes longer is told to everybody, in milliseconds. */
const long = 1_000;

/**
 * Writes what the facts of a kernel say of its lifecycle: what starts, where it listens, what is restarted, what stops, how
 * long each took, and who is late. Gives back its undo.
 *
 * `info` has what happens to the whole and to each provider in a stop; `debug` has every service, `warn` what did not go as
 * it should. Lines about a service carry its path as `service`.
 */
export function logLifecycle(kernel: Kernel, logger: Logger, clock: Clock = systemClock): () => void {
  const log = new LifecycleLog(logger, new LateWatch(kernel, logger, clock), kernel.state === "running");
  const unobserve = kernel.observe((fact) => log.take(fact), { kinds });
  return () => {
    unobserve();
    log.end();
  };
}

/** Takes note of who starts and stops, and for how long; in a record that is read nobody is waited for. */
export type Lateness = Pick<LateWatch, "begin" | "end" | "stop" | "stillRunning">;

/** The words for the facts of a lifecycle, one after another. */
export class LifecycleLog {
  readonly #logger: Logger;
  readonly #late: Lateness;
  /** Not while it starts or stops. */
  #isRunning: boolean;
  /** The paths of what is being restarted. */
  readonly #restarting = new Set<string>();

  constructor(logger: Logger, late: Lateness, isRunning: boolean) {
    this.#logger = logger;
    this.#isRunning = isRunning;
    this.#late = late;
  }

  end(): void {
    this.#late.stop();
  }

  take(fact: Fact): void {
    switch (fact.kind) {
      case "kernel.starting":
        this.#isRunning = false;
        this.#late.begin("start");
        this.#logger.debug(`${fact.name} is starting`);
        return;
      case "kernel.started":
        this.#isRunning = true;
        this.#late.end();
        this.#logger.info(`${fact.name} started in ${formatDuration(fact.ms)}`);
        return;
      case "kernel.failed":
        this.#ended();
        this.#logger.info(`${fact.name} has undone its start, ${formatDuration(fact.ms)} after it began`);
        return;
      case "kernel.stopping":
        this.#isRunning = false;
        this.#late.begin("stop");
        this.#logger.info(
          `${fact.name} is stopping (${inWords(fact.reason)})${fact.reason.kind === "signal" ? again(fact.reason.signal) : ""}`,
        );
        return;
      case "kernel.stopped":
        this.#ended();
        this.#stopped(fact);
        return;
      case "kernel.signalled":
        this.#logger.info(
          `${fact.signal}: ${fact.name} ${alreadyInWords(fact.reason)}; still stopping ${this.#late.stillRunning}${again(fact.signal)}`,
        );
        return;
      case "kernel.exiting":
        this.#logger.warn(`${fact.name} exits at once (${fact.signal}), with this running: ${this.#late.stillRunning}`);
        return;
      case "service.starting":
        this.#late.begin("start", fact.path);
        this.#of(fact).debug("is starting");
        return;
      case "service.started":
        this.#late.end(fact.path);
        this.#started(fact);
        return;
      case "service.ready":
        if (fact.ms >= long) this.#of(fact).info(`was made ready in ${formatDuration(fact.ms)}`);
        return;
      case "service.listening":
        this.#of(fact)[isAdmin(fact) ? "debug" : "info"](`listens on ${listeningInWords(fact)}`);
        return;
      case "service.failed":
        this.#late.end(fact.path);
        this.#of(fact).warn("could not start; what had started is stopped again");
        return;
      case "service.stopping":
        this.#late.begin("stop", fact.path);
        this.#inStop(fact, 0, "is stopping");
        return;
      case "service.stopped":
        this.#late.end(fact.path);
        this.#restarting.delete(fact.path);
        // What was left behind has been named; it has not stopped.
        if (fact.leftBehind > 0) this.#of(fact).debug(`ended${lasting(fact.ms)}, without what was left behind`);
        else this.#inStop(fact, fact.ms, `stopped${lasting(fact.ms)}`);
        return;
      case "release.started":
        // Plain values stop in their turn too; what a service holds is part of its stop.
        if (fact.label === "value") this.#late.begin("stop", fact.path);
        return;
      case "release.ended":
        if (fact.label !== "value") return;
        this.#late.end(fact.path);
        this.#released(fact);
        return;
      case "release.timedOut":
        this.#of(fact).warn(
          fact.ms > 0
            ? `was left behind after ${formatDuration(fact.ms)}: ${fact.label} still running`
            : `was left behind, since shutdownTimeout had passed: ${fact.label} was called and not waited for`,
        );
        return;
      case "restart":
        this.#restarting.add(fact.path);
        this.#of(fact).warn(
          `is restarted${fact.delayMs > 0 ? ` in ${formatDuration(fact.delayMs)}` : ""} (restart ${fact.restarts})`,
        );
        return;
      case "escalation":
        this.#of(fact).error(
          `crashed ${fact.restarts === 0 ? "and is not restarted" : `once more after ${fact.restarts} restart${fact.restarts === 1 ? "" : "s"}: more than its maxRestarts allow`}; that is a crash of ${fact.to}`,
        );
        return;
      case "options.changed":
        this.#of(fact).info(`has other options now: ${fact.keys.join(", ")}`);
        return;
      case "warning.raised":
        this.#of(fact).warn(fact.message);
        return;
      case "warning.cleared":
        this.#of(fact)[this.#isRunning ? "info" : "debug"](`no longer: ${fact.message}`);
        return;
      case "health.changed":
        if (fact.ok) this.#of(fact).info("is well again");
        else this.#of(fact).warn(`is not well: ${messageOf(fact.error)}`);
        return;
      case "recorder.written":
        this.#logger.info(`what happened is in ${fact.file}: pawl replay ${fact.file}`);
        return;
      case "loop.blocked":
        this.#logger.warn(blockedInWords(fact));
        return;
      default:
    }
  }

  #of({ path }: { readonly path: string }): Logger {
    return this.#logger.child({ service: path });
  }

  #started(fact: { readonly path: string; readonly ms: number }): void {
    const text = this.#restarting.delete(fact.path) ? "runs again" : "started";
    // A provider that starts while the rest runs was restarted, or started, because somebody asked for it.
    const isTold = fact.ms >= long || text === "runs again" || (this.#isRunning && isProvider(fact));
    this.#of(fact)[isTold ? "info" : "debug"](`${text}${lasting(fact.ms)}`);
  }

  /** The steps of a stop of the whole, or of the undoing of its start, are told to everybody; a service that stops alone may be one of thousands. */
  #inStop(fact: { readonly path: string }, ms: number, text: string): void {
    const isTold = ms >= long || (!this.#isRunning && isProvider(fact));
    this.#of(fact)[isTold ? "info" : "debug"](text);
  }

  #stopped({ name, ms, failures }: { readonly name: string; readonly ms: number; readonly failures: number }): void {
    const text = `${name} stopped in ${formatDuration(ms)}`;
    if (failures === 0) this.#logger.info(text);
    else this.#logger.warn(`${text}, with ${failures} failure${failures === 1 ? "" : "s"}`);
  }

  #released(fact: { readonly path: string; readonly ms: number; readonly error?: unknown }): void {
    if (fact.error === undefined) this.#inStop(fact, fact.ms, `released${lasting(fact.ms)}`);
    else if (!PawlError.is(fact.error) || fact.error.code !== "PAWL_ABANDONED")
      this.#of(fact).warn(`could not be released${lasting(fact.ms)}`);
  }

  #ended(): void {
    this.#restarting.clear();
    this.#late.stop();
  }
}

/** The URL that people type, and what it stands for: `http://localhost:3000 (0.0.0.0 and [::])`. */
function listeningInWords({ addresses, url }: Facts["service.listening"]): string {
  const ports = addresses.filter((address) => !address.startsWith("unix:"));
  const others = addresses.filter((address) => !ports.includes(address));
  if (url === undefined || (ports.length === 1 && ports[0] === url)) return listed(addresses);
  const hosts = ports.map((address) => new URL(address).hostname);
  return listed([`${url} (${listed(hosts)})`, ...others]);
}

/** JavaScript stops sooner than that, in milliseconds, also where the machine is busy. */
const late = 200;

/** By whom, and where in its code. */
function blockedInWords({ path, label, ms, stack, stackDelayMs = 0 }: LoopFacts["loop.blocked"]): string {
  const who = label === undefined ? "code of no service" : `${path}: ${label}`;
  const how =
    stack === undefined
      ? "; it could not be stopped to see where"
      : stackDelayMs > late
        ? `; it was only stopped ${formatDuration(stackDelayMs)} later to see where, as native code is:`
        : "";
  const frames = stack === undefined ? [] : userFrames(stack);
  return [`event loop blocked for ${formatDuration(ms)} by ${who}${how}`, ...frames].join("\n");
}

/** ` in 12ms`; nothing for what took no time that anybody would notice. */
function lasting(ms: number): string {
  return ms < 1 ? "" : ` in ${formatDuration(ms)}`;
}

function again(signal: string): string {
  return signal === "SIGINT" ? "; press ^C again to exit at once" : "; a second signal exits at once";
}

/** What was under way when a signal came. */
function alreadyInWords(reason: StopReason): string {
  return reason.kind === "start-failed"
    ? `could not start and stops what had started (${inWords(reason)})`
    : `is stopping already (${inWords(reason)})`;
}

function inWords(reason: StopReason): string {
  switch (reason.kind) {
    case "signal":
      return reason.signal;
    case "crash":
      return `${reason.path} crashed`;
    case "start-failed":
      return `${reason.path} could not start`;
    case "owner":
      return reason.owner;
    case "requested":
      return "as asked";
  }
}

/** `a, b and c`. By hand: the first list that Intl makes takes 10 ms. */
function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(", "), ...words.slice(-1)].filter((part) => part !== "").join(" and ");
}
