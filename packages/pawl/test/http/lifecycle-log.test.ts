import { App, Controller, terminalLogger } from "pawl";
import { expect, test } from "vitest";

class Home extends Controller {
  static override route = "/";
  load() {
    return {};
  }
}

function memory() {
  const lines: string[] = [];
  const now = () => new Date(2026, 0, 1, 12, 3, 11);
  const stream = { write: (line: string) => lines.push(line) > 0 };
  return { lines, logger: terminalLogger({ stream, now }) };
}

test("a log line has the time, the level, the service, the message with its values, and the data", () => {
  const { lines, logger } = memory();
  logger.child({ service: "shop/metrics" }).info({ orders: 3 }, "collected %s", "twice");
  logger.warn("slow", { ms: 5 });
  expect(lines).toEqual([
    "12:03:11 info shop/metrics collected twice { orders: 3 }\n",
    "12:03:11 warn slow { ms: 5 }\n",
  ]);
});

test("P2 start and stop of an app write nothing", async () => {
  const { lines, logger } = memory();
  const app = new App({ routes: [Home], http: { port: 0, host: "127.0.0.1" }, logger });
  await app.start();
  expect(app.isReady).toBe(true);
  await app.stop();
  expect(lines).toEqual([]);
});

test("without onError an app logs an error with its owner path", async () => {
  const { lines, logger } = memory();
  class Failing extends Controller {
    static override route = "/failing";
    load(): never {
      throw new Error("no stock");
    }
  }
  const app = new App({ routes: [Failing], http: false, logger });
  await app.start();
  expect((await app.fetch("/failing")).status).toBe(500);
  await app.stop();
  expect(lines).toEqual([
    expect.stringMatching(/^12:03:11 error failing request "GET \/failing" \(.+\)\nError: no stock\n/),
  ]);
});
