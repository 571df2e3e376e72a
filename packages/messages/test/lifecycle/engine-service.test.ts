import { Kernel, Service } from "@pawl/kernel";
import { Messages, publish, subscribe } from "@pawl/messages";
import { MemoryEngine, MemoryStore, type MessageEngine } from "@pawl/messages/extend";
import { testApp, virtualClock } from "@pawl/testing";
import { expect, test } from "vitest";

const kept = (store: MemoryStore) => new Messages({ engine: () => new MemoryEngine(store) });

class Log extends Service {
  readonly seen: unknown[] = [];
  override onStart() {
    subscribe(this, "note:**", (note) => void this.seen.push(note));
  }
  tell = (note: unknown) => publish(this, "note:made", note, { timeout: "1s" });
}

test("subscriptions stand while the service that keeps messages is down, and go on when it is up again", async () => {
  const messages = kept(new MemoryStore());
  const log = new Log();
  await using app = await testApp({ providers: { messages, log } });
  await log.tell(1);
  await messages.stop();
  await expect(log.tell(2)).rejects.toMatchObject({ code: "PAWL_NOT_RUNNING" });
  await app.clock.advance("10s");
  expect(JSON.stringify(app.inspect())).toContain("messages: messages are kept while it runs");
  await app.start("messages");
  await app.clock.advance("10s");
  await log.tell(3);
  await app.clock.advance("1s");
  expect(log.seen).toEqual([1, 3]);
});

test("a service for messages that comes after who uses it fails the start: what went to memory would be lost", async () => {
  const kernel = new Kernel({ providers: { log: new Log(), messages: new Messages() } });
  await expect(kernel.start()).rejects.toMatchObject({
    cause: { code: "PAWL_MESSAGES_TAKEN", message: expect.stringContaining("List it before all who do that") },
  });
});

test("a kernel has one service for messages", async () => {
  const kernel = new Kernel({ providers: { one: new Messages(), two: new Messages() } });
  await expect(kernel.start()).rejects.toMatchObject({ cause: { code: "PAWL_MESSAGES_TAKEN" } });
});

test("an engine that cannot be opened fails the start, and one that is opened too late is closed", async () => {
  const closed: string[] = [];
  const slow = Promise.withResolvers<void>();
  const engineOf = (name: string, open: () => Promise<void>): MessageEngine =>
    Object.assign(new MemoryEngine(), { name, open, close: async () => void closed.push(name) });
  const broken = new Messages({ engine: () => engineOf("broken", () => Promise.reject(new Error("no disk"))) });
  await expect(new Kernel({ providers: { broken } }).start()).rejects.toThrow(/no disk/);
  const clock = virtualClock();
  const late = new Messages({ engine: () => engineOf("late", () => slow.promise) });
  const kernel = new Kernel({ clock, startTimeout: "1s", stopTimeout: "1s", providers: { late }, onError() {} });
  const failed = expect(kernel.start()).rejects.toThrow(/did not start within 1s/);
  await clock.advance("5s");
  await failed;
  slow.resolve();
  await clock.advance("1s");
  expect(closed).toEqual(["late"]);
});

test("an engine that cannot be reached is told once with a warning, which goes when it is back", async () => {
  let isAway = false;
  class Flaky extends MemoryEngine {
    override async source(...args: Parameters<MemoryEngine["source"]>) {
      const source = await super.source(...args);
      return {
        ...source,
        take: async (max: number, signal: AbortSignal) => {
          if (isAway) throw new Error("no route to host");
          return source.take(max, signal);
        },
      };
    }
  }
  const log = new Log();
  await using app = await testApp({ providers: { messages: new Messages({ engine: () => new Flaky() }), log } });
  isAway = true;
  await log.tell(1);
  await app.clock.advance("20s");
  expect(app.errors.map(({ error }) => (error as Error).message)).toEqual(["no route to host"]);
  const warnings = () => JSON.stringify(app.inspect()).match(/no route to host/g)?.length ?? 0;
  expect(warnings()).toBeGreaterThan(0);
  isAway = false;
  await app.clock.advance("20s");
  expect(log.seen).toEqual([1]);
  expect(warnings()).toBe(0);
});

test("a source that waits for an engine that is known to be away has its warning until that is back", async () => {
  let isDown = true;
  let back = () => {};
  class Waiting extends MemoryEngine {
    override async source(...args: Parameters<MemoryEngine["source"]>) {
      const { leaseMs, take, close } = await super.source(...args);
      let asked = 0;
      return {
        leaseMs,
        close,
        get isDown() {
          return isDown;
        },
        take: async (max: number, signal: AbortSignal) => {
          if (asked++ === 0) throw new Error("no route to host");
          if (isDown) await new Promise<void>((resolve) => (back = resolve));
          return take(max, signal);
        },
      };
    }
  }
  const log = new Log();
  await using app = await testApp({ providers: { messages: new Messages({ engine: () => new Waiting() }), log } });
  await app.clock.advance("1m");
  expect((await app.health()).services.log?.warnings).toEqual(['subscription "note:**": no route to host']);
  isDown = false;
  back();
  await app.clock.advance("5s");
  expect((await app.health()).services.log?.warnings).toEqual([]);
  expect(app.errors).toHaveLength(1);
});

test("a group that cannot be joined for a while is a warning, which goes when it is joined", async () => {
  const joinable = Promise.withResolvers<void>();
  class Slow extends MemoryEngine {
    override async source(...args: Parameters<MemoryEngine["source"]>) {
      await joinable.promise;
      return super.source(...args);
    }
  }
  const log = new Log();
  await using app = await testApp({ providers: { messages: new Messages({ engine: () => new Slow() }), log } });
  const warnings = async () => (await app.health()).services.log?.warnings;
  await app.clock.advance("4s");
  expect(await warnings()).toEqual([]);
  await app.clock.advance("2s");
  expect(await warnings()).toEqual(['subscription "note:**": it waits for what it takes from']);
  joinable.resolve();
  await app.clock.advance("1s");
  expect(await warnings()).toEqual([]);
});

test("the error of a URL that goes to no engine tells no password", async () => {
  const messages = new Messages({ url: "amqp://ada:hush@broker/shop" });
  const kernel = new Kernel({ onError() {}, providers: { messages } });
  const error = await kernel.start().catch((thrown: Error) => thrown.cause as Error);
  expect(error).toMatchObject({ code: "PAWL_MESSAGES_BAD_URL", message: expect.stringContaining('"amqp:"') });
  expect(String(error)).not.toContain("hush");
});
