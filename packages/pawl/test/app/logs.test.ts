import { App, Controller, createLogger, Service, silentLogger } from "pawl";
import { pino } from "pino";
import { describe, expect, test } from "vitest";

class Home extends Controller {
  static override route = "/";
  load() {
    this.log.info({ page: 1 }, "asked");
    return {};
  }
}

class Failing extends Controller {
  static override route = "/failing";
  load(): never {
    throw new Error("no stock");
  }
}

/** A stream that keeps the records that are written to it. */
function memory() {
  const records: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => records.push(JSON.parse(line)) };
  return { records, stream };
}

describe("an app", () => {
  test("P2 writes nothing of its own in start() and stop()", async () => {
    const { records, stream } = memory();
    const app = new App({ routes: [Home], http: { port: 0, host: "127.0.0.1" }, logger: createLogger({ stream }) });
    await app.start();
    expect(app.isReady).toBe(true);
    await app.stop();
    expect(records).toEqual([]);
  });

  test("without onError logs an error with its owner path, its stack and what was running", async () => {
    const { records, stream } = memory();
    const app = new App({ routes: [Failing], http: false, logger: createLogger({ stream }) });
    await app.start();
    expect((await app.fetch("/failing")).status).toBe(500);
    await app.stop();
    expect(records).toEqual([
      expect.objectContaining({
        level: 50,
        service: "failing",
        msg: expect.stringMatching(/^request "GET \/failing" \(.+\)$/),
        err: expect.objectContaining({ message: "no stock", stack: expect.stringContaining("at Failing.load") }),
      }),
    ]);
  });

  test("uses a pino of the program as it is, with one child for each service path", async () => {
    const { records, stream } = memory();
    const logger = pino({ base: null, timestamp: false, messageKey: "text", level: "debug" }, stream);
    class Worker extends Service {
      override onStart() {
        this.log.debug("started");
      }
    }
    class Shop extends Service {
      override async onStart() {
        await this.adopt(new Worker());
      }
    }
    const app = new App({ providers: { shop: Shop }, routes: [Home], http: false, logger });
    expect(app.log).toBe(logger);
    await app.start();
    await app.fetch("/");
    await app.stop();
    expect(records).toEqual([
      { level: 20, service: "shop/worker", text: "started" },
      { level: 30, service: "home", page: 1, text: "asked" },
    ]);
  });

  test("has a level of its own, which changes for its services while it runs", async () => {
    class Talking extends Service {
      say(text: string) {
        this.log.debug(text);
      }
    }
    const talking = new Talking();
    const { records, stream } = memory();
    await using app = new App({ providers: { talking }, logger: createLogger({ stream }) });
    await app.start();
    talking.say("not yet");
    app.log.level = "debug";
    talking.say("now");
    expect(records.map(({ msg }) => msg)).toEqual(["now"]);
    expect(new App().log.level).toBe("info");
    expect(new App({ logger: silentLogger }).log.level).toBeUndefined();
  });
});
