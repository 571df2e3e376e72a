import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasServer, NatsServer } from "../nats-server.ts";
import { message, next, nothingComes, openEngine, soon } from "./open-engine.ts";

describe.skipIf(!hasServer)("the engine", () => {
  let server: NatsServer;
  let streams = 0;
  // Each test has a stream of its own, so that none finds what another has left.
  const ownUrl = () => `${server.url}?stream=TEST${++streams}`;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const spec = { group: "billing", event: "order:*", leaseMs: 2_000, concurrency: 1 };

  test("a message carries everything that it was published with", async () => {
    await using engine = await openEngine(ownUrl());
    const source = await engine.source(spec, soon());
    const sent = message("1 %\r\n", {
      event: "order:größe",
      key: "kühn \u{1f600}",
      headers: { traceparent: "00-4bf9-00f0-01", tracestate: "a=1,b=2" },
      contentType: "application/octet-stream",
      data: Uint8Array.from([0, 255, 13, 10]),
    });
    await engine.publish(sent, soon());
    const taken = await next(source);
    expect(taken.message).toEqual(sent);
    expect([taken.id, taken.attempt]).toEqual(["1 %\r\n", 1]);
    await taken.done();
    await source.close();
  });

  test("events of any name find those who want them, also by patterns", async () => {
    await using engine = await openEngine(ownUrl());
    const all = await engine.source({ ...spec, group: "all", event: "**" }, soon());
    const some = await engine.source({ ...spec, group: "some", event: "a.*:c" }, soon());
    const events = ["a:b:c", "a.b.c", "a::c", "a b:>", "a:b"];
    for (const [i, event] of events.entries()) await engine.publish(message(`${i}`, { event }), soon());
    const take = async (source: typeof all, n: number) => {
      const taken: string[] = [];
      for (let i = 0; i < n; i++) {
        const one = await next(source);
        taken.push(one.message.event);
        await one.done();
      }
      return taken;
    };
    expect(await take(all, 5)).toEqual(events);
    expect(await take(some, 3)).toEqual(["a:b:c", "a.b.c", "a::c"]);
    expect(await nothingComes(some)).toBe(true);
    await Promise.all([all.close(), some.close()]);
  });

  test("what another publisher sends is taken as it is", async () => {
    await using engine = await openEngine(`${server.url}?stream=FOREIGN`);
    const source = await engine.source(spec, soon());
    const other = await connect({ servers: server.url });
    other.publish("FOREIGN.event.free.all.order.placed", '{"id":7}');
    const { message: taken } = await next(source);
    expect(taken).toMatchObject({ event: "order:placed", contentType: "application/json", key: undefined });
    expect(taken.id).toMatch(/^FOREIGN\/1-\d+$/);
    expect(Math.abs(taken.time - Date.now())).toBeLessThan(5_000);
    expect(new TextDecoder().decode(taken.data)).toBe('{"id":7}');
    await source.close();
    await other.close();
  });

  test("those of one key come in order, one at a time, and wait for the one that failed", async () => {
    await using engine = await openEngine(ownUrl());
    const source = await engine.source({ ...spec, concurrency: 4 }, soon());
    for (const id of ["1", "2", "3"]) await engine.publish(message(id, { key: "k" }), soon());
    const first = await next(source);
    expect(first.id).toBe("1");
    expect(await nothingComes(source)).toBe(true);
    await first.retry(400, new Error("not yet"));
    expect(await nothingComes(source, 200)).toBe(true);
    const again = await next(source);
    expect([again.id, again.attempt]).toEqual(["1", 2]);
    await again.done();
    for (const id of ["2", "3"]) {
      const one = await next(source);
      expect([one.id, one.attempt]).toEqual([id, 1]);
      await one.done();
    }
    await source.close();
  });

  test("tries are counted, however often a message was given back untried", async () => {
    await using engine = await openEngine(ownUrl());
    await (await engine.source(spec, soon())).close();
    await engine.publish(message("1"), soon());
    await engine.publish(message("2"), soon());
    for (let i = 0; i < 5; i++) {
      const source = await engine.source(spec, soon());
      const taken = await next(source);
      await taken.release();
      await source.close();
    }
    const source = await engine.source(spec, soon());
    const taken = [await next(source), await next(source)];
    expect(taken.map(({ id, attempt }) => [id, attempt]).sort()).toEqual([
      ["1", 1],
      ["2", 1],
    ]);
    await Promise.all(taken.map((one) => one.retry(0, new Error("no"))));
    expect([(await next(source)).attempt, (await next(source)).attempt]).toEqual([2, 2]);
    await source.close();
  });

  test("one that is neither settled nor extended comes again to others, as a further try", async () => {
    await using engine = await openEngine(ownUrl());
    const short = { ...spec, leaseMs: 1_000 };
    const source = await engine.source(short, soon());
    const other = await engine.source(short, soon());
    await engine.publish(message("1"), soon());
    const taken = await next(source);
    expect(await taken.extend()).toBe(true);
    const again = await next(other);
    expect([again.id, again.attempt]).toEqual(["1", 2]);
    expect(await taken.extend()).toBe(false);
    await again.done();
    await Promise.all([source.close(), other.close()]);
  });

  test("what was taken ahead and is not worked off goes to others soon", async () => {
    await using engine = await openEngine(ownUrl());
    const slow = await engine.source({ ...spec, leaseMs: 60_000 }, soon());
    const other = await engine.source({ ...spec, leaseMs: 60_000 }, soon());
    for (let i = 0; i < 200; i++) await engine.publish(message(`${i}`), soon());
    for (let i = 0; i < 100; i++) await (await next(slow)).done();
    // One is worked on for long; the others must not wait for it.
    const held = await next(slow);
    for (let i = 0; i < 99; i++) {
      const one = await next(other);
      expect(one.attempt).toBe(1);
      await one.done();
    }
    await held.done();
    await Promise.all([slow.close(), other.close()]);
  });

  test("a dead letter goes to its group again, and to no other", async () => {
    await using engine = await openEngine(ownUrl());
    const [source, audit] = [
      await engine.source(spec, soon()),
      await engine.source({ ...spec, group: "audit" }, soon()),
    ];
    await engine.publish(message("1", { key: "k" }), soon());
    await (await next(audit)).done();
    const taken = await next(source);
    await taken.dead(new Error("no such account"));
    const [letter, ...more] = await engine.deadLetters({ group: "billing", event: "order:*" });
    expect(more).toEqual([]);
    expect(letter).toMatchObject({ group: "billing", attempts: 1, error: "no such account" });
    expect(letter?.message).toEqual(taken.message);
    expect(await engine.deadLetters({ group: "audit" })).toEqual([]);
    expect(await engine.redrive({ ids: ["1"] })).toBe(1);
    const again = await next(source);
    expect([again.id, again.attempt, again.message.key]).toEqual(["1", 1, "k"]);
    expect(await nothingComes(audit)).toBe(true);
    await again.dead(new Error("still none"));
    expect(await engine.discard({ group: "billing" })).toBe(1);
    expect(await engine.deadLetters({})).toEqual([]);
    await Promise.all([source.close(), audit.close()]);
  });

  test("groups tell what waits for them, also those that nobody is in", async () => {
    await using engine = await openEngine(ownUrl());
    const source = await engine.source(spec, soon());
    for (const id of ["1", "2", "3"]) await engine.publish(message(id), soon());
    const taken = await source.take(2, soon());
    expect(taken.length).toBe(2);
    await taken[0]?.dead(new Error("no"));
    const figures = { group: "billing", event: "order:*", waiting: 1, running: 1, dead: 1 };
    await expect.poll(() => engine.groups()).toEqual([figures]);
    await source.close();
    await expect.poll(() => engine.groups()).toEqual([figures]);
  });

  test("a stream gets the age that the URL says, and keeps what is in it", async () => {
    const url = ownUrl();
    const first = await openEngine(url);
    await (await first.source(spec, soon())).close();
    await first.publish(message("1"), soon());
    await first.close();
    await using engine = await openEngine(`${url}&maxAge=1h`);
    const connection = await connect({ servers: server.url });
    const manager = await jetstreamManager(connection);
    const { config, state } = await manager.streams.info(`TEST${streams}`);
    expect([config.max_age, config.storage, config.duplicate_window]).toEqual([3.6e12, "file", 1.2e11]);
    expect(state.messages).toBe(1);
    await connection.close();
    const source = await engine.source(spec, soon());
    expect((await next(source)).id).toBe("1");
    await source.close();
  });

  test("a message that is too large is refused at once", async () => {
    await using engine = await openEngine(ownUrl());
    await expect(engine.publish(message("1", { data: new Uint8Array(2_000_000) }), soon())).rejects.toThrow(/payload/i);
  });
});
