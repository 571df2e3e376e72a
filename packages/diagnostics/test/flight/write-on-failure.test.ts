import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FlightRecorder, readFlight } from "@pawl/diagnostics";
import { type KernelConfig, Service, StartError } from "@pawl/kernel";
import { createTestApp } from "@pawl/testing";
import { afterAll, afterEach, expect, test } from "vitest";
import { temporaryFolder } from "../temporary-folder.ts";

class Metrics extends Service {
  override onStop() {
    return undefined;
  }
}
class Db extends Service {}
class Broken extends Service {
  override onStart() {
    throw new Error("refused");
  }
}
/** Does not stop in its time. */
class Stuck extends Service {
  override onStop() {
    return new Promise<void>(() => {});
  }
}

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
afterEach(() => {
  for (const file of readdirSync(folder.path)) rmSync(join(folder.path, file), { recursive: true });
});

function recorded(config: KernelConfig, dir = folder.path) {
  const app = createTestApp({ name: "shop", stopTimeout: "1s", ...config }, { leaks: false });
  const recorder = new FlightRecorder(app, { dir });
  const undo = recorder.writeOnFailure();
  return { app, recorder, undo };
}

/** The files so far, read. */
const flights = () =>
  readdirSync(folder.path)
    .sort()
    .map((file) => readFlight(join(folder.path, file)));
const kindsIn = (flight = flights()[0]) => flight?.facts.map(({ kind }) => kind) ?? [];

test("writes nothing for a graceful stop", async () => {
  const { app, undo } = recorded({ providers: { db: new Db() } });
  await app.start();
  await app.stop();
  undo();
  expect(flights()).toEqual([]);
});

test("writes nothing unless it was told to", async () => {
  const { app, undo } = recorded({ providers: { broken: new Broken() } });
  undo();
  await expect(app.start()).rejects.toThrow("refused");
  expect(flights()).toEqual([]);
});

test("writes a crash with the stop that follows it", async () => {
  const metrics = new Metrics();
  const { app, recorder, undo } = recorded({ providers: { db: new Db(), metrics } });
  await app.start();
  const ended = app.wait();
  ended.catch(() => {});
  metrics.fail(new Error("out of disk"));
  await app.clock.advance(0);
  const kinds = ["crash", "escalation", "kernel.stopping"];
  expect(recorder.facts().map(({ kind }) => kind)).toEqual(expect.arrayContaining(kinds));
  await expect(ended).rejects.toThrow("out of disk");
  await app.clock.advance(0);
  undo();
  expect(flights()).toHaveLength(1);
  expect(flights()[0]?.header).toMatchObject({ app: "shop", why: "crash" });
  expect(kindsIn()).toEqual(expect.arrayContaining([...kinds, "kernel.stopped"]));
  expect(flights()[0]?.facts.find(({ kind }) => kind === "crash")).toMatchObject({
    path: "metrics",
    error: { name: "Error", message: "out of disk", stack: expect.stringContaining("write-on-failure.test.ts") },
  });
  expect(app.facts.of("recorder.written")).toHaveLength(1);
});

test("has the crash in a file while what stops still hangs", async () => {
  const metrics = new Metrics();
  const { app, undo } = recorded({ providers: { stuck: new Stuck(), metrics } });
  await app.start();
  const ended = app.wait();
  ended.catch(() => {});
  metrics.fail(new Error("out of disk"));
  await app.clock.advance("500ms");
  expect(flights().map(({ header }) => header.why)).toEqual(["crash"]);
  expect(kindsIn()).not.toContain("kernel.stopped");
  await app.clock.advance("5s");
  await expect(ended).rejects.toThrow("out of disk");
  expect(kindsIn()).toContain("release.timedOut");
  undo();
  expect(flights()).toHaveLength(1);
});

test("writes a failed start when it is undone", async () => {
  const { app, undo } = recorded({ providers: { db: new Db(), broken: new Broken() } });
  await expect(app.start()).rejects.toThrow("refused");
  undo();
  expect(flights().map(({ header }) => header.why)).toEqual(["failed start"]);
  expect(kindsIn().slice(-2)).toEqual(["service.stopped", "kernel.failed"]);
});

