import { inspect } from "node:util";
import { isAbortError } from "../errors/errors.ts";
import { PawlError } from "../errors/pawl-error.ts";
import type { Kernel } from "../kernel.ts";
import type { KernelCore } from "../kernel-core.ts";
import type { ErrorOrigin } from "../scope.ts";
import { wasThrownInOwnTurn } from "../throw-in-own-turn.ts";

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof exitCodes;

/** One kernel that holds the process. */
interface Run {
  readonly kernel: Kernel;
  readonly core: KernelCore;
  /** Whether an error came that nobody caught. */
  failed: boolean;
}

/** The kernels that run in this process share its handlers; they are there only while one of them runs. */
const runs = new Set<Run>();
const results = new WeakMap<Kernel, Promise<void>>();
let signals = 0;

/**
 * Starts the kernel, holds the process until it has ended, and sets the exit code.
 *
 * SIGINT and SIGTERM stop all running kernels gracefully, a second signal exits at once with 130 or 143. An
 * `uncaughtException` or `unhandledRejection` is reported, stops them, and makes the exit code 1.
 */
export function runKernel(kernel: Kernel, core: KernelCore): Promise<void> {
  let result = results.get(kernel);
  if (!result) {
    result = hold(kernel, core).finally(() => results.delete(kernel));
    results.set(kernel, result);
  }
  return result;
}

async function hold(kernel: Kernel, core: KernelCore): Promise<void> {
  const run: Run = { kernel, core, failed: false };
  const { fallback } = core;
  const { name } = core.settings;
  // A bare kernel would throw what nobody handles: here that is told and the exit code says so.
  core.fallback = print;
  // Signal handlers alone do not keep the process open.
  const open = setInterval(() => {}, 2 ** 30);
  if (runs.size === 0) takeProcess();
  runs.add(run);
  let code = 0;
  const ended = kernel.wait();
  ended.catch(() => {});
  try {
    await kernel.start();
  } catch (error) {
    // A stop during the start is a graceful end; `wait()` tells whatever else ended it.
    if (!PawlError.is(error) || error.code !== "PAWL_START_ABORTED") code = 1;
  }
  try {
    await ended;
  } catch (error) {
    code = 1;
    core.report(error, { path: PawlError.is(error) ? (error.path ?? name) : name, label: "run()" });
  }
  const { outcome } = core;
  if (run.failed || outcome.failures > 0 || outcome.reportsWhileStopping > 0) code = 1;
  // A report of the stop itself may come in the turn after it.
  await new Promise(setImmediate);
  if (outcome.reportsWhileStopping > 0) code = 1;
  clearInterval(open);
  runs.delete(run);
  core.fallback = fallback;
  if (runs.size === 0) giveProcessBack();
  process.exitCode = Math.max(code, Number(process.exitCode ?? 0));
  // What was left behind could hold the process open for ever.
  if (outcome.leftBehind > 0 || outcome.overran) process.exit(process.exitCode === 0 ? 1 : process.exitCode);
}

function takeProcess(): void {
  signals = 0;
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  process.on("uncaughtException", onUncaught);
  process.on("unhandledRejection", onUncaught);
}

function giveProcessBack(): void {
  process.off("SIGINT", onSignal);
  process.off("SIGTERM", onSignal);
  process.off("uncaughtException", onUncaught);
  process.off("unhandledRejection", onUncaught);
}

function onSignal(signal: Signal): void {
  signals++;
  if (signals > 1) process.exit(exitCodes[signal]);
  for (const { kernel, core } of runs) stop(kernel, core, { kind: "signal", signal });
}

function onUncaught(error: unknown): void {
  // The kernel's own cancellations, in promises that nobody awaits any more, are no failure of the process.
  if (PawlError.is(error) && isAbortError(error)) return;
  let told = wasThrownInOwnTurn(error);
  // onError itself failed, or there is none: asking it again could go on for ever.
  if (told) print(error);
  for (const run of runs) {
    run.failed = true;
    if (!told) run.core.report(error, { path: run.core.settings.name, label: "an uncaught error of the process" });
    told = true;
    stop(run.kernel, run.core, { kind: "crash", path: run.core.settings.name, error });
  }
}

function stop(kernel: Kernel, core: KernelCore, reason: Parameters<Kernel["stop"]>[0]): void {
  const { name } = core.settings;
  kernel.stop(reason).catch((error: unknown) => core.report(error, { path: name, label: "stop()" }));
}

function print(error: unknown, origin?: ErrorOrigin): void {
  process.stderr.write(`${origin ? `${origin.path}: ${origin.label}: ` : ""}${inspect(error)}\n`);
}
