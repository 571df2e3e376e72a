import { snapshotLines } from "@pawl/diagnostics";
import { provide, Service } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { expect, test } from "vitest";

class Worker extends Service {
  override onStart() {
    this.listen("order:*", () => {});
  }
}

class Metrics extends Service {
  override async onStart() {
    await this.adopt(new Worker());
    this.interval(() => {}, "60s", { label: "collect" });
    this.addCleanup(function flush() {});
    this.timeout(() => this.fail(new Error("refused")), "30s");
  }
}

test("says who is there, in which state, what is in flight and what comes next", async () => {
  await using app = await testApp({
    name: "shop",
    providers: {
      config: () => ({ currency: "EUR" }),
      metrics: provide(new Metrics(), { restart: "on-failure", backoff: { initial: "1s", jitter: 0 } }),
    },
  });
  await app.clock.advance("32s");
  await app.clock.advance("25s");
  const lines = snapshotLines(app.inspect(), app.clock.wallTime());
  expect(lines).toEqual([
    "shop  running",
    "  config  a value",
    expect.stringMatching(/^ {2}metrics {2}Metrics, running for \d+s, 1 restart, last error: refused$/),
    expect.stringMatching(/^ {4}- interval collect {2}\(.*nextAt 2025-01-01T00:01:31.000Z.*\)$/),
    expect.stringMatching(/^ {4}- timeout anonymous {2}\(.*\)$/),
    "    cleanup flush",
    expect.stringMatching(/^ {4}worker {2}Worker, running for \d+s$/),
    expect.stringMatching(/^ {6}- listener order:\*/),
  ]);
  // Its crash was answered by the restart.
  expect(app.errors.map(({ error }) => (error as Error).message)).toEqual(["refused"]);
});

test("says what a call in flight takes, and what a service that is down waits for", async () => {
  class Slow extends Service {
    override onStart() {
      this.interval(() => this.sleep("1h"), "10s", { label: "poll" });
    }
  }
  await using app = await testApp({ name: "shop", providers: { slow: new Slow(), off: new Worker() } });
  await app.service("off").stop();
  await app.clock.advance("15s");
  const lines = snapshotLines(app.inspect(), app.clock.wallTime());
  expect(lines).toContain('    … interval "poll", for 5000 ms');
  expect(lines).toContain("  off  down");
});
