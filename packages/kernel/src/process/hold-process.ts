import { isAbortError } from "../errors/errors.ts";
import { PawlError } from "../errors/pawl-error.ts";
import type { StopReason } from "../lifecycle/state.ts";
import { wasThrownInOwnTurn } from "../throw-in-own-turn.ts";
import { printError } from "./print-error.ts";

/** Something that runs in this process and ends with it. */
export interface Held {
  stop(reason: StopReason): void;
  /** Takes note that a second signal ends the process now. */
  exits(signal: string): void;
  /** Takes note that the process had an error that nobody caught, and stops for it. */
  uncaught(error: unknown): void;
  /** Tells such an error; `what` says how nobody caught it. */
  report(error: unknown, what: string): void;
  /** Says what it is doing right now, at a SIGUSR2; without it that signal is left as it is. */
  readonly diagnose?: (() => void) | undefined;
}

interface Ending {
  readonly exitCode: number;
  /** Whether the process must not wait for what is still open. */
  readonly exitsNow: boolean;
}

type Signal = keyof typeof signalCodes;

const signalCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** An `onError` that causes another uncaught error each time is asked this often; after that they are printed. */
const mostAsked = 10;

/** All that is held share the handlers; they are there only while something is held. */
const held = new Set<Held>();
/** Those that a signal has asked to stop. */
const signalled = new Set<Held>();
/** Those that say what they are doing. */
const diagnosed = new Set<Held>();
let keepOpen: NodeJS.Timeout | undefined;
let asked = 0;
let exitsNow = false;

/**
 * Keeps the process open and hands its signals and uncaught errors to `it`. What it gives back lets go again and sets the
 * exit code, the highest of all; the last one to let go takes the handlers away.
 */
export function holdProcess(it: Held): (ending: Ending) => void {
  if (held.size === 0) takeProcess();
  held.add(it);
  if (it.diagnose) addDiagnosed(it);
  return (ending) => {
    held.delete(it);
    signalled.delete(it);
    removeDiagnosed(it);
    process.exitCode = Math.max(ending.exitCode, Number(process.exitCode ?? 0));
    exitsNow ||= ending.exitsNow;
    if (held.size > 0) return;
    giveProcessBack();
    if (exitsNow) process.exit();
  };
}

function takeProcess(): void {
  asked = 0;
  exitsNow = false;
  // Signal handlers alone do not keep it open.
  keepOpen = setInterval(() => {}, 2 ** 30);
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("uncaughtException", onException);
  process.on("unhandledRejection", onRejection);
  process.stderr.on("error", ignore);
}

function giveProcessBack(): void {
  clearInterval(keepOpen);
  keepOpen = undefined;
  process.off("SIGINT", onSignal);
  process.off("SIGTERM", onSignal);
  process.off("uncaughtException", onException);
  process.off("unhandledRejection", onRejection);
  process.stderr.off("error", ignore);
}

/** The first signal stops everything gracefully; a second one while that lasts exits at once. */
function onSignal(signal: Signal): void {
  if (signalled.size > 0) {
    try {
      for (const it of held) it.exits(signal);
    } finally {
      process.exit(signalCodes[signal]);
    }
  }
  for (const it of held) {
    signalled.add(it);
    it.stop({ kind: "signal", signal });
  }
}

// Windows has no such signal, and refuses a handler of it.
const canDiagnose = process.platform !== "win32";

function addDiagnosed(it: Held): void {
  if (diagnosed.size === 0 && canDiagnose) process.on("SIGUSR2", onDiagnose);
  diagnosed.add(it);
}

function removeDiagnosed(it: Held): void {
  if (diagnosed.delete(it) && diagnosed.size === 0) process.off("SIGUSR2", onDiagnose);
}

function onDiagnose(): void {
  for (const it of diagnosed) {
    try {
      it.diagnose?.();
    } catch (error) {
      // It only looked: what it looked at goes on.
      it.report(error, "SIGUSR2");
    }
  }
}

function onException(error: unknown): void {
  onUncaught(error, "an uncaught exception");
}

function onRejection(error: unknown): void {
  onUncaught(error, "a promise rejection that nobody handled");
}

function onUncaught(error: unknown, what: string): void {
  if (isOwnCancellation(error)) return;
  // Where `onError` itself failed, or fails each time in a way that cannot be seen, asking it could go on for ever.
  if (wasThrownInOwnTurn(error) || asked >= mostAsked) printError(error);
  else {
    asked++;
    const [first] = held;
    first?.report(error, what);
  }
  for (const it of held) it.uncaught(error);
}

/** The kernel's own cancellations, in promises that nobody awaits any more, are no failure of the process. */
function isOwnCancellation(error: unknown): boolean {
  return PawlError.is(error) && (isAbortError(error) || error.code === "PAWL_START_ABORTED");
}

// A closed stderr: there is nowhere left to tell it, and telling it would fail again.
function ignore(): void {}
