import { setTimeout as delay } from "node:timers/promises";
import { follow, Unreachable } from "./control-client.ts";
import { type RunningApp, runningApps } from "./running-apps.ts";

/** Milliseconds between two looks for an app that has not come back. */
const pause = 200;

/** What is followed, and who hears of it. */
export interface Followed {
  /** Of the stream; `isBack` where the app has come back, so that all it has said since counts. */
  path(isBack: boolean): string;
  onLine(line: string, event: string): void;
  /** Whether it goes on with the next app of that name. */
  readonly keepsOn: boolean;
  onAttached(app: RunningApp): void;
  /** What happens is told here. */
  tell(text: string): void;
}

/**
 * Follows a stream of an app until that ends; where it keeps on, that of the app of the same name which comes after it, for
 * ever.
 *
 * @throws as `follow`, for the app that it begins with
 */
export async function followApp(
  first: RunningApp,
  { path, onLine, keepsOn, onAttached, tell }: Followed,
): Promise<void> {
  let app = first;
  for (let isBack = false; ; isBack = true) {
    // Those that run beside it do not come after it.
    const beside = new Set((await runningApps()).map(({ pid }) => pid));
    beside.delete(app.pid);
    try {
      await follow(app.target, path(isBack), onLine, () => onAttached(app));
      tell(`${app.target.label} has stopped${keepsOn ? "; waiting for it to come back" : ""}`);
    } catch (error) {
      // It came, and has gone before it answered.
      if (!isBack || !(error instanceof Unreachable)) throw error;
    }
    if (!keepsOn) return;
    app = await nextOf(app, beside);
  }
}

/** The app that comes after one of that name, in the same process or in another. */
async function nextOf({ name }: RunningApp, beside: ReadonlySet<number>): Promise<RunningApp> {
  for (;;) {
    const next = (await runningApps()).find((app) => app.name === name && !beside.has(app.pid) && isUp(app));
    if (next) return next;
    await delay(pause);
  }
}

function isUp({ status }: RunningApp): boolean {
  return status?.state === "starting" || status?.state === "running";
}
