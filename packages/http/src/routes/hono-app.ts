import type { Hono } from "hono";
import type { HttpEnv } from "../context.ts";

/** Whether it is a Hono app, of whichever copy of Hono. */
export function isHono(value: unknown): value is Hono<HttpEnv> {
  if (typeof value !== "object" || value === null) return false;
  const { fetch, routes, router } = value as Partial<Hono>;
  return typeof fetch === "function" && Array.isArray(routes) && typeof router === "object";
}
