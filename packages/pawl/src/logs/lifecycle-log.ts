import { type Fact, type FactSelector, formatDuration, type Logger, type StopReason } from "@pawl/kernel";
import type { App } from "../app.ts";

const kinds: readonly FactSelector[] = [
  "kernel.*",
  "restart",
  "escalation",
  "service.failed",
  "service.stopped",
  "release.ended",
  "release.timedOut",
];

/** Writes where an app listens, and what stops in which order, as long as it is run; gives back its undo. */
export function logLifecycle(app: App, logger: Logger): () => void {
  return app.observe((fact) => write(fact, app, logger), { kinds });
}

function write(fact: Fact, app: App, logger: Logger): void {
  switch (fact.kind) {
    case "kernel.started": {
      logger.info(`${fact.name} has started in ${formatDuration(fact.ms)}${listening(app)}`);
      return;
    }
    case "kernel.stopping":
      logger.info(`stopping (${inWords(fact.reason)})${again(fact.reason)}`);
      return;
    case "restart":
      logger.warn(
        `${fact.path} is restarted${fact.delayMs > 0 ? ` in ${formatDuration(fact.delayMs)}` : ""} (restart ${fact.restarts})`,
      );
      return;
    case "escalation":
      logger.error(`${fact.path} crashed and is not restarted; that is a crash of ${fact.to}`);
      return;
    case "service.failed":
      logger.warn(`${fact.path} could not start; what had started is stopped again`);
      return;
    case "service.stopped":
      logger.info(`stopped ${fact.path} in ${formatDuration(fact.ms)}`);
      return;
    case "release.ended":
      // Plain values stop in their turn too; what a service holds is part of its stop.
      if (fact.label === "value") logger.info(`released ${fact.path} in ${formatDuration(fact.ms)}`);
      return;
    case "release.timedOut":
      logger.warn(`${fact.path}: ${fact.label} was still running after ${formatDuration(fact.ms)}; it was left behind`);
      return;
    case "kernel.stopped": {
      const failures = fact.failures === 0 ? "" : `, with ${fact.failures} failure${fact.failures === 1 ? "" : "s"}`;
      logger.info(`stopped in ${formatDuration(fact.ms)}${failures}`);
      return;
    }
    default:
  }
}

function listening(app: App): string {
  return app.isReady ? ` and listens on ${app.url.origin}` : "";
}

function again(reason: StopReason): string {
  if (reason.kind !== "signal") return "";
  return reason.signal === "SIGINT" ? "; press ^C again to exit at once" : "; a second signal exits at once";
}

function inWords(reason: StopReason): string {
  switch (reason.kind) {
    case "signal":
      return reason.signal;
    case "crash":
      return `${reason.path} crashed`;
    case "start-failed":
      return `${reason.path} could not start`;
    case "owner":
      return reason.owner;
    case "requested":
      return "as asked";
  }
}
