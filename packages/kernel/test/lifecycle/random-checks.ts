import { type Fact, PawlError } from "@pawl/kernel";
import { legalMoves, type State } from "../../src/lifecycle/state.ts";
import { Injected, type World } from "./random-world.ts";

/** How often each injected failure was told. What the same error of the kernel tells to several counts once. */
export function tellings(told: Iterable<unknown>): Map<Injected, number> {
  const counts = new Map<Injected, number>();
  const seen = new Set<unknown>();
  const count = (error: unknown): void => {
    if (error instanceof Injected) counts.set(error, (counts.get(error) ?? 0) + 1);
    if (!(error instanceof Error) || seen.has(error)) return;
    seen.add(error);
    count(error.cause);
    if (PawlError.is(error) && "errors" in error) for (const each of error.errors as unknown[]) count(each);
  };
  for (const error of told) count(error);
  return counts;
}

const stateAfter: Readonly<Partial<Record<Fact["kind"], State>>> = {
  "kernel.starting": "starting",
  "kernel.started": "running",
  "kernel.failed": "failed",
  "kernel.stopping": "stopping",
  "kernel.stopped": "stopped",
  "service.starting": "starting",
  "service.started": "running",
  "service.failed": "failed",
  "service.stopping": "stopping",
  "service.stopped": "stopped",
  crash: "failed",
};

/** The moves that the facts tell of and that are not in the table. */
export function illegalMoves({ facts }: World): string[] {
  const states = new Map<string, State>();
  const illegal: string[] = [];
  for (const { fact } of facts) {
    const next = stateAfter[fact.kind];
    if (!next) continue;
    const who = "path" in fact ? fact.path : "the kernel";
    const state = states.get(who) ?? "idle";
    if (!legalMoves[state].includes(next)) illegal.push(`${who}: ${state} → ${next}`);
    states.set(who, next);
  }
  return illegal;
}

/** Something that an owner held: a resource, a value, a child, a provider. */
interface Thing {
  readonly what: string;
  readonly owner: string;
  readonly taken: number;
  /** When its release began. */
  readonly released: number;
  /** When its release had ended, where that is known. */
  readonly gone: number | undefined;
}

/** Pairs of things that one owner held at once, of which the one taken first was not released last. */
export function outOfOrder(world: World): string[] {
  const things = [...resourcesOf(world), ...servicesOf(world)].toSorted((a, b) => a.taken - b.taken);
  const wrong: string[] = [];
  for (const [i, newer] of things.entries()) {
    for (const older of things.slice(0, i)) {
      if (older.owner !== newer.owner || older.released < newer.taken) continue;
      if (older.released < (newer.gone ?? newer.released)) {
        wrong.push(`${newer.owner}: ${older.what} was released before ${newer.what}`);
      }
    }
  }
  return wrong;
}

function resourcesOf({ held }: World): Thing[] {
  return held.map(({ owner, taken, released }, nr) => ({
    what: `resource ${nr}`,
    owner,
    taken,
    released: released[0] ?? 0,
    gone: undefined,
  }));
}

/**
 * The services that their owner has stopped: not dependencies, nor those that stopped or failed by themselves, nor those
 * that were restarted, since they keep the place of their first start.
 */
function servicesOf(world: World): Thing[] {
  const { facts, stoppedThemselves } = world;
  const things: Thing[] = [];
  for (const [i, { fact, at: taken }] of facts.entries()) {
    if (fact.kind !== "service.started") continue;
    const { path } = fact;
    const later = facts.slice(i + 1);
    const stopping = later.find((next) => next.fact.kind === "service.stopping" && next.fact.path === path);
    const stopped = later.find((next) => next.fact.kind === "service.stopped" && next.fact.path === path);
    if (stopping?.fact.kind !== "service.stopping" || stoppedThemselves.has(path)) continue;
    const { reason } = stopping.fact;
    const itself = reason.kind === "start-failed" && `${reason.path}/`.startsWith(`${path}/`);
    if (itself || wasRestarted(world, path, taken) || isShared(path) || isInOnReady(world, path, taken, stopping.at))
      continue;
    const owner = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "app";
    things.push({ what: path, owner, taken, released: stopping.at, gone: stopped?.at });
  }
  return things;
}

/** Whether a service was restarted, or taken down for that, in the run of the kernel that `at` lies in. */
function wasRestarted({ facts }: World, path: string, at: number): boolean {
  const begins = facts.filter(({ fact }) => fact.kind === "kernel.starting").map((each) => each.at);
  const from = begins.findLast((begin) => begin < at) ?? 0;
  const until = begins.find((begin) => begin > at) ?? Number.POSITIVE_INFINITY;
  const ofRun = facts.filter((each) => each.at > from && each.at < until).map(({ fact }) => fact);
  const kernelStop = ofRun.findIndex(({ kind }) => kind === "kernel.stopping");
  const whileUp = kernelStop === -1 ? ofRun : ofRun.slice(0, kernelStop);
  const takenDown = whileUp.some(
    (fact) => fact.kind === "service.stopping" && fact.path === path && fact.reason.kind === "crash",
  );
  return takenDown || ofRun.some((fact) => fact.kind === "restart" && fact.path === path);
}

/** Whether a service was in its onReady when its stop began: one that was adopted then is still starting, and goes first. */
function isInOnReady({ calls, facts }: World, path: string, from: number, until: number): boolean {
  const within = (at: number) => at > from && at < until;
  const begun = calls.some(({ what, at }) => what === `${path} onReady` && within(at));
  return begun && !facts.some(({ fact, at }) => fact.kind === "service.ready" && fact.path === path && within(at));
}

/** Whether a path is that of a shared dependency, or of something below one. */
export function isShared(path: string): boolean {
  return path.startsWith("grown");
}
