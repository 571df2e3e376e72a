import { AsyncResource } from "node:async_hooks";
import type { CallSpec, ServiceScope } from "@pawl/kernel/extend";
import type { RouteEntry } from "../routes/mounted-routes.ts";
import type { Exchange } from "./exchange.ts";

/** A request as a call, before it is known who answers: `request "GET /orders/42"`. */
export function arrivalOf(request: Request, { incoming, outgoing }: Exchange): CallSpec {
  const header = (name: string) =>
    incoming ? String(incoming.headers[name] ?? "") || undefined : (request.headers.get(name) ?? undefined);
  const label = `${request.method} ${pathOf(request.url)}`;
  return { kind: "request", label, drains: true, detached: outgoing !== undefined, carrier: header };
}

/** Records `request.started` when it is known who answers, and `request.ended` when the answer is sent in full. */
export function tellRequest(scope: ServiceScope, request: Request, exchange: Exchange): void {
  const { clock, facts } = scope;
  const began = clock.now();
  const { method } = request;
  const url = pathOf(request.url);
  const about = () => whose(scope.path, exchange.entry);
  exchange.onEnter = (entry) => {
    facts.record("request.started", { ...whose(scope.path, entry), method, url });
  };
  const tellEnd = (status: number) => {
    // One that was never handed to anybody has not been told yet.
    exchange.enter(undefined);
    const ms = clock.now() - began;
    const error = exchange.error === undefined ? {} : { error: exchange.error };
    facts.record("request.ended", { ...about(), method, url, status, ms, ...error });
  };
  // Told in the async context of the request, by which tracing knows whose end it is.
  exchange.onEnd = scope.instrumentation ? AsyncResource.bind(tellEnd) : tellEnd;
  const { outgoing } = exchange;
  outgoing?.once("close", () => exchange.ended(outgoing.headersSent ? outgoing.statusCode : 499));
}

function whose(serverPath: string, entry: RouteEntry | undefined): { readonly path: string; readonly route?: string } {
  return entry ? { path: entry.unit.owner.path, route: entry.path } : { path: serverPath };
}

function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const end = url.indexOf("?", start);
  return url.slice(start, end === -1 ? undefined : end);
}
