import { type EngineMessage, MemoryEngine } from "@pawl/messages/extend";
import { virtualClock } from "@pawl/testing";
import { expect, test } from "vitest";

const message = (id: number, key?: string): EngineMessage => ({
  id: String(id),
  event: "order:placed",
  time: 0,
  source: "test",
  key,
  contentType: "application/json",
  headers: {},
  data: new Uint8Array(),
});

async function openGroup() {
  const clock = virtualClock();
  const engine = new MemoryEngine();
  await engine.open({ clock, app: "test", report() {} });
  const { signal } = new AbortController();
  const group = { group: "g", event: "order:placed", leaseMs: 1_000, concurrency: 1 };
  const source = await engine.source(group);
  return { clock, engine, source, signal };
}

test.each([
  ["of no key", undefined],
  ["of one key", "k"],
])("a hundred thousand messages %s are taken one by one, in order, in little time", async (_name, key) => {
  const { engine, source, signal } = await openGroup();
  for (let id = 0; id < 100_000; id++) await engine.publish(message(id, key));
  const began = performance.now();
  for (let id = 0; id < 100_000; id++) {
    const [taken] = await source.take(1, signal);
    if (taken?.id !== String(id)) expect.fail(`${taken?.id} came in the place of ${id}`);
    await taken.done();
  }
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(await engine.groups()).toMatchObject([{ waiting: 0, running: 0 }]);
});

test("refuses more than a hundred thousand that wait, and takes more when one is worked off", async () => {
  const { engine, source, signal } = await openGroup();
  for (let id = 0; id < 100_000; id++) await engine.publish(message(id));
  await expect(engine.publish(message(100_000))).rejects.toMatchObject({ code: "PAWL_MESSAGES_FULL" });
  const [first] = await source.take(1, signal);
  await first?.done();
  await engine.publish(message(100_000));
});

test("a lease that has run out is worth nothing any more, whoever has the message by then", async () => {
  const { clock, engine, source, signal } = await openGroup();
  await engine.publish(message(1));
  const [late] = await source.take(1, signal);
  await clock.advance("1s");
  expect(await late?.extend()).toBe(false);
  const [again] = await source.take(1, signal);
  expect(again?.attempt).toBe(2);
  await late?.done();
  await late?.dead(new Error("late"));
  expect(await again?.extend()).toBe(true);
  expect(await engine.groups()).toMatchObject([{ waiting: 0, running: 1, dead: 0 }]);
  await again?.release();
  const [third] = await source.take(1, signal);
  expect(third?.attempt).toBe(2);
  // Of the same try, but given back already.
  await again?.done();
  expect(await engine.groups()).toMatchObject([{ running: 1 }]);
});

test("taking ends when nothing more is wanted, and leaves no timer", async () => {
  const { clock, engine, source } = await openGroup();
  await engine.publish(message(1));
  const taking = new AbortController();
  const [first] = await source.take(1, taking.signal);
  await first?.retry(60_000, new Error("later"));
  const waiting = source.take(1, taking.signal);
  expect(clock.pending).toHaveLength(1);
  taking.abort();
  expect(await waiting).toEqual([]);
  expect(clock.pending).toEqual([]);
});
