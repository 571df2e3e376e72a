import { Jobs, job } from "@pawl/jobs";
import { Service } from "@pawl/kernel";
import { Messages, publish, subscribe } from "@pawl/messages";
import { expect, test } from "vitest";
import { z } from "zod";
import { expectAccessible } from "./accessibility.ts";
import { describeInBrowser } from "./browser.ts";
import { Shop } from "./shop.ts";

/** Fails at what it is to do until its printer has ink. */
class Billing extends Service {
  hasInk = false;
  readonly printed: string[] = [];
  readonly print = job(this, "invoice.print", z.string(), (to) => this.#print(to), { retries: 0 });
  override onStart(): void {
    subscribe(this, "order:placed", () => this.#print("whoever ordered"), { group: "billing", retries: 0 });
  }
  #print(to: string): void {
    if (!this.hasInk) throw new Error("no ink");
    this.printed.push(to);
  }
}

describeInBrowser("queues of jobs and groups of messages", (open) => {
  test("shows what is dead, and has it worked on again", async () => {
    const billing = new Billing();
    await using app = await new Shop({ messages: new Messages(), jobs: new Jobs(), billing }).start();
    await billing.print.enqueue("ada");
    await billing.print.enqueue("eve");
    await publish(billing, "order:placed", { id: 17 });
    await using page = await open(app, { hash: "#tree/jobs" });
    const queue = page.getByRole("region", { name: "Queues" }).getByRole("row", { name: /^invoice.print/ });
    await queue.getByRole("button", { name: "Retry what is dead of invoice.print" }).waitFor();
    expect(await queue.getByRole("cell").allTextContents()).toEqual(["–", "–", "2", "Retry"]);
    await expectAccessible(page);

    billing.hasInk = true;
    await queue.getByRole("button").click();
    await page.locator("#notices", { hasText: "invoice.print: worked on again: 2" }).waitFor();
    await queue.getByRole("button").waitFor({ state: "hidden" });
    expect(billing.printed).toEqual(["ada", "eve"]);

    await page.goto(new URL("/_pawl/#tree/messages", app.at("/")).href);
    const group = page.getByRole("region", { name: "Groups" }).getByRole("row", { name: /^billing order:placed/ });
    await group.getByRole("button", { name: "Redrive what is dead of billing, order:placed" }).click();
    await page.locator("#notices", { hasText: "billing, order:placed: worked on again: 1" }).waitFor();
    await group.getByRole("button").waitFor({ state: "hidden" });
    expect(billing.printed).toEqual(["ada", "eve", "whoever ordered"]);
    // What failed was told as well.
    expect(app.errors).toHaveLength(3);
  });
});
