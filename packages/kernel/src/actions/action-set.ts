import { badAction } from "../errors/action-errors.ts";
import type { Scope } from "../scope.ts";
import type { Service } from "../service.ts";
import type { Action } from "./action.ts";
import { ActionActivity } from "./action-activity.ts";
import { ActionRecord, checkActionName } from "./action-record.ts";

/** The actions of one service. */
export class ActionSet {
  readonly #service: Service;
  readonly #declared = new Map<unknown, ActionRecord>();
  /** By name; a map, so that no name can mean anything else. Made when the service starts first. */
  #named: ReadonlyMap<string, ActionRecord> | undefined;
  /** Those of the run that is on. */
  #open: ReadonlyMap<string, ActionActivity> = new Map();

  constructor(service: Service) {
    this.#service = service;
  }

  /** @param args what `action()` was called with @throws TypeError `PAWL_BAD_ACTION` */
  declare(args: readonly unknown[]): Action {
    const service = this.#service;
    const record = new ActionRecord(service, args);
    if (this.#named) {
      throw badAction(
        `${service.path}: action() was called after the service had started; declare it as a field: stats = this.action(…)`,
      );
    }
    const context = {
      get signal() {
        return service.signal;
      },
      transport: "call",
    };
    const action = Object.assign((input?: unknown) => record.call(input, context), { schema: record.schema });
    this.#declared.set(action, record);
    return action as unknown as Action;
  }

  /**
   * Finds out what the actions are called. One that no public field holds, and that was given no name, is known to nobody
   * outside.
   *
   * @throws TypeError `PAWL_BAD_ACTION`
   */
  nameAll(): ReadonlyMap<string, ActionRecord> {
    if (this.#named) return this.#named;
    const where = this.#service.constructor.name;
    const fields = new Map(Object.entries(this.#service).map(([field, value]) => [value as unknown, field]));
    const named = new Map<string, ActionRecord>();
    for (const [action, record] of this.#declared) {
      const field = fields.get(action);
      const name = record.givenName ?? field;
      if (name === undefined) continue;
      checkActionName(name, where);
      if (named.has(name)) {
        throw badAction(`${where}: two actions are called "${name}"; give one of them another: { name }`);
      }
      record.name = name;
      named.set(name, record);
    }
    this.#named = named;
    return named;
  }

  /** Lets them be called, in a run that has begun. */
  open(scope: Scope): void {
    const open = new Map<string, ActionActivity>();
    for (const [name, record] of this.nameAll()) open.set(name, new ActionActivity(scope, record));
    this.#open = open;
  }

  /** The action of that name in the run that is on. */
  activity(name: string): ActionActivity | undefined {
    return this.#open.get(name);
  }
}
