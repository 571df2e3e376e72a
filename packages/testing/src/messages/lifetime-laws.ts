import { deepEqual, equal, ok } from "node:assert/strict";
import { systemClock } from "@pawl/kernel";
import { type MessageContext, publish } from "@pawl/messages";
import { realPause } from "../real-time.ts";
import { killAt } from "./consumer-program.ts";
import { becomes, Consumer, isWorkedOff, law, type MessageEngineLaw, Publisher } from "./message-law.ts";

const untilAborted = (_payload: unknown, { signal }: MessageContext) =>
  new Promise<never>((_resolve, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });

/** What becomes of messages when those who handle them stop, die or take long. */
export const lifetimeLaws: readonly MessageEngineLaw[] = [
  law("a stop takes no more, and waits until what was taken is handled and acknowledged", async ({ start }) => {
    const gate = Promise.withResolvers<void>();
    const first = await start(new Consumer("order:placed", {}, () => gate.promise));
    const publisher = await start(new Publisher());
    await publish(publisher.service, "order:placed", "taken");
    await becomes(() => first.service.payloads, ["taken"]);
    const stopped = first.kernel.stop();
    await publish(publisher.service, "order:placed", "later");
    let isOver = false;
    void stopped.then(() => {
      isOver = true;
    });
    await realPause(150);
    equal(isOver, false);
    gate.resolve();
    await stopped;
    deepEqual(first.service.payloads, ["taken"]);
    const second = await start(new Consumer("order:placed"));
    await becomes(() => second.service.received.map(({ payload, attempt }) => [payload, attempt]), [["later", 1]]);
    await isWorkedOff(publisher.messages);
  }),

  law("what a stop has to cut short is given back at once", async ({ start }) => {
    const lease = "30s";
    const first = await start(new Consumer("order:placed", { lease, concurrency: 2 }, untilAborted), {
      // Also what giving them back may take, however busy the server is.
      stopTimeout: "1s",
    });
    const publisher = await start(new Publisher());
    for (let n = 0; n < 4; n++) await publish(publisher.service, "order:placed", n);
    await becomes(() => first.service.received.length, 2);
    const began = systemClock.now();
    await first.kernel.stop();
    const second = await start(new Consumer("order:placed", { lease }));
    await becomes(() => second.service.payloads.toSorted(), [0, 1, 2, 3]);
    ok(systemClock.now() - began < 10_000, "it came when its lease had run out");
    await isWorkedOff(publisher.messages);
  }),

  law("one that takes longer than its lease is nobody else's for as long as it takes", async ({ start }) => {
    const slow = () => new Consumer("order:placed", {}, () => realPause(3_500));
    const one = await start(slow());
    const two = await start(slow());
    const publisher = await start(new Publisher());
    await publish(publisher.service, "order:placed", 1);
    await isWorkedOff(publisher.messages);
    deepEqual(
      [...one.service.received, ...two.service.received].map(({ attempt }) => attempt),
      [1],
    );
  }),

  law(
    "one whose process was killed comes again when its lease has run out, and that counts as a try",
    async ({ setup, start }) => {
      const publisher = await start(new Publisher());
      await killAt(setup, `taken "lost" 1`, async () => {
        await publish(publisher.service, "law:killed", "lost", { key: "k" });
        await publish(publisher.service, "law:killed", "next", { key: "k" });
      });
      const survivor = await start(new Consumer("law:killed", { group: "law" }));
      await becomes(
        () => survivor.service.received.map(({ payload, attempt }) => [payload, attempt]),
        [
          ["lost", 2],
          ["next", 1],
        ],
      );
      await isWorkedOff(publisher.messages);
    },
    ({ program }) => program !== undefined,
  ),

  law(
    "one that kills its process each time is dead after as many tries as it has",
    async ({ setup, start }) => {
      const publisher = await start(new Publisher());
      await killAt(setup, `taken "poison" 1`, () => publish(publisher.service, "law:killed", "poison"));
      const survivor = await start(new Consumer("law:killed", { group: "law", retries: 0 }));
      await becomes(async () => (await survivor.messages.deadLetters()).map(({ payload }) => payload), ["poison"]);
      deepEqual(survivor.service.received, []);
      equal(survivor.errors.length, 1);
      ok(/never told how it ended/.test(survivor.errors[0] ?? ""), survivor.errors[0]);
    },
    ({ program }) => program !== undefined,
  ),

  law(
    "what is published while the server is away is taken when it is back, and handled",
    async ({ setup, start }) => {
      const consumer = await start(new Consumer("order:placed"));
      await publish(consumer.service, "order:placed", "before");
      await becomes(() => consumer.service.payloads, ["before"]);
      const startServer = await setup.stopServer?.();
      const published = publish(consumer.service, "order:placed", "meanwhile", { timeout: "30s" });
      await realPause(500);
      await startServer?.();
      await published;
      await publish(consumer.service, "order:placed", "after", { timeout: "30s" });
      await becomes(() => [...new Set(consumer.service.payloads)], ["before", "meanwhile", "after"]);
      await isWorkedOff(consumer.messages);
    },
    ({ stopServer }) => stopServer !== undefined,
  ),
];
