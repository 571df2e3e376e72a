import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds that is serious or critical: which rule, where, in what, and why. */
export async function violations(page: Page): Promise<string[]> {
  // As the debugger runs it: the CSP of the page lets no script in.
  await page.evaluate(axe);
  const { violations } = (await page.evaluate("axe.run(document)")) as AxeResults;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, html, failureSummary }) => `${id}: ${target.join(" ")}: ${html}: ${failureSummary}`),
    );
}

/** Fails with all that axe finds in its message: a list alone is cut short there. */
export async function expectAccessible(page: Page): Promise<void> {
  const found = await violations(page);
  expect(found, found.join("\n")).toEqual([]);
}
