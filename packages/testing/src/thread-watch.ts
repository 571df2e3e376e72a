import { subscribe } from "node:diagnostics_channel";
import type { Worker } from "node:worker_threads";

let running = 0;

// Node lists what threads hold, not the threads: one that is just ending would look as if it had ended.
subscribe("worker_threads", (message) => {
  const { worker } = message as { worker: Worker };
  running++;
  worker.once("exit", () => running--);
});

/** How many worker threads run that were started since this was loaded, whether they hold the process open or not. */
export function runningThreads(): number {
  return running;
}
