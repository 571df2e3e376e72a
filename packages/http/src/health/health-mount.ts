import type { Kernel } from "@pawl/kernel";
import { Hono } from "hono";
import type { HttpEnv } from "../context.ts";
import type { Mount, RouteEntry } from "../routes/mounted-routes.ts";
import { healthAnswer, livePath, readyPath } from "./health-answer.ts";

/** `/livez` and `/readyz`, those of them that the app does not answer itself. */
export function healthMount(kernel: Kernel, entries: readonly RouteEntry[]): Mount | undefined {
  const app = new Hono<HttpEnv>();
  const free = [livePath, readyPath].filter((path) => !entries.some((entry) => answers(entry, path)));
  for (const path of free) app.get(path, async () => (await healthAnswer(kernel, path)) as Response);
  return free.length === 0 ? undefined : { kind: "hono", app, path: "/", label: "the health of the app" };
}

function answers({ isMiddleware, path, method, action }: RouteEntry, wanted: string): boolean {
  return !isMiddleware && !action && path === wanted && (method === "GET" || method === "ALL");
}
