import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import type { WebApp } from "../web-app.ts";

const places = [
  process.env["CHROMIUM_PATH"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** Where Chromium is, if it is. */
const chromiumPath = places.find((path) => path !== undefined && existsSync(path));

export function launch(): Promise<Browser> {
  if (chromiumPath === undefined)
    throw new Error("there is no Chromium: apt-get install chromium, or set CHROMIUM_PATH");
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync"],
    ],
  });
}

interface OpenOptions extends BrowserContextOptions {
  /** `#events`, `#tree/orders` … */
  readonly hash?: string;
  /** Messages of the console that the test itself brings about. */
  readonly expected?: RegExp;
}

type Open = (app: WebApp, options?: OpenOptions) => Promise<Page>;

/** Tests in one real browser. A message in its console fails a test: an error, a warning, or what the CSP has refused. */
export function describeInBrowser(title: string, body: (open: Open) => void): void {
  if (chromiumPath === undefined) {
    process.stderr.write(`\nSKIPPED: "${title}" needs Chromium: apt-get install chromium, or set CHROMIUM_PATH\n\n`);
  }
  describe.skipIf(chromiumPath === undefined)(title, () => {
    let browser: Browser;
    let problems: string[] = [];
    const close: (() => Promise<void>)[] = [];

    beforeAll(async () => {
      browser = await launch();
    }, 60_000);
    afterAll(() => browser?.close());
    afterEach(async () => {
      for (const it of close.splice(0)) await it();
      const found = problems;
      problems = [];
      expect(found).toEqual([]);
    });

    body(async (app, { hash = "", expected, ...options } = {}) => {
      const context = await browser.newContext({ reducedMotion: "reduce", ...options });
      close.push(() => context.close());
      const page = await context.newPage();
      page.setDefaultTimeout(8000);
      page.on("pageerror", (error) => problems.push(String(error.stack)));
      page.on("console", (message) => {
        const text = `${message.type()}: ${message.text()}`;
        if (message.type() !== "log" && !expected?.test(text)) problems.push(text);
      });
      await page.goto(new URL(`/_pawl/${hash}`, app.at("/")).href);
      await page.locator("#connection[data-state=live]").waitFor();
      return page;
    });
  });
}

/** The row of a service in the tree. */
export function row(page: Page, path: string) {
  return page.locator(`[role=treeitem][data-path="${path}"]`);
}
