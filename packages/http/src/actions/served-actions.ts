import type { Kernel } from "@pawl/kernel";
import { type ActionInfo, type ListedAction, listActions } from "@pawl/kernel/extend";
import type { AdminToken } from "../admin/admin-token.ts";
import { RouteError } from "../errors/http-errors.ts";
import type { Mount } from "../routes/mounted-routes.ts";

/** Which actions of an app are served over HTTP. */
export class ServedActions {
  readonly #all: readonly ListedAction[];
  /** Services and single actions; undefined where there is no choice. */
  readonly #chosen: ReadonlySet<string> | undefined;
  readonly #none: boolean;
  /** Who may call the actions for administration; undefined where nobody may. */
  readonly #token: AdminToken | undefined;

  /** @throws RouteError where one is chosen that there is not */
  constructor(kernel: Kernel, choice: boolean | readonly string[], token?: AdminToken) {
    this.#token = token;
    this.#all = listActions(kernel).filter(({ admin }) => !admin || token);
    this.#none = choice === false;
    if (typeof choice === "boolean") return;
    this.#chosen = new Set(choice);
    for (const wanted of choice) {
      if (this.#all.some(({ service, name }) => wanted === service || wanted === `${service}.${name}`)) continue;
      const known = this.#all.map(({ service, name }) => `${service}.${name}`).join(", ") || "none";
      throw new RouteError("PAWL_HTTP_BAD_ROUTE", `http: { actions }: there is no action "${wanted}". Known: ${known}`);
    }
  }

  has(service: string, { name, admin }: ActionInfo): boolean {
    if (admin) return this.#token !== undefined;
    if (this.#none) return false;
    return !this.#chosen || this.#chosen.has(service) || this.#chosen.has(`${service}.${name}`);
  }

  /** What stands before an action; undefined where anybody may call it. */
  guard({ admin }: ActionInfo): ((authorization: string | undefined) => void) | undefined {
    const token = this.#token;
    return admin && token ? (authorization) => token.check(authorization) : undefined;
  }

  /**
   * The services beside the controllers whose actions are served. They come after all `routes`, so that middleware that is
   * listed there alone wraps them too.
   *
   * @throws RouteError where the name of one cannot be part of a path
   */
  mounts(controllers: readonly Mount[]): readonly Mount[] {
    const known = new Set(controllers.map((mount) => (mount.kind === "controller" ? mount.controller : undefined)));
    const mounts = new Map<string, Mount>();
    for (const action of this.#all) {
      const { owner, service } = action;
      if (known.has(owner as never) || !this.has(service, action) || mounts.has(service)) continue;
      if (!/^[\w-][\w.~-]*$/.test(service)) {
        throw new RouteError(
          "PAWL_HTTP_BAD_ROUTE",
          `${service}: its name cannot be part of a path, so that its actions cannot be served; rename the provider, or choose which are: http: { actions: [] }`,
          { path: service },
        );
      }
      const label = `the provider "${service}"`;
      mounts.set(service, { kind: "actions", service: owner, path: `/${service}`, label });
    }
    return [...mounts.values()];
  }
}
