import { parentPort, workerData } from "node:worker_threads";
import { Heartbeat } from "./heartbeat.ts";
import { MainStack } from "./main-stack.ts";
import type { BlockedStack, BlockReport, WatchdogOrder } from "./watchdog-messages.ts";

// The first file of a watchdog's thread: looks whether the main thread still comes round. It has no clock but the
// machine's, since it is the machine that it watches.

const { memory, threshold, every, id } = workerData as WatchdogOrder;
const heartbeat = new Heartbeat(memory);
// Not in every build of Node.
const inspector = await import("node:inspector").catch(() => undefined);

/** How many looks a stack is waited for when the block is over. */
const patience = 5;

let count = heartbeat.count;
let beatAt = heartbeat.at;
/** How long no beat has come, in milliseconds that this thread has lived through: while all stood still it saw nothing. */
let silence = 0;
let lastLook = performance.now();
/** Set while the main thread is blocked. */
let mainStack: MainStack | undefined;
let isBlocked = false;
/** A block that is over, whose stack may still come. */
let ended: { readonly ms: number; looks: number } | undefined;

function look(): void {
  const now = performance.now();
  silence += Math.min(now - lastLook, 2 * every);
  lastLook = now;
  const next = heartbeat.count;
  if (next !== count) comeRound(next);
  else if (!isBlocked && !ended && silence >= threshold + every) blocked();
  if (ended && (!mainStack || mainStack.seen || ended.looks++ >= patience)) report(ended.ms);
}

function comeRound(next: number): void {
  const at = heartbeat.at;
  if (isBlocked) ended = { ms: Math.round(at - beatAt - every), looks: 0 };
  isBlocked = false;
  count = next;
  beatAt = at;
  silence = 0;
}

function blocked(): void {
  if (heartbeat.isQuiet) return;
  isBlocked = true;
  mainStack = inspector && new MainStack(new inspector.Session(), id);
}

function report(ms: number): void {
  const stack: BlockedStack | undefined = mainStack?.seen;
  mainStack?.end();
  mainStack = undefined;
  ended = undefined;
  parentPort?.postMessage({ ms, stack } satisfies BlockReport);
}

setInterval(look, every);
