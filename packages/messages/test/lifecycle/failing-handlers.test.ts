import { type Kernel, Service } from "@pawl/kernel";
import { type MessageContext, publish, type SubscribeOptions, subscribe } from "@pawl/messages";
import { testApp } from "@pawl/testing";
import { expect, test } from "vitest";

type Handler = (payload: unknown, message: MessageContext) => unknown;

class Billing extends Service {
  readonly #handler: Handler;
  readonly #options: SubscribeOptions;
  constructor(handler: Handler, options: SubscribeOptions) {
    super();
    this.#handler = handler;
    this.#options = options;
  }
  override onStart() {
    subscribe(this, "order:placed", this.#handler, this.#options);
  }
}

const warningsOf = async (app: Pick<Kernel, "health">) => (await app.health()).services.billing?.warnings;

test("the error of a dead letter says which message it was, and how often it was tried", async () => {
  const fail = () => {
    throw new Error("no ink");
  };
  const billing = new Billing(fail, { retries: 2, backoff: "1s" });
  await using app = await testApp({ providers: { billing } });
  await publish(billing, "order:placed", {}, { id: "42" });
  await app.clock.advance("10s");
  expect(app.errors.map(({ origin }) => origin.label)).toEqual([
    'subscription "order:placed" (42, dead after 3 tries)',
  ]);
});

test("a handler that goes on after its timeout is a warning for as long as it does", async () => {
  const work = Promise.withResolvers<void>();
  const billing = new Billing(() => work.promise, { timeout: "2s" });
  await using app = await testApp({ providers: { billing } });
  await publish(billing, "order:placed", {}, { id: "42" });
  await app.clock.advance("6s");
  expect(await warningsOf(app)).toEqual([]);
  await app.clock.advance("2s");
  expect(await warningsOf(app)).toEqual([
    'subscription "order:placed": 42 still runs 5s after its timeout: its handler does not end when its signal is aborted',
  ]);
  work.resolve();
  await app.clock.advance("1s");
  expect(await warningsOf(app)).toEqual([]);
});

test("one that ends soon after its timeout is none", async () => {
  const billing = new Billing(
    (_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    { timeout: "2s", retries: 0 },
  );
  await using app = await testApp({ providers: { billing } });
  await publish(billing, "order:placed", {});
  await app.clock.advance("1m");
  expect(await warningsOf(app)).toEqual([]);
  expect(app.errors.map(({ error }) => (error as { code?: string }).code)).toEqual(["PAWL_LEASE_TIMEOUT"]);
});
