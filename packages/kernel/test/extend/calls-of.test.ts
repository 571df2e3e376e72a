import { expect, test } from "vitest";
import { callsOf, scopeOf } from "../../src/extend/index.ts";
import { Kernel, NotRunningError, PawlError, Service } from "../../src/index.ts";

class Desk extends Service {}

const spec = { kind: "request", label: "GET /x", drains: true };
const noEnd = { ok() {}, fail() {} };

test("callsOf calls as the run that the service has now, and refuses where it has none", async () => {
  const desk = new Desk();
  await using kernel = new Kernel({ providers: { desk } });
  expect(() => callsOf(desk, "answer")).toThrow(NotRunningError);
  await kernel.start();
  const told: unknown[] = [];
  const end = { ok: (value: unknown) => told.push(value), fail: (error: unknown) => told.push(error) };
  expect(callsOf(desk, "answer").call(spec, () => "at once", end)).toBe("at once");
  const failure = new Error("no paper");
  const failing = () => {
    throw failure;
  };
  expect(() => callsOf(desk, "answer").call(spec, failing, end)).toThrow(failure);
  expect(told).toEqual([]);
  const later = Promise.reject(failure);
  expect(callsOf(desk, "answer").call(spec, () => later, end)).toBe(later);
  await expect(later).rejects.toThrow(failure);
  expect(told).toEqual([failure]);
});

test("what ends at once is in flight until then: it may ask for the stop that it belongs to, and what it leaves may not", async () => {
  const desk = new Desk();
  const kernel = await new Kernel({ providers: { desk } }).start();
  const order: string[] = [];
  const ask = async (who: string) => {
    await kernel.stop();
    order.push(`${who} goes on, ${kernel.state}`);
  };
  const gate = Promise.withResolvers<void>();
  callsOf(desk, "answer").call(
    spec,
    () => {
      void gate.promise.then(() => ask("what it left"));
      void ask("it");
    },
    noEnd,
  );
  gate.resolve();
  await kernel.wait();
  await Promise.resolve();
  expect(order).toEqual(["it goes on, stopping", "what it left goes on, stopped"]);
});

test("a call made by callsOf is in flight: the stop awaits it, and it may ask for that stop itself", async () => {
  const desk = new Desk();
  const kernel = new Kernel({ providers: { desk } });
  await kernel.start();
  const told: string[] = [];
  void callsOf(desk, "answer").call(
    spec,
    async () => {
      await kernel.stop();
      told.push(desk.signal.aborted ? "aborted" : "alive");
    },
    { ok: () => told.push("answered"), fail: (error) => told.push(String(error)) },
  );
  expect(kernel.inspect().services[0]?.inFlight.map(({ what }) => what)).toEqual(['request "GET /x"']);
  await kernel.wait();
  expect(told).toEqual(["alive", "answered"]);
});

test("a scope says how long the waits of its service's stop may take", async () => {
  const desk = new Desk();
  await using kernel = await new Kernel({ providers: { desk }, stopTimeout: "3s" }).start();
  expect(scopeOf(desk, "test").stopTimeout).toBe(3_000);
  expect(kernel.state).toBe("running");
});

test("scopeOf refuses what is no service, and names the function that was called", () => {
  expect(() => scopeOf({} as never, "queue")).toThrow(
    "queue(): the first argument must be the service that owns it, as in queue(this, …)",
  );
});

test("a scope asks again whether its service takes work", async () => {
  const desk = new Desk();
  const kernel = await new Kernel({ providers: { desk } }).start();
  const scope = scopeOf(desk, "test");
  scope.requireWork("push");
  await kernel.stop();
  expect(() => scope.requireWork("push")).toThrow(/^desk: push\(\) was called while it is stopped/);
});

test("a scope tells an error as it stands: to the stop under way, else to onError", async () => {
  const errors: unknown[] = [];
  const desk = new Desk();
  const kernel = new Kernel({ providers: { desk }, onError: (...told) => void errors.push(told) });
  await kernel.start();
  const scope = scopeOf(desk, "test");
  const [running, stopping] = ["running", "stopping"].map((state) => new PawlError("PAWL_ABORTED", state));
  scope.tell(spec, running as PawlError);
  expect(errors).toEqual([[running, { path: "desk", label: 'request "GET /x"' }]]);
  scope.signal.addEventListener("abort", () => scope.tell(spec, stopping as PawlError));
  await expect(kernel.stop()).rejects.toMatchObject({ errors: [stopping] });
});
