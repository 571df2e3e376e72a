import { expect, test } from "vitest";
import { describeInBrowser, row } from "./browser.ts";
import { manyServices, Shop } from "./shop.ts";

describeInBrowser("the tree", (open) => {
  test("shows who owns whom, with state and class", async () => {
    await using app = await new Shop().start();
    await using page = await open(app);
    await row(page, "packing/printer").waitFor();
    const paths = await page
      .locator("[role=treeitem]")
      .evaluateAll((rows) => rows.map((one) => one.getAttribute("data-path")));
    expect(paths.slice(0, 5)).toEqual(["", "metrics", "orders", "packing", "packing/printer"]);
    expect(await row(page, "packing/printer").getAttribute("aria-level")).toBe("3");
    expect(await row(page, "packing").getAttribute("aria-expanded")).toBe("true");
    expect(await page.getByRole("treeitem", { name: "orders Orders running", exact: true }).count()).toBe(1);
    expect(await page.locator("#app-name").textContent()).toBe("shop");
    expect(await page.title()).toBe("shop · Inspector");
  });

  test("turns a service red that crashed, marks it for a while, and shows its restart", async () => {
    await using app = await new Shop().start();
    await using page = await open(app, { hash: "#tree/packing/printer" });
    await row(page, "packing/printer").waitFor();
    app.bus.emit("paper:out", {});
    await page.locator('.row.failed[data-path="packing/printer"]').waitFor();
    await page.locator('[data-path="packing/printer"][data-state=running] .restarts', { hasText: "1" }).waitFor();
    expect(await row(page, "packing/printer").locator(".crash-mark").isVisible()).toBe(true);
    await page.getByRole("treeitem", { name: /^printer Printer crashed running restarted once, 1 error$/ }).waitFor();
    const error = page.locator("#detail .errors .message", { hasText: "out of paper" }).first();
    await error.waitFor();
    // What the app says is text, whatever it looks like.
    expect(await error.textContent()).toBe("the printer is out of paper <img src=x>");
    expect(await page.locator("#detail img").count()).toBe(0);
    await error.click();
    await page.locator("#detail .errors pre", { hasText: "at Printer.jam" }).first().waitFor();
  });

  test("stops a service and starts it again by its buttons", async () => {
    await using app = await new Shop().start();
    await using page = await open(app);
    await row(page, "orders").click();
    await page.locator("#detail-name", { hasText: "orders" }).waitFor();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.locator('[data-path="orders"][data-state=stopped]').waitFor();
    expect(await page.getByRole("button", { name: "Stop", exact: true }).getAttribute("aria-disabled")).toBe("true");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.locator('[data-path="orders"][data-state=running]').waitFor();
    await page.locator(".toast", { hasText: "orders: started" }).waitFor();
  });

  test("says why a button does nothing", async () => {
    await using app = await new Shop().start();
    await using page = await open(app, { hash: "#tree/packing/printer" });
    const restart = page.getByRole("button", { name: "Restart", exact: true });
    await restart.waitFor();
    expect(await restart.getAttribute("aria-disabled")).toBe("true");
    const why = await page.locator(`#${await restart.getAttribute("aria-describedby")}`).textContent();
    expect(why).toBe("It is restarted by its owner, packing.");
  });

  test("asks before it stops the app itself", async () => {
    await using app = await new Shop().start();
    await using page = await open(app, { hash: "#tree/", expected: /ERR_|Failed to load/ });
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Stop shop?" });
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(app.state).toBe("running");
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Stop" }).click();
    await page.locator("#connection[data-state=stopped], #connection[data-state=reconnecting]").waitFor();
    await app.wait();
    expect(app.state).toBe("stopped");
  });

  test("is walked, searched, folded and commanded by keys alone", async () => {
    await using app = await new Shop().start();
    await using page = await open(app);
    await row(page, "orders").waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-path"));
    await page.keyboard.press("Escape");
    expect(await focused()).toBe("");
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toBe("metrics");
    await page.keyboard.press("End");
    expect(await focused()).not.toBe("metrics");
    await page.keyboard.type("pac");
    expect(await focused()).toBe("packing");
    await page.keyboard.press("ArrowLeft");
    expect(await row(page, "packing").getAttribute("aria-expanded")).toBe("false");
    expect(await row(page, "packing/printer").count()).toBe(0);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toBe("packing/printer");
    await page.keyboard.press("ArrowLeft");
    expect(await focused()).toBe("packing");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("s");
    await page.locator('[data-path="orders"][data-state=stopped]').waitFor();
    expect(await focused()).toBe("orders");
    await page.keyboard.press("s");
    await page.locator('[data-path="orders"][data-state=running]').waitFor();
    await page.keyboard.press("t");
    await page.locator(".toast", { hasText: /interval "restock" was called .*\{"ordered":20\}/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.locator("#detail-name", { hasText: "orders" }).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    expect(await focused()).toBe("orders");
    await page.keyboard.press("/");
    await page.keyboard.type("printer");
    await row(page, "metrics").waitFor({ state: "detached" });
    await page.keyboard.press("Enter");
    await page.keyboard.press("End");
    expect(await focused()).toBe("packing/printer");
    await page.keyboard.press("2");
    await page.locator("#panel-events:not([hidden])").waitFor();
  });

  test("has rows for what is in sight only, of 5,000 services, and scrolls to the last", async () => {
    await using app = await new Shop(manyServices(5000)).start();
    await using page = await open(app);
    await page.locator("#summary", { hasText: "5,0" }).waitFor();
    const rows = page.locator("[role=treeitem]");
    expect(await rows.count()).toBeLessThan(200);
    await page.locator(".tree-viewport").evaluate((viewport) => viewport.scrollTo(0, viewport.scrollHeight));
    await row(page, "worker5000").waitFor();
    expect(await rows.count()).toBeLessThan(200);
    await row(page, "worker5000").click();
    await page.locator("#detail-name", { hasText: "worker5000" }).waitFor();
    await page.keyboard.press("Home");
    await row(page, "metrics").waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute("data-path"))).toBe("");
    await page.locator("#filter").fill("worker4999");
    await row(page, "worker4999").waitFor();
    expect(await rows.count()).toBe(2);
  });

  test("keeps the rows that did not change as they are", async () => {
    await using app = await new Shop().start();
    await using page = await open(app);
    await row(page, "orders").waitFor();
    await page.evaluate(() => {
      const changed = new Set<string>();
      Object.assign(window, { changed });
      new MutationObserver((records) => {
        for (const { target } of records) {
          const element = target instanceof Element ? target : target.parentElement;
          const age = element?.closest(".age, .rate");
          const path = element?.closest("[data-path]")?.getAttribute("data-path");
          if (!age && path) changed.add(path);
        }
      }).observe(document.querySelector(".tree-body") as Node, {
        subtree: true,
        childList: true,
        attributes: true,
        characterData: true,
      });
    });
    app.bus.emit("paper:out", {});
    await page.locator('[data-path="packing/printer"][data-state=running] .restarts', { hasText: "1" }).waitFor();
    const changed = await page.evaluate(() => [...(window as unknown as { changed: Set<string> }).changed]);
    expect(changed).toContain("packing/printer");
    expect(changed).not.toContain("metrics");
  });
});
