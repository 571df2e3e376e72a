import type { RecordedFact } from "@pawl/diagnostics";
import type { Bar, Run, Timeline } from "../protocol.ts";

const mostRuns = 20;

/** A run that is being read. */
interface OpenRun {
  readonly kind: Run["kind"];
  readonly at: number;
  readonly bars: Bar[];
  /** What has begun and not ended, by phase, path and label. */
  readonly begun: Map<string, Pick<Bar, "path" | "phase" | "at">>;
  /** What did not settle in its time, by path. */
  readonly leftBehind: Map<string, string[]>;
}

/** The last start of a service, as it knows of it: milliseconds since the epoch, and its length. */
type Started = Pick<Bar, "path" | "at" | "ms">;

/**
 * Starts and stops of the app with what started and stopped in them, oldest first. Where the begin of the first is no longer
 * recorded, as that of a large app, its end tells when it was.
 *
 * @param now milliseconds since the epoch: how long what has not ended has taken so far
 * @param services asked for their last starts where facts of one are no longer recorded
 */
export function timelineOf(
  facts: readonly RecordedFact[],
  now: number,
  services: () => Iterable<Started> = () => [],
): Timeline {
  const runs: Run[] = [];
  let open = cutOff(facts, services);
  const end = (at: number, ok: boolean) => {
    if (open) runs.push(closed(open, at, ok));
    open = undefined;
  };
  for (const fact of facts) {
    switch (fact.kind) {
      case "kernel.starting":
      case "kernel.stopping":
        // A start that is asked to stop ends there.
        end(fact.at, false);
        open = opened(fact.kind === "kernel.starting" ? "start" : "stop", fact.at);
        break;
      case "kernel.started":
        end(fact.at, true);
        break;
      case "kernel.failed":
        end(fact.at, false);
        break;
      case "kernel.stopped":
        end(fact.at, fact["failures"] === 0);
        break;
      default:
        if (open) draw(open, fact);
    }
  }
  end(now, true);
  return { runs: runs.slice(-mostRuns) };
}

function opened(kind: Run["kind"], at: number): OpenRun {
  return { kind, at, bars: [], begun: new Map(), leftBehind: new Map() };
}

/** The run that had begun before the oldest fact, where its end is known. */
function cutOff(facts: readonly RecordedFact[], services: () => Iterable<Started>): OpenRun | undefined {
  const first = facts.find(({ kind }) => kind.startsWith("kernel."));
  if (!first || typeof first["ms"] !== "number") return undefined;
  const run = opened(first.kind === "kernel.stopped" ? "stop" : "start", first.at - first["ms"]);
  if (first.kind !== "kernel.started") return run;
  const recorded = new Set(facts.flatMap(({ kind, path }) => (kind === "service.started" ? [path] : [])));
  for (const { path, at, ms } of services()) {
    // One that has started anew since tells nothing of that start.
    const isOfRun = at >= Math.floor(run.at) && at <= first.at;
    if (!isOfRun || recorded.has(path)) continue;
    run.bars.push({ path, phase: "start", at: Math.max(0, at - run.at), ms, ok: true });
  }
  return run;
}

function draw(run: OpenRun, fact: RecordedFact): void {
  const path = String(fact["path"]);
  const begin = (phase: Bar["phase"]) => {
    run.begun.set(keyOf(phase, fact), { path, phase, at: fact.at - run.at });
  };
  const end = (phase: Bar["phase"], ok = true) => {
    const key = keyOf(phase, fact);
    const at = run.begun.get(key)?.at ?? Math.max(0, fact.at - Number(fact["ms"]) - run.at);
    run.begun.delete(key);
    const left = phase === "stop" ? run.leftBehind.get(path) : undefined;
    const became = left ? { ok: false, leftBehind: left } : { ok };
    run.bars.push({ path, phase, at, ms: fact.at - run.at - at, ...became });
  };
  switch (fact.kind) {
    case "service.starting":
      begin("start");
      break;
    case "service.started":
      end("start");
      break;
    case "service.ready":
      end("ready");
      break;
    case "service.failed":
      end("start", false);
      break;
    case "service.stopping":
      begin("stop");
      break;
    case "service.stopped":
      end("stop");
      break;
    case "release.started":
      begin("release");
      break;
    case "release.ended":
      end("release", fact["error"] === undefined);
      break;
    case "release.timedOut":
      run.leftBehind.set(path, [...(run.leftBehind.get(path) ?? []), String(fact["label"])]);
      break;
    default:
  }
}

function keyOf(phase: Bar["phase"], { path, label }: RecordedFact): string {
  return [phase, path, phase === "release" ? label : ""].join("\n");
}

function closed({ kind, at, bars, begun }: OpenRun, end: number, ok: boolean): Run {
  const ms = end - at;
  const open = [...begun.values()].map((bar) => ({ ...bar, ms: ms - bar.at, ok: true, open: true }));
  const all = [...bars, ...open].sort((a, b) => a.at - b.at);
  return { kind, at: new Date(at).toISOString(), ms, ok, bars: all };
}
