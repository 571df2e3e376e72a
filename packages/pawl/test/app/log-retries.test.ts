import { testApp } from "@pawl/testing";
import { App, job, type Logger, publish, type Schema, Service, subscribe } from "pawl";
import { expect, test } from "vitest";
import { logRetries } from "../../src/log-retries.ts";

const any: Schema = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
const fail = () => {
  throw new Error("no ink");
};

class Billing extends Service {
  readonly print = job(this, "print", any, fail, { retries: 1, backoff: false, onError: () => {} });
  override onStart() {
    subscribe(this, "order:placed", fail, { group: "bills", retries: 2, backoff: "2s", onError: () => {} });
  }
}

test("each try of a message or a job that has failed and comes again is a line, as a warning", async () => {
  const lines: string[] = [];
  const loggerOf = (service: string): Logger => ({
    trace() {},
    debug() {},
    info() {},
    warn: (...args: readonly unknown[]) => void lines.push(`${service}: ${args.join(" ")}`),
    error() {},
    child: (bindings) => loggerOf(String(bindings.service)),
  });
  const billing = new Billing();
  await using app = await testApp((base) => new App({ ...base, providers: { billing } }));
  const stopTelling = logRetries(app, loggerOf("app"));
  await publish(billing, "order:placed", {}, { id: "42" });
  await app.clock.advance("10s");
  await billing.print.enqueue({}, { id: "43" });
  await app.clock.advance("10s");
  expect(lines).toEqual([
    'billing: message "order:placed" for "bills" (42) failed at try 1, again in 2s: no ink',
    'billing: message "order:placed" for "bills" (42) failed at try 2, again in 2s: no ink',
    'billing: job "print" (43) failed at try 1, again at once: no ink',
  ]);
  stopTelling();
});
