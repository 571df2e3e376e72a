import { job } from "@pawl/jobs";
import { Service } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { expect, test } from "vitest";
import { z } from "zod";
import { Tracing } from "../../src/index.ts";
import { RecordedSpans, registerContext } from "../recorded-spans.ts";

registerContext();

class Mailer extends Service {
  readonly note = job(this, "note", z.string(), () => {});
  readonly sendMail = job(this, "send", z.string(), async (to, { attempt }) => {
    if (attempt === 1) throw new Error("not yet");
    await this.note.enqueue(to);
  });
}

test("a trace goes on from who enqueues to each try of the handler, and on to what that enqueues", async () => {
  const spans = new RecordedSpans();
  const mailer = new Mailer();
  await using app = await testApp({ providers: { tracing: new Tracing(spans), mailer } });
  await mailer.spawn(function order() {
    return mailer.sendMail.enqueue("ada");
  });
  await app.clock.advance("10s");
  const names = spans.all.map(({ name }) => name).filter((name) => /job|task/.test(name));
  expect(names.toSorted()).toEqual(["job note", "job send", "job send", "task order"]);
  const ofTrace = spans.all.filter(({ name }) => names.includes(name));
  expect(new Set(ofTrace.map((span) => span.spanContext().traceId)).size).toBe(1);
});

test("a job that was enqueued outside of every trace begins one of its own", async () => {
  const spans = new RecordedSpans();
  const mailer = new Mailer();
  await using app = await testApp({ providers: { tracing: new Tracing(spans), mailer } });
  await mailer.note.enqueue("ada");
  await app.clock.advance("1s");
  expect(spans.line("job note")).toEqual(["job note"]);
});
