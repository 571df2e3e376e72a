import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Hono } from "hono";
import type { Routes } from "../config.ts";
import type { HttpEnv } from "../context.ts";
import { type AnyControllerClass, isControllerClass } from "../controller.ts";
import { badRoute } from "../errors/http-errors.ts";
import { isHono } from "./hono-app.ts";
import { faultOf } from "./route-path.ts";

/** A controller class or Hono app of `routes`, with where it answers. */
export type RouteSource =
  | { readonly kind: "controller"; readonly of: AnyControllerClass; readonly path: string; readonly label: string }
  | { readonly kind: "hono"; readonly of: Hono<HttpEnv>; readonly path: string; readonly label: string };

/** Where the sources come from: a list that is known at once, or a directory that is read at each start. */
export type RouteSources = { readonly list: readonly RouteSource[] } | { readonly directory: string };

/** @throws TypeError `PAWL_HTTP_BAD_ROUTE` for what can be no route */
export function routeSources(routes: Routes | undefined): RouteSources {
  if (routes === undefined) return { list: [] };
  if (typeof routes === "string") return { directory: resolve(routes) };
  if (routes instanceof URL) {
    if (routes.protocol === "file:") return { directory: fileURLToPath(routes) };
    throw badRoute(`routes: ${routes} is no directory of this machine; give new URL("./routes/", import.meta.url)`);
  }
  if (!Array.isArray(routes)) return { list: [sourceOf(routes, "routes")] };
  return { list: routes.map((entry: unknown, i) => sourceOf(entry, `routes[${i}]`)) };
}

function sourceOf(entry: unknown, label: string): RouteSource {
  if (isHono(entry)) return { kind: "hono", of: entry, path: "/", label: `the Hono app ${label}` };
  if (!isControllerClass(entry)) {
    throw badRoute(`${label}: ${kindOf(entry)} is no route; give a class that extends Controller, or a Hono app`);
  }
  const { route, name } = entry;
  if (route === undefined) {
    throw badRoute(`${label}: the controller ${name} does not say where it answers; add static override route = "/…"`);
  }
  const fault = faultOf(route);
  if (fault) throw badRoute(`${label}: ${name}.route is ${JSON.stringify(route)}; ${fault}`);
  return { kind: "controller", of: entry, path: route, label: name ? `${name} (${label})` : label };
}

function kindOf(value: unknown): string {
  if (typeof value === "function") return value.name || "a function";
  if (Array.isArray(value)) return "a list";
  if (typeof value !== "object" || value === null) return String(value);
  return `an instance of ${value.constructor?.name ?? "nothing"}`;
}
