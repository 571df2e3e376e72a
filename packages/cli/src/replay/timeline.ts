import type { RecordedFact } from "@pawl/diagnostics";
import { formatDuration } from "@pawl/kernel";

/** One part of a start or a stop. */
interface Span {
  readonly path: string;
  /** Milliseconds from the beginning of the whole. */
  readonly from: number;
  readonly ms: number;
  /** Not ended: the record ends before. Left behind: something of it was still running. */
  readonly outcome: "ended" | "failed" | "left behind" | "not ended";
}

/** A start or a stop. */
export interface Phase {
  readonly name: "start" | "stop";
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly ms: number;
  /** In the order in which they began. */
  readonly spans: readonly Span[];
}

const begins: Readonly<Record<string, Phase["name"]>> = {
  "service.starting": "start",
  "service.stopping": "stop",
  "release.started": "stop",
};
const ends: Readonly<Record<string, Phase["name"]>> = {
  "service.started": "start",
  "service.failed": "start",
  "service.stopped": "stop",
  "release.ended": "stop",
};

/** The last start that the record has, and the stop after it; the undoing of a failed start is its stop. */
export function phasesOf(facts: readonly RecordedFact[]): readonly Phase[] {
  const began = facts.findLastIndex(({ kind }) => kind === "kernel.starting");
  const run = facts.slice(Math.max(0, began));
  const started = run.findIndex(({ kind }) => kind === "kernel.started");
  const stopping = run.findIndex(({ kind }) => kind === "kernel.stopping");
  const failed = run.findIndex(({ kind }) => kind === "kernel.failed");
  // Of a start that failed, the undoing begins with the first that stops.
  const undoing =
    failed < 0 ? -1 : run.findIndex(({ kind }) => kind === "service.stopping" || kind === "service.failed");
  const stop = stopping >= 0 ? stopping : undoing;
  const startEnd = started >= 0 ? started : stop;
  // Of a large app the record may lack the beginning: the end tells when it was.
  const cutOff = began < 0 && started >= 0 ? beginOf(run[started]) : undefined;
  const ended = run.find(({ kind }) => kind === "kernel.stopped");
  const cutOffStop = began < 0 && started < 0 && stop < 0 ? beginOf(ended) : undefined;
  return [
    ...(began < 0 ? [] : [phase("start", startEnd < 0 ? run : run.slice(0, startEnd + 1))]),
    ...(cutOff === undefined ? [] : [phase("start", run.slice(0, started + 1), cutOff)]),
    ...(stop < 0 ? [] : [phase("stop", run.slice(stop))]),
    ...(cutOffStop === undefined ? [] : [phase("stop", run, cutOffStop)]),
  ];
}

/** When what a fact says has ended has begun; undefined where it does not say. */
function beginOf(fact: RecordedFact | undefined): number | undefined {
  const ms = fact?.["ms"];
  return fact && typeof ms === "number" ? fact.at - ms : undefined;
}

function phase(name: Phase["name"], facts: readonly RecordedFact[], at = facts[0]?.at ?? 0): Phase {
  const last = facts.findLast(({ kind }) => kind.startsWith("kernel.")) ?? facts.at(-1);
  const to = Math.max(at, facts.at(-1)?.at ?? at, last?.at ?? at);
  const open = new Map<string, number>();
  const spans: Span[] = [];
  const close = (path: string, fact: RecordedFact) => {
    const index = open.get(path) ?? spans.length;
    const from = spans[index]?.from ?? Math.max(0, (beginOf(fact) ?? fact.at) - at);
    spans[index] = { path, from, ms: fact.at - at - from, outcome: outcomeOf(fact) };
    open.delete(path);
  };
  for (const fact of facts) {
    const path = String(fact["path"]);
    // What a service holds is part of its stop; plain values stop on their own.
    if (fact.kind.startsWith("release.") && fact["label"] !== "value") continue;
    if (begins[fact.kind] === name) {
      open.set(path, spans.length);
      spans.push({ path, from: fact.at - at, ms: to - fact.at, outcome: "not ended" });
    } else if (ends[fact.kind] === name) {
      close(path, fact);
    }
  }
  return { name, at, ms: to - at, spans: spans.sort((a, b) => a.from - b.from) };
}

function outcomeOf({ kind, error, leftBehind }: RecordedFact): Span["outcome"] {
  if (kind === "service.failed" || error !== undefined) return "failed";
  return Number(leftBehind) > 0 ? "left behind" : "ended";
}

/**
 * Draws a phase as text, a bar for each part, at most `width` columns wide:
 *
 *     start: 1.2s
 *       db       ████████████            800ms  longest
 *       metrics              ██████████  400ms
 */
export function drawPhase({ name, ms, spans }: Phase, width: number): readonly string[] {
  const title = `${name}: ${formatDuration(ms)}`;
  if (spans.length === 0) return [`${title}, in which nothing of its own was recorded`];
  const longest = longestOf(spans);
  const lengths = spans.map((span) => formatDuration(span.ms));
  const ends = spans.map(
    (span) => `${span === longest ? "  longest" : ""}${span.outcome === "ended" ? "" : `  ${span.outcome}`}`,
  );
  const pathWidth = Math.max(...spans.map(({ path }) => path.length));
  const lengthWidth = Math.max(...lengths.map(({ length }) => length));
  const endWidth = Math.max(...ends.map(({ length }) => length));
  const barWidth = Math.max(10, width - pathWidth - lengthWidth - endWidth - 6);
  const column = (time: number) => (ms === 0 ? 0 : Math.min(barWidth - 1, Math.floor((time / ms) * barWidth)));
  const rows = spans.map((span, index) => {
    const first = column(span.from);
    const length = Math.max(1, Math.min(barWidth - first, Math.round((span.ms / Math.max(ms, 1)) * barWidth)));
    const bar = `${" ".repeat(first)}${(span.outcome === "not ended" ? "▒" : "█").repeat(length)}`;
    return `  ${span.path.padEnd(pathWidth)}  ${bar.padEnd(barWidth)}  ${lengths[index]?.padStart(lengthWidth)}${ends[index]}`;
  });
  return [title, ...rows];
}

/** The one with the most time of its own: an owner also waits for what it owns. */
function longestOf(spans: readonly Span[]): Span | undefined {
  const ownTime = (span: Span) => {
    const children = spans.filter(({ path }) => isChild(path, span.path));
    return span.ms - children.reduce((sum, { ms }) => sum + ms, 0);
  };
  const [first, ...others] = spans.filter(({ ms }) => ms > 0);
  return first && others.reduce((longest, span) => (ownTime(span) > ownTime(longest) ? span : longest), first);
}

function isChild(path: string, owner: string): boolean {
  return path.startsWith(`${owner}/`) && !path.slice(owner.length + 1).includes("/");
}
