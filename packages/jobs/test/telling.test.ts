import { type JobContext, Jobs, job } from "@pawl/jobs";
import { Kernel, RetryLater, Service } from "@pawl/kernel";
import { instrument } from "@pawl/kernel/extend";
import { recordFacts, testApp, virtualClock } from "@pawl/testing";
import { expect, test } from "vitest";
import { z } from "zod";

class Mailer extends Service {
  readonly sendMail = job(this, "email.send", z.string(), this.send, {
    retries: 1,
    backoff: { initial: "1s", jitter: 0 },
  });

  send(to: string, { progress }: JobContext): void {
    progress(0.5);
    if (to === "nobody") throw new Error("no such address");
  }
}

async function mailShop() {
  const clock = virtualClock();
  const errors: unknown[] = [];
  const jobs = new Jobs();
  const mailer = new Mailer();
  const kernel = new Kernel({ clock, onError: (error) => void errors.push(error), providers: { jobs, mailer } });
  await kernel.start();
  return { clock, errors, jobs, mailer, kernel };
}

test("facts tell what becomes of a job", async () => {
  const { clock, mailer, kernel, errors } = await mailShop();
  const facts = recordFacts(kernel, ["job.*"]);
  const id = await mailer.sendMail.enqueue("nobody");
  await clock.advance("5s");
  const about = { path: "mailer", name: "email.send", id };
  expect(facts.all.map(({ kind, ...fact }) => [kind, fact])).toMatchObject([
    ["job.enqueued", about],
    ["job.started", { ...about, attempt: 1 }],
    ["job.progress", { ...about, attempt: 1, progress: 0.5 }],
    ["job.ended", { ...about, attempt: 1, ms: 0, error: { message: "no such address" } }],
    ["job.retried", { ...about, attempt: 1, ms: 1000, error: expect.any(Error) }],
    ["job.started", { ...about, attempt: 2 }],
    ["job.progress", { ...about, attempt: 2, progress: 0.5 }],
    ["job.ended", { ...about, attempt: 2 }],
    ["job.dead", { ...about, attempt: 2 }],
  ]);
  expect(errors).toMatchObject([{ message: "no such address" }]);
  await kernel.stop();
});

test("a job that is known already, and one that is cancelled, are told as such", async () => {
  const { jobs, mailer, kernel } = await mailShop();
  const facts = recordFacts(kernel, ["job.enqueued", "job.cancelled"]);
  await mailer.sendMail.enqueue("ada", { id: "one", delay: "1h" });
  await mailer.sendMail.enqueue("ada", { id: "one" });
  await jobs.cancel("one");
  expect(facts.kinds).toEqual(["job.enqueued", "job.cancelled"]);
  await kernel.stop();
});

test("inspect() shows the work of each job", async () => {
  const { clock, mailer, kernel } = await mailShop();
  await mailer.sendMail.enqueue("nobody");
  await mailer.sendMail.enqueue("ada");
  await clock.advance("5s");
  const { activities } = kernel.inspect().services[1] as { activities: readonly unknown[] };
  expect(activities).toMatchObject([
    {
      kind: "job",
      label: "email.send",
      done: 1,
      failed: 2,
      retried: 1,
      dead: 1,
      running: 0,
      lastError: "no such address",
    },
  ]);
  await kernel.stop();
});

test("what cannot be told of the progress goes to onError, and the job goes on", async () => {
  const errors: unknown[] = [];
  class Counter extends Service {
    readonly count = job(this, "count", z.undefined(), (_, { progress }) => progress(1n));
  }
  const jobs = new Jobs();
  const counter = new Counter();
  const kernel = new Kernel({
    clock: virtualClock(),
    onError: (error) => void errors.push(error),
    providers: { jobs, counter },
  });
  await kernel.start();
  const id = await counter.count.enqueue();
  await expect.poll(async () => (await jobs.get(id))?.state).toBe("done");
  expect(errors).toMatchObject([{ message: expect.stringContaining("BigInt") }]);
  await kernel.stop();
});

test("a job carries the trace of who has enqueued it to its handler", async () => {
  const { mailer, kernel } = await mailShop();
  const carried: unknown[] = [];
  instrument(kernel, {
    around({ spec }, fn) {
      if (spec.kind === "job") carried.push(spec.carrier?.("traceparent"));
      return fn();
    },
    headers: () => ({ traceparent: "00-1-2-01" }),
  });
  await mailer.sendMail.enqueue("ada");
  await expect.poll(() => carried).toEqual(["00-1-2-01"]);
  await kernel.stop();
});

test("a RetryLater counts as a try, and at the last one the job is dead with why", async () => {
  const tries: number[] = [];
  const clock = virtualClock();
  const errors: unknown[] = [];
  class Importer extends Service {
    readonly load = job(this, "load", z.string(), this.try, { retries: 1 });
    try(_: string, { attempt }: JobContext): void {
      tries.push(attempt);
      throw new RetryLater("1m", new Error("the server is full"));
    }
  }
  const [jobs, importer] = [new Jobs(), new Importer()];
  const kernel = new Kernel({ clock, onError: (error) => void errors.push(error), providers: { jobs, importer } });
  await kernel.start();
  const id = await importer.load.enqueue("one");
  await clock.advance("59s");
  expect(tries).toEqual([1]);
  await clock.advance("2s");
  expect(tries).toEqual([1, 2]);
  const why = expect.stringMatching(/was tried 2 times.*asked for another one.*the server is full/);
  expect(await jobs.get(id)).toMatchObject({ state: "dead", attempts: 2, error: why });
  expect(errors).toMatchObject([{ code: "PAWL_LEASE_EXHAUSTED", cause: { code: "PAWL_RETRY_LATER" } }]);
  await kernel.stop();
});

test("what a handler throws whose job was cancelled goes to onError, unless that is the reason of its signal", async () => {
  class Printer extends Service {
    readonly print = job(this, "print", z.string(), this.work, { concurrency: 2 });
    async work(how: string, { signal }: JobContext) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      if (how === "politely") signal.throwIfAborted();
      throw new Error("out of paper");
    }
  }
  const printer = new Printer();
  const jobs = new Jobs();
  await using app = await testApp({ providers: { jobs, printer } });
  const ids = [
    await printer.print.enqueue("politely", { id: "1" }),
    await printer.print.enqueue("rudely", { id: "2" }),
  ];
  await app.clock.advance("1s");
  for (const id of ids) expect(await jobs.cancel(id)).toBe(true);
  await app.clock.advance("1s");
  expect((await jobs.list()).map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
  expect(app.errors.map(({ error, origin }) => [(error as Error).message, origin.label])).toEqual([
    ["out of paper", 'job "print" (2, after it was lost or cancelled)'],
  ]);
});
