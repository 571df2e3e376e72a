import { randomUUID } from "node:crypto";
import { type ActionAnswer, actionProblem, failureAnswer, failureOf, parseJson } from "@pawl/http/extend";
import type { Kernel } from "@pawl/kernel";
import { callAction, kernelScope } from "@pawl/kernel/extend";
import { type Connection, headersOf, type Msg } from "../connection/connection.ts";
import { statusHeader } from "./action-subjects.ts";
import { NatsCaller } from "./nats-caller.ts";

/** The calls that a process is at. */
export class ServedCalls {
  readonly #kernel: Kernel;
  readonly #path: string;
  readonly #connection: Connection;
  readonly #callers = new Map<string, NatsCaller>();
  #answered = 0;

  constructor(kernel: Kernel, path: string, connection: Connection) {
    this.#kernel = kernel;
    this.#path = path;
    this.#connection = connection;
  }

  get figures(): { readonly answered: number } {
    return { answered: this.#answered };
  }

  /** Calls an action and answers. Never rejects. */
  async answer(service: string, action: string, msg: Msg): Promise<void> {
    const { reply = "" } = msg;
    let caller: NatsCaller | undefined;
    try {
      caller = new NatsCaller(msg);
      this.#callers.set(reply, caller);
      const text = msg.string();
      const input = text === "" ? undefined : parseJson(text);
      const result = await callAction(this.#kernel, service, action, input, caller);
      if (caller.isGone) return;
      this.#connection.requireUp();
      // What went well needs no header, which would cost as much as the rest.
      msg.respond(result === undefined ? "" : jsonOf(result));
    } catch (error) {
      const told = actionProblem(error, caller ?? { isGone: false, isAborted: false });
      if (told !== "gone") this.#refuse(msg, `${service}.${action}`, told, error);
    } finally {
      this.#callers.delete(reply);
      this.#answered++;
    }
  }

  /** Who waits for its answer there waits no longer. */
  cancel(reply: string): void {
    this.#callers.get(reply)?.leave();
  }

  #refuse(msg: Msg, action: string, told: ActionAnswer | undefined, error: unknown): void {
    try {
      const { problem } = told ?? this.#failed(action, failureOf(error));
      this.#tell(msg, problem.status, JSON.stringify(problem));
    } catch (unsendable) {
      // Too large for the server, no JSON, or no connection, of which the caller is told by its own end.
      const { problem } = this.#failed(action, unsendable);
      if (this.#connection.isUp) this.#tell(msg, problem.status, JSON.stringify(problem));
    }
  }

  /** Reports what is not meant for callers, who get its number. */
  #failed(action: string, failure: unknown): ActionAnswer {
    const id = randomUUID();
    kernelScope(this.#kernel).report(failure, { path: this.#path, label: `call of ${action} (${id})` });
    return failureAnswer(failure, id);
  }

  #tell(msg: Msg, status: number, body: string): void {
    this.#connection.requireUp();
    msg.respond(body, { headers: headersOf({ [statusHeader]: String(status) }) });
  }
}

/** @throws TypeError for what cannot be JSON */
function jsonOf(result: unknown): string {
  const json = JSON.stringify(result) as string | undefined;
  if (json === undefined) throw new TypeError(`the result of an action must be JSON, not a ${typeof result}`);
  return json;
}
