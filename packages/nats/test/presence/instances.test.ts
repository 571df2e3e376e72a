import { hostname } from "node:os";
import { Kernel } from "@pawl/kernel";
import { instances, NatsActions } from "@pawl/nats";
import { describe, expect, test } from "vitest";
import { hasServer, NatsServer } from "../nats-server.ts";

describe.skipIf(!hasServer)("instances()", () => {
  test("lists the processes that are there, until they stop", async () => {
    await using server = await NatsServer.start([]);
    expect(await instances(server.url, { timeout: "100ms" })).toEqual([]);
    const start = (name: string) =>
      new Kernel({ name, providers: { nats: new NatsActions({ url: server.url }) } }).start();
    const [shop, other, mail] = [await start("shop"), await start("shop"), await start("mail")];
    const found = await instances(server.url, { timeout: "200ms" });
    expect(found.map(({ name, pid, host, state }) => ({ name, pid, host, state }))).toEqual(
      ["mail", "shop", "shop"].map((name) => ({ name, pid: process.pid, host: hostname(), state: "running" })),
    );
    expect(found.every(({ since }) => Math.abs(Date.parse(since) - Date.now()) < 10_000)).toBe(true);
    await Promise.all([shop.stop(), other.stop()]);
    expect((await instances(server.url, { timeout: "100ms" })).map(({ name }) => name)).toEqual(["mail"]);
    await mail.stop();
  });
});

test("a server that is not there is an error", async () => {
  await expect(instances("nats://127.0.0.1:1")).rejects.toMatchObject({ code: "PAWL_NATS_CONNECTION" });
});
