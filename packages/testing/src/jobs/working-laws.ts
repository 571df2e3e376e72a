import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { type Job, type JobContext, JobInputError, type JobOptions, job } from "@pawl/jobs";
import { type Schema, Service } from "@pawl/kernel";
import { realPause } from "../real-time.ts";
import { becomes, type JobStoreLaw, law } from "./job-law.ts";

/** A schema of a library of nobody's: texts, given in upper case. */
const text: Schema<string> = {
  "~standard": {
    version: 1,
    vendor: "pawl",
    validate: async (value) =>
      typeof value === "string" ? { value: value.toUpperCase() } : { issues: [{ message: "expected a text" }] },
  },
};

/** Anything. */
export const any: Schema = { "~standard": { version: 1, vendor: "pawl", validate: (value) => ({ value }) } };

/** Enqueues, and does no work. */
export class Sender extends Service {
  readonly work: Job = job(this, "work", any, { retries: 2, backoff: "20ms" });
  readonly texts: Job<string> = job(this, "texts", text);
}

type Handler = (input: unknown, context: JobContext) => unknown;

/** Works with a handler that the law gives. */
export class Worker extends Service {
  readonly work: Job;

  constructor(handler: Handler, options: JobOptions = {}) {
    super();
    this.work = job(this, "work", any, handler, { retries: 2, backoff: "20ms", ...options });
  }
}

class Texts extends Service {
  readonly seen: string[] = [];
  readonly texts = job(this, "texts", text, (one) => void this.seen.push(one));
}

