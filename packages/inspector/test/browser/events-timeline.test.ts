import { provide } from "@pawl/kernel";
import { expect, test } from "vitest";
import { describeInBrowser } from "./browser.ts";
import { freePort, Shop, Stubborn } from "./shop.ts";

describeInBrowser("the events", (open) => {
  test("show who emits what to whom, as a map and as a table", async () => {
    await using app = await new Shop().start();
    await using page = await open(app, { hash: "#events" });
    const placed = await app.fetch("/orders/place", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: "ada@example.com", product: "pawl" }),
    });
    expect(placed.status).toBe(200);
    const emitter = page.getByRole("button", { name: /^orders .*, emitter, / });
    await emitter.waitFor();
    const event = page.getByRole("button", { name: /^order:created .*, event, 1 in total/ });
    await event.waitFor();
    await page.getByRole("button", { name: /^metrics .*, listener, 1 in total/ }).waitFor();
    const line = page.locator(".events-table tr", { hasText: "order:created" });
    expect(await line.locator("td").nth(2).textContent()).toContain("orders");
    expect(await line.locator("td").nth(3).textContent()).toContain("metrics");

    // By keys: from the emitter to the event, and its way is lit.
    await emitter.focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toContain("order:created");
    expect(await page.locator(".node.on-way").count()).toBe(3);
    await page.keyboard.press("Enter");
    expect(await event.getAttribute("aria-pressed")).toBe("true");
    await page.locator("#filter").fill("paper");
    await event.waitFor({ state: "detached" });
  });

  test("are emitted by the form", async () => {
    await using app = await new Shop().start();
    await using page = await open(app, { hash: "#events" });
    const heard: unknown[] = [];
    app.bus.on("note:written", (payload: unknown) => heard.push(payload));
    await page.getByLabel("Event", { exact: true }).fill("note:written");
    await page.getByLabel("Payload, as JSON").fill('{ "text": ');
    await page.getByRole("button", { name: "Emit" }).click();
    await page.locator(".emit-form .field-error", { hasText: "This is no JSON" }).waitFor();
    await page.getByLabel("Payload, as JSON").fill('{ "text": "hello" }');
    await page.getByRole("button", { name: "Emit" }).click();
    await page.locator(".emit-form .good", { hasText: "Heard by 1 listener" }).waitFor();
    expect(heard).toEqual([{ text: "hello" }]);
  });
});

describeInBrowser("the timeline", (open) => {
  test("shows the start as bars in order, with the longest, a tooltip by focus, and a list", async () => {
    await using app = await new Shop().start();
    await using page = await open(app, { hash: "#timeline" });
    const lines = page.locator(".gantt-body [role=listitem]");
    await lines.first().waitFor();
    const labels = await lines.locator(".gantt-label").allTextContents();
    expect(labels.indexOf("metrics")).toBeLessThan(labels.indexOf("orders"));
    expect(labels.indexOf("orders")).toBeLessThan(labels.indexOf("packing"));
    expect(labels).toContain("packing/printer");
    expect(await page.locator(".gantt-line.longest").count()).toBe(1);
    expect(await page.locator(".bar.ground.start").count()).toBeGreaterThan(3);
    expect(await page.locator(".timeline-total").textContent()).toMatch(/^\d+ services in .*, longest \S+ \(/);

    await lines.first().focus();
    await page.locator("#timeline-tip", { hasText: /start at .*, for / }).waitFor();
    await page.keyboard.press("ArrowDown");
    const tip = await page.locator("#timeline-tip strong").textContent();
    expect(tip).toBe(await page.evaluate(() => document.activeElement?.getAttribute("data-path")));
    await page.keyboard.press("Escape");
    await page.locator("#timeline-tip").waitFor({ state: "hidden" });

    await page.getByRole("button", { name: "As a list" }).click();
    await page.locator("#timeline tbody th", { hasText: "packing/printer" }).first().waitFor();
    expect(await page.locator(".gantt").isVisible()).toBe(false);
  });

  test("has the stop before a restart as well, with what was left behind in it", async () => {
    const http = { port: await freePort(), host: "127.0.0.1" };
    await using app = await new Shop({ stubborn: provide(new Stubborn(), { stopTimeout: "200ms" }) }, http).start();
    await using page = await open(app, { hash: "#timeline", expected: /ERR_|Failed to load/ });
    await page.locator("#summary", { hasText: "1 run" }).waitFor();
    await app.restart();
    const choice = page.getByLabel("Run", { exact: true });
    const stopped = page.locator("#run-choice option", { hasText: /^Stop at .* failed$/ });
    await stopped.waitFor({ state: "attached" });
    await page.locator("#summary", { hasText: "3 runs" }).waitFor();
    await choice.selectOption({ label: (await stopped.textContent()) ?? "" });
    await page.locator(".bar.ground.stop").first().waitFor();
    const left = page.locator(".gantt-line.bad");
    await left.focus();
    await page.locator("#timeline-tip .bad", { hasText: /^stop at .*, left behind: onStop$/ }).waitFor();
    expect(
      await page.locator(".gantt-line.bad").evaluateAll((lines) => lines.map((line) => line.dataset["path"])),
    ).toEqual(["stubborn"]);
  });
});
