import { Kernel, type KernelConfig, provide, Service, warn } from "@pawl/kernel";
import { changeOptions, scopeOf } from "@pawl/kernel/extend";
import { createTestApp, type TestParts } from "@pawl/testing";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createLogger, type LogLevel, logErrors, logLifecycle } from "../../src/index.ts";

const names: Readonly<Record<number, string>> = { 20: "debug", 30: "info", 40: "warn", 50: "error" };

/** A kernel on a virtual clock whose lifecycle is logged. */
function logged(config: KernelConfig, level: LogLevel = "info") {
  const lines: string[] = [];
  const stream = {
    write(line: string) {
      const { level: rank, service = "", msg } = JSON.parse(line) as { level: number; service?: string; msg: string };
      lines.push(`${names[rank]} ${service} ${msg}`.replace("  ", " "));
    },
  };
  const logger = createLogger({ stream, level });
  const app: Kernel & TestParts = createTestApp(
    (base) => new Kernel({ name: "shop", ...config, ...base, logger, onError: logErrors(logger) }),
  );
  const undo = logLifecycle(app, logger, app.clock);
  return { app, lines, undo, since: (): string[] => lines.splice(0) };
}

/** Takes so long to start, and to stop. */
class Taking extends Service {
  readonly #start: number;
  readonly #stop: number;
  constructor(start: number, stop: number) {
    super();
    this.#start = start;
    this.#stop = stop;
  }
  override async onStart() {
    if (this.#start > 0) await this.sleep(this.#start);
  }
  override async onStop() {
    if (this.#stop > 0) await this.sleep(this.#stop);
  }
}

async function started(app: Kernel & TestParts, during = "10s") {
  const start = app.start();
  await app.clock.advance(during as "10s");
  await start;
}

async function stopped(app: Kernel & TestParts, during = "10s") {
  const stop = app.stop();
  stop.catch(() => {});
  await app.clock.advance(during as "10s");
  return stop;
}

describe("of a start", () => {
  test("info has its length and what was slow", async () => {
    const { app, since } = logged({ providers: { db: new Taking(0.3, 0), mailer: new Taking(1.2, 0) } });
    await using _ = app;
    await started(app);
    expect(since()).toEqual(["info mailer started in 1.2s", "info shop started in 1.5s"]);
  });

  test("debug has every service", async () => {
    const { app, since } = logged({ providers: { db: new Taking(0.3, 0), mailer: new Taking(0, 0) } }, "debug");
    await using _ = app;
    await started(app);
    expect(since()).toEqual([
      "debug shop is starting",
      "debug db is starting",
      "debug db started in 300ms",
      "debug mailer is starting",
      "debug mailer started",
      "info shop started in 300ms",
    ]);
  });

  test.each([
    [["http://0.0.0.0:3000", "http://[::]:3000"], "http://localhost:3000", "http://localhost:3000 (0.0.0.0 and [::])"],
    [["http://10.0.0.7:3000"], "http://shop:3000", "http://shop:3000 (10.0.0.7)"],
    [["http://127.0.0.1:3000"], "http://127.0.0.1:3000", "http://127.0.0.1:3000"],
    [
      ["http://127.0.0.1:3000", "http://[::1]:3000", "unix:/run/shop.sock"],
      "http://localhost:3000",
      "http://localhost:3000 (127.0.0.1 and [::1]) and unix:/run/shop.sock",
    ],
    [["unix:/run/shop.sock"], undefined, "unix:/run/shop.sock"],
  ])("the URL that people type is told, and each address that is listened on: %j", async (addresses, url, told) => {
    class Server extends Service {
      override onStart() {
        const { facts, path } = scopeOf(this, "onStart");
        facts.record("service.listening", { path, addresses, ...(url !== undefined && { url }) });
      }
    }
    const { app, since } = logged({ providers: { server: new Server() } });
    await using _ = app;
    await started(app);
    expect(since()).toEqual([`info server listens on ${told}`, "info shop started in 0ms"]);
  });

  test("that lasts, says every two seconds what it waits for", async () => {
    class Slow extends Service {
      override async onStart() {
        await this.adopt(new (class Inner extends Taking {})(5, 0));
      }
    }
    const { app, since } = logged({ providers: { db: new Taking(0.5, 0), slow: new Slow() } });
    await using _ = app;
    await started(app);
    expect(since()).toEqual([
      "info still starting slow: onStart for 2s; slow/inner: onStart for 2s",
      "info still starting slow: onStart for 4s; slow/inner: onStart for 4s",
      "info slow/inner started in 5s",
      "info slow started in 5s",
      "info shop started in 5.5s",
    ]);
  });

  test("that waits for a factory, says so", async () => {
    const pool = () => new Promise<object>((resolve) => app.clock.setTimer(() => resolve({}), 2_500));
    const { app, since } = logged({ providers: { pool } });
    await using _ = app;
    await started(app);
    expect(since()).toEqual(["info still starting pool: in its factory", "info shop started in 2.5s"]);
  });

  test("that failed, says who is still being stopped, also where that is the one that failed", async () => {
    class Broken extends Service {
      override async onStart(): Promise<never> {
        await this.adopt(new (class Inner extends Taking {})(0, 3));
        throw new Error("no disk");
      }
    }
    const { app, since } = logged({ providers: { broken: new Broken() } });
    await using _ = app;
    const start = app.start();
    start.catch(() => {});
    await app.clock.advance("4s");
    await expect(start).rejects.toThrow("no disk");
    expect(since()).toEqual([
      "warn still stopping broken/inner: 2s of 10s (onStop)",
      "info broken/inner stopped in 3s",
      "warn broken could not start; what had started is stopped again",
      "info shop has undone its start, 3s after it began",
    ]);
  });

  test("that fails, names the culprit and what is undone", async () => {
    class Broken extends Service {
      override onStart(): never {
        throw new Error("no disk");
      }
    }
    const { app, since } = logged({ providers: { db: new Taking(0, 0.5), broken: new Broken() } });
    await using _ = app;
    const start = app.start();
    start.catch(() => {});
    await app.clock.advance("1s");
    await expect(start).rejects.toThrow("no disk");
    expect(since()).toEqual([
      "warn broken could not start; what had started is stopped again",
      "info db is stopping",
      "info db stopped in 500ms",
      "info shop has undone its start, 500ms after it began",
    ]);
  });
});

describe("of a stop", () => {
  test("info has each provider: that it is being stopped, and how long it took", async () => {
    const close = () => new Promise<void>((resolve) => app.clock.setTimer(resolve, 40));
    const { app, since } = logged({
      providers: { pool: () => ({ close }), db: new Taking(0, 0.3), mailer: new Taking(0, 0) },
    });
    await using _ = app;
    await started(app);
    since();
    await stopped(app);
    expect(since()).toEqual([
      "info shop is stopping (as asked)",
      "info mailer is stopping",
      "info mailer stopped",
      "info db is stopping",
      "info db stopped in 300ms",
      "info pool released in 40ms",
      "info shop stopped in 340ms",
    ]);
  });

  test("who is late is told every two seconds, with what of it still runs", async () => {
    class Mailer extends Service {
      override onStart() {
        this.spawn(this.poll);
      }
      // Heeds no signal.
      poll() {
        return new Promise<void>((resolve) => app.clock.setTimer(resolve, 5_500));
      }
    }
    class Shop extends Service {
      override async onStart() {
        await this.adopt(new Mailer());
      }
    }
    const { app, since } = logged({ providers: { db: new Taking(0, 0), shop: new Shop() }, stopTimeout: "10s" });
    await using _ = app;
    await started(app, "1s");
    since();
    await stopped(app);
    expect(since()).toEqual([
      "info shop is stopping (as asked)",
      "info shop is stopping",
      'warn still stopping shop/mailer: 2s of 10s (task "poll")',
      'warn still stopping shop/mailer: 4s of 10s (task "poll")',
      "info shop/mailer stopped in 4.5s",
      "info shop stopped in 4.5s",
      "info db is stopping",
      "info db stopped",
      "info shop stopped in 4.5s",
    ]);
  });

  test("a value whose release hangs is named, and so is what is left behind", async () => {
    const { app, since } = logged({
      providers: { pool: () => ({ close: () => new Promise(() => {}) }) },
      stopTimeout: "5s",
    });
    await using _ = app;
    await started(app, "1s");
    since();
    await expect(stopped(app)).rejects.toMatchObject({ code: "PAWL_STOP_FAILED" });
    expect(since()).toEqual([
      "info shop is stopping (as asked)",
      'warn still stopping pool: 2s of 5s (release "value")',
      'warn still stopping pool: 4s of 5s (release "value")',
      'warn pool was left behind after 5s: release "value" still running',
      "warn shop stopped in 5s, with 1 failure",
    ]);
  });

  test("a service of which something was left behind is named with it, and not as one that has stopped", async () => {
    class Metrics extends Service {
      override onStart() {
        this.spawn(this.poll);
      }
      poll() {
        return new Promise(() => {});
      }
      override async onStop() {
        await this.sleep("3s");
      }
    }
    class Shop extends Service {
      override async onStart() {
        await this.adopt(new Metrics());
      }
    }
    const { app, since } = logged({ providers: { db: new Taking(0, 0), shop: new Shop() } }, "debug");
    await using _ = app;
    await started(app, "1s");
    since();
    await expect(stopped(app, "20s")).rejects.toMatchObject({ code: "PAWL_STOP_FAILED" });
    expect(since()).toEqual([
      "info shop is stopping (as asked)",
      "info shop is stopping",
      "debug shop/metrics is stopping",
      "warn still stopping shop/metrics: 2s of 10s (onStop)",
      'warn still stopping shop/metrics: 1s of 10s (task "poll")',
      'warn still stopping shop/metrics: 3s of 10s (task "poll")',
      'warn still stopping shop/metrics: 5s of 10s (task "poll")',
      'warn still stopping shop/metrics: 7s of 10s (task "poll")',
      'warn still stopping shop/metrics: 9s of 10s (task "poll")',
      'warn shop/metrics was left behind after 10s: task "poll" still running',
      "debug shop/metrics ended in 13s, without what was left behind",
      "info shop stopped in 13s",
      "info db is stopping",
      "info db stopped",
      "warn shop stopped in 13s, with 1 failure",
    ]);
  });

  test("who is called when shutdownTimeout has passed is named, and that nobody waited", async () => {
    const { app, since } = logged({
      providers: { db: new Taking(0, 1), mailer: new Taking(0, 9) },
      shutdownTimeout: "3s",
    });
    await using _ = app;
    await started(app, "1s");
    since();
    await expect(stopped(app)).rejects.toMatchObject({ code: "PAWL_STOP_FAILED" });
    expect(since()).toEqual([
      "info shop is stopping (as asked)",
      "info mailer is stopping",
      "warn still stopping mailer: 2s of 3s (onStop)",
      "warn mailer was left behind after 3s: onStop still running",
      "info db is stopping",
      "warn db was left behind, since shutdownTimeout had passed: onStop was called and not waited for",
      "warn shop stopped in 3s, with 2 failures",
    ]);
  });

  test("a value whose release fails is a warning", async () => {
    const close = () => Promise.reject(new Error("no connection"));
    const { app, since } = logged({ providers: { pool: () => ({ close }) } });
    await using _ = app;
    await started(app, "1s");
    since();
    await expect(stopped(app)).rejects.toMatchObject({ code: "PAWL_STOP_FAILED" });
    expect(since()).toEqual([
      "info shop is stopping (as asked)",
      "warn pool could not be released",
      "warn shop stopped in 0ms, with 1 failure",
    ]);
  });

  test("of many that are late five are named and the others counted", async () => {
    class Many extends Service {
      override async onStart() {
        for (let child = 0; child < 7; child++) await this.adopt(new Taking(0, 0));
      }
      override async onStop() {
        await this.sleep("3s");
      }
    }
    const providers = Object.fromEntries(Array.from({ length: 7 }, (_, at) => [`late${at}`, new Many()]));
    const { app, since } = logged({ providers: { ...providers } });
    await using _ = app;
    await started(app);
    since();
    const stops = Object.values(providers).map((service) => service.stop());
    await app.clock.advance("2s");
    const line =
      "late0: 2s of 10s (onStop); late1: 2s of 10s (onStop); late2: 2s of 10s (onStop); late3: 2s of 10s (onStop); late4: 2s of 10s (onStop)";
    expect(since()).toEqual([`warn still stopping ${line}; and 2 more`]);
    await app.clock.advance("2s");
    await Promise.all(stops);
  });

  test("services that stop while the app runs are told in debug, unless it took long", async () => {
    const children = [new Taking(0, 0.5), new Taking(0, 1.5)] as const;
    const { app, since } = logged({ providers: { one: children[0], two: children[1] } });
    await using _ = app;
    await started(app);
    since();
    for (const child of children) {
      const stop = child.stop();
      await app.clock.advance("2s");
      await stop;
    }
    expect(since()).toEqual(["info two stopped in 1.5s"]);
  });
});

describe("of what is asked of a running app", () => {
  test("a provider that is restarted is told, and so is one that is started again", async () => {
    const metrics = new Taking(0, 0);
    const { app, since } = logged({ providers: { metrics, other: new Taking(0, 0) } });
    await using _ = app;
    await started(app);
    since();
    await app.restart("metrics" as never);
    expect(since()).toEqual(["info metrics started"]);
    await metrics.stop();
    expect(since()).toEqual([]);
    await app.start("metrics" as never);
    expect(since()).toEqual(["info metrics started"]);
  });

  test("options that are changed are told by their names, not their values", async () => {
    const options = z.object({ every: z.number().default(1), key: z.string().default("none") });
    class Live extends Service.with({ options, live: ["every", "key"] }) {}
    const live = new Live();
    const { app, since } = logged({ providers: { live } });
    await using _ = app;
    await started(app);
    since();
    await changeOptions(live, { every: 2, key: "swordfish" });
    expect(since()).toEqual(["info live has other options now: every, key"]);
  });
});

describe("of crashes", () => {
  test("a warning is told when it is raised and cleared, and health when it changes", async () => {
    class Db extends Service {
      isDown = false;
      override onHealth() {
        if (this.isDown) throw new Error("no answer");
      }
    }
    const db = new Db();
    const { app, since } = logged({ providers: { db } });
    await using _ = app;
    await started(app);
    since();
    const warning = warn(db, "disk nearly full");
    db.isDown = true;
    await app.health();
    await app.health();
    db.isDown = false;
    await app.health();
    warning.cancel();
    warn(db, "slow");
    expect(since()).toEqual([
      "warn db disk nearly full",
      "warn db is not well: no answer",
      "info db is well again",
      "info db no longer: disk nearly full",
      "warn db slow",
    ]);
    await stopped(app);
    expect(since().join()).not.toContain("no longer");
  });

  test("a restart is told with its error, and that the service runs again", async () => {
    const flaky = new Taking(0, 0);
    const { app, since } = logged({
      providers: { flaky: provide(flaky, { restart: "on-failure", backoff: { jitter: 0 } as never }) },
    });
    await using _ = app;
    await started(app);
    since();
    flaky.fail(new Error("connection lost"));
    await app.clock.advance("1s");
    expect(since()).toEqual([
      expect.stringMatching(/^error flaky /),
      expect.stringMatching(/^warn flaky is restarted in \d+ms \(restart 1\)$/),
      "info flaky runs again",
    ]);
  });

  test("an escalation is told with where it goes, and why the app stops", async () => {
    const broken = new Taking(0, 0);
    const { app, since } = logged({ providers: { broken } });
    await using _ = app;
    await started(app);
    since();
    const ended = app.wait();
    broken.fail(new Error("no disk"));
    await expect(ended).rejects.toMatchObject({ code: "PAWL_CRASHED" });
    expect(since()).toEqual([
      "error broken crashed and is not restarted; that is a crash of shop",
      "info shop is stopping (broken crashed)",
      "info broken is stopping",
      "info broken stopped",
      "info shop stopped in 0ms",
    ]);
  });
});

test("its undo ends it at once, with what it waits for: nothing is left of it", async () => {
  const { app, since, undo } = logged({ providers: { slow: new Taking(0, 9) } });
  await using _ = app;
  await started(app);
  since();
  const stop = app.stop();
  await app.clock.advance("1s");
  since();
  undo();
  await app.clock.advance("9s");
  await stop;
  expect(since()).toEqual([]);
});
