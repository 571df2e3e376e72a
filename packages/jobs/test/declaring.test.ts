import { type Job, type JobContext, JobInputError, Jobs, JobsTakenError, job } from "@pawl/jobs";
import { type InferInput, Kernel, NotRunningError, Service } from "@pawl/kernel";
import { callAction } from "@pawl/kernel/extend";
import { virtualClock } from "@pawl/testing";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";

const Mail = z.object({ to: z.string(), at: z.coerce.date().optional() });

class Mailer extends Service {
  readonly seen: unknown[] = [];
  readonly sendMail = job(this, "email.send", Mail, this.send, { concurrency: 2, key: ({ to }) => to });

  send(mail: z.infer<typeof Mail>, { attempt, id }: JobContext): void {
    this.seen.push([mail, attempt]);
    if (id === "again" && attempt === 1) void this.sendMail.enqueue(mail);
  }
}

class Sender extends Service {
  readonly sendMail = job(this, "email.send", Mail);
  readonly clean = job(this, "clean", z.undefined());
}

test("a job is typed by its schema, also where its handler enqueues it again", async () => {
  expectTypeOf<Mailer["sendMail"]>().toEqualTypeOf<Job<InferInput<typeof Mail>>>();
  const sender = new Sender();
  // @ts-expect-error a mail has an address
  await expect(sender.sendMail.enqueue({})).rejects.toThrow(NotRunningError);
  // @ts-expect-error a mail has to be given
  await expect(sender.sendMail.enqueue()).rejects.toThrow(NotRunningError);
  await expect(sender.clean.enqueue()).rejects.toThrow(NotRunningError);
});

test("a handler gets what the schema makes of the input that travelled", async () => {
  const mailer = new Mailer();
  const kernel = new Kernel({ clock: virtualClock(), providers: { mailer } });
  await kernel.start();
  await mailer.sendMail.enqueue({ to: "ada", at: new Date(0) });
  await expect.poll(() => mailer.seen).toEqual([[{ to: "ada", at: new Date(0) }, 1]]);
  await kernel.stop();
});

test("works from when onStart has returned until the stop, in every run", async () => {
  const told: string[] = [];
  class Slow extends Service {
    readonly work = job(this, "work", z.string(), (one) => void told.push(one));

    override async onStart(): Promise<void> {
      await this.work.enqueue("early");
      await new Promise<void>((resolve) => setImmediate(resolve));
      told.push("started");
    }
    override onStop(): void {
      told.push("stopping");
    }
  }
  const slow = new Slow();
  const kernel = new Kernel({ clock: virtualClock(), providers: { slow } });
  await kernel.start();
  await expect.poll(() => told).toEqual(["started", "early"]);
  await kernel.stop();
  await slow.work.enqueue("meanwhile");
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(told).toEqual(["started", "early", "stopping"]);
  await kernel.start();
  await expect.poll(() => told.slice(3)).toEqual(["started", "meanwhile", "early"]);
  await kernel.stop();
});

test("an input that does not fit is told with where and why, the first five of many", async () => {
  const sender = new Sender();
  const kernel = new Kernel({ providers: { sender } });
  await kernel.start();
  const bad = sender.sendMail.enqueue({ to: 7 } as never);
  await expect(bad).rejects.toThrow(JobInputError);
  await expect(bad).rejects.toThrow(/^job "email\.send": its input does not fit: to: .*expected string/);
  await expect(sender.sendMail.enqueue(Symbol("mail") as never)).rejects.toThrow(
    "cannot be written as JSON: it is a symbol",
  );
  await kernel.stop();
});

