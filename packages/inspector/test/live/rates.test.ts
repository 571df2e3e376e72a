import { Service } from "@pawl/kernel";
import { describe, expect, test, vi } from "vitest";
import { inspector } from "../../src/index.ts";
import { openPage } from "../open-page.ts";
import { anyPort, webApp } from "../web-app.ts";

class Till extends Service {}
class Metrics extends Service {
  override onStart() {
    this.listen("order:*", (order: unknown) => {
      if (order === "bad") throw new Error("no");
    });
  }
}

const config = { name: "shop", http: anyPort } as const;

describe("the map", () => {
  test("tells who emits what to whom, over the last second and since it was opened", async () => {
    await using app = await webApp({ ...config, providers: { till: Till, metrics: Metrics }, routes: [inspector()] });
    await using page = await openPage(app, "?map=1");
    await page.next("snapshot");
    const till = app.service("till");
    for (let i = 0; i < 9; i++) till.emit("order:paid", i);
    till.emit("order:paid", "bad");
    app.bus.emit("nobody:listens", 1);
    await app.clock.advance("1s");
    expect(await page.next("rates")).toEqual({
      events: [
        {
          event: "order:paid",
          from: [{ path: "till", rate: 10, total: 10 }],
          to: [{ path: "metrics", label: 'listener of "order:*"', rate: 10, total: 10, errors: 1 }],
        },
        { event: "nobody:listens", from: [{ path: "shop", rate: 1, total: 1 }], to: [] },
      ],
    });
    expect(app.errors).toHaveLength(1);
    // Who comes later has got nothing of what was before.
    till.emit("order:paid", 1);
    await app.clock.advance("1s");
    app.service("metrics").listen("order:paid", () => {});
    till.emit("order:paid", 1);
    await app.clock.advance("1s");
    await page.next("rates");
    const { events } = await page.next("rates");
    expect(events[0]?.from).toEqual([{ path: "till", rate: 1, total: 12 }]);
    expect(events[0]?.to.map(({ total }) => total)).toEqual([12, 1]);
  });

  test("is not counted for pages that do not show it: an emit is told to nobody", async () => {
    await using app = await webApp({ ...config, providers: { till: Till, metrics: Metrics }, routes: [inspector()] });
    const observe = vi.spyOn(app, "observe");
    await using page = await openPage(app);
    await page.next("snapshot");
    expect(observe.mock.calls.flatMap(([, options]) => options?.kinds ?? [])).not.toContain("event.emitted");
    app.service("till").emit("order:paid", 1);
    await app.clock.advance("2s");
    const stopped = app.stop();
    await page.ended();
    await stopped;
    expect(page.received.map(({ event }) => event)).not.toContain("rates");
  });

  test("counts names without end as one", async () => {
    await using app = await webApp({ ...config, providers: { till: Till, metrics: Metrics }, routes: [inspector()] });
    await using page = await openPage(app, "?map=1");
    await page.next("snapshot");
    for (let i = 0; i < 600; i++) app.service("till").emit(`user:${i}`, i);
    await app.clock.advance("1s");
    const { events } = await page.next("rates");
    expect(events).toHaveLength(501);
    expect(events.at(-1)).toMatchObject({ event: "(others)", from: [{ path: "till", total: 100 }] });
  });
});
