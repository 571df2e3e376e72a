import { Service } from "@pawl/kernel";
import { publish, subscribe } from "@pawl/messages";
import { testApp } from "@pawl/testing";
import { expect, test } from "vitest";
import { Tracing } from "../../src/index.ts";
import { RecordedSpans, registerContext } from "../recorded-spans.ts";

registerContext();

test("a trace goes on from who publishes to each try of the handler, and on to what that publishes", async () => {
  class Orders extends Service {
    place() {
      return publish(this, "order:placed", { id: 1 });
    }
  }
  class Billing extends Service {
    override onStart() {
      subscribe(this, "order:placed", async (_order, { attempt }) => {
        if (attempt === 1) throw new Error("not yet");
        await publish(this, "bill:sent");
      });
      subscribe(this, "bill:sent", () => {});
    }
  }
  const spans = new RecordedSpans();
  const orders = new Orders();
  await using app = await testApp({ providers: { tracing: new Tracing(spans), orders, billing: new Billing() } });
  const placing = orders.spawn(function place() {
    return orders.place();
  });
  await placing;
  await app.clock.advance("10s");
  expect(spans.all.filter(({ name }) => name === "subscription order:placed")).toHaveLength(2);
  const ofTrace = spans.all.filter(({ name }) => /subscription|task/.test(name));
  expect(ofTrace).toHaveLength(4);
  expect(new Set(ofTrace.map((span) => span.spanContext().traceId)).size).toBe(1);
});

test("a message that was published outside of every trace begins one of its own", async () => {
  class Billing extends Service {
    override onStart() {
      subscribe(this, "order:placed", () => {});
    }
  }
  const spans = new RecordedSpans();
  const billing = new Billing();
  await using app = await testApp({ providers: { tracing: new Tracing(spans), billing } });
  await publish(billing, "order:placed");
  await app.clock.advance("1s");
  expect(spans.line("subscription order:placed")).toEqual(["subscription order:placed"]);
});
