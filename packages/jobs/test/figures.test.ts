import { Jobs, job } from "@pawl/jobs";
import { MemoryStore } from "@pawl/jobs/extend";
import { Service } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { expect, test } from "vitest";
import { z } from "zod";

class Mailer extends Service {
  readonly sendMail = job(this, "email.send", z.string());
}

test("inspect() shows what waits of each name, as of the look before, and what asking for it failed with", async () => {
  const store = new MemoryStore();
  const mailer = new Mailer();
  await using app = await testApp({ providers: { jobs: new Jobs({ store: () => store }), mailer } });
  await mailer.sendMail.enqueue("ada");
  const figures = async () => {
    app.inspect();
    await app.clock.advance("1s");
    return app.inspect().services.find(({ name }) => name === "jobs")?.figures;
  };
  expect(await figures()).toMatchObject({
    store: "memory",
    queues: [{ name: "email.send", waiting: 1, running: 0, dead: 0 }],
  });
  store.queues = () => Promise.reject(new Error("no connection"));
  await figures();
  expect(await figures()).toMatchObject({ queues: { lastError: "no connection" } });
});
