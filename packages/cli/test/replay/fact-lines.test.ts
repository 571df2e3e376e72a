import { FlightRecorder } from "@pawl/diagnostics";
import { Service } from "@pawl/kernel";
import { createTestApp } from "@pawl/testing";
import { expect, test } from "vitest";
import { culpritOf } from "../../src/replay/culprit.ts";
import { factLines } from "../../src/replay/fact-lines.ts";

class Metrics extends Service {}
class Broken extends Service {
  override onStart() {
    throw new Error("refused", { cause: new Error("no such host") });
  }
}

test("says what happened in the words of the lifecycle log", async () => {
  await using app = createTestApp({ name: "shop", providers: { metrics: new Metrics() } });
  const recorder = new FlightRecorder(app);
  await app.start();
  await app.stop();
  const lines = factLines(JSON.parse(JSON.stringify(recorder.facts())));
  expect(lines.map(({ level, text }) => [level, text])).toEqual([
    ["debug", "shop is starting"],
    ["debug", "metrics: is starting"],
    ["debug", "metrics: started"],
    ["info", "shop started in 0ms"],
    ["info", "shop is stopping (as asked)"],
    ["info", "metrics: is stopping"],
    ["info", "metrics: stopped"],
    ["info", "shop stopped in 0ms"],
  ]);
});

test("names who failed, and shows each stack once", async () => {
  await using app = createTestApp({ name: "shop", providers: { metrics: new Metrics(), broken: new Broken() } });
  const recorder = new FlightRecorder(app);
  await expect(app.start()).rejects.toThrow("refused");
  const facts = recorder.facts();
  expect(culpritOf(facts)).toMatchObject({ path: "broken", what: "could not start", error: { message: "refused" } });
  const text = factLines(facts)
    .flatMap((line) => [line.text, ...line.more])
    .join("\n");
  expect(text.match(/caused by Error: no such host/g)).toHaveLength(1);
  expect(text.match(/at Broken\.onStart/g)).toHaveLength(2);
});

test("shows a fact that it has no words for as it is, a damaged one too", () => {
  const base = { seq: 1, at: 0 };
  const texts = factLines([
    { ...base, kind: "queue.item.ended", path: "mail", label: "send", ms: 12.34, attempt: 2, key: "a" },
    { ...base, kind: "kernel.stopping", name: "shop" },
    { ...base, kind: "crash", path: "mail", error: "just a text" },
    { ...base, kind: "error", path: "mail", label: 'interval "poll"', error: { name: "Error", message: "two\nlines" } },
  ]).map(({ text, more }) => [text, ...more].join("|"));
  expect(texts).toEqual([
    "mail: queue.item.ended send attempt=2 key=a in 12ms",
    "kernel.stopping name=shop",
    "mail: crashed: just a text",
    'mail: error in interval "poll": Error: two|lines',
  ]);
});

test.each([
  [
    {
      path: "metrics",
      label: 'interval "collect"',
      stack: "at collect (file:///shop/metrics.ts:8:5)",
      stackDelayMs: 3,
    },
    'event loop blocked for 1.2s by metrics: interval "collect"\nat collect (file:///shop/metrics.ts:8:5)',
  ],
  [
    { path: "metrics", label: "onStart", stack: "at load (file:///shop/db.ts:1:1)", stackDelayMs: 700 },
    "event loop blocked for 1.2s by metrics: onStart; it was only stopped 700ms later to see where, as native code is:\nat load (file:///shop/db.ts:1:1)",
  ],
  [{ path: "shop" }, "event loop blocked for 1.2s by code of no service; it could not be stopped to see where"],
])("says who blocked the event loop: %j", (fields, expected) => {
  const [line] = factLines([{ seq: 1, at: 0, kind: "loop.blocked", ms: 1_200, ...fields }]);
  expect(line).toMatchObject({ level: "warn", text: expected });
});