class Taken extends Service {
  override onStart() {
    throw new StartError("PAWL_BAD_OPTIONS", "port 3000 is taken", { path: this.path });
  }
}

test("writes nothing for a start that was refused, since the error says it all", async () => {
  const { app, undo } = recorded({ providers: { db: new Db(), taken: new Taken() } });
  await expect(app.start()).rejects.toThrow("port 3000 is taken");
  undo();
  expect(flights()).toEqual([]);
});

test("writes a refused start that could not be undone", async () => {
  class Broken extends Service {
    override onStop() {
      throw new Error("does not stop");
    }
  }
  const { app, undo } = recorded({ providers: { broken: new Broken(), taken: new Taken() } });
  await expect(app.start()).rejects.toThrow("port 3000 is taken");
  undo();
  expect(flights().map(({ header }) => header.why)).toEqual(["failed start"]);
});

test("writes one file for a stop that left several behind", async () => {
  const { app, undo } = recorded({ providers: { a: new Stuck(), b: new Stuck(), c: new Stuck() } });
  await app.start();
  const stopped = app.stop();
  stopped.catch(() => {});
  await app.clock.advance("10s");
  await expect(stopped).rejects.toThrow();
  undo();
  expect(flights().map(({ header }) => header.why)).toEqual(["left behind"]);
  expect(kindsIn().filter((kind) => kind === "release.timedOut")).toHaveLength(3);
  expect(kindsIn()).toContain("kernel.stopped");
});

test("writes once for what services left behind while the app goes on, and once more for its end", async () => {
  const { app, undo } = recorded({ providers: { a: new Stuck(), b: new Stuck(), c: new Metrics() } });
  await app.start();
  for (const name of ["a", "b"]) {
    const stopped = (app.service(name) as Service).stop();
    stopped.catch(() => {});
    await app.clock.advance("2s");
    await expect(stopped).rejects.toThrow();
  }
  expect(flights().map(({ header }) => header.why)).toEqual(["left behind"]);
  expect(kindsIn().filter((kind) => kind === "release.timedOut")).toHaveLength(1);
  const ended = app.wait();
  ended.catch(() => {});
  (app.service("c") as Service).fail(new Error("out of disk"));
  await expect(ended).rejects.toThrow("out of disk");
  undo();
  expect(flights().map(({ header }) => header.why)).toEqual(["left behind", "crash"]);
});

test("tells once that it cannot write, and lets the stop go on", async () => {
  const dir = join(folder.path, "file");
  writeFileSync(dir, "no directory");
  const { app, undo } = recorded({ providers: { a: new Stuck(), b: new Stuck() } }, dir);
  await app.start();
  const stopped = app.stop();
  stopped.catch(() => {});
  await app.clock.advance("10s");
  await expect(stopped).rejects.toThrow();
  undo();
  expect(app.state).toBe("stopped");
  expect(app.errors.map(({ error }) => (error as { code?: string }).code)).toEqual(["PAWL_FLIGHT_NOT_WRITTEN"]);
  rmSync(dir);
});

test("keeps what led to the failure, though the stop after it has more facts than the recorder holds", async () => {
  class Bad extends Service {}
  const services = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`s${i}`, new Db()]));
  const app = createTestApp({ name: "shop", providers: { bad: new Bad(), ...services } }, { leaks: false });
  const recorder = new FlightRecorder(app, { dir: folder.path, size: 20 });
  const undo = recorder.writeOnFailure();
  await app.start();
  app.service("bad").fail(new Error("out of paper"));
  await expect(app.wait()).rejects.toThrow("out of paper");
  undo();
  const [flight] = flights();
  const kinds = kindsIn(flight);
  expect(kinds).toContain("crash");
  expect(kinds).toContain("kernel.stopping");
  expect(kinds.at(-1)).toBe("kernel.stopped");
  expect(flight?.facts).toHaveLength(40);
  expect(flight?.header).toMatchObject({ count: 40, dropped: (flight?.facts[0]?.seq ?? 0) - 1 });
  const seqs = flight?.facts.map(({ seq }) => seq) ?? [];
  const missing = (seqs.at(-1) ?? 0) - (seqs[0] ?? 0) + 1 - 40;
  expect(flight?.notes).toEqual([expect.stringMatching(`^${missing} facts before number \\d+ were no longer kept$`)]);
});
