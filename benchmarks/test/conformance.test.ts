import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ask } from "../conformance/ask.ts";
import { type Answers, conformanceTargets } from "../conformance/conformance.ts";
import { scenarios } from "../conformance/scenarios.ts";
import { verdict } from "../harness/report.ts";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const names = Object.keys(scenarios);

describe.concurrent("Pawl", () => {
  test.for(names)("is right in %s", async (name, { expect }) => {
    const { answer, right } = await ask(file("../conformance/systems/pawl.ts"), name);
    expect(scenarios[name]?.right).toContain(answer);
    expect(right).toBe(true);
  });
});

describe.concurrent("a system that waits for nobody and hides every error", () => {
  test.for([
    ["startOrder", "billing, then mailer, then storage"],
    ["stopOrder", "as they started"],
    ["startFails", "the start counts as done"],
    ["stopFails", "billing never stops, the error is lost"],
    ["startHangs", "never ends"],
    ["stopHangs", "never ends"],
    ["intervalOverlaps", "calls overlap"],
    ["intervalAtStop", "left behind"],
    ["listenerThrows", "the others are silenced, the error is lost"],
    ["listenerRejects", "the others run, the error is lost"],
    ["emitTooEarly", "lost without a trace"],
    ["emitWhenReady", "lost without a trace"],
    ["taskFails", "lost, the app goes on"],
    ["sigterm", "not answered (ECONNRESET), ends at once"],
  ] as const)("is wrong in %s", async ([name, expected], { expect }) => {
    expect(await ask(file("./wrong-system.ts"), name)).toEqual({ answer: expected, right: false });
  });
});

test("refuses to judge a scenario that did not take place", async () => {
  await expect(ask(file("./idle-system.ts"), "stopFails")).rejects.toThrow(/stopFails.*did not take place/);
});

test("the target is missed when Pawl is wrong once, or a peer is right in all", () => {
  const answers = (title: string, wrong: number): Answers => ({
    system: { title, packages: [], configuration: {} },
    outcomes: new Map(names.map((name, i) => [name, { answer: "", right: i >= wrong }])),
  });
  const met = (...all: Answers[]) => conformanceTargets(all).map((target) => verdict(target).met);
  expect(met(answers("Pawl", 0), answers("one", 3), answers("other", 1))).toEqual([true, true]);
  expect(met(answers("Pawl", 1), answers("one", 3), answers("other", 0))).toEqual([false, false]);
});
