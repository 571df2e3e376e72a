import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { NatsConnectionError, NatsNoJetStreamError, NatsUrlError, natsEngine } from "@pawl/nats";
import { describe, expect, test } from "vitest";
import { hasServer, NatsServer } from "../nats-server.ts";
import { message, next, openEngine, soon } from "./open-engine.ts";

const spec = { group: "billing", event: "order:*", leaseMs: 2_000, concurrency: 1 };

/** Takes until something comes, as who takes does: again after an error. */
async function nextAfterErrors(source: Parameters<typeof next>[0]) {
  const errors: unknown[] = [];
  const signal = soon(8_000);
  for (;;) {
    try {
      return { taken: await next(source, signal), errors };
    } catch (error) {
      if (signal.aborted) throw error;
      errors.push(error);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

describe.skipIf(!hasServer)("a server", { timeout: 20_000 }, () => {
  test("that was killed: what it had taken is there again, and who waited goes on", async () => {
    await using server = await NatsServer.start();
    await using engine = await openEngine(server.url);
    const source = await engine.source(spec, soon());
    await engine.publish(message("before"), soon());
    const before = await next(source);
    const waiting = nextAfterErrors(source);
    await server.kill("SIGKILL");
    const published = engine.publish(message("during"), soon(8_000));
    await expect(before.extend()).rejects.toBeInstanceOf(NatsConnectionError);
    expect(() => before.done()).toThrow(NatsConnectionError);
    await server.run();
    await published;
    const { taken, errors } = await waiting;
    expect(errors.every((error) => error instanceof NatsConnectionError)).toBe(true);
    await taken.done();
    // Which of the two comes first is up to the server.
    const { taken: other } = await nextAfterErrors(source);
    expect([taken.id, other.id].sort()).toEqual(["before", "during"]);
    await other.done();
    await source.close();
  });

  test("that is away for longer than a publish waits: it rejects, and says why", async () => {
    await using server = await NatsServer.start();
    await using engine = await openEngine(server.url);
    const source = await engine.source(spec, soon());
    await server.kill();
    const began = performance.now();
    const failed = engine.publish(message("1"), soon(400));
    await expect(failed).rejects.toMatchObject({ code: "PAWL_NATS_CONNECTION" });
    expect(performance.now() - began).toBeLessThan(2_000);
    // Nobody is kept waiting for a server that is away.
    expect(await source.take(1, AbortSignal.abort())).toEqual([]);
    // Who takes from it keeps its warning until then.
    expect(source.isDown).toBe(true);
    await server.run();
    await expect.poll(() => source.isDown, { timeout: 5_000 }).toBe(false);
    await source.close();
  });

  test("that has lost its streams: they are made again, and messages come through", async () => {
    await using server = await NatsServer.start();
    await using engine = await openEngine(server.url);
    const source = await engine.source(spec, soon());
    const waiting = nextAfterErrors(source);
    await server.kill();
    server.forget();
    await server.run();
    // Until the group has joined again there is nobody to keep it for.
    await expect.poll(async () => (await engine.groups().catch(() => [])).length, { timeout: 5_000 }).toBe(1);
    await engine.publish(message("1"), soon());
    const { taken } = await waiting;
    expect(taken.id).toBe("1");
    await taken.done();
    await source.close();
  });

  test("whose consumer or stream was deleted by other hands: they are made again", async () => {
    await using server = await NatsServer.start();
    await using engine = await openEngine(server.url);
    const source = await engine.source(spec, soon());
    const connection = await connect({ servers: server.url });
    const manager = await jetstreamManager(connection);
    const joined = () =>
      expect.poll(async () => (await manager.consumers.list("PAWL").next()).length, { timeout: 20_000 });
    for (const lose of [
      async () => {
        const all = await manager.consumers.list("PAWL").next();
        const name = all.find((consumer) => consumer.name.endsWith("-free"))?.name ?? "";
        await manager.consumers.delete("PAWL", name);
      },
      () => manager.streams.delete("PAWL"),
    ]) {
      const waiting = nextAfterErrors(source);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await lose();
      await joined().toBe(9);
      await engine.publish(message(`${lose}`), soon());
      const { taken } = await waiting;
      await taken.done();
    }
    await connection.close();
    await source.close();
  }, 60_000);

  test("without JetStream is told so at once", async () => {
    await using server = await NatsServer.start([]);
    const opened = openEngine(server.url);
    await expect(opened).rejects.toBeInstanceOf(NatsNoJetStreamError);
    await expect(opened).rejects.toThrow(`${server.url}: the NATS server there keeps no messages`);
  });

  test("asks for a password, which no error tells", async () => {
    await using server = await NatsServer.start(["-js", "--user", "ada", "--pass", "s3cret!"]);
    const { port } = server;
    await (await openEngine(`nats://ada:s3cret%21@127.0.0.1:${port}`)).close();
    const refused = openEngine(`nats://ada:wr0ng@127.0.0.1:${port}`);
    await expect(refused).rejects.toMatchObject({ code: "PAWL_NATS_CONNECTION" });
    await expect(refused).rejects.toThrow(/^nats:\/\/127\.0\.0\.1:\d+: .*[Aa]uthorization/);
    await expect(refused).rejects.toThrow("See to the name, password or token");
    await expect(refused).rejects.not.toThrow(/wr0ng/);
  });
});

test("a server that is not there is named, without its password", async () => {
  const opened = openEngine("nats://ada:s3cret@127.0.0.1:1");
  await expect(opened).rejects.toThrow(/^nats:\/\/127\.0\.0\.1:1: there is no connection to it/);
  await expect(opened).rejects.not.toThrow(/s3cret/);
});

test.each([
  ["nats://", "cannot be read"],
  ["http://127.0.0.1", "does not begin with nats:// or tls://"],
  ["127.0.0.1:4222", "does not begin with nats:// or tls://"],
  ["nats://a,,b", "names no server"],
  ["nats://%zz@a", '"%25"'],
  ["nats://a?strem=B", 'has an option "strem"'],
  ["nats://a?stream=a.b", "name of a stream"],
  ["nats://a?replicas=6", "replicas"],
  ["nats://a?maxAge=week", "maxAge"],
])("the URL %s is refused before anything is done", (url, why) => {
  expect(() => natsEngine(url)).toThrow(NatsUrlError);
  expect(() => natsEngine(url)).toThrow(why);
});
