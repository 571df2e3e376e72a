import { EventEmitter } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { childProcess, consume, poll, queue, watch, worker } from "@pawl/background";
import { Kernel } from "@pawl/kernel";
import { leakCheck } from "@pawl/testing";
import { Observable } from "rxjs";
import { describe, expect, it } from "vitest";
import { type GivenService, given } from "./given-service.ts";
import { outcome } from "./one-service.ts";
import { gone } from "./process/running.ts";
import { TemporaryFolder } from "./temporary-folder.ts";

/** Something that is begun in a start, and how to see that nothing of it is left. */
interface Begun {
  /** Comes before a stop ends, unless the thing is outside of this process. */
  readonly isLeft: () => boolean;
  readonly gone?: () => Promise<void>;
}

const nothingToSee: Begun = { isLeft: () => false };

const begins: Record<string, (one: GivenService, folder: string) => Begun | Promise<Begun>> = {
  queue(one) {
    const jobs = queue(one, (_item: number, { signal }) => untilAborted(signal));
    const items = [1, 2].map((n) => jobs.push(n));
    for (const item of items) item.catch(() => {});
    return { isLeft: () => items.some(({ state }) => state !== "cancelled") };
  },
  poll(one) {
    let fetched: AbortSignal | undefined;
    const fetch = ({ signal }: { signal: AbortSignal }) => {
      fetched = signal;
      return untilAborted(signal);
    };
    poll(one, fetch, "10ms");
    return { isLeft: () => !fetched?.aborted };
  },
  "consume over an EventEmitter"(one) {
    const emitter = new EventEmitter();
    consume(one, emitter, () => {}, { event: "item" });
    return { isLeft: () => emitter.eventNames().length > 0 };
  },
  "consume over a generator"(one) {
    let isOpen = false;
    async function* items({ signal }: { signal: AbortSignal }) {
      isOpen = true;
      try {
        yield 1;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      } finally {
        isOpen = false;
      }
    }
    consume(one, items, () => {});
    return { isLeft: () => isOpen };
  },
  "consume over an observable"(one) {
    let isSubscribed = true;
    const source = new Observable<number>(() => () => {
      isSubscribed = false;
    });
    consume(one, source, () => {});
    return { isLeft: () => isSubscribed };
  },
  watch(one, folder) {
    watch(one, folder, () => {});
    return nothingToSee;
  },
  async worker(one) {
    const { thread } = await worker(one, new URL("./worker/fixtures/work.ts", import.meta.url));
    return { isLeft: () => thread.threadId !== -1 };
  },
  childProcess(one) {
    const { pid } = childProcess(one, "sleep", ["60"]);
    return { isLeft: () => false, gone: () => gone(pid as number) };
  },
};

const ends: Record<string, (one: GivenService) => unknown> = {
  throws() {
    throw new Error("no");
  },
  "hangs, and is stopped": () => new Promise(() => {}),
  crashes(one) {
    one.fail(new Error("no"));
  },
};

function untilAborted(signal: AbortSignal) {
  return new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

describe.each(Object.keys(ends))("S7 B3 Of an onStart that %s nothing is left", (how) => {
  it.each(Object.keys(begins))("that it has begun: %s", { timeout: 20_000 }, async (what) => {
    using folder = new TemporaryFolder();
    const check = leakCheck();
    const begun = Promise.withResolvers<Begun>();
    const one = given(async function () {
      begun.resolve((await begins[what]?.(this, folder.path)) ?? nothingToSee);
      // What is begun is under way when it is cut short.
      await nextTurn();
      await ends[how]?.(this);
    });
    const errors: unknown[] = [];
    const kernel = new Kernel({
      providers: { one },
      stopTimeout: "200ms",
      onError: (error) => void errors.push(error),
    });
    const started = outcome(kernel.start());
    const { isLeft, gone: isGone } = await begun.promise;
    await nextTurn();
    if (how === "hangs, and is stopped") await outcome(kernel.stop());
    expect(await started).toMatchObject({ error: { name: "StartError" } });
    await isGone?.();
    expect(isLeft()).toBe(false);
    // What the stop waited for in vain is that of the hanging hook alone.
    expect(errors).toEqual([]);
    await check.expectNone(kernel);
  });
});
