import type { ServiceScope } from "@pawl/kernel/extend";
import type { RouteEntry } from "../routes/mounted-routes.ts";
import type { Exchange } from "./exchange.ts";

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
  exchange.onEnd = (status) => {
    // One that was never handed to anybody has not been told yet.
    exchange.enter(undefined);
    const ms = clock.now() - began;
    const error = exchange.error === undefined ? {} : { error: exchange.error };
    facts.record("request.ended", { ...about(), method, url, status, ms, ...error });
  };
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
