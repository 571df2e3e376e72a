import { ActionError, Service } from "@pawl/kernel";
import { z } from "zod";
import { Controller } from "../../src/index.ts";
import { type Gate, gate } from "../gate.ts";

/** A service with an action of every kind, and what they were called with. */
export class Shop extends Service {
  readonly seen: unknown[] = [];
  readonly gate: Gate = gate();
  signal_: AbortSignal | undefined;

  find = this.action(z.object({ id: z.string(), limit: z.number().int().default(10) }), (query) => {
    this.seen.push(query);
    return { ...query, at: new Date(0), none: undefined };
  });
  echo = this.action(z.unknown(), (input) => {
    this.seen.push(input);
    return input;
  });
  nothing = this.action(() => {
    this.seen.push("nothing");
  });
  wait = this.action(
    async ({ signal }) => {
      this.signal_ = signal;
      await Promise.race([
        this.gate.pass(),
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
      ]);
      return "waited";
    },
    { description: "Waits." },
  );
  stubborn = this.action(() => this.gate.pass());
  refuse = this.action(() => {
    throw new ActionError("There are only 2 left.", { reason: "sold-out", details: { left: 2 }, status: 409 });
  });
  break = this.action(() => {
    throw new Error("the password is 1234");
  });
  circular = this.action(() => {
    const self: Record<string, unknown> = {};
    self.self = self;
    return self;
  });
  big = this.action(() => 1n);
  needs = this.action(() => this.service("other" as never));
  wipe = this.action(() => "wiped", { admin: true });
}

export class Desk extends Controller {
  static override route = "/desk";
  load() {
    return { open: true };
  }
  close = this.action(z.object({ at: z.string() }), ({ at }) => `closed at ${at}`);
}

export const json = { "content-type": "application/json" } as const;
