import { type Deps, Service } from "@pawl/kernel";
import type { Hono } from "hono";
import type { Context, HttpEnv } from "./context.ts";
import type { Html } from "./page/html.ts";

/**
 * A service that answers requests: one instance per app, started after all providers and stopped before any. Requests
 * run side by side on it, so what belongs to one of them lives in `c`.
 *
 * @example
 * class Post extends Controller {
 *   static override route = "/blog/:slug";
 *   load(c: Context<"/blog/:slug">) {
 *     return this.service("blog").post(c.req.param("slug"));
 *   }
 *   override view(post: PageData<this>) {
 *     return html`<h1>${post.title}</h1>`;
 *   }
 * }
 */
export abstract class Controller extends Service {
  /** Where it answers, as Hono writes paths: `"/blog/:slug"`. In a directory of routes the file says it, unless this does. */
  static route?: string;
  /** The title of its pages. `c.set("title", …)` says another for one request. @default its name in words */
  static title?: string;
  /** Whether the OpenAPI document tells of it. @default true */
  static openapi?: boolean;

  /**
   * Gives the data of the page, for `GET`. By what the client accepts, it goes out as JSON or as HTML through `view` and
   * the shell. A `Response` (`c.redirect(…)`, `c.notFound()`, a stream) goes out as it is.
   */
  abstract load(c: Context): unknown;
  /** Renders what `load` gave; without it a page shows the data readably. */
  view?(data: unknown, c: Context): Html;
  /**
   * Adds plain Hono routes below `route`: `override routes(router: Router) { router.post("/", (c) => …) }`. Middleware that
   * is added here wraps only this controller, `load` included.
   */
  // `any`: Hono's own parameters are invariant, and a controller may declare the router with any environment.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  routes?(router: Hono<any, any, any>): void;
}

/** What `routes` adds to: a Hono app. */
export type Router = Hono<HttpEnv>;

/** What `view` gets: what `load` gives, awaited and without the responses. */
export type PageData<C> = C extends { load(...args: never[]): infer R } ? Exclude<Awaited<R>, Response> : undefined;

/** A controller that says where it answers. Its constructor may take the providers that it needs. */
export interface ControllerClass {
  new (deps: Deps): Controller;
  readonly route: string;
  readonly title?: string;
  readonly openapi?: boolean;
}

/** A controller whose place may be said elsewhere: by the name of its file. */
export interface AnyControllerClass extends Omit<ControllerClass, "route"> {
  new (deps: Deps): Controller;
  readonly name: string;
  readonly route?: string;
}

export function isControllerClass(value: unknown): value is AnyControllerClass {
  return typeof value === "function" && value.prototype instanceof Controller;
}
