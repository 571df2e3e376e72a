import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ActionInputError, perform } from "pawl";
import { describe, expect, test, vi } from "vitest";
import { Program } from "../../../packages/kernel/test/process/program.ts";

vi.setConfig({ testTimeout: 30_000 });

const started = async (env: Record<string, string> = {}) => {
  const service = new Program(new URL("../main.ts", import.meta.url), { env: { PORT: "0", ...env } });
  const line = await service.errorLine(/listens on http/);
  const url = `http://localhost:${/listens on http[^ ]*:(\d+)/.exec(line)?.[1]}`;
  return { service, url };
};

/** With the real curl where there is one. */
async function curl(url: string, body: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const type = { "content-type": "application/json" };
  const args = ["-s", "-w", "\n%{http_code}", "-H", "content-type: application/json", "-d", body, url];
  try {
    const lines = (await promisify(execFile)("curl", args)).stdout.split("\n");
    return { status: Number(lines.at(-1)), body: JSON.parse(lines[0] as string) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const response = await fetch(url, { method: "POST", headers: type, body });
    return { status: response.status, body: await response.json() };
  }
}

describe("the test service", () => {
  test("is called with curl and with perform, and finalizes once", async () => {
    const { service, url } = await started();
    await using _ = service;
    await service.errorLine(/loop 1\b/);
    const action = new URL("/counter/count", url).href;
    expect(await curl(action, '{"from": 10}')).toEqual({ status: 200, body: { count: 11 } });
    expect(await curl(action, '{"from": "x"}')).toMatchObject({
      status: 400,
      body: { code: "PAWL_ACTION_INPUT", issues: [{ path: ["from"] }] },
    });
    expect(await perform(url, "counter.count", { from: 1 })).toEqual({ count: 2 });
    await expect(perform(url, "counter.count", { from: 1.5 })).rejects.toThrow(ActionInputError);
    service.signal("SIGTERM");
    const { code, stderr, seconds } = await service.ended;
    expect(code).toBe(0);
    expect(stderr.match(/finalized/g)).toHaveLength(1);
    expect(seconds).toBeLessThan(4);
  });

  test("is shut down by the pawl command, and finalizes once", async () => {
    const runtime = mkdtempSync(join(tmpdir(), "test-service-"));
    try {
      const env = { XDG_RUNTIME_DIR: runtime };
      const { service } = await started(env);
      await using _ = service;
      const pawl = (...args: string[]) =>
        new Program(new URL("../../../packages/pawl/src/bin.ts", import.meta.url), { args, env });
      await using call = pawl("call", "test-service", "counter.count", '{"from": 10}', "--json");
      expect((await call.ended).lines).toEqual(['{"count":11}']);
      await using stop = pawl("stop", "test-service");
      expect((await stop.ended).lines).toEqual([expect.stringMatching(/^test-service \(pid \d+\) has stopped$/)]);
      const { code, stderr } = await service.ended;
      expect([code, stderr.match(/finalized/g)?.length]).toEqual([0, 1]);
      expect(readdirSync(join(runtime, "pawl"))).toEqual([]);
    } finally {
      rmSync(runtime, { recursive: true, force: true });
    }
  });

  test("loops every five seconds", async () => {
    const { service } = await started();
    await using _ = service;
    await service.errorLine(/loop 1\b/);
    const first = performance.now();
    await service.errorLine(/loop 2\b/);
    const between = performance.now() - first;
    expect(between).toBeGreaterThan(4_500);
    service.signal("SIGINT");
    expect((await service.ended).code).toBe(0);
  });
});
