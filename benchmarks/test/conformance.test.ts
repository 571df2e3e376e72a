import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ask } from "../conformance/ask.ts";
import { type Answers, conformanceTargets } from "../conformance/conformance.ts";
import { namesMailer } from "../conformance/scenarios/three-services.ts";
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

const timer = "at Timeout._onTimeout (file.js:1:2)";

test.for([
  ["caught", `Error: "mailer" did not start within 1s\n    ${timer}`, true],
  ["caught", "FastifyError: Plugin did not start in time: 'mailer'.", true],
  ["caught", "StopError: app stopped with 1 failure:\n  - mailer: onStop was still running after 1s", true],
  ["output", "ERROR: TimeoutError: Operation timed out after '1s'\n    at mailer (layers.js:1:2)", true],
  ["output", "ERROR: Services waiting is timed out.\n  services: [ 'mailer' ]\nINFO: billing stopped", true],
  ["caught", `Error: mailer failed\n    ${timer}`, false],
  ["output", "ERROR: the start timed out\nINFO: mailer registered", false],
  ["output", '{"level":30,"time":1700000000000,"msg":"mailer registered"}', false],
  ["output", `{"level":50,"err":{"stack":"Error: mailer failed\\n    ${timer}"},"msg":"from the template"}`, false],
] as const)(
  "only an entry with the name that says a time is up tells who was late: %s, %s",
  ([where, text, expected]) => {
    expect(namesMailer({ events: [], caught: "", output: "", outside: [], [where]: text })).toBe(expected);
  },
);

test("the target is missed when Pawl is wrong once, or a peer is right in all", () => {
  const answers = (title: string, wrong: number): Answers => ({
    system: { title, packages: [], configuration: {} },
    outcomes: new Map(names.map((name, i) => [name, { answer: "", right: i >= wrong }])),
  });
  const met = (...all: Answers[]) => conformanceTargets(all).map((target) => verdict(target).met);
  expect(met(answers("Pawl", 0), answers("one", 3), answers("other", 1))).toEqual([true, true]);
  expect(met(answers("Pawl", 1), answers("one", 3), answers("other", 0))).toEqual([false, false]);
});
