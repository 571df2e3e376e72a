import { expect, test } from "vitest";
import { runIn, scopeOf } from "../../src/extend/index.ts";
import { Kernel, NotRunningError, PawlError, Service } from "../../src/index.ts";

class Desk extends Service {}

const spec = { kind: "request", label: "GET /x", drains: true };
const noEnd = { ok() {}, fail() {} };

test("runIn calls as the run that the service has now, and refuses where it has none", async () => {
  const desk = new Desk();
  await using kernel = new Kernel({ providers: { desk } });
  expect(() => runIn(desk, "answer", spec, () => 1, noEnd)).toThrow(NotRunningError);
  await kernel.start();
  const given: unknown[] = [];
  const end = { ok: (value: unknown) => given.push(value), fail: (error: unknown) => given.push(error) };
  runIn(desk, "answer", spec, () => "at once", end);
  const failure = new Error("no paper");
  runIn(
    desk,
    "answer",
    spec,
    () => {
      throw failure;
    },
    end,
  );
  expect(given).toEqual(["at once", failure]);
});

test("a call made by runIn is in flight: the stop awaits it, and it may ask for that stop itself", async () => {
  const desk = new Desk();
  const kernel = new Kernel({ providers: { desk } });
  await kernel.start();
  const told: string[] = [];
  runIn(
    desk,
    "answer",
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
