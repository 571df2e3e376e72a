import { Kernel, provide, Service, type StopReason } from "@pawl/kernel";
import { inEveryRun, scopeOf } from "@pawl/kernel/extend";
import { virtualClock } from "@pawl/testing";
import { expect, test } from "vitest";

/** What a package would give: it tells when it begins, and works until the stop. */
function beat(service: Service, told: string[], name: string): void {
  inEveryRun(service, "beat", () => {
    const scope = scopeOf(service, "beat");
    told.push(`${name} begins`);
    scope.add({
      kind: "beat",
      label: name,
      close: () => void told.push(`${name} is closed`),
      abort() {},
      inspect: () => ({}),
    });
  });
}

class Metrics extends Service {
  readonly told: string[] = [];

  constructor() {
    super();
    beat(this, this.told, "first");
    beat(this, this.told, "second");
  }

  override async onStart(): Promise<void> {
    this.told.push("starting");
    await Promise.resolve();
    this.told.push("started");
  }

  override onReady(): void {
    this.told.push("ready");
  }

  override onStop(): void {
    this.told.push("stopping");
  }
}

const run = ["starting", "started", "first begins", "second begins", "ready"];
const end = ["stopping", "first is closed", "second is closed"];

test("begins when onStart has returned, in the order of declaration, and ends with the stop", async () => {
  const metrics = new Metrics();
  const kernel = new Kernel({ providers: { metrics } });
  await kernel.start();
  expect(metrics.told).toEqual(run);
  await kernel.stop();
  expect(metrics.told).toEqual([...run, ...end]);
});

test("begins anew in every run: after a stop, and after a restart", async () => {
  const clock = virtualClock();
  const metrics = new Metrics();
  const kernel = new Kernel({
    clock,
    onError() {},
    providers: { metrics: provide(metrics, { restart: "on-failure" }) },
  });
  await kernel.start();
  metrics.fail(new Error("broken"));
  await clock.advance("1s");
  expect(metrics.told.filter((line) => line === "first begins")).toHaveLength(2);
  await kernel.stop();
  await kernel.start();
  expect(metrics.told.slice(-run.length)).toEqual(run);
  await kernel.stop();
});

test("does not begin where the start fails", async () => {
  class Broken extends Metrics {
    override async onStart(): Promise<void> {
      throw new Error("no port");
    }
  }
  const broken = new Broken();
  const kernel = new Kernel({ providers: { broken } });
  await expect(kernel.start()).rejects.toThrow("no port");
  expect(broken.told).toEqual([]);
});

test("is part of the service: what it throws is a crash, after the others have begun", async () => {
  const told: string[] = [];
  class Poll extends Service {
    constructor() {
      super();
      inEveryRun(this, "poll", () => {
        throw new Error("no source");
      });
      inEveryRun(this, "poll", () => void told.push("second"));
    }
  }
  const kernel = new Kernel({ providers: { poll: new Poll() } });
  const over = kernel.start().then(() => kernel.wait());
  await expect(over).rejects.toThrow("no source");
  expect(told).toEqual(["second"]);
});

test("may stop the service that it belongs to", async () => {
  const told: string[] = [];
  class Once extends Service {
    constructor() {
      super();
      inEveryRun(this, "once", () => void this.stop());
    }
    override onStop(reason: StopReason): void {
      told.push(reason.kind);
    }
  }
  const kernel = new Kernel({ providers: { once: new Once() } });
  await kernel.start();
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(told).toEqual(["requested"]);
  expect(kernel.state).toBe("running");
  await kernel.stop();
});

test("is refused once the service has begun to start, and without a service", async () => {
  class Late extends Service {
    override onStart(): void {
      inEveryRun(this, "beat", () => {});
    }
  }
  const kernel = new Kernel({ providers: { late: new Late() } });
  await expect(kernel.start()).rejects.toThrow(
    /late: beat\(\) was called after the service had begun to start; declare/,
  );
  expect(() => inEveryRun({} as Service, "beat", () => {})).toThrow("beat(): the first argument must be the service");
});
