import { snapshotLines, wholeSeconds } from "@pawl/diagnostics";
import { provide, Service, warn } from "@pawl/kernel";
import { addFigures } from "@pawl/kernel/extend";
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
    this.addCleanup(() => {});
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
    expect.stringMatching(/^ {4}- interval collect {2}\(every 1m, next in \d+s\)$/),
    expect.stringMatching(/^ {4}- timeout anonymous {2}\(next in \d+s\)$/),
    "    cleanup flush",
    "    cleanup",
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
  expect(lines).toContain('    … interval "poll", for 5s');
  expect(lines).toContain("  off  down");
});

test("tells lengths, times and what is so in words, and figures of packages one a line", async () => {
  class Shop extends Service {
    readonly place = this.action(() => {}, { admin: true });

    override onStart() {
      this.interval(() => {}, "2s", { label: "collect" });
      this.listen("order:*", () => {});
      this.spawn(async function pack(this: Shop) {
        await this.sleep("1d");
      });
      warn(this, "disk nearly full");
    }
  }
  const shop = new Shop();
  addFigures(shop, "loop", () => ({ watching: true, blocks: 0, p99Ms: 12.345, at: ["here", "there"] }));
  addFigures(shop, "pages", () => ({ open: 0 }));
  addFigures(shop, "metrics", () => [
    { name: "orders", kind: "counter", labels: { product: "pawl" }, value: 0, windows: { "60s": {} } },
    { name: "packing", kind: "histogram", value: 3, sum: 4.00012, unit: "seconds" },
  ]);
  await using app = await testApp({ name: "shop", providers: { shop } });
  await app.clock.advance("1h");
  await app.clock.advance("3500ms");
  expect(snapshotLines(app.inspect(), app.clock.wallTime())).toEqual([
    "shop  running",
    "  shop  Shop, running for 1h",
    "    ! disk nearly full, for 1h",
    "    - interval collect  (every 2s, runs 1801, last 1s ago, next in 500ms)",
    "    - listener order:*",
    "    - task pack  (running, for 1h)",
    "    - sleep 1d  (next in 22h 59m)",
    "    - action place  (admin)",
    '    … task "pack", for 1h',
    "    loop  (watching, p99 12ms, at here there)",
    "    counter orders{product=pawl}  0",
    "    histogram packing  3  (sum 4, unit seconds)",
  ]);
});

test.each([
  [0, "0s"],
  [59_999, "59s"],
  [60_000, "1m"],
  [3_661_000, "1h 1m"],
  [3_605_000, "1h"],
  [90_000_000, "1d 1h"],
])("tells an age of %d ms as %s", (ms, told) => {
  expect(wholeSeconds(ms)).toBe(told);
});
