import { execFile } from "node:child_process";
import { hostname, tmpdir } from "node:os";
import { promisify } from "node:util";
import { Kernel } from "@pawl/kernel";
import { NatsActions } from "@pawl/nats";
import { describe, expect, test } from "vitest";
import { hasServer, NatsServer } from "../nats-server.ts";

const root = new URL("../../../../", import.meta.url).pathname;

/** Runs `pawl ps --nats url` in a directory. */
async function ps(cwd: string, ...args: readonly string[]) {
  const flags = ["--conditions=pawl-source", `${root}packages/pawl/src/bin.ts`, "ps", "--nats"];
  try {
    // The runner of the tests lets packages be found from everywhere.
    const env = { ...process.env, NODE_PATH: "" };
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, ...args], { cwd, env });
    return { code: 0, stdout, stderr: "" };
  } catch (error) {
    return error as { readonly code: number; readonly stdout: string; readonly stderr: string };
  }
}

describe.skipIf(!hasServer)("pawl ps --nats", { timeout: 20_000 }, () => {
  test("lists the processes that answer at the server", async () => {
    await using server = await NatsServer.start([]);
    expect((await ps(`${root}packages/nats`, server.url)).stdout).toBe("no app answers there\n");
    const kernel = await new Kernel({
      name: "shop",
      providers: { nats: new NatsActions({ url: server.url }) },
    }).start();
    const { stdout } = await ps(`${root}packages/nats`, server.url);
    expect(stdout).toMatch(/^NAME +HOST +PID +STATE +UPTIME +ADDRESS$/m);
    expect(stdout).toMatch(new RegExp(`^shop +${hostname()} +${process.pid} +running +\\d`, "m"));
    const found = JSON.parse((await ps(`${root}packages/nats`, server.url, "--json")).stdout);
    expect(found).toMatchObject([{ name: "shop", pid: process.pid, state: "running" }]);
    await kernel.stop();
  });
});

test("a project without the package is told what to install", { timeout: 20_000 }, async () => {
  const { code, stderr } = await ps(tmpdir(), "nats://127.0.0.1:1");
  expect(code).toBe(2);
  expect(stderr).toContain("npm install @pawl/nats");
});
