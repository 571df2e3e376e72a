import type { Service } from "@pawl/kernel";
import { type ActionInfo, actionsOf, type CallActionOptions, callActionOf } from "@pawl/kernel/extend";
import { Hono } from "hono";
import { inspectRoutes } from "hono/dev";
import type { RouterRoute } from "hono/types";
import type { ServedActions } from "../actions/served-actions.ts";
import type { Context, HttpEnv } from "../context.ts";
import type { Controller } from "../controller.ts";
import { RouteError } from "../errors/http-errors.ts";
import type { Exchange } from "../server/exchange.ts";
import { formsOf, shortestOf } from "./route-path.ts";

/** A controller, a Hono app or the actions of a service, that are to be served, and where. */
export type Mount =
  | {
      readonly kind: "controller";
      readonly controller: Controller;
      readonly path: string;
      readonly title: string;
      readonly label: string;
    }
  | { readonly kind: "actions"; readonly service: Service; readonly path: string; readonly label: string }
  | {
      readonly kind: "control";
      readonly path: string;
      readonly label: string;
      readonly call: NamedCall;
      /** The service of a name, where it has actions. */
      readonly ownerOf: (service: string) => Service | undefined;
    }
  | { readonly kind: "hono"; readonly app: Hono<HttpEnv>; readonly path: string; readonly label: string };

/** Calls any action, by the names of its service and itself. */
type NamedCall = (service: string, action: string, input: unknown, options: CallActionOptions) => Promise<unknown>;
/** Calls the action that a request asks for. */
export type ActionCall = (c: Context, input: unknown, options: CallActionOptions) => unknown;

/** Routes that come from one controller or one Hono app: middleware stays among them. */
interface Unit {
  readonly mount: Mount;
  /** In `routes`. */
  readonly place: number;
  /** The service that requests to its routes are owned by. */
  readonly owner: Service;
  /** Whether it has nothing but middleware: that wraps whatever is listed after it. */
  readonly onlyMiddleware: boolean;
}

/** One handler of one path. */
export interface RouteEntry {
  readonly unit: Unit;
  /** Its place within the unit; below an optional end both its forms have the same. */
  readonly index: number;
  readonly method: string;
  /** As Hono writes paths, from the top: `/blog/:slug`. */
  readonly path: string;
  readonly isMiddleware: boolean;
  /** What Hono calls; undefined for `load` of the controller, and for actions. */
  readonly route: RouterRoute | undefined;
  readonly action?: ActionInfo;
  /** Calls it, where it is an action. */
  readonly call?: ActionCall;
  /** Throws where the caller, by the `Authorization` of the request, may not call it. */
  readonly guard?: ((authorization: string | undefined) => void) | undefined;
}

/**
 * The handlers of a mount, in the order in which it has them; `load` of a controller comes last, so that all its middleware
 * wraps it.
 *
 * @param owner the service that owns the requests of a Hono app
 * @param actions which actions are served
 * @throws RouteError where `routes(router)` of a controller fails
 */
export function entriesOf(mount: Mount, place: number, owner: Service, actions: ServedActions): readonly RouteEntry[] {
  if (mount.kind === "actions") {
    const unit: Unit = { mount, place, owner: mount.service, onlyMiddleware: false };
    return actionEntries(unit, 0, mount.service, actions);
  }
  if (mount.kind === "control") {
    const unit: Unit = { mount, place, owner, onlyMiddleware: false };
    const call: ActionCall = (c, input, options) => {
      const [service, action] = [c.req.param("service") ?? "", c.req.param("action") ?? ""];
      const called = mount.ownerOf(service);
      // A failure is told as one of the service, as it is where that has routes of its own.
      if (called)
        (c.env as Exchange).entry = { ...entry, path: `/${service}/${action}`, unit: { ...unit, owner: called } };
      return mount.call(service, action, input, options);
    };
    const path = "/:service/:action";
    const entry: RouteEntry = { unit, index: 0, method: "POST", path, isMiddleware: false, route: undefined, call };
    return [entry];
  }
  const router = mount.kind === "hono" ? mount.app : routerOf(mount.controller, mount.label);
  const below = new Hono<HttpEnv>();
  // Mounting gives full paths, and composes the error handler that a Hono app may have of its own. Below an optional end
  // there is a path with it and one without; Hono knows such an end only where it is the end.
  const forms = formsOf(mount.path);
  for (const form of forms) below.route(form, router);
  const count = below.routes.length / forms.length;
  const kinds = inspectRoutes(below);
  const isController = mount.kind === "controller";
  const unit: Unit = {
    mount,
    place,
    owner: isController ? mount.controller : owner,
    onlyMiddleware: !isController && kinds.every(({ isMiddleware }) => isMiddleware),
  };
  const entries = below.routes
    .map((route, place): RouteEntry => {
      const { method, path } = route;
      return { unit, index: place % count, method, path, isMiddleware: kinds[place]?.isMiddleware === true, route };
    })
    .sort((a, b) => a.index - b.index);
  if (!isController) return entries;
  const load: RouteEntry = {
    unit,
    index: count,
    method: "GET",
    path: mount.path,
    isMiddleware: false,
    route: undefined,
  };
  return [...entries, ...actionEntries(unit, count, mount.controller, actions), load];
}

function actionEntries(unit: Unit, index: number, service: Service, actions: ServedActions): readonly RouteEntry[] {
  // An optional end is not there before the name of an action.
  const base = shortestOf(unit.mount.path).replace(/\/$/, "");
  return actionsOf(service)
    .filter((action) => actions.has(service.name, action))
    .map((action) => ({
      unit,
      index,
      method: "POST",
      path: `${base}/${action.name}`,
      isMiddleware: false,
      route: undefined,
      action,
      call: (_c, input, options) => callActionOf(service, action.name, input, options),
      guard: actions.guard(action),
    }));
}

function routerOf(controller: Controller, label: string): Hono<HttpEnv> {
  const router = new Hono<HttpEnv>();
  try {
    controller.routes?.(router);
  } catch (cause) {
    throw new RouteError(
      "PAWL_HTTP_BAD_ROUTE",
      `${controller.path}: routes(router) of ${label} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      { path: controller.path, cause },
    );
  }
  return router;
}

/** How messages name an entry: `GET /orders of OrderDesk`. */
export function describeEntry({ method, path, unit, route, action }: RouteEntry): string {
  if (action) return `${method} ${path}, the action "${action.name}" of ${unit.mount.label}`;
  const where = unit.mount.kind === "controller" && route ? "in routes(router) of" : "of";
  return `${method === "ALL" ? "every method of" : method} ${path} ${where} ${unit.mount.label}`;
}
