import { deepEqual, equal } from "node:assert/strict";
import { publish } from "@pawl/messages";
import { becomes, Consumer, isWorkedOff, law, type MessageEngineLaw, Publisher } from "./message-law.ts";

/** What can be sent. */
export const payloadLaws: readonly MessageEngineLaw[] = [
  law("values of JSON arrive as they were, and so does the lack of one", async ({ start }) => {
    const payloads = [
      { text: "Zoë 🦜\n\0", list: [1.5, -0.1, true, null], deep: { a: {} } },
      "",
      0,
      null,
      undefined,
      [],
    ];
    const consumer = await start(new Consumer("thing:made"));
    for (const payload of payloads) await publish(consumer.service, "thing:made", payload);
    await becomes(() => consumer.service.payloads, payloads);
    await isWorkedOff(consumer.messages);
  }),

  law("bytes arrive as they were, also as many as may be", async ({ setup, start }) => {
    const consumer = await start(new Consumer("file:made"));
    const publisher = await start(new Publisher());
    const every = Uint8Array.from({ length: 256 }, (_, n) => n);
    const large = new Uint8Array(setup.largest ?? 5_000_000);
    for (let at = 0; at < large.length; at++) large[at] = (at * 31) % 251;
    await publish(publisher.service, "file:made", every);
    await publish(publisher.service, "file:made", large, { timeout: "30s" });
    await publish(publisher.service, "file:made", new Uint8Array());
    await becomes(() => consumer.service.payloads.length, 3);
    await isWorkedOff(consumer.messages);
    const [first, second, third] = consumer.service.payloads;
    deepEqual([...(first as Uint8Array)], [...every]);
    equal(Buffer.compare(second as Uint8Array, large), 0);
    equal((third as Uint8Array).length, 0);
  }),

  law("a text that is as long as may be arrives as it was", async ({ setup, start }) => {
    const consumer = await start(new Consumer("text:made"));
    // Two bytes each, and two quotes.
    const text = "é".repeat(Math.floor((setup.largest ?? 5_000_000) / 2) - 1);
    await publish(consumer.service, "text:made", text, { timeout: "30s" });
    await becomes(() => consumer.service.payloads.length, 1);
    equal(consumer.service.payloads[0] === text, true);
    await isWorkedOff(consumer.messages);
  }),
];
