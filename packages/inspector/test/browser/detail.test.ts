import { expect, test } from "vitest";
import { describeInBrowser } from "./browser.ts";
import { Shop } from "./shop.ts";

describeInBrowser("the service that is looked at", (open) => {
  test("calls an action by the form of its schema and shows the result", async () => {
    await using app = await new Shop().start();
    await using page = await open(app, { hash: "#tree/orders" });
    await page.locator(".actions summary", { hasText: "place" }).click();
    const form = page.locator(".actions form").first();
    expect(await form.getByLabel("quantity").inputValue()).toBe("1");
    expect(await form.getByLabel("quantity").getAttribute("max")).toBe("99");
    await form.getByLabel("email*").fill("ada@example.com");
    await form.getByLabel("product*").selectOption("ratchet");
    await form.getByLabel("quantity").fill("3");
    await form.getByLabel("express").check();
    await form.getByRole("button", { name: "Add to tags" }).click();
    await form.getByLabel("tags, item*").fill("gift");
    await form.getByLabel("give address").check();
    await form.getByLabel("street*").fill("Long Lane 1");
    await form.getByRole("button", { name: "Call place" }).click();
    const result = await form.locator(".result pre").textContent();
    expect(JSON.parse(result ?? "")).toEqual({
      id: "a-17",
      email: "ada@example.com",
      product: "ratchet",
      quantity: 3,
      express: true,
      tags: ["gift"],
      address: { street: "Long Lane 1" },
    });
  });

  test("shows at its field what the browser sees wrong, without a call, and what the app refuses", async () => {
    await using app = await new Shop().start();
    await using page = await open(app, { hash: "#tree/orders", expected: /status of 4\d\d/ });
    await page.locator(".actions summary", { hasText: "place" }).click();
    const form = page.locator(".actions form").first();
    await form.getByLabel("quantity").fill("100");
    await form.getByRole("button", { name: "Call place" }).click();
    const errors = form.locator(".field-error:not(:empty)");
    await errors.first().waitFor();
    expect(await errors.count()).toBe(3);
    // The first of them has the focus, and its message is its description.
    const email = form.getByLabel("email*");
    expect(await email.evaluate((input) => input === document.activeElement)).toBe(true);
    expect(await email.getAttribute("aria-invalid")).toBe("true");
    expect(await form.locator(".result").textContent()).toBe("");

    await email.fill("ada@example.org");
    await form.getByLabel("product*").selectOption("pawl");
    await form.getByLabel("quantity").fill("2");
    await form.getByRole("button", { name: "Call place" }).click();
    await form.locator(".field-error", { hasText: "is not delivered to" }).waitFor();
    expect(await email.getAttribute("aria-invalid")).toBe("true");
    await form.locator(".result code", { hasText: "PAWL_" }).waitFor();
  });

  test("takes JSON for what has no field, and checks it", async () => {
    await using app = await new Shop().start();
    await using page = await open(app, { hash: "#tree/orders" });
    await page.locator(".actions summary", { hasText: "explain" }).click();
    const form = page.locator(".actions form").nth(1);
    await form.getByLabel("reason*").fill("{ no");
    await form.getByRole("button", { name: "Call explain" }).click();
    await form.locator(".field-error", { hasText: "This is no JSON" }).waitFor();
    await form.getByLabel("reason*").fill('{ "late": 17 }');
    await form.getByRole("button", { name: "Call explain" }).click();
    expect(JSON.parse((await form.locator(".result pre").textContent()) ?? "")).toEqual({ reason: { late: 17 } });
    await form.getByRole("button", { name: "As JSON" }).click();
    await form.getByLabel("Input, as JSON").fill('{ "reason": { "lost": 1 } }');
    await form.getByRole("button", { name: "Call explain" }).click();
    await form.locator(".result pre", { hasText: "lost" }).waitFor();
  });

  test("has fields for what a schema refers to, for lists of objects, and for one of several things", async () => {
    await using app = await new Shop().start();
    await using page = await open(app, { hash: "#tree/orders", expected: /status of 4\d\d/ });
    await page.locator(".actions summary", { hasText: "invoice" }).click();
    const form = page.locator(".actions form").nth(2);
    const group = (name: string) => form.getByRole("group", { name, exact: true });
    await group("to").getByLabel("street*").fill("Long Lane 1");
    await form.getByRole("button", { name: "Add to copies" }).click();
    await group("copies, item").getByLabel("city").fill("York");
    await form.getByLabel("kind of reference").selectOption("number");
    await group("reference").getByLabel("number*").fill("17");
    await form.getByLabel("kind of payment").selectOption("card");
    await group("payment").getByLabel("number*").fill("4");
    // Of what recurs in itself, that part is written as JSON.
    await form.getByLabel("give category").check();
    await group("category").getByLabel("name*").fill("books");
    await group("category").getByLabel("parts*").fill("[]");
    await form.getByRole("button", { name: "Call invoice" }).click();
    await group("copies, item").locator(".field-error:not(:empty)").first().waitFor();
    expect(await group("copies, item").getByLabel("street*").getAttribute("aria-invalid")).toBe("true");
    await group("copies, item").getByLabel("street*").fill("Short Lane 2");
    await group("payment").getByLabel("number*").fill("4242");
    await form.getByRole("button", { name: "Call invoice" }).click();
    const invoice = {
      to: { street: "Long Lane 1" },
      delivery: null,
      copies: [{ street: "Short Lane 2", city: "York" }],
      reference: 17,
      limit: null,
      payment: { by: "card", number: "4242" },
      category: { name: "books", parts: [] },
    };
    expect(JSON.parse((await form.locator(".result pre").textContent()) ?? "")).toEqual(invoice);

    // JSON and fields tell each other what is there.
    await form.getByRole("button", { name: "As JSON" }).click();
    const other = { ...invoice, limit: true, reference: "a-17", payment: { by: "transfer" } };
    await form.getByLabel("Input, as JSON").fill(JSON.stringify(other));
    await form.getByRole("button", { name: "As JSON" }).click();
    expect(await form.getByLabel("kind of limit").locator("option:checked").textContent()).toBe("yes or no");
    await form.getByRole("button", { name: "Call invoice" }).click();
    await form.locator(".result pre", { hasText: "transfer" }).waitFor();
    expect(JSON.parse((await form.locator(".result pre").textContent()) ?? "")).toEqual(other);
  });

  test("triggers an interval, and counts the run", async () => {
    await using app = await new Shop().start();
    await using page = await open(app, { hash: "#tree/orders" });
    const line = page.locator("#detail tbody tr", { hasText: "restock" });
    await line.getByRole("button", { name: 'Trigger interval "restock"' }).click();
    await line.locator("td", { hasText: /^1$/ }).waitFor();
    expect((app.service("orders") as unknown as { restocked: number }).restocked).toBe(1);
    expect(await line.locator(".when").textContent()).toMatch(/^in 59m|^in 1h/);
  });

  test("shows resources newest first, counters with a chart, and facts that fold out", async () => {
    await using app = await new Shop().start();
    await using page = await open(app, { hash: "#tree/metrics" });
    const resources = page.locator("#detail section", { hasText: "Resources, in the order" });
    await resources.locator("li", { hasText: "Set" }).waitFor();
    const counter = page.locator(".metric", { hasText: "orders_total" });
    app.bus.emit("order:created", {});
    await counter.locator(".value", { hasText: "1" }).waitFor();
    await counter.locator("path.spark-line[d*=L]").waitFor({ state: "attached" });
    const fact = page.locator(".facts summary", { hasText: "service.started" });
    await fact.click();
    await page.locator(".facts pre", { hasText: '"ms"' }).waitFor();
  });

  test("keeps what is being written into a form while it goes on asking", async () => {
    await using app = await new Shop().start();
    await using page = await open(app, { hash: "#tree/orders" });
    await page.locator(".actions summary", { hasText: "place" }).click();
    const email = page.getByLabel("email*");
    await email.fill("half");
    const asked = page.waitForResponse((response) => response.url().includes("/service?"));
    await asked;
    await page.waitForResponse((response) => response.url().includes("/service?"));
    expect(await email.inputValue()).toBe("half");
    expect(await email.evaluate((input) => input === document.activeElement)).toBe(true);
  });

  test("is reached and used by keys alone", async () => {
    await using app = await new Shop().start();
    await using page = await open(app);
    await page.locator('[data-path="orders"]').waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("o");
    await page.keyboard.press("Enter");
    await page.locator(".actions summary").first().waitFor();
    /** Tab by tab until what has the focus fits. */
    const tabTo = async (name: RegExp) => {
      for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press("Tab");
        const focused = await page.evaluate(() => {
          const element = document.activeElement;
          return (
            element?.getAttribute("aria-label") ??
            (element as HTMLInputElement)?.labels?.[0]?.textContent ??
            element?.textContent ??
            ""
          );
        });
        if (name.test(focused)) return;
      }
      throw new Error(`no Tab leads to ${name}`);
    };
    await tabTo(/^place/);
    await page.keyboard.press("Enter");
    await tabTo(/^email/);
    await page.keyboard.type("ada@example.com");
    await tabTo(/^product/);
    await page.keyboard.press("ArrowDown");
    await tabTo(/^Call place/);
    await page.keyboard.press("Enter");
    await page.locator(".result pre", { hasText: "a-17" }).waitFor();
  });
});
