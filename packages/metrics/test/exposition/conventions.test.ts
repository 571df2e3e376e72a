import { describe, expect, test } from "vitest";
import { parsed, scrapedApp } from "../scraped-app.ts";
import { Shop } from "../shop.ts";

// What promlint looks for (https://prometheus.io/docs/practices/naming/), as far as the text tells it.

/** Names that dashboards know from prom-client and that do not keep to it. */
const known = new Set(["nodejs_heap_size_total_bytes", "nodejs_heap_space_size_total_bytes"]);

describe("every name", async () => {
  const shop = new Shop();
  const app = await scrapedApp({ providers: { shop } }, { events: true });
  app.bus.emit("order:paid");
  const text = await app.scrape();
  const families = [...(await parsed(text))];
  await app[Symbol.asyncDispose]();

  test("is there to be looked at", () => {
    expect(families.length).toBeGreaterThan(40);
  });

  test.each(families.map(([name, { type, help }]) => [name, type, help] as const))("%s", (name, type, help) => {
    expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
    expect(help, "it says what it is").not.toBe("");
    expect(type).toMatch(/^(counter|gauge|histogram)$/);
    expect(name.endsWith("_total"), "counters, and only they, end with _total").toBe(type === "counter");
    expect(name, "the type is no part of the name").not.toMatch(/_(counter|gauge|histogram|summary)(_|$)/);
    expect(name, "units are base units").not.toMatch(
      /_(ms|milliseconds|minutes|hours|kilobytes|megabytes|percent)(_|$)/,
    );
    if (!known.has(name)) expect(name, "total comes last").not.toMatch(/_total_/);
    if (/duration|lag|delay/.test(name)) expect(name).toMatch(/_seconds(_total)?$/);
    if (/memory|heap_size/.test(name)) expect(name).toMatch(/_bytes$/);
  });

  test("has one HELP and one TYPE, and all of its lines in one place", () => {
    const heads = text.match(/^# TYPE (\S+)/gm) ?? [];
    expect(new Set(heads).size).toBe(heads.length);
    expect(text.match(/^# HELP (\S+)/gm)).toHaveLength(heads.length);
  });

  test("no line comes twice", () => {
    const series = text
      .split("\n")
      .flatMap((line) => (/^[a-z]/.test(line) ? [line.slice(0, line.lastIndexOf(" "))] : []));
    expect(new Set(series).size).toBe(series.length);
  });
});
