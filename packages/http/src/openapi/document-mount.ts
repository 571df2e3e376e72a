import { Hono } from "hono";
import type { HttpEnv } from "../context.ts";
import type { AnyControllerClass } from "../controller.ts";
import type { Mount, RouteEntry } from "../routes/mounted-routes.ts";
import { type DocumentInfo, openApiDocument } from "./openapi-document.ts";

const path = "/openapi.json";

/** The OpenAPI document of what is served, as a mount of its own; undefined where the app answers there itself. */
export function documentMount(entries: readonly RouteEntry[], info: () => DocumentInfo): Mount | undefined {
  const answers = entries.filter(({ isMiddleware, action }) => !isMiddleware && !action?.admin);
  if (answers.some((entry) => entry.path === path && (entry.method === "GET" || entry.method === "ALL"))) {
    return undefined;
  }
  // Made when it is first asked for: most runs of an app never are.
  let json: string | undefined;
  const app = new Hono<HttpEnv>().get(path, (c) => {
    json ??= JSON.stringify(openApiDocument(answers.filter(isTold), info()));
    return c.body(json, 200, { "Content-Type": "application/json" });
  });
  return { kind: "hono", app, path: "/", label: "the OpenAPI document" };
}

/** A controller may say that it is not for clients. */
function isTold({ unit: { mount } }: RouteEntry): boolean {
  return mount.kind !== "controller" || (mount.controller.constructor as AnyControllerClass).openapi !== false;
}
