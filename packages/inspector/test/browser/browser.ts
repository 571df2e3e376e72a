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

/** Opens the page of an app: `await using page = await open(app)`, so that it closes before its app stops. */
type Open = (app: WebApp, options?: OpenOptions) => Promise<Page>;

/** Every wait is for something that the page shows; how long that takes is up to the machine. In milliseconds. */
const patience = 60_000;

/** Tests in one real browser. A message in its console fails a test: an error, a warning, or what the CSP has refused. */
export function describeInBrowser(title: string, body: (open: Open) => void): void {
  if (chromiumPath === undefined) {
    process.stderr.write(`\nSKIPPED: "${title}" needs Chromium: apt-get install chromium, or set CHROMIUM_PATH\n\n`);
  }
  describe.skipIf(chromiumPath === undefined)(title, () => {
    let browser: Browser;
    let problems: string[] = [];
    let pages: Page[] = [];

    beforeAll(async () => {
      browser = await launch();
    }, patience);
    afterAll(() => browser?.close(), patience);
    afterEach(() => {
      const found = problems;
      const left = pages.filter((page) => !page.isClosed());
      problems = [];
      pages = [];
      expect(found).toEqual([]);
      // A page that outlives its app loses it, asks again, and says so in the console: now and then before the test is over.
      expect(left.map((page) => page.url())).toEqual([]);
    });

    body(async (app, { hash = "", expected, ...options } = {}) => {
      const page = await browser.newPage({ reducedMotion: "reduce", ...options });
      pages.push(page);
      page.setDefaultTimeout(patience);
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
