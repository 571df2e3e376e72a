import { currentFrame } from "../async-context.ts";
import { describe } from "../call.ts";
import type { Clock } from "../clock.ts";
import { PawlError } from "../errors/pawl-error.ts";
import { inspectService, type ServiceSnapshot } from "../inspect.ts";
import type { Instrumentation } from "../instrumentation.ts";
import { coreOf, type Kernel } from "../kernel.ts";
import { cellOf } from "../lifecycle/cell-of.ts";
import { cellsOf } from "../lifecycle/cells.ts";
import type { Service } from "../service.ts";

/**
 * Puts something around every call of user code of `kernel`; gives back its undo. While it is there every listener is called
 * in a context of its own, which costs an emit its speed.
 *
 * @throws PawlError `PAWL_BAD_OPTION` where there is one already
 */
export function instrument(kernel: Kernel, instrumentation: Instrumentation): () => void {
  const core = coreOf(kernel);
  if (core.instrumentation) {
    throw new PawlError(
      "PAWL_BAD_OPTION",
      `${kernel.name}: it is instrumented already; take the other one back before, or put one around the other`,
    );
  }
  core.instrumentation = instrumentation;
  return () => {
    if (core.instrumentation === instrumentation) core.instrumentation = undefined;
  };
}

/** Whether something is around the calls of the kernel that `service` runs in. */
export function isInstrumented(service: Service): boolean {
  return cellOf(service).core?.instrumentation !== undefined;
}

/** Whose code the caller here is part of, and which call of it; undefined where it is nobody's. */
export function runningNow(kernel: Kernel): { readonly path: string; readonly what: string } | undefined {
  const { delivering } = coreOf(kernel).dispatcher;
  if (delivering) return delivering;
  const frame = currentFrame();
  return frame && { path: frame.token.path, what: describe(frame.spec) };
}

/** Every service of `kernel`, by owner path: owners before what they own, providers that are down included. */
export function listServices(kernel: Kernel): ReadonlyMap<string, Service> {
  const found = new Map<string, Service>();
  for (const { cell } of cellsOf(coreOf(kernel))) found.set(cell.path, cell.service);
  return found;
}

/** The clock of the kernel that runs `service`, or the last that did; undefined before its first start. */
export function clockOf(service: Service): Clock | undefined {
  return cellOf(service).core?.clock;
}

/** When the last start of `service` began, in milliseconds since the epoch, and how many it took; undefined before its end. */
export function lastStartOf(service: Service): { readonly at: number; readonly ms: number } | undefined {
  const { since, startMs } = cellOf(service);
  return since === undefined || startMs === undefined ? undefined : { at: since, ms: startMs };
}

/** What one service holds, without all of the others; `children: false` leaves out what it owns, which may be many. */
export function inspectOne(service: Service, options: { readonly children?: boolean } = {}): ServiceSnapshot {
  return inspectService(cellOf(service), options.children ?? true);
}

/**
 * Shows figures of a package's own with the service in `inspect()`, as `figures[name]`, through all its runs. `read` gives
 * plain JSON; it is called for each snapshot and must not throw.
 */
export function addFigures(service: Service, name: string, read: () => unknown): void {
  const cell = cellOf(service);
  cell.figures ??= new Map();
  cell.figures.set(name, read);
}

/** The activities of a service that can be made to work at once, by what they are called: `interval "collect"`. */
export function triggersOf(service: Service): ReadonlyMap<string, () => PromiseLike<unknown>> {
  const found = new Map<string, () => PromiseLike<unknown>>();
  for (const activity of cellOf(service).scope?.activities ?? []) {
    const { trigger } = activity as { trigger?: () => PromiseLike<unknown> };
    const what = describe(activity);
    if (typeof trigger === "function" && !found.has(what)) found.set(what, () => trigger.call(activity));
  }
  return found;
}
