import { type Running, runningKey } from "./watchdog-messages.ts";

type Asked = Map<number, () => Running | undefined>;

const key = Symbol.for(runningKey);
let lastId = 0;

/**
 * Lets the thread of a watchdog ask, while this one is stopped, who is running. Gives the id to ask with, and the undo.
 */
export function answerWhoRuns(running: () => Running | undefined): { readonly id: number; readonly undo: () => void } {
  const holder = globalThis as { [key]?: Asked };
  if (!holder[key]) {
    Object.defineProperty(holder, key, { value: new Map() as Asked, configurable: true, enumerable: false });
  }
  const asked = holder[key] as Asked;
  const id = ++lastId;
  asked.set(id, running);
  return {
    id,
    undo() {
      asked.delete(id);
      if (asked.size === 0) delete holder[key];
    },
  };
}
