import { checkCallback } from "../activities/activity-options.ts";
import { isPromiseLike } from "../bounded.ts";
import { milliseconds } from "../duration.ts";
import { ActionInputError, badAction } from "../errors/action-errors.ts";
import { issueLine } from "../errors/issue.ts";
import { PawlError } from "../errors/pawl-error.ts";
import { isSchema, type Schema } from "../schema.ts";
import type { ActionContext, ActionInfo, OutputOptions } from "./action.ts";

type ActionFunction = (...args: unknown[]) => unknown;

/** One action as its service declared it, with its figures. They go on through restarts. */
export class ActionRecord implements ActionInfo {
  /** Known when the service starts first. */
  name = "";
  readonly givenName: string | undefined;
  readonly description: string | undefined;
  readonly admin: boolean;
  readonly schema: Schema | undefined;
  readonly output: Schema | undefined;
  /** Milliseconds. */
  readonly timeout: number | undefined;
  /** Calls from outside that were taken. */
  calls = 0;
  /** Those with a bad input, and those that the action itself refused with an `ActionError`. */
  refused = 0;
  errors = 0;
  lastError: unknown;
  /** When the last call began, in milliseconds of the wall clock. */
  lastAt: number | undefined;
  readonly #service: object;
  readonly #fn: ActionFunction;

  /** @param args what `action()` was called with @throws TypeError `PAWL_BAD_ACTION`, or of a bad duration */
  constructor(service: object, args: readonly unknown[]) {
    const where = `${service.constructor.name}: action()`;
    // Some libraries make schemas that are functions.
    const hasSchema = isSchema(args[0]);
    if (!hasSchema && typeof args[0] !== "function") {
      throw badAction(
        `${where}: the first argument must be a Standard Schema (zod, valibot, arktype …), or the function itself where it takes no input`,
      );
    }
    const [fn, options = {}] = (hasSchema ? args.slice(1) : args) as [ActionFunction, Partial<OutputOptions<Schema>>?];
    checkCallback("action", fn, hasSchema ? "second" : "first");
    if (typeof options !== "object" || options === null) {
      throw badAction(`${where}: its options must be an object, not ${String(options)}`);
    }
    const { name, description, admin = false, timeout, output } = options;
    if (output !== undefined && !isSchema(output)) {
      throw badAction(`${where}: its output must be a Standard Schema (zod, valibot, arktype …)`);
    }
    if (name !== undefined) checkActionName(name, where);
    this.#service = service;
    this.#fn = fn;
    this.schema = hasSchema ? (args[0] as Schema) : undefined;
    this.output = output;
    this.givenName = name;
    this.description = description;
    this.admin = admin;
    this.timeout = timeout === undefined ? undefined : milliseconds(timeout, `${where}: timeout`);
  }

  /** Calls it with input that is known to be right. */
  call(input: unknown, context: ActionContext): unknown {
    return this.schema ? this.#fn.call(this.#service, input, context) : this.#fn.call(this.#service, context);
  }

  /**
   * The input as the schema gives it back; a promise where it validates asynchronously.
   *
   * @param of names the action in the error
   * @throws ActionInputError
   */
  parse(input: unknown, of: string): unknown {
    if (!this.schema) {
      // JSON has no undefined, and some callers cannot send nothing.
      if (input === undefined || input === null) return undefined;
      throw new ActionInputError(of, [{ message: "it takes no input", path: [] }]);
    }
    const result = this.schema["~standard"].validate(input);
    if (isPromiseLike(result)) return result.then((settled) => parsed(settled, of));
    return parsed(result, of);
  }

  /**
   * The result as the schema of the output gives it back.
   *
   * @param of names the action in the error
   * @throws PawlError `PAWL_ACTION_OUTPUT`
   */
  checked(result: unknown, of: string): unknown {
    if (isPromiseLike(result)) return result.then((value) => this.checked(value, of));
    const given = this.output?.["~standard"].validate(result) ?? { value: result };
    return isPromiseLike(given) ? given.then((settled) => fitting(settled, of)) : fitting(given, of);
  }
}

type Validated = Awaited<ReturnType<Schema["~standard"]["validate"]>>;

function parsed(result: Validated, of: string): unknown {
  if (result.issues) throw new ActionInputError(of, result.issues);
  return result.value;
}

function fitting(result: Validated, of: string): unknown {
  if (!result.issues) return result.value;
  const lines = result.issues.map((issue) => issueLine(issue)).join("; ");
  throw new PawlError("PAWL_ACTION_OUTPUT", `${of}: its result does not fit its output schema: ${lines}`);
}

/** @throws TypeError `PAWL_BAD_ACTION` */
export function checkActionName(name: unknown, where: string): void {
  if (typeof name !== "string" || !/^[A-Za-z_][\w-]*$/.test(name)) {
    throw badAction(
      `${where}: ${JSON.stringify(name)} cannot be the name of an action; it begins with a letter or _, and has letters, digits, _ and - only`,
    );
  }
  // What is called `then` would be awaited, and these are what every object has.
  if (name === "then" || name in Object.prototype) {
    throw badAction(`${where}: an action cannot be called "${name}"; every object has that, or is awaited by it`);
  }
}
