import type { Kernel } from "@pawl/kernel";
import type { ServiceScope } from "@pawl/kernel/extend";
import { ServedActions } from "../actions/served-actions.ts";
import { healthMount } from "../health/health-mount.ts";
import { documentMount } from "../openapi/document-mount.ts";
import { entriesOf, type Mount } from "../routes/mounted-routes.ts";
import type { HttpServer, HttpServerConfig } from "./http-server.ts";
import { RequestHandler } from "./request-handler.ts";

export { NodeServer } from "./node-server.ts";
export { turnedAway } from "./turned-away.ts";

// All of this, Hono and the HTTP of Node below it, is loaded by the first server that starts, not with the package.

/** What answers the requests of one run of a server: its mounts, the actions, the document of both, and the health of the app. */
export function answering(server: HttpServer, scope: ServiceScope, config: HttpServerConfig): RequestHandler {
  const { mounts, shell, settings, version } = config;
  const kernel = server.app as Kernel;
  const actions = new ServedActions(kernel, settings.actions, settings.adminToken);
  const all: Mount[] = [...mounts, ...actions.mounts(mounts)];
  const entries = all.flatMap((mount, place) => entriesOf(mount, place, server, actions));
  if (settings.openapi) {
    const info = { title: kernel.name, ...settings.openapi };
    const document = documentMount(entries, () => ({ version: version?.() ?? "0.0.0", ...info }));
    if (document) entries.push(...entriesOf(document, all.length, server, actions));
  }
  if (settings.health) {
    const health = healthMount(kernel, entries);
    if (health) entries.push(...entriesOf(health, all.length + 1, server, actions));
  }
  return new RequestHandler(scope, entries, { ...settings, shell });
}
