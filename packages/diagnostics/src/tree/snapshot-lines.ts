import type { ActivitySnapshot, CallSnapshot, KernelSnapshot, ServiceSnapshot } from "@pawl/kernel";
import { figureWords, fromNow, lengthOf, timeSince } from "./figure-words.ts";

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
        ({ path, what, ms, limitMs }) =>
          `… waits for ${path}: ${what.join(", ")}, for ${lengthOf(ms)} of ${lengthOf(limitMs)}`,
      ),
      ...starting.map(({ path, doing }) => `… ${path} is starting: ${doing}`),
      ...activities.map((activity) => activityLine(activity, now)),
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
    ...(nextStartAt === undefined ? [] : [`starts again ${fromNow(nextStartAt, now)}`]),
    ...(dependencies.length > 0 ? [`depends on ${dependencies.join(", ")}`] : []),
    ...(lastError === undefined ? [] : [`last error: ${lastError}`]),
  ];
  const age = since === undefined ? "" : ` for ${timeSince(since, now)}`;
  return [
    `${name}  ${className}, ${[`${state}${age}`, ...more].join(", ")}`,
    ...indented([
      ...(warnings ?? []).map(({ message, since: raised }) => `! ${message}, for ${timeSince(raised, now)}`),
      ...service.activities.map((activity) => activityLine(activity, now)),
      ...service.inFlight.map(callLine),
      ...Object.entries(figures ?? {}).flatMap(([title, value]) => figureLines(title, value, now)),
      ...service.resources.filter(({ kind }) => kind !== "child").map(named),
      ...service.children.flatMap((child) => serviceLines(child, now)),
    ]),
  ];
}

function callLine({ what, ms }: CallSnapshot): string {
  return `… ${what}, for ${lengthOf(ms)}`;
}

function activityLine({ kind, label, ...figures }: ActivitySnapshot, now: number): string {
  return `- ${named({ kind, label })}${inBrackets(figureWords(figures, now))}`;
}

/** What packages show of a service: one line for each figure, and for each member of a list, such as a series of a metric. */
function figureLines(title: string, value: unknown, now: number): readonly string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return all.flatMap((figure) => {
    if (!isObject(figure)) return [`${title}  ${String(figure)}`];
    // The last minute and hour of each series would hide the rest.
    const { name, kind, labels, value, windows: _, ...others } = figure;
    if (typeof name !== "string") {
      const words = figureWords(figure, now);
      return words.length > 0 ? [`${title}${inBrackets(words)}`] : [];
    }
    const pairs = isObject(labels) ? Object.entries(labels).map(([label, text]) => `${label}=${String(text)}`) : [];
    const series = `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""}`;
    return [`${String(kind ?? title)} ${series}  ${String(value)}${inBrackets(figureWords(others, now))}`];
  });
}

function named({ kind, label }: { readonly kind: string; readonly label: string }): string {
  return kind === label ? kind : `${kind} ${label}`;
}

function inBrackets(words: readonly string[]): string {
  return words.length > 0 ? `  (${words.join(", ")})` : "";
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
