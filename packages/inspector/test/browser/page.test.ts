import { describe, expect, test } from "vitest";
import { WebApp } from "../web-app.ts";
import { expectAccessible, violations } from "./accessibility.ts";
import { describeInBrowser, row } from "./browser.ts";
import { everyState, states } from "./every-state.ts";
import { freePort, manyServices, Shop } from "./shop.ts";

describeInBrowser("the page", (open) => {
  describe.each([
    ["on a screen", { width: 1280, height: 800 }],
    ["on a phone", { width: 360, height: 740 }],
  ])("%s", (_where, viewport) => {
    test.each(["light", "dark"] as const)(
      "is accessible in the %s theme, in every tab, and never too wide",
      async (colorScheme) => {
        await using app = await new Shop().start();
        await using page = await open(app, { viewport, colorScheme, hash: "#tree/packing/printer" });
        app.bus.emit("paper:out", {});
        await page.locator("#detail .errors li").first().waitFor();
        await expectAccessible(page);
        await page.goto(new URL("/_pawl/#tree/orders", app.at("/")).href);
        await page.locator(".actions summary", { hasText: "place" }).click();
        await page.getByRole("button", { name: "Call place" }).click();
        await page.locator(".field-error:not(:empty)").first().waitFor();
        await expectAccessible(page);
        const watched = page.waitForResponse((response) => response.url().endsWith("/live?map=1"));
        await page.locator("#tab-events").click();
        await watched;
        app.bus.emit("order:created", {});
        await page.locator(".node").first().waitFor();
        await expectAccessible(page);
        await page.locator("#tab-timeline").click();
        await page.locator(".bar.ground").first().waitFor();
        await expectAccessible(page);
        await page.keyboard.press("?");
        await page.getByRole("dialog").waitFor();
        await expectAccessible(page);
        await page.keyboard.press("Escape");
        for (const tab of ["tree", "events", "timeline"]) {
          await page.locator(`#tab-${tab}`).click();
          await page.locator(`#panel-${tab}`).waitFor();
          expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
        }
      },
    );
  });

  describe.each(["light", "dark"] as const)("in the %s theme", (colorScheme) => {
    test("is accessible whatever a service is at, and while it is pointed at", async () => {
      await using every = await everyState();
      await using page = await open(every.app, { colorScheme });
      await row(page, "restarted").waitFor();
      every.app.bus.emit("states:wanted", {});
      await row(page, "restarted").locator(".crash-mark").waitFor();
      for (const [path, state] of Object.entries(states)) {
        await page.locator(`[data-path="${path}"][data-state=${state}]`).waitFor();
      }
      await page.locator("#app-status[data-status=warning]").waitFor();
      for (const [path, state] of Object.entries(states)) {
        await row(page, path).click();
        await page.locator(`.state-pill[data-state=${state}]`).waitFor();
        await expectAccessible(page);
      }
    });

    test("is accessible with buttons at work, long lists, and news of what was done", async () => {
      await using every = await everyState();
      await using page = await open(every.app, { colorScheme, hash: "#tree/busy" });
      // Figures of one digit are too short to be measured.
      await page.locator(".facts li:nth-child(10)").waitFor();
      await page.locator(".errors li:nth-child(10)").waitFor();
      await expectAccessible(page);
      await page.locator("#tab-events").click();
      await page.locator(".node").first().focus();
      await expectAccessible(page);
      await page.goto(new URL("/_pawl/#tree/halted", every.app.at("/")).href);
      await page.getByRole("button", { name: "Start", exact: true }).click();
      await page.locator(".toast").waitFor();
      await expectAccessible(page);
    });

    test("is accessible while it is paused, and when its app has stopped", async () => {
      await using app = await new Shop().start();
      await using page = await open(app, { colorScheme, expected: /ERR_|Failed to load/ });
      await page.getByRole("button", { name: "Pause" }).click();
      await page.locator("#connection[data-state=paused]").waitFor();
      await expectAccessible(page);
      await page.getByRole("button", { name: "Resume" }).click();
      await page.locator("#connection[data-state=live]").waitFor();
      await app.stop();
      await page.locator("#connection:is([data-state=stopped], [data-state=reconnecting])").waitFor();
      await expectAccessible(page);
    });
  });

  test("finds a violation where there is one", async () => {
    await using app = await new Shop().start();
    await using page = await open(app);
    await page.evaluate(() => document.querySelector("#pause")?.replaceChildren());
    expect((await violations(page)).some((line) => line.startsWith("button-name"))).toBe(true);
  });

  test("keeps the theme that was chosen", async () => {
    await using app = await new Shop().start();
    await using page = await open(app, { colorScheme: "light" });
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await page.getByRole("button", { name: "Theme: system" }).click();
    expect(await ground()).toBe(light);
    await page.getByRole("button", { name: "Theme: light" }).click();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByRole("button", { name: "Theme: dark" }).waitFor();
    expect(await ground()).toBe(dark);
  });

  test("finds the app again after it was restarted", async () => {
    await using app = await new Shop().start();
    await using page = await open(app, { expected: /ERR_|Failed to load/ });
    await row(page, "orders").waitFor();
    const { port } = app.at("/");
    await app.stop();
    await page.locator("#connection[data-state=stopped], #connection[data-state=reconnecting]").waitFor();
    await page.locator("#retry").waitFor();
    await page
      .locator("#stale-note", { hasText: /^The app has stopped.* as of \d|^The app does not answer.* as of \d/ })
      .waitFor();
    await using again = await new Shop(manyServices(1), { port: Number(port), host: "127.0.0.1" }).start();
    expect(again.state).toBe("running");
    await page.locator("#connection[data-state=live]").waitFor();
    await page.locator("#stale-note").waitFor({ state: "hidden" });
    // What it shows is what is now.
    await row(page, "worker1").waitFor();
  });

  test("says that it is not let in any more, and what to do", async () => {
    const http = { port: await freePort(), host: "127.0.0.1" };
    await using app = await new Shop({}, http).start();
    await using page = await open(app, { expected: /ERR_|Failed to load/ });
    await app.stop();
    await using closed = await new WebApp({ http, onError: () => {} }).start();
    expect(closed.state).toBe("running");
    await page.locator("#connection[data-state=refused]").waitFor();
    await page.locator("#stale-note", { hasText: "does not let this page in: reload it" }).waitFor();
  });

  test("observes nothing while it is paused, and shows what is when it goes on", async () => {
    await using app = await new Shop().start();
    await using page = await open(app);
    await row(page, "orders").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.locator("#connection[data-state=paused]").waitFor();
    await (app.service("orders") as unknown as { stop(): Promise<void> }).stop();
    expect(await row(page, "orders").getAttribute("data-state")).toBe("running");
    await page.getByRole("button", { name: "Resume" }).click();
    await page.locator('[data-path="orders"][data-state=stopped]').waitFor();
  });
});
