import { childProcess } from "@pawl/background";
import { provide, Service } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { expect, it } from "vitest";
import { until } from "../until.ts";
import { gone, isRunning } from "./running.ts";

class Engine extends Service {
  readonly pids: number[] = [];

  override onStart() {
    const { pid = 0 } = childProcess(this, "sleep", ["60"]);
    this.pids.push(pid);
  }
}

it("V2 a service whose process was killed is restarted, and starts the process again", async () => {
  const engine = new Engine();
  await using app = await testApp({
    providers: { engine: provide(engine, { restart: "on-failure", backoff: false }) },
  });
  process.kill(engine.pids[0] as number, "SIGKILL");
  await until("the process runs again", () => engine.pids.length === 2);
  expect(engine.pids.map(isRunning)).toEqual([false, true]);
  expect(app.state).toBe("running");
  expect(app.errors).toMatchObject([{ error: { code: "PAWL_PROCESS_FAILED", signal: "SIGKILL" } }]);
  expect(app.facts.of("crash")).toMatchObject([{ path: "engine", error: { code: "PAWL_PROCESS_FAILED" } }]);
  await app.stop();
  await gone(...engine.pids);
});
