import { Jobs, job } from "@pawl/jobs";
import { MemoryStore } from "@pawl/jobs/extend";
import { Kernel, Service } from "@pawl/kernel";
import { virtualClock } from "@pawl/testing";
import { expect, test } from "vitest";
import { z } from "zod";

class Mailer extends Service {
  readonly sent: string[] = [];
  readonly sendMail = job(this, "email.send", z.string(), (to) => void this.sent.push(to));
}

test("when the service for jobs has been stopped and started again, its workers take from the new store", async () => {
  const clock = virtualClock();
  const jobs = new Jobs({ store: () => new MemoryStore() });
  const mailer = new Mailer();
  const kernel = new Kernel({ clock, onError() {}, providers: { jobs, mailer } });
  await kernel.start();
  await jobs.stop();
  await clock.advance("1s");
  await kernel.start("jobs");
  await mailer.sendMail.enqueue("ada");
  await clock.advance("10s");
  expect(mailer.sent).toEqual(["ada"]);
  await kernel.stop();
});

test("a store that is opened after its start was given up is closed again", async () => {
  const closed: string[] = [];
  const slow = Promise.withResolvers<void>();
  const store = Object.assign(new MemoryStore(), {
    open: () => slow.promise,
    close: async () => void closed.push("late"),
  });
  const clock = virtualClock();
  const providers = { jobs: new Jobs({ store: () => store }) };
  const kernel = new Kernel({ clock, startTimeout: "1s", stopTimeout: "1s", providers, onError() {} });
  const failed = expect(kernel.start()).rejects.toThrow(/did not start within 1s/);
  await clock.advance("5s");
  await failed;
  slow.resolve();
  await clock.advance("1s");
  expect(closed).toEqual(["late"]);
});

test("the error of a URL that goes to no store tells no password", async () => {
  const kernel = new Kernel({ onError() {}, providers: { jobs: new Jobs({ url: "mysql://ada:hush@db/shop" }) } });
  const error = await kernel.start().catch((thrown: Error) => thrown.cause as Error);
  expect(error).toMatchObject({ code: "PAWL_JOBS_BAD_URL", message: expect.stringContaining('"mysql:"') });
  expect(String(error)).not.toContain("hush");
});
