import type { RecordedFact } from "@pawl/diagnostics";
import { formatDuration } from "@pawl/kernel";

type Fields = Readonly<Record<string, unknown>>;

/** What happened, in words, by kind; `path` stands before them on the page. */
const words: Readonly<Record<string, (fields: Fields) => string>> = {
  "service.starting": () => "starts",
  "service.started": ({ ms }) => `started in ${length(ms)}`,
  "service.ready": ({ ms }) => `ready in ${length(ms)}`,
  "service.listening": ({ addresses }) => `listens at ${Array.isArray(addresses) ? addresses.join(", ") : addresses}`,
  "service.failed": ({ ms, error }) => `could not start, after ${length(ms)}: ${messageOf(error)}`,
  "service.stopping": ({ reason }) => `stops: ${reasonOf(reason)}`,
  "service.stopped": ({ ms }) => `stopped in ${length(ms)}`,
  "warning.raised": ({ message }) => `warns: ${message}`,
  "warning.cleared": ({ message, ms }) => `no longer warns, after ${length(ms)}: ${message}`,
  "health.changed": ({ ok, error }) => (ok ? "does well again" : `does not do well: ${messageOf(error)}`),
  "options.changed": ({ keys }) => `options changed: ${Array.isArray(keys) ? keys.join(", ") : keys}`,
  "release.started": ({ label }) => `releases ${label}`,
  "release.ended": ({ label, ms, error }) =>
    error === undefined ? `released ${label} in ${length(ms)}` : `could not release ${label}: ${messageOf(error)}`,
  "release.timedOut": ({ label, ms }) => `left behind after ${length(ms)}: ${label}`,
  "event.emitted": ({ event, listeners }) => `emitted "${event}" to ${listeners} listeners`,
  "event.dropped": ({ event, label, why }) => `"${event}" was dropped by ${label}: ${why}`,
  "tick.ended": ({ label, ms, error }) => ended(label, ms, error),
  "task.ended": ({ label, ms, error }) => ended(label, ms, error),
  "action.ended": ({ action, transport, ms, error }) => ended(`action "${action}" over ${transport}`, ms, error),
  "retry.scheduled": ({ label, attempt, ms }) => `${label}: try ${attempt} in ${length(ms)}`,
  crash: ({ error }) => `crashed: ${messageOf(error)}`,
  restart: ({ restarts, delayMs }) => `restart ${restarts} in ${length(delayMs)}`,
  escalation: ({ to, error }) => `its crash went to ${to}: ${messageOf(error)}`,
  error: ({ label, error }) => `${label} failed: ${messageOf(error)}`,
};

/** A fact as a person reads it; one of another package by its kind and its fields. */
export function factText(fact: RecordedFact): string {
  const known = words[fact.kind];
  if (known) return known(fact);
  const { seq: _, at: __, path: ___, kind, ...fields } = fact;
  const told = Object.entries(fields).map(
    ([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return [kind, ...told].join(" ");
}

function ended(what: unknown, ms: unknown, error: unknown): string {
  return error === undefined ? `${what} took ${length(ms)}` : `${what} failed after ${length(ms)}: ${messageOf(error)}`;
}

function length(ms: unknown): string {
  return typeof ms === "number" ? formatDuration(Math.round(ms)) : String(ms);
}

function messageOf(error: unknown): string {
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
}

function reasonOf(reason: unknown): string {
  const { kind, signal, error } = Object(reason) as Fields;
  if (signal !== undefined) return String(signal);
  return error === undefined ? String(kind) : `${kind}, ${messageOf(error)}`;
}
