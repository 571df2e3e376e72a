import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Schema } from "@pawl/kernel";
import { systemClock } from "@pawl/kernel";
import { publish } from "@pawl/messages";
import type { EngineMessage } from "@pawl/messages/extend";
import { becomes, Consumer, isWorkedOff, law, type MessageEngineLaw, Publisher } from "./message-law.ts";

/** What becomes of messages that cannot be handled. */
export const failingLaws: readonly MessageEngineLaw[] = [
  law("one that fails comes again after its backoff, and not only when its lease has run out", async ({ start }) => {
    const times: number[] = [];
    const handle = () => {
      times.push(systemClock.now());
      if (times.length < 3) throw new Error("not yet");
    };
    const consumer = await start(
      new Consumer("order:placed", { lease: "30s", backoff: { initial: "300ms", jitter: 0 } }, handle),
    );
    const id = await publish(consumer.service, "order:placed", 1);
    await becomes(() => consumer.service.received.map(({ attempt }) => attempt), [1, 2, 3]);
    await isWorkedOff(consumer.messages);
    equal(new Set(consumer.service.received.map((one) => one.id)).size, 1);
    equal(consumer.service.received[0]?.id, id);
    const [first = 0, second = 0, third = 0] = times;
    ok(second - first >= 299, `the second try came after ${second - first} ms`);
    ok(third - second >= 599, `the third try came after ${third - second} ms`);
    deepEqual(consumer.errors, []);
  }),

  law(
    "one that has failed as often as it may is a dead letter, which can be redriven or discarded",
    async ({ start }) => {
      let isBroken = true;
      const handle = () => {
        if (isBroken) throw new Error("no ink");
      };
      const billing = await start(new Consumer("order:placed", { group: "billing", retries: 1 }, handle));
      const audit = await start(new Consumer("order:placed", { group: "audit" }));
      const { messages } = billing;
      const ids = [];
      for (let n = 0; n < 3; n++) ids.push(await publish(billing.service, "order:placed", { n }, { key: `k${n}` }));
      await isWorkedOff(messages, 3);
      deepEqual(billing.errors, ["no ink", "no ink", "no ink"]);
      const letters = await messages.deadLetters({ group: "billing" });
      const [first] = letters;
      deepEqual(
        letters.map(({ id }) => id),
        ids,
      );
      ok(first && Math.abs(first.deadAt - Date.now()) < 10_000, `it was given up at ${first?.deadAt}`);
      deepEqual(
        { ...first, time: 0, deadAt: 0 },
        {
          id: ids[0],
          event: "order:placed",
          group: "billing",
          payload: { n: 0 },
          key: "k0",
          source: "service",
          time: 0,
          attempts: 2,
          deadAt: 0,
          error: "no ink",
        },
      );
      deepEqual(await messages.deadLetters({ group: "audit" }), []);
      deepEqual(await messages.deadLetters({ event: "bill:*" }), []);
      equal((await messages.deadLetters({ event: "order:*", limit: 2 })).length, 2);
      equal(await messages.discard({ ids: [ids[1] ?? ""] }), 1);
      isBroken = false;
      billing.service.received.length = 0;
      equal(await messages.redrive({ group: "billing", event: "order:placed" }), 2);
      await becomes(() => billing.service.received.map(({ attempt }) => attempt), [1, 1]);
      await isWorkedOff(messages);
      equal(audit.service.received.length, 3);
      equal(await messages.redrive(), 0);
      equal(await messages.discard(), 0);
    },
  ),

  law(
    "one that fails holds back the later ones of its key until it is done or dead, and no others",
    async ({ start }) => {
      const seen: unknown[] = [];
      const handle = (payload: unknown, { attempt }: { attempt: number }) => {
        seen.push(`${payload}.${attempt}`);
        if (payload === "a1" && attempt < 3) throw new Error("not yet");
        if (payload === "a2") throw new Error("never");
      };
      const one = new Consumer("order:placed", { concurrency: 4, retries: 2, backoff: "100ms" }, handle);
      const two = new Consumer("order:placed", { concurrency: 4, retries: 2, backoff: "100ms" }, handle);
      const { service, messages } = await start(one);
      await start(two);
      for (const payload of ["a1", "a2", "a3"]) await publish(service, "order:placed", payload, { key: "a" });
      await publish(service, "order:placed", "b1", { key: "b" });
      await isWorkedOff(messages, 1);
      deepEqual(
        seen.filter((one) => String(one).startsWith("a")),
        ["a1.1", "a1.2", "a1.3", "a2.1", "a2.2", "a2.3", "a3.1"],
      );
      ok(seen.indexOf("b1.1") < seen.indexOf("a1.3"), "that of another key has waited");
    },
  ),

  law("a payload that is not what it should be is a dead letter at once", async ({ setup, start }) => {
    const events = { "order:placed": onlyNumbers };
    const consumer = await start(new Consumer("order:placed"), { events });
    const other = await start(new Publisher());
    await publish(other.service, "order:placed", "no number");
    const engine = setup.engine();
    await engine.open({ clock: systemClock, app: "law", report() {} });
    await engine.publish(noJson, AbortSignal.timeout(5_000));
    await engine.close();
    await publish(other.service, "order:placed", 3);
    await becomes(() => consumer.service.payloads, [3]);
    await isWorkedOff(consumer.messages, 2);
    const letters = await consumer.messages.deadLetters();
    deepEqual(
      letters.map(({ attempts }) => attempts),
      [1, 1],
    );
    match(letters[0]?.error ?? "", /order:placed/);
    match(letters[1]?.error ?? "", /is no JSON/);
    equal(consumer.errors.length, 2);
  }),
];

const noJson: EngineMessage = {
  id: "no-json",
  event: "order:placed",
  time: 0,
  source: "law",
  key: undefined,
  contentType: "application/json",
  headers: {},
  data: new TextEncoder().encode("{"),
};

const onlyNumbers: Schema<number> = {
  "~standard": {
    version: 1,
    vendor: "law",
    validate: (value) => (typeof value === "number" ? { value } : { issues: [{ message: "it is no number" }] }),
  },
};
