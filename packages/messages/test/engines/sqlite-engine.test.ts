import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kernel, Service } from "@pawl/kernel";
import { Messages, publish, subscribe } from "@pawl/messages";
import { SqliteEngine } from "@pawl/messages/extend";
import { type MessageEngineSetup, messageEngineLaws } from "@pawl/testing/messages";
import { expect, test } from "vitest";

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
