import { type ActivitySnapshot, formatDuration, type KernelSnapshot, type ServiceSnapshot } from "@pawl/kernel";
import { callAction, usualPatience } from "../control/control-client.ts";
import { findApp } from "../control/running-apps.ts";
import type { Command } from "./command.ts";
import { jsonOption } from "./json-option.ts";
import { print } from "./output.ts";

export const tree: Command = {
  name: "tree",
  usage: "[app]",
  summary: "shows what an app holds: services, what they do, what they wait for",
  details: `Services stand in the order in which they have started; they stop the other way round. With --json it is all of what
inspect() gives.`,
  options: {
    all: { type: "boolean", help: "with the services of Pawl itself, which administer the app" },
    ...jsonOption,
  },
  operands: { min: 0, max: 1 },
  async run({ operands: [which], options }) {
    const target = await findApp(which);
    const snapshot = (await callAction(target, "pawl.tree", undefined, usualPatience)) as KernelSnapshot;
    print(
      options["json"] ? JSON.stringify(snapshot) : inWords(options["all"] ? snapshot : withoutOwn(snapshot)).join("\n"),
    );
    return 0;
  },
};

/** Without the service that administers the app: it is not of the program. */
function withoutOwn(snapshot: KernelSnapshot): KernelSnapshot {
  return { ...snapshot, services: snapshot.services.filter(({ name }) => name !== "pawl") };
}

function inWords({ name, state, services, values, activities, inFlight }: KernelSnapshot): readonly string[] {
  return [
    `${name}  ${state}`,
    ...indented([
      ...activities.map(activityLine),
      ...inFlight.map(({ what, ms }) => `… ${what}, for ${ms} ms`),
      ...values.map((value) => `${value}  a value`),
      ...services.flatMap(serviceLines),
    ]),
  ];
}

function serviceLines(service: ServiceSnapshot): readonly string[] {
  const { name, className, state, since, restarts, lastError, nextStartAt, dependencies } = service;
  const more = [
    ...(restarts > 0 ? [`${restarts} restart${restarts === 1 ? "" : "s"}`] : []),
    ...(nextStartAt === undefined ? [] : [`starts again at ${nextStartAt}`]),
    ...(dependencies.length > 0 ? [`depends on ${dependencies.join(", ")}`] : []),
    ...(lastError === undefined ? [] : [`last error: ${lastError}`]),
  ];
  return [
    `${name}  ${className}, ${[`${state}${since === undefined ? "" : ` for ${ageOf(since)}`}`, ...more].join(", ")}`,
    ...indented([
      ...service.activities.map(activityLine),
      ...service.inFlight.map(({ what, ms }) => `… ${what}, for ${ms} ms`),
      ...service.resources.filter(({ kind }) => kind !== "child").map(({ kind, label }) => `${kind} ${label}`),
      ...service.children.flatMap(serviceLines),
    ]),
  ];
}

/** In whole seconds. */
function ageOf(since: string): string {
  return formatDuration(Math.max(0, Math.floor((Date.now() - Date.parse(since)) / 1_000)) * 1_000);
}

function activityLine({ kind, label, ...figures }: ActivitySnapshot): string {
  // What has not happened says nothing.
  const told = Object.entries(figures).filter(([, value]) => value !== 0 && value !== false);
  const shown = told.map(([name, value]) => `${name} ${isPlain(value) ? value : JSON.stringify(value)}`);
  return `- ${kind} ${label}${shown.length > 0 ? `  (${shown.join(", ")})` : ""}`;
}

function isPlain(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
