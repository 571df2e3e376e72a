import type { ActivitySnapshot, CallSnapshot, KernelSnapshot, ServiceSnapshot } from "@pawl/kernel";
import { wholeSeconds } from "./whole-seconds.ts";

/**
 * What an app holds and does right now as lines for a person: who, in which state, the calls in flight and for how long,
 * activities with their next beat, restarts, last errors. Further levels of the tree are indented.
 *
 * @param now milliseconds since the Unix epoch: the ages of the services are counted from it
 * @example
 * console.log(snapshotLines(app.inspect(), Date.now()).join("\n"));
 */
export function snapshotLines(snapshot: KernelSnapshot, now: number): readonly string[] {
  const { name, state, services, down, values, starting, waits, activities, inFlight } = snapshot;
  return [
    `${name}  ${state}`,
    ...indented([
      ...waits.map(
        ({ path, what, ms, limitMs }) => `… waits for ${path}: ${what.join(", ")}, for ${ms} of ${limitMs} ms`,
      ),
      ...starting.map(({ path, doing }) => `… ${path} is starting: ${doing}`),
      ...activities.map(activityLine),
      ...inFlight.map(callLine),
      ...values.map((value) => `${value}  a value`),
      ...services.flatMap((service) => serviceLines(service, now)),
      ...down.map((path) => `${path}  down`),
    ]),
  ];
}

function serviceLines(service: ServiceSnapshot, now: number): readonly string[] {
  const { name, className, state, since, restarts, lastError, nextStartAt, dependencies, warnings, figures } = service;
  const more = [
    ...(restarts > 0 ? [`${restarts} restart${restarts === 1 ? "" : "s"}`] : []),
    ...(nextStartAt === undefined ? [] : [`starts again at ${nextStartAt}`]),
    ...(dependencies.length > 0 ? [`depends on ${dependencies.join(", ")}`] : []),
    ...(lastError === undefined ? [] : [`last error: ${lastError}`]),
  ];
  const age = since === undefined ? "" : ` for ${wholeSeconds(now - Date.parse(since))}`;
  return [
    `${name}  ${className}, ${[`${state}${age}`, ...more].join(", ")}`,
    ...indented([
      ...(warnings ?? []).map(({ message, since: raised }) => `! ${message}, since ${raised}`),
      ...service.activities.map(activityLine),
      ...service.inFlight.map(callLine),
      ...Object.entries(figures ?? {}).map(([title, value]) => `${title}  ${plain(value)}`),
      ...service.resources.filter(({ kind }) => kind !== "child").map(({ kind, label }) => `${kind} ${label}`),
      ...service.children.flatMap((child) => serviceLines(child, now)),
    ]),
  ];
}

function callLine({ what, ms }: CallSnapshot): string {
  return `… ${what}, for ${ms} ms`;
}

function activityLine({ kind, label, ...figures }: ActivitySnapshot): string {
  // What has not happened says nothing.
  const told = Object.entries(figures).filter(([, value]) => value !== 0 && value !== false);
  const shown = told.map(([name, value]) => `${name} ${plain(value)}`);
  return `- ${kind} ${label}${shown.length > 0 ? `  (${shown.join(", ")})` : ""}`;
}

function plain(value: unknown): string {
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : JSON.stringify(value);
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
