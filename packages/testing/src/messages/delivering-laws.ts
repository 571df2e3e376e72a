import { deepEqual, equal, ok } from "node:assert/strict";
import { publish } from "@pawl/messages";
import { becomes, Consumer, isWorkedOff, law, type MessageEngineLaw, Publisher } from "./message-law.ts";

/** Who gets which message, and in which order. */
export const deliveringLaws: readonly MessageEngineLaw[] = [
  law("every group gets each message once, with what was said of it", async ({ start }) => {
    const billing = await start(new Consumer("order:placed", { group: "billing" }));
    const audit = await start(new Consumer("order:placed", { group: "audit" }));
    const publisher = await start(new Publisher());
    const before = Date.now();
    const id = await publish(publisher.service, "order:placed", { total: 12 }, { key: "k" });
    await becomes(() => [billing.service.received.length, audit.service.received.length], [1, 1]);
    await isWorkedOff(publisher.messages);
    const [got] = billing.service.received;
    deepEqual(
      { ...got, time: 0 },
      { payload: { total: 12 }, id, event: "order:placed", time: 0, source: "service", key: "k", attempt: 1 },
    );
    ok(got && got.time >= before - 1 && got.time <= Date.now() + 1, `it was published at ${got?.time}`);
    deepEqual(audit.service.received, billing.service.received);
    deepEqual([...billing.errors, ...audit.errors], []);
  }),

  law("subscriptions of one group share its messages, in whichever kernel they are", async ({ start }) => {
    const both = Promise.withResolvers<void>();
    const busy = new Set<string>();
    // Each is held up until the other one has a message too.
    const consumer = (name: string) =>
      new Consumer("order:placed", {}, () => {
        busy.add(name);
        if (busy.size === 2) both.resolve();
        return both.promise;
      });
    const one = await start(consumer("one"));
    const two = await start(consumer("two"));
    const publisher = await start(new Publisher());
    for (let n = 0; n < 20; n++) await publish(publisher.service, "order:placed", n);
    const all = () => [...one.service.payloads, ...two.service.payloads].sort((a, b) => Number(a) - Number(b));
    await becomes(
      all,
      Array.from({ length: 20 }, (_, n) => n),
    );
    await isWorkedOff(publisher.messages);
    equal(busy.size, 2);
  }),

  law("a pattern gets every event that it fits, and no other", async ({ start }) => {
    const one = await start(new Consumer("order:*", { group: "one" }));
    const deep = await start(new Consumer("order.**", { group: "deep" }));
    const publisher = await start(new Publisher());
    for (const event of ["order:placed", "bill:sent", "order:line:added", "order:paid"]) {
      await publish(publisher.service, event, event);
    }
    await becomes(() => one.service.payloads, ["order:placed", "order:paid"]);
    await becomes(() => deep.service.payloads, ["order:placed", "order:line:added", "order:paid"]);
    await isWorkedOff(publisher.messages);
    equal(one.service.received.length, 2);
  }),

  law(
    "a group begins with what is published from when it was joined first, and outlives who is in it",
    async ({ start }) => {
      const publisher = await start(new Publisher());
      await publish(publisher.service, "order:placed", "before");
      const first = await start(new Consumer("order:placed"));
      await publish(publisher.service, "order:placed", "one");
      await becomes(() => first.service.payloads, ["one"]);
      await first.kernel.stop();
      await publish(publisher.service, "order:placed", "two");
      const second = await start(new Consumer("order:placed"));
      await becomes(() => second.service.payloads, ["two"]);
      await isWorkedOff(publisher.messages);
      deepEqual(first.service.payloads, ["one"]);
    },
  ),

  law("a message whose id was published before is taken, and delivered to nobody", async ({ start }) => {
    const consumer = await start(new Consumer("order:placed"));
    const publisher = await start(new Publisher());
    equal(await publish(publisher.service, "order:placed", 1, { id: "same" }), "same");
    equal(await publish(consumer.service, "order:placed", 2, { id: "same" }), "same");
    await publish(publisher.service, "order:placed", 3);
    await becomes(() => consumer.service.payloads, [1, 3]);
    await isWorkedOff(publisher.messages);
  }),

  law("messages of one key come in order, one at a time, however many take them", async ({ start }) => {
    const seen: Record<string, unknown[]> = { a: [], b: [], c: [] };
    const busy = new Set<string>();
    let overlaps = 0;
    const consumer = () =>
      new Consumer("order:placed", { concurrency: 4 }, async (n, { key = "" }) => {
        if (busy.has(key)) overlaps++;
        busy.add(key);
        seen[key]?.push(n);
        await new Promise((resolve) => setImmediate(resolve));
        busy.delete(key);
      });
    await start(consumer());
    await start(consumer());
    const publisher = await start(new Publisher());
    for (let n = 0; n < 10; n++) {
      for (const key of ["a", "b", "c"]) await publish(publisher.service, "order:placed", n, { key });
    }
    const inOrder = Array.from({ length: 10 }, (_, n) => n);
    await becomes(() => seen, { a: inOrder, b: inOrder, c: inOrder });
    await isWorkedOff(publisher.messages);
    equal(overlaps, 0);
  }),

  law("as many messages are handled at once as the concurrency says, and no more", async ({ start }) => {
    const gate = Promise.withResolvers<void>();
    const consumer = await start(new Consumer("order:placed", { concurrency: 3 }, () => gate.promise));
    for (let n = 0; n < 6; n++) await publish(consumer.service, "order:placed", n);
    await becomes(() => consumer.service.received.length, 3);
    equal(consumer.service.subscription.running, 3);
    gate.resolve();
    await isWorkedOff(consumer.messages);
    equal(consumer.service.received.length, 6);
  }),
];