export const workingLaws: readonly JobStoreLaw[] = [
  law("what one kernel enqueues another works on, with what the schema gives", async ({ start }) => {
    const { service: sender, jobs } = await start(new Sender());
    const { service: texts } = await start(new Texts());
    const id = await sender.texts.enqueue("ada");
    await becomes(() => texts.seen, ["ADA"]);
    await becomes(async () => (await jobs.get(id))?.state, "done");
    const found = await jobs.get(id);
    deepEqual([found?.input, found?.attempts, found?.name, found?.error], ["ada", 1, "texts", undefined]);
    equal(await jobs.get("nobody"), undefined);
  }),

  law("an input that does not fit is refused, and nothing is stored", async ({ start }) => {
    const { service, jobs } = await start(new Sender());
    await rejects(service.texts.enqueue(7 as unknown as string), JobInputError);
    await rejects(service.work.enqueue(1n), JobInputError);
    deepEqual(await jobs.list(), []);
  }),

  law("an input that fits no more when it is worked on is dead at once", async ({ start }) => {
    class Numbers extends Service {
      readonly texts = job(this, "texts", any);
    }
    const { service } = await start(new Numbers());
    const { service: texts, jobs } = await start(new Texts());
    const id = await service.texts.enqueue(7);
    await becomes(async () => (await jobs.get(id))?.state, "dead");
    deepEqual([(await jobs.get(id))?.attempts, texts.seen], [1, []]);
  }),

  law("a job that fails is tried again until it works", async ({ start }) => {
    const attempts: number[] = [];
    const { service, jobs, errors } = await start(
      new Worker((_, { attempt }) => {
        attempts.push(attempt);
        if (attempt < 3) throw new Error("not yet");
      }),
    );
    const id = await service.work.enqueue("one");
    await becomes(async () => (await jobs.get(id))?.state, "done");
    deepEqual([attempts, errors.length], [[1, 2, 3], 0]);
    equal((await jobs.get(id))?.error, "not yet");
  }),

  law("a job that fails each time is dead, is told, and can be worked on once more", async ({ start }) => {
    const attempts: number[] = [];
    let isBroken = true;
    const { service, jobs, errors } = await start(
      new Worker((_, { attempt }) => {
        attempts.push(attempt);
        if (isBroken) throw new Error("broken");
      }),
    );
    const id = await service.work.enqueue("one");
    await becomes(async () => (await jobs.get(id))?.state, "dead");
    await becomes(() => errors.length, 1);
    deepEqual(attempts, [1, 2, 3]);
    const dead = await jobs.list({ name: "work", state: "dead" });
    deepEqual(
      dead.map((one) => [one.id, one.error, one.attempts]),
      [[id, "broken", 3]],
    );
    isBroken = false;
    equal(await jobs.retry({ ids: ["nobody"] }), 0);
    equal(await jobs.retry({ name: "work" }), 1);
    await becomes(async () => (await jobs.get(id))?.state, "done");
    deepEqual(attempts, [1, 2, 3, 1]);
  }),

  law("dead jobs are kept until they are discarded, and none that is to be worked on is", async ({ start }) => {
    const { service, jobs } = await start(
      new Worker(
        () => {
          throw new Error("broken");
        },
        { retries: 0 },
      ),
    );
    const id = await service.work.enqueue("one");
    const later = await service.work.enqueue("two", { delay: "1h" });
    await becomes(async () => (await jobs.get(id))?.state, "dead");
    equal(await jobs.discard({}), 1);
    deepEqual([await jobs.get(id), (await jobs.get(later))?.state], [undefined, "waiting"]);
  }),

  law("a try that takes longer than its timeout has its signal aborted, and fails", async ({ start }) => {
    const seen: unknown[] = [];
    const worker = new Worker(
      async (_, { signal, attempt }) => {
        if (attempt > 1) return;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        seen.push((signal.reason as { code?: string }).code);
        throw signal.reason;
      },
      { timeout: "30ms" },
    );
    const { service, jobs } = await start(worker);
    const id = await service.work.enqueue("one");
    await becomes(async () => (await jobs.get(id))?.state, "done");
    deepEqual([seen, (await jobs.get(id))?.attempts], [["PAWL_LEASE_TIMEOUT"], 2]);
  }),

  law("a delayed job waits for its time", async ({ start }) => {
    const seen: unknown[] = [];
    const { service, jobs } = await start(new Worker((one) => void seen.push(one)));
    const began = Date.now();
    // Longer than a busy server takes for the other one.
    const id = await service.work.enqueue("later", { delay: "2s" });
    await service.work.enqueue("now");
    await becomes(() => seen, ["now"]);
    equal((await jobs.get(id))?.state, "waiting");
    await becomes(() => seen, ["now", "later"]);
    ok(Date.now() - began >= 2_000);
  }),

  law("jobs of higher priority go first, those of one priority in their order", async ({ start }) => {
    const seen: unknown[] = [];
    const { service } = await start(new Sender());
    await service.work.enqueue("c", { priority: -1 });
    await service.work.enqueue("b1");
    await service.work.enqueue("b2");
    await service.work.enqueue("a", { priority: 5 });
    await start(new Worker((one) => void seen.push(one)));
    await becomes(() => seen, ["a", "b1", "b2", "c"]);
  }),

  law("jobs of one key are worked on one at a time, in their order, whoever works on them", async ({ start }) => {
    const seen: unknown[] = [];
    let running = 0;
    let most = 0;
    const work = async (one: unknown, { attempt }: JobContext) => {
      most = Math.max(most, ++running);
      await realPause(10);
      running--;
      if (one === 2 && attempt === 1) throw new Error("not yet");
      seen.push(one);
    };
    const options = { concurrency: 4, key: () => "ada" };
    const { service } = await start(new Worker(work, options));
    await start(new Worker(work, options));
    for (let i = 1; i <= 8; i++) await service.work.enqueue(i);
    await becomes(() => seen, [1, 2, 3, 4, 5, 6, 7, 8]);
    equal(most, 1);
  }),

  law("jobs of other keys do not wait for one that fails", async ({ start }) => {
    const seen: unknown[] = [];
    const worker = new Worker(
      (one) => {
        seen.push(one);
        if (one === "ada 1") throw new Error("broken");
      },
      { concurrency: 2, retries: 1, backoff: "1s", key: (one) => String(one).split(" ")[0] },
    );
    const { service } = await start(worker);
    for (const one of ["ada 1", "ada 2", "bob 1", "bob 2"]) await service.work.enqueue(one);
    const of = (key: string) => seen.filter((one) => String(one).startsWith(key));
    await becomes(() => of("ada"), ["ada 1", "ada 1", "ada 2"]);
    deepEqual(of("bob"), ["bob 1", "bob 2"]);
    ok(seen.indexOf("bob 2") < seen.lastIndexOf("ada 1"));
  }),

  law("an id is taken once, also when its job is done", async ({ start }) => {
    const seen: unknown[] = [];
    const { service, jobs } = await start(new Worker((one) => void seen.push(one)));
    const both = [service.work.enqueue("one", { id: "a/b@1" }), service.work.enqueue("two", { id: "a/b@1" })];
    deepEqual(await Promise.all(both), ["a/b@1", "a/b@1"]);
    await becomes(async () => (await jobs.get("a/b@1"))?.state, "done");
    await service.work.enqueue("three", { id: "a/b@1" });
    await service.work.enqueue("four");
    await becomes(() => seen, ["one", "four"]);
    equal((await jobs.list({ name: "work" })).length, 2);
  }),

  law("a large input, and one of odd characters, arrive as they were", async ({ start }) => {
    const seen: unknown[] = [];
    const { service } = await start(new Worker((one) => void seen.push(one)));
    const inputs = [
      "x".repeat(2_000_000),
      { "k\u0000 \ud800 'ü": ["\u2028", null, -0.5, { constructor: true }] },
      null,
    ];
    for (const one of inputs) await service.work.enqueue(one);
    await becomes(() => seen.length, 3);
    deepEqual(seen, JSON.parse(JSON.stringify(inputs)));
  }),
];
