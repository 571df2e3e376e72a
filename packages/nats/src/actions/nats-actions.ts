import { hostname } from "node:os";
import { type Kernel, NotRunningError, PawlTypeError, Service } from "@pawl/kernel";
import {
  addFigures,
  isoTime,
  type ListedAction,
  listActions,
  listServices,
  type ServiceScope,
  scopeOf,
} from "@pawl/kernel/extend";
import { Connection, type Msg, type Subscription } from "../connection/connection.ts";
import { type NatsAddress, natsAddress } from "../connection/nats-address.ts";
import { token } from "../connection/token.ts";
import { engineOptions } from "../engine/engine-options.ts";
import type { NatsInstance } from "../presence/instances.ts";
import { cancelSubject, pingSubject, serviceSubject } from "./action-subjects.ts";
import { ServedCalls } from "./served-calls.ts";

export interface NatsActionsOptions {
  /** @default "nats://127.0.0.1:4222" */
  readonly url?: string;
  /** Which actions are served: all but those for administration, none, or those of these services or names. @default true */
  readonly actions?: boolean | readonly string[];
}

/** What answers calls in one run. */
interface Serving {
  readonly scope: ServiceScope;
  readonly connection: Connection;
  readonly calls: ServedCalls;
  readonly since: number;
}

/**
 * Serves the actions of an app over NATS, at `pawl.<app>.<service>.<action>`: the processes of an app share the calls. List
 * it last, so that it starts after and stops before what it serves. A stop takes no more calls and answers those it has.
 * It also says that the process is there: see {@link instances}.
 *
 * @example
 * const kernel = new Kernel({ name: "shop", providers: { orders: new Orders(), nats: new NatsActions() } });
 */
export class NatsActions extends Service {
  readonly #address: NatsAddress;
  readonly #choice: boolean | readonly string[];
  readonly #subscriptions: Subscription[] = [];
  #serving: Serving | undefined;

  /** @throws NatsUrlError; TypeError `PAWL_BAD_OPTION` */
  constructor({ url = "nats://127.0.0.1:4222", actions = true }: NatsActionsOptions = {}) {
    super();
    this.#address = natsAddress(url);
    // The same URL may say how messages are kept, which is nothing to calls.
    engineOptions(this.#address);
    if (typeof actions !== "boolean" && !Array.isArray(actions)) {
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        `new NatsActions({ actions }): it must be true, false or a list of names, not ${String(actions)}`,
      );
    }
    this.#choice = actions as boolean | readonly string[];
    addFigures(this, "calls", () => this.#serving?.calls.figures ?? {});
  }

  override async onStart(): Promise<void> {
    const scope = scopeOf(this, "onStart");
    const { clock, path } = scope;
    const { app } = this;
    const report = (error: unknown) => scope.report(error, { path, label: "the connection to NATS" });
    const connection = this.own(await Connection.open(this.#address, { clock, name: app.name, report }), (opened) =>
      opened.close(),
    );
    this.addCleanup(() => {
      this.#serving = undefined;
      this.#subscriptions.length = 0;
    });
    const calls = new ServedCalls(app, path, connection);
    this.#serving = { scope, connection, calls, since: clock.wallTime() };
    this.#listen(pingSubject, undefined, (msg) => void (msg.reply && msg.respond(JSON.stringify(this.#instance()))));
    this.#listen(cancelSubject(app.name), undefined, (msg) => calls.cancel(msg.string()));
  }

  /** When everything has started that may be called. @throws TypeError `PAWL_BAD_OPTION` where an action is chosen that there is not */
  override async onReady(): Promise<void> {
    const { name } = this.app;
    const services = new Map<string, Map<string, string>>();
    for (const { service, name: action } of this.#served()) {
      const actions = services.get(service) ?? new Map<string, string>();
      services.set(service, actions.set(token(action), action));
    }
    for (const [service, actions] of services) {
      // One queue for all processes: each call goes to one of them.
      this.#listen(serviceSubject(name, service), "pawl", (msg) => {
        const last = msg.subject.slice(msg.subject.lastIndexOf(".") + 1);
        this.#call(service, actions.get(last) ?? last, msg);
      });
    }
    // Whoever waits for the start may call at once, from elsewhere too.
    await this.#serving?.connection.raw.flush();
  }

  override async onStop(): Promise<void> {
    // What is on its way here still comes, and is answered.
    const { connection } = this.#serving ?? {};
    if (connection) await Promise.all(this.#subscriptions.slice(2).map((one) => connection.drain(one)));
  }

  #listen(subject: string, queue: string | undefined, fn: (msg: Msg) => void): void {
    const { connection, scope } = this.#serving ?? {};
    if (!connection || !scope) throw new NotRunningError(`${this.path}: it is not running`, { path: this.path });
    const callback = (error: Error | null, msg: Msg) => {
      if (error) scope.report(error, { path: scope.path, label: subject });
      else fn(msg);
    };
    this.#subscriptions.push(
      connection.raw.subscribe(subject, queue === undefined ? { callback } : { queue, callback }),
    );
  }

  #call(service: string, action: string, msg: Msg): void {
    const { scope, calls } = this.#serving ?? {};
    if (!scope || !calls || !msg.reply) return;
    // The stop waits for the answer; the call itself belongs to the service.
    const spec = { kind: "call", label: `${service}.${action}`, drains: true, detached: true };
    scope.track(spec, calls.answer(service, action, msg), { ok() {}, fail() {} });
  }

  #served(): readonly ListedAction[] {
    const all = listActions(this.app).filter(({ admin }) => !admin);
    const choice = this.#choice;
    if (typeof choice === "boolean") return choice ? all : [];
    for (const wanted of choice) {
      if (all.some(({ service, name }) => wanted === service || wanted === `${service}.${name}`)) continue;
      const known = all.map(({ service, name }) => `${service}.${name}`).join(", ") || "none";
      throw new PawlTypeError(
        "PAWL_BAD_OPTION",
        `${this.path}: { actions }: there is no action "${wanted}". Known: ${known}`,
        { path: this.path },
      );
    }
    return all.filter(({ service, name }) => choice.includes(service) || choice.includes(`${service}.${name}`));
  }

  #instance(): NatsInstance {
    const { app } = this;
    return {
      name: app.name,
      pid: process.pid,
      host: hostname(),
      state: app.state,
      since: isoTime(this.#serving?.since ?? 0),
      ...urlOf(app),
    };
  }
}

/** Where its HTTP server listens, if it has one. */
function urlOf(kernel: Kernel): { readonly url?: string } {
  for (const service of listServices(kernel).values()) {
    if (service.name === "http" && "url" in service && service.url instanceof URL) return { url: service.url.origin };
  }
  return {};
}