describe("refuses at once", () => {
  const declare = (...rest: unknown[]) => {
    class Bad extends Service {
      readonly bad = (job as (...args: unknown[]) => unknown)(this, ...rest);
    }
    return () => new Bad();
  };

  test.each([
    [["a b", Mail], /"a b" cannot be the name of a job/],
    [["mail", {}], /third argument must be a Standard Schema/],
    [["mail", Mail, 7], /fourth argument must be a function, not number/],
    [["mail", Mail, { retries: -1 }], /retries }\): it must be a whole number, 0 or more/],
    [["mail", Mail, { concurrency: 0 }], /concurrency }\): it must be a whole number, 1 or more/],
    [["mail", Mail, { lease: "10ms" }], /lease }\), in milliseconds: it must be a whole number, 1000 or more/],
    [["mail", Mail, { timeout: "soon" }], /timeout/],
    [["mail", Mail, { backoff: 0 }], /backoff/],
    [["mail", Mail, { key: "to" }], /key }\): it must be a function of the input/],
    [["mail", Mail, { priority: 0.5 }], /priority }\): it must be a whole number/],
    [["mail", Mail, { cron: "at noon" }], /is no cron pattern/],
    [["mail", Mail, { cron: { pattern: "* * * * *", timezone: "Mars" } }], /is no time zone/],
    [["mail", Mail, { onError: "ignore" }], /onError/],
  ])("job(this, ...%j)", (rest, why) => {
    expect(declare(...rest)).toThrow(why);
  });

  test.each([
    [{ delay: "soon" }, /delay/],
    [{ key: "" }, /key }\): it must be a text that is not empty/],
    [{ id: 7 }, /id }\): it must be a text that is not empty, not 7/],
    [{ priority: "high" }, /priority }\): it must be a number/],
  ])("enqueue(mail, %j)", async (options, why) => {
    const sender = new Sender();
    const kernel = new Kernel({ providers: { sender } });
    await kernel.start();
    await expect(sender.sendMail.enqueue({ to: "ada" }, options as never)).rejects.toThrow(why);
    await kernel.stop();
  });

  test("a job that is declared in onStart", async () => {
    class Late extends Service {
      override onStart(): void {
        job(this, "late", Mail);
      }
    }
    await expect(new Kernel({ providers: { late: new Late() } }).start()).rejects.toThrow(
      /late: job\(\) was called after the service had begun to start; declare it as a field/,
    );
  });

  test("to enqueue without a kernel", async () => {
    await expect(new Sender().sendMail.enqueue({ to: "ada" })).rejects.toThrow(NotRunningError);
  });

  test.each([{ url: "redis://localhost" }, { url: "app.db" }])("%j", async (options) => {
    const kernel = new Kernel({ providers: { jobs: new Jobs(options) } });
    await expect(kernel.start()).rejects.toMatchObject({ cause: { code: "PAWL_JOBS_BAD_URL" } });
  });
});

describe("the service for jobs", () => {
  test("keeps those of its kernel while it runs, and says so when it does not", async () => {
    const jobs = new Jobs();
    const sender = new Sender();
    const kernel = new Kernel({ providers: { jobs, sender } });
    await kernel.start();
    const id = await sender.sendMail.enqueue({ to: "ada" });
    expect(await jobs.list()).toMatchObject([{ id, name: "email.send", source: "sender", input: { to: "ada" } }]);
    await kernel.stop();
    await expect(jobs.list()).rejects.toThrow("jobs: jobs are kept while it runs");
    await expect(sender.sendMail.enqueue({ to: "ada" })).rejects.toThrow("jobs: jobs are kept while it runs");
  });

  test("is one for each kernel, and starts before those who use it", async () => {
    const two = new Kernel({ providers: { jobs: new Jobs(), more: new Jobs() } });
    await expect(two.start()).rejects.toMatchObject({ cause: { code: "PAWL_JOBS_TAKEN" } });
    const late = new Kernel({ providers: { mailer: new Mailer(), jobs: new Jobs() } });
    await expect(late.start()).rejects.toThrow(/jobs: services that started earlier have their jobs in the memory/);
    expect(new JobsTakenError("a", "b").message).toMatch("a: jobs of this app are kept by b already");
  });

  test("tells the name of its store in inspect()", async () => {
    const kernel = new Kernel({ providers: { jobs: new Jobs() } });
    await kernel.start();
    expect(kernel.inspect().services[0]).toMatchObject({ figures: { store: "memory" } });
    await kernel.stop();
  });
});

describe("who administers the app", () => {
  test.each([
    ["list", { state: "broken" }, /state: it must be one of waiting, running, done, dead, cancelled/],
    ["list", { limit: 0 }, /limit: it must be a whole number from 1 on/],
    ["retry", { ids: [7] }, /ids: it must be a list of texts/],
    ["discard", { all: true }, /all: there is no such field; known: name, state, ids, limit/],
    ["cancel", undefined, /id: it is missing/],
    ["cancel", [], /it must be an object/],
  ])("is told what is wrong with jobs.%s(%j)", async (action, input, why) => {
    const kernel = new Kernel({ providers: { jobs: new Jobs() } });
    await kernel.start();
    const call = callAction(kernel, "jobs", action, input, { transport: "test" });
    await expect(call).rejects.toThrow(why);
    await kernel.stop();
  });

  test("sees and changes jobs by actions", async () => {
    const sender = new Sender();
    const kernel = new Kernel({ providers: { jobs: new Jobs(), sender } });
    await kernel.start();
    const id = await sender.sendMail.enqueue({ to: "ada" });
    const call = (action: string, input?: unknown) => callAction(kernel, "jobs", action, input, { transport: "test" });
    expect(await call("list", { name: "email.send", limit: 1 })).toMatchObject([{ id, state: "waiting" }]);
    expect(await call("cancel", { id })).toBe(true);
    expect(await call("discard", { state: "cancelled" })).toBe(1);
    expect(await call("retry")).toBe(0);
    expect(await call("queues")).toEqual([]);
    await kernel.stop();
  });
});
