import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kernel, Service } from "@pawl/kernel";
import { Messages, publish, subscribe } from "@pawl/messages";
import { type EngineMessage, SqliteEngine, SqliteFile } from "@pawl/messages/extend";
import { virtualClock } from "@pawl/testing";
import { type MessageEngineSetup, messageEngineLaws } from "@pawl/testing/messages";
import { expect, test } from "vitest";
import { MessageTables, messageSchema } from "../../src/sqlite/message-tables.ts";

const program = join(import.meta.dirname, "fixtures", "sqlite-consumer.ts");

const newSetup = (): MessageEngineSetup => {
  const path = join(mkdtempSync(join(tmpdir(), "messages-")), "app.db");
  const args = ["--conditions=pawl-source", "--disable-warning=ExperimentalWarning", program, path];
  return { engine: () => new SqliteEngine(path), program: { file: process.execPath, args } };
};

test.concurrent.each(messageEngineLaws.filter((law) => law.appliesTo(newSetup())))(
  "$name",
  { timeout: 30_000 },
  (law) => law.run(newSetup()),
);

test("who is quick and then slow gives back what it has taken ahead, so that others can have it", async () => {
  const { engine } = newSetup();
  const end = Promise.withResolvers<void>();
  const seen: Record<string, number[]> = { one: [], two: [] };
  class Consumer extends Service {
    override async onStart() {
      const options = { group: "g", label: this.name };
      await subscribe(this, "order:placed", (n) => this.handle(Number(n)), options).joined;
    }
    handle(n: number) {
      seen[this.name]?.push(n);
      return n === 60 ? end.promise : undefined;
    }
  }
  const start = async (name: string) => {
    const consumer = new Consumer();
    const kernel = new Kernel({ providers: { messages: new Messages({ engine }), [name]: consumer } });
    await kernel.start();
    return { consumer, stop: () => kernel.stop() };
  };
  const one = await start("one");
  await Promise.all(Array.from({ length: 200 }, (_, n) => publish(one.consumer, "order:placed", n)));
  await expect.poll(() => seen.one).toContain(60);
  const two = await start("two");
  await expect.poll(() => (seen.one?.length ?? 0) + (seen.two?.length ?? 0), { timeout: 5_000 }).toBe(200);
  end.resolve();
  await one.stop();
  await two.stop();
});

const message = (id: string, event: string): EngineMessage => ({
  id,
  event,
  time: 0,
  source: "test",
  key: undefined,
  contentType: "application/json",
  headers: {},
  data: new Uint8Array([49]),
});

test("what is being taken when its source is closed is given back, and has cost no try", async () => {
  const clock = virtualClock();
  const engine = newSetup().engine();
  await engine.open({ clock, app: "test", report() {} });
  const spec = { group: "g", event: "order:placed", leaseMs: 30_000, concurrency: 1 };
  const first = await engine.source(spec, new AbortController().signal);
  const published = engine.publish(message("1", "order:placed"), new AbortController().signal);
  await clock.advance("10ms");
  await published;
  const ending = new AbortController();
  const taking = first.take(1, ending.signal);
  ending.abort();
  const closed = first.close();
  await clock.advance("10ms");
  await closed;
  expect(await taking).toEqual([]);
  const second = await engine.source(spec, new AbortController().signal);
  const [again] = await second.take(1, AbortSignal.timeout(5_000));
  expect(again?.attempt).toBe(1);
  await second.close();
  await engine.close();
});

test("a group that was joined in vain hides none that another process has joined", async () => {
  const clock = virtualClock();
  const path = join(mkdtempSync(join(tmpdir(), "messages-")), "app.db");
  const open = () => SqliteFile.open({ path, clock, schema: messageSchema });
  const [file, other] = await Promise.all([open(), open()]);
  const [tables, others] = [new MessageTables(file), new MessageTables(other)];
  const inVain = file.write(() => {
    tables.join("one", "order:paid");
    tables.publish(message("1", "order:paid"), 0);
    throw new Error("the disk is full");
  });
  await expect(inVain).rejects.toThrow("the disk is full");
  await other.write(() => others.join("two", "order:placed"));
  await file.write(() => tables.publish(message("2", "order:placed"), 0));
  expect(tables.figures(0)).toEqual([{ group: "two", event: "order:placed", waiting: 1, running: 0, dead: 0 }]);
  await Promise.all([file.close(), other.close()]);
});
