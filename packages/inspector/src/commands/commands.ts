import { HttpServer } from "@pawl/http";
import { ActionFailedError, formatDuration, type Kernel, type Service } from "@pawl/kernel";
import { callActionOf, listServices, messageOf, providerNames, scopeOf, triggersOf } from "@pawl/kernel/extend";
import type { Command } from "../protocol.ts";
import { commandText } from "./command.ts";
import { type Answer, failedAnswer } from "./failed-answer.ts";
import { Refused } from "./refused.ts";

/** Milliseconds that a page waits for what it asked for. */
const longest = 30_000;

/** What pages ask for, done by a service in their name. */
export class Commands {
  readonly #service: Service;

  /** @param service says in its log what it does */
  constructor(service: Service) {
    this.#service = service;
  }

  /** Carries it out; says in the log what, and how it failed. @param signal aborted when nobody waits any more */
  async perform(command: Command, signal: AbortSignal): Promise<Answer> {
    const { log } = this.#service;
    const { clock } = scopeOf(this.#service, "do");
    const what = commandText(command);
    const began = clock.now();
    log.info(`asked for on the page: ${what}`);
    try {
      const result = await this.#do(command, what, signal);
      const outcome = { ok: true, ...(result === undefined ? {} : { result }), ms: clock.now() - began } as const;
      checkJson(outcome, what);
      return { status: 200, outcome };
    } catch (error) {
      log.warn({ err: error }, `${what} failed: ${messageOf(error)}`);
      return failedAnswer(error);
    }
  }

  get #kernel(): Kernel {
    return this.#service.app as Kernel;
  }

  #do(command: Command, what: string, signal: AbortSignal): unknown {
    switch (command.do) {
      case "stop":
        if (command.path === "") return this.#stopping(this.#kernel.stop());
        return this.#inTime(what, () => this.#stop(this.#find(command.path)));
      case "restart":
        if (command.path === "") return this.#stopping(this.#kernel.restart());
        return this.#inTime(what, () => this.#kernel.restart(this.#provider(command) as never));
      case "start":
        return this.#inTime(what, async () => void (await this.#kernel.start(this.#provider(command) as never)));
      case "trigger":
        return this.#inTime(what, () => this.#trigger(this.#find(command.path), command.activity));
      case "call":
        return this.#call(this.#find(command.path), command.action, command.input, signal);
      case "emit":
        return { listeners: this.#service.emit(command.event as never, command.payload as never) };
    }
  }

  /** Resolves when the stop has begun: this call is part of what is stopped, and its answer goes out first. */
  async #stopping(begun: Promise<void>): Promise<{ readonly state: "stopping" }> {
    await begun;
    return { state: "stopping" };
  }

  #stop(service: Service): Promise<unknown> {
    const stopped = service.stop();
    if (!(service instanceof HttpServer)) return stopped;
    // It waits until this answer is out.
    stopped.catch((error: unknown) => this.#report(error, "stop", service));
    return Promise.resolve({ state: "stopping" });
  }

  async #trigger(service: Service, activity: string): Promise<unknown> {
    const trigger = triggersOf(service).get(activity);
    if (!trigger) throw new Refused(404, `${service.path} has nothing to trigger that is called ${activity}`);
    return await trigger();
  }

  async #call(service: Service, action: string, input: unknown, signal: AbortSignal): Promise<unknown> {
    try {
      return await callActionOf(service, action, input, {
        transport: "inspector",
        signal,
        timeout: longest,
        detached: true,
      });
    } catch (error) {
      if (error instanceof ActionFailedError) this.#report(error.cause, `action "${action}"`, service);
      throw error;
    }
  }

  #find(path: string): Service {
    const service = listServices(this.#kernel).get(path);
    if (service) return service;
    throw new Refused(404, `there is no service "${path}" now`, "PAWL_UNKNOWN_SERVICE");
  }

  #provider({ do: what, path }: { readonly do: string; readonly path: string }): string {
    if (providerNames(this.#kernel).includes(path)) return path;
    this.#find(path);
    const [top] = path.split("/");
    throw new Refused(
      409,
      path === top
        ? `${path} is no provider: it starts and stops with the app`
        : `${path} is no provider, so that it cannot ${what} by itself; ${what} ${top}, which it belongs to`,
    );
  }

  #report(error: unknown, label: string, { path }: Service): void {
    scopeOf(this.#service, "do").report(error, { path, label });
  }

  /** A page does not wait for ever; what was begun goes on, and its failure is told in the log. */
  async #inTime(what: string, fn: () => unknown): Promise<unknown> {
    const late = Promise.withResolvers<never>();
    const timer = this.#service.timeout(
      () => late.reject(new Refused(504, `it was still under way after ${formatDuration(longest)}`)),
      `${longest}ms`,
      { label: what },
    );
    const done = (async () => fn())();
    try {
      return await Promise.race([done, late.promise]);
    } catch (error) {
      if (error instanceof Refused && error.status === 504) {
        done.catch((failure: unknown) =>
          this.#service.log.warn({ err: failure }, `${what} failed: ${messageOf(failure)}`),
        );
      }
      throw error;
    } finally {
      timer.cancel();
    }
  }
}

/** @throws Refused for a result that cannot be sent */
function checkJson(outcome: unknown, what: string): void {
  try {
    JSON.stringify(outcome);
  } catch (error) {
    throw new Refused(500, `${what} was done, but its result is no JSON: ${messageOf(error)}`);
  }
}
