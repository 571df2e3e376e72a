import type { RecordedFact } from "@pawl/diagnostics";
import { expect, test } from "vitest";
import { drawPhase, phasesOf } from "../../src/replay/timeline.ts";

/** Facts at times in milliseconds. */
const recorded = (
  ...facts: readonly (readonly [at: number, kind: string, fields?: object])[]
): readonly RecordedFact[] =>
  facts.map(([at, kind, fields], index) => ({ seq: index + 1, kind, at: 1_000_000 + at, ...fields }));

const of = (path: string) => ({ path });
const started = [
  [0, "kernel.starting"],
  [0, "service.starting", of("db")],
  [100, "service.starting", of("db/pool")],
  [800, "service.started", of("db/pool")],
  [800, "service.started", of("db")],
  [800, "service.starting", of("metrics")],
  [1_000, "service.started", of("metrics")],
  [1_000, "kernel.started"],
] as const;

const drawn = (facts: readonly RecordedFact[], width = 60) => phasesOf(facts).map((phase) => drawPhase(phase, width));

test("draws when everything started, and marks what took the longest by itself", () => {
  expect(drawn(recorded(...started))).toEqual([
    [
      "start: 1s",
      "  db       ███████████████████████████        800ms",
      "  db/pool     ████████████████████████        700ms  longest",
      "  metrics                             ███████  200ms",
    ].map((line, index) => (index === 0 ? line : expect.stringMatching(patternOf(line)))),
  ]);
});

/** A row with as many columns as the width leaves. */
function patternOf(row: string): RegExp {
  const [, path, length, mark] = /^ {2}(\S+) +█+ +(\S+)(.*)$/.exec(row) ?? [];
  return new RegExp(`^ {2}${path} +█+ +${length}${mark}$`);
}

test("scales the bars to the width, and every part has one", () => {
  const [wide = []] = drawn(recorded(...started), 120);
  const [narrow = []] = drawn(recorded(...started), 50);
  const bar = (row = "") => (row.match(/█/g) ?? []).length;
  expect(wide.every((row) => row.length <= 120)).toBe(true);
  expect(narrow.every((row) => row.length <= 50)).toBe(true);
  expect(bar(wide[1])).toBeGreaterThan(bar(narrow[1]) * 2);
  expect(bar(wide[1]) / bar(wide[3])).toBeCloseTo(4, 0);
  const [short = []] = drawn(
    recorded(
      [0, "kernel.starting"],
      [0, "service.starting", of("a")],
      [0, "service.started", of("a")],
      [9_000, "kernel.started"],
    ),
  );
  expect(bar(short[1])).toBe(1);
});

test("draws the stop from the last kernel.stopping on, plain values included", () => {
  const phases = phasesOf(
    recorded(
      ...started,
      [5_000, "kernel.stopping"],
      [5_000, "service.stopping", of("metrics")],
      [5_010, "release.started", { path: "metrics", label: "cleanup" }],
      [5_300, "release.ended", { path: "metrics", label: "cleanup" }],
      [5_300, "service.stopped", { path: "metrics", leftBehind: 1 }],
      [5_300, "release.started", { path: "config", label: "value" }],
      [5_400, "release.ended", { path: "config", label: "value", error: "refused" }],
      [5_400, "kernel.stopped"],
    ),
  );
  expect(phases.map(({ name, ms }) => [name, ms])).toEqual([
    ["start", 1_000],
    ["stop", 400],
  ]);
  expect(phases[1]?.spans).toEqual([
    { path: "metrics", from: 0, ms: 300, outcome: "left behind" },
    { path: "config", from: 300, ms: 100, outcome: "failed" },
  ]);
});

test("draws a failed start and its undoing", () => {
  const phases = phasesOf(
    recorded(
      [0, "kernel.starting"],
      [0, "service.starting", of("db")],
      [50, "service.started", of("db")],
      [50, "service.starting", of("metrics")],
      [90, "service.failed", of("metrics")],
      [90, "service.stopping", of("db")],
      [190, "service.stopped", of("db")],
      [190, "kernel.failed"],
    ),
  );
  expect(phases).toMatchObject([
    { name: "start", ms: 90, spans: [{ path: "db" }, { path: "metrics", ms: 40, outcome: "failed" }] },
    { name: "stop", ms: 100, spans: [{ path: "db", from: 0, ms: 100 }] },
  ]);
});

test("draws what had not ended when the record was written", () => {
  const [start = []] = drawn(
    recorded([0, "kernel.starting"], [0, "service.starting", of("db")], [100, "retry.scheduled", of("db")]),
  );
  expect(start[1]).toMatch(/^ {2}db +▒+ +100ms {2}longest {2}not ended$/);
});

test("draws the last start of several, and nothing where the record has none", () => {
  const facts = recorded(...started, [2_000, "kernel.starting"], [2_500, "kernel.started"]);
  expect(drawn(facts)).toEqual([["start: 500ms, in which nothing of its own was recorded"]]);
  expect(phasesOf(recorded([0, "crash", of("db")]))).toEqual([]);
});

test("draws a start whose beginning the record no longer has, as far as it goes", () => {
  const phases = phasesOf(
    recorded(
      [750, "service.started", { path: "db", ms: 700 }],
      [800, "service.starting", of("metrics")],
      [1_000, "service.started", { path: "metrics", ms: 200 }],
      [1_000, "kernel.started", { ms: 1_000 }],
    ),
  );
  expect(phases).toEqual([
    {
      name: "start",
      at: 1_000_000,
      ms: 1_000,
      spans: [
        { path: "db", from: 50, ms: 700, outcome: "ended" },
        { path: "metrics", from: 800, ms: 200, outcome: "ended" },
      ],
    },
  ]);
});

test("draws a stop whose beginning the record no longer has, as far as it goes", () => {
  const phases = phasesOf(
    recorded(
      [750, "service.stopped", { path: "metrics", ms: 700, leftBehind: 1 }],
      [900, "service.stopped", { path: "db", ms: 100, leftBehind: 0 }],
      [1_000, "kernel.stopped", { ms: 1_000, failures: 1 }],
    ),
  );
  expect(phases).toEqual([
    {
      name: "stop",
      at: 1_000_000,
      ms: 1_000,
      spans: [
        { path: "metrics", from: 50, ms: 700, outcome: "left behind" },
        { path: "db", from: 800, ms: 100, outcome: "ended" },
      ],
    },
  ]);
});
