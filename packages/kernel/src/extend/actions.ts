import type { ActionInfo } from "../actions/action.ts";
import type { CallActionOptions } from "../actions/action-call.ts";
import { UnknownActionError } from "../errors/action-errors.ts";
import { NotRunningError } from "../errors/errors.ts";
import { nearestName } from "../errors/nearest-name.ts";
import { coreOf, type Kernel } from "../kernel.ts";
import type { KernelCore } from "../kernel-core.ts";
import { cellOf } from "../lifecycle/cell-of.ts";
import type { ServiceCell } from "../lifecycle/service-cell.ts";
import type { Service } from "../service.ts";

/** An action with the name of the provider or controller that it belongs to. */
export interface ListedAction extends ActionInfo {
  readonly service: string;
  readonly owner: Service;
}

/**
 * Calls an action of a provider or controller, for a transport: the input is validated, the call is one of the service, so
 * that its stop awaits it, and its signal is the caller's and the service's together.
 *
 * @throws as rejections, for the caller: ActionInputError; ActionError; UnknownActionError; NotRunningError;
 * ActionTimeoutError; AbandonedError; what the caller's signal was aborted with. Anything else is an ActionFailedError,
 * whose `cause` the transport has to report, and to keep to itself
 */
export function callAction(
  kernel: Kernel,
  service: string,
  action: string,
  input: unknown,
  options: CallActionOptions,
): Promise<unknown> {
  try {
    // What is a promise already is given as it is.
    return Promise.resolve(callNamed(kernel, service, action, input, options));
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

function callNamed(
  kernel: Kernel,
  service: string,
  action: string,
  input: unknown,
  options: CallActionOptions,
): unknown {
  const core = coreOf(kernel);
  const cell = namedCell(core, service);
  if (cell) return call(cell, action, input, options);
  const { providerNames, settings } = core;
  const { name } = settings;
  if (core.state !== "running" || providerNames.includes(service)) {
    // What is no service has no actions, whether it runs or not.
    if (core.wiring?.entry(service)?.resolvable) throw unknown(service, action, []);
    if (core.state === "running" && !core.isChosen(service)) {
      throw new NotRunningError(
        `${service}.${action}: ${name} was started without ${service}; start it with that one: --only`,
        { path: service, isLeftOut: true },
      );
    }
    throw new NotRunningError(`${service}.${action}: ${name} is ${core.state}; call again when it runs`, {
      path: name,
    });
  }
  throw unknown(
    service,
    action,
    listActions(kernel).map((one) => `${one.service}.${one.name}`),
  );
}

/** As {@link callAction}, for who has the service; what ends at once is given, or thrown, at once. */
export function callActionOf(service: Service, action: string, input: unknown, options: CallActionOptions): unknown {
  return call(cellOf(service), action, input, options);
}

/** The actions of all providers and controllers that have started, those for administration included. */
export function listActions(kernel: Kernel): readonly ListedAction[] {
  const cells = coreOf(kernel).scope?.children ?? [];
  return cells.flatMap((cell) =>
    actionsOf(cell.service).map((info) => ({ ...info, service: cell.name, owner: cell.service })),
  );
}

/** The actions of one service; none before its first start. */
export function actionsOf(service: Service): readonly ActionInfo[] {
  const { actions, path } = cellOf(service);
  if (!actions || path === "") return [];
  return [...actions.nameAll().values()].map(({ name, description, admin, schema, output }) => ({
    name,
    description,
    admin,
    schema,
    output,
  }));
}

function namedCell(core: KernelCore, name: string): ServiceCell | undefined {
  return core.wiring?.entry(name)?.cell ?? core.scope?.children.find((cell) => cell.name === name);
}

function call(cell: ServiceCell, name: string, input: unknown, options: CallActionOptions): unknown {
  cell.core?.facts.refuseObserver("callAction");
  if (!cell.takesCalls) {
    const state = cell.restart ? "is being restarted" : `is ${cell.state}`;
    const who = cell.path || cell.service.constructor.name;
    throw new NotRunningError(`${who}.${name}: ${who} ${state}; call again when it runs`, { path: cell.path });
  }
  const activity = cell.actions?.activity(name);
  if (!activity) {
    throw unknown(
      cell.path,
      name,
      actionsOf(cell.service).map((one) => `${cell.path}.${one.name}`),
    );
  }
  return activity.call(input, options);
}

function unknown(service: string, action: string, known: readonly string[]): UnknownActionError {
  const wanted = `${service}.${action}`;
  const near = nearestName(wanted, known);
  return new UnknownActionError(
    `${wanted}: there is no such action${near ? `; did you mean "${near}"?` : "."} Known: ${known.join(", ") || "none"}`,
    { path: service },
  );
}
