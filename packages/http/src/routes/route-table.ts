import { type Context as AnyContext, Hono } from "hono";
import { matchedRoutes } from "hono/route";
import { RouteError } from "../errors/http-errors.ts";
import { describeEntry, type RouteEntry } from "./mounted-routes.ts";
import { bySpecificity, shapesOf } from "./route-path.ts";

/** Every handler that the app serves, in the order in which Hono tries them. */
export class RouteTable {
  /** Middleware first, then what answers: the more specific first, wherever it is listed. */
  readonly entries: readonly RouteEntry[];
  /** What Hono was given for an entry → the entry. */
  readonly #served = new Map<unknown, RouteEntry>();

  /** @throws RouteError `PAWL_HTTP_BAD_ROUTE`; `PAWL_HTTP_ROUTE_TAKEN` naming both */
  constructor(entries: readonly RouteEntry[]) {
    for (const entry of entries) checkPath(entry);
    refuseTwice(entries);
    const answers = entries.filter(({ isMiddleware }) => !isMiddleware);
    this.entries = [
      ...entries.filter(({ isMiddleware }) => isMiddleware),
      // What takes every method comes after those that take one.
      ...answers.sort(
        (a, b) => bySpecificity(a.path, b.path) || Number(a.method === "ALL") - Number(b.method === "ALL"),
      ),
    ];
  }

  /** Notes which function Hono was given for an entry. */
  served(entry: RouteEntry, handler: unknown): void {
    this.#served.set(handler, entry);
  }

  /** Whether middleware sits this request out: its answer comes from elsewhere, or from what was listed before it. */
  sitsOut(middleware: RouteEntry, c: AnyContext): boolean {
    let isReached = false;
    for (const { handler } of matchedRoutes(c)) {
      const answer = this.#served.get(handler);
      isReached ||= answer === middleware;
      // Below an optional end both its forms may match: the first one counts.
      if (!isReached && answer?.unit === middleware.unit && answer.index === middleware.index) return true;
      if (!answer || answer.isMiddleware) continue;
      if (answer.unit === middleware.unit) return answer.index < middleware.index;
      return !(middleware.unit.onlyMiddleware && middleware.unit.place < answer.unit.place);
    }
    // Nothing answers: it may do so itself, as the one that serves static files does.
    return false;
  }
}

/** Hono looks into a path when it builds its matcher, and does not say which one it cannot take. */
function checkPath(entry: RouteEntry): void {
  try {
    new Hono().on(entry.method, entry.path, (c) => c.body(null)).router.match(entry.method, "/");
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new RouteError("PAWL_HTTP_BAD_ROUTE", `${describeEntry(entry)}: Hono cannot take this path: ${message}`, {
      path: culpritOf(entry),
      cause,
    });
  }
}

function culpritOf({ unit }: RouteEntry): string {
  return unit.mount.kind === "controller" ? unit.owner.path : unit.mount.label;
}

function refuseTwice(entries: readonly RouteEntry[]): void {
  const taken = new Map<string, RouteEntry[]>();
  for (const entry of entries) {
    if (entry.isMiddleware) continue;
    for (const shape of shapesOf(entry.path)) {
      const others = taken.get(shape) ?? [];
      const other = others.find((before) => collide(before, entry));
      if (other) {
        throw new RouteError(
          "PAWL_HTTP_ROUTE_TAKEN",
          `${describeEntry(entry)}: ${describeEntry(other)} answers there already. Give one of them another path`,
          { path: culpritOf(entry) },
        );
      }
      others.push(entry);
      taken.set(shape, others);
    }
  }
}

function collide(a: RouteEntry, b: RouteEntry): boolean {
  if (a.method === b.method) return true;
  // Within one app `all` beside `get` is a way to answer the other methods.
  return a.unit !== b.unit && (a.method === "ALL" || b.method === "ALL");
}
