import { Service, warn } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { describe, expect, test } from "vitest";
import type { AppStatus } from "../../src/control/running-apps.ts";
import { topRows } from "../../src/top/top-rows.ts";
import { type TopView, topScreen } from "../../src/top/top-screen.ts";

class Metrics extends Service {
  fails = false;
  override onStart() {
    this.interval(function collect(this: Metrics) {
      if (this.fails) throw new Error("no disk");
    }, "250ms");
  }
}

const status: AppStatus = {
  name: "shop",
  status: "alive",
  state: "running",
  pid: 7,
  aliveSince: "2026-11-21T00:00:00.000Z",
  uptimeMs: 61_500,
  shutdownTimeoutMs: 25_000,
  addresses: [],
};
const view: TopView = { order: "tree", from: 0, colours: false, width: 80, height: 10, hint: "q quit" };

describe("what pawl top shows", () => {
  test("is nothing that a terminal obeys, whatever the app says", () => {
    const lines = topScreen({ ...status, name: "shop\u001b[2J" }, [], { ...view, hint: "evil\u009b2J\nq quit" });
    expect(lines.slice(0, 2)).toEqual([expect.stringMatching(/^shop \[2J \(pid 7\)/), "evil 2J q quit"]);
  });

  test("is what has happened between two looks: calls per second, errors, restarts, warnings", async () => {
    const metrics = new Metrics();
    await using app = await testApp({ providers: { metrics, mailer: new Metrics() } });
    await metrics.adopt(new Metrics());
    const look = () => ({ snapshot: app.inspect(), at: app.clock.wallTime() });
    const first = look();
    expect(topRows(first, undefined).map(({ path, depth, rate }) => [path, depth, rate])).toEqual([
      ["metrics", 0, 0],
      ["metrics/metrics", 1, 0],
      ["mailer", 0, 0],
    ]);
    await app.clock.advance("2s");
    const second = look();
    metrics.fails = true;
    await app.clock.advance("1s");
    const third = look();
    expect(topRows(second, first).map(({ rate, fails, ageMs }) => [rate, fails, ageMs])).toEqual([
      [4, false, 2_000],
      [4, false, 2_000],
      [4, false, 2_000],
    ]);
    expect(topRows(third, second)[0]).toMatchObject({ rate: 4, errors: 4, fails: true });
    expect(app.errors).toHaveLength(4);
    metrics.fails = false;
    warn(metrics, "slow\u001b[31m");
    await app.restart("metrics" as never);
    await app.clock.advance("1s");
    // What a run has counted begins anew, and is no negative rate.
    expect(topRows(look(), third)[0]).toMatchObject({ rate: 4, errors: 0, fails: false });
    await app.service("mailer").stop();
    expect(topRows(look(), third).at(-1)).toMatchObject({ path: "mailer", state: "stopped" });
    await app.start("mailer" as never);
  });

  test("fits the terminal, is scrolled, sorted and coloured, and obeys nothing that stands in a name", () => {
    const row = (name: string, more: object = {}) => ({
      path: name,
      name,
      depth: 0,
      state: "running",
      ageMs: 1_000,
      restarts: 0,
      rate: 0,
      errors: 0,
      fails: false,
      inFlight: 0,
      note: "",
      ...more,
    });
    const rows = [
      row("a", { rate: 2.5 }),
      row("b", { rate: 120.4, restarts: 3, depth: 1 }),
      row("c", { errors: 2, fails: true, note: "no\u001b[2J disk" }),
    ];
    expect(topScreen(status, rows, view)).toEqual([
      "shop (pid 7)  alive  up 1m 1s  3 services  123 calls/s  2 errors  3 restarts",
      "q quit",
      "SERVICE  STATE    AGE  RESTARTS  CALLS/S  ERRORS  IN FLIGHT  NOTE".padEnd(80),
      "a        running   1s                2.5",
      "  b      running   1s         3      120",
      "c        running   1s                          2             no [2J disk",
    ]);
    expect(topScreen(status, [row("a", { errors: 1, restarts: 1 })], view)[0]).toMatch(
      / {2}1 service {2}0 calls\/s {2}1 error {2}1 restart$/,
    );
    const byRate = topScreen(status, rows, { ...view, order: "rate", height: 1, from: 1 });
    expect(byRate.slice(1)).toEqual(["q quit  (2–2 of 3)", expect.any(String), expect.stringMatching(/^a /)]);
    expect(topScreen(status, rows, { ...view, width: 10 }).every((line) => line.length <= 10)).toBe(true);
    expect(topScreen(status, rows, { ...view, colours: true }).at(-1)).toBe(
      `\u001b[31m${topScreen(status, rows, view).at(-1)}\u001b[0m`,
    );
  });
});
