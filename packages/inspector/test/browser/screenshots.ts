import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { launch } from "./browser.ts";
import { livelyShop } from "./lively-shop.ts";

// Takes the pictures of docs/images anew, in a minute:
//   node --conditions=pawl-source packages/inspector/test/browser/screenshots.ts [folder]
const folder = process.argv[2] ?? fileURLToPath(new URL("../../../../docs/images", import.meta.url));
const size = { width: 1280, height: 800 };

const app = await livelyShop();
const browser = await launch();
try {
  const page = await browser.newPage({ viewport: size, colorScheme: "dark", reducedMotion: "reduce" });
  await take(page, "tree", "#tree/orders", async () => {
    // Charts of a good part of a minute, and a printer that has just crashed.
    await page.locator(".actions summary").click();
    await page.waitForTimeout(35_000);
    await page.locator('[data-path="orders/packer/labelPrinter"] .crash-mark:visible').waitFor();
  });
  await take(page, "events", "#events", async () => {
    await page.getByRole("button", { name: /^stock:low / }).waitFor();
  });
  await take(page, "timeline", "#timeline", async () => {
    await page.locator(".gantt-body .gantt-line").nth(2).focus();
    await page.locator("#timeline-tip").waitFor();
  });
} finally {
  await browser.close();
  await app.stop();
}

async function take(page: Page, name: string, hash: string, ready: () => Promise<void>): Promise<void> {
  await page.goto(new URL(`/_pawl/${hash}`, app.at("/")).href);
  await page.locator("#connection[data-state=live]").waitFor();
  await ready();
  await page.screenshot({ path: `${folder}/inspector-${name}.png` });
}
