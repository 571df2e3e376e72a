import { setImmediate as nextTurn } from "node:timers/promises";

/** The uncaught exceptions of the process while `act` runs and for two turns of the event loop after it. */
export async function uncaughtDuring(act: () => unknown): Promise<readonly unknown[]> {
  const uncaught: unknown[] = [];
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => uncaught.push(error));
  try {
    await act();
    for (let turn = 0; turn < 2; turn++) await nextTurn();
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of others) process.on("uncaughtException", listener);
  }
  return uncaught;
}
