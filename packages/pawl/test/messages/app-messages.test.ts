import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testApp } from "@pawl/testing";
import { App, Messages, publish, Service, subscribe } from "pawl";
import { describe, expect, test } from "vitest";
import { Program } from "../../../kernel/test/process/program.ts";

class Orders extends Service {
  readonly seen: unknown[] = [];
  override onStart() {
    subscribe(this, "order:placed", (order) => void this.seen.push(order));
  }
}

test("the provider for messages starts before all others, in an object as in stages", async () => {
  for (const providers of [{ orders: new Orders() }, [{ orders: new Orders() }]] as const) {
    await using app = await testApp((base) => new App({ ...base, messages: "memory:", providers, recorder: false }));
    const started = app.facts.all.filter(({ kind }) => kind === "service.started");
    expect(started.map((fact) => "path" in fact && fact.path)).toEqual(["messages", "orders"]);
    expect((app as App).service("messages")).toBeInstanceOf(Messages);
    const orders = app.service("orders") as Orders;
    await publish(orders, "order:placed", 1);
    await app.clock.advance("1s");
    expect(orders.seen).toEqual([1]);
  }
});

test("without it nothing is added, and messages are kept in memory", async () => {
  const orders = new Orders();
  await using app = await testApp((base) => new App({ ...base, providers: { orders } }));
  await publish(orders, "order:placed", 1);
  await app.clock.advance("1s");
  expect(orders.seen).toEqual([1]);
  expect(app.inspect().services.map(({ name }) => name)).toEqual(["orders"]);
});

test("refuses what is no URL, and a second provider of that name", () => {
  expect(() => new App({ messages: 1 as never })).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION" }));
  expect(() => new App({ messages: "memory:", providers: { messages: new Messages() } })).toThrow(
    /there is one already/,
  );
  expect(() => new App({ messages: "memory:", providers: [{ messages: new Messages() }] })).toThrow(/listed twice/);
});

describe("the command line", () => {
  const shop = (args: readonly string[], env: Record<string, string> = {}) =>
    new Program(new URL("fixtures/shop.ts", import.meta.url), { args, env });
  const newPath = () => join(mkdtempSync(join(tmpdir(), "app-")), "app.db");

  test("says where messages are kept, and more than the environment, which says more than code", async () => {
    const [flag, variable] = [newPath(), newPath()];
    for (const [args, path] of [
      [[], variable],
      [["--messages-url", `sqlite:${flag}`], flag],
    ] as const) {
      await using program = shop(args, { MESSAGES_URL: `sqlite:${variable}` });
      await program.line(/handled/);
      program.signal("SIGTERM");
      expect(await program.ended).toMatchObject({ code: 0, lines: ['handled {"id":1}'] });
      expect(existsSync(path)).toBe(true);
    }
  });

  test("refuses a URL of no engine", async () => {
    await using program = shop(["--messages-url", "redis://x"]);
    const { code, stderr } = await program.ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/--messages-url/);
  });

  test("a start without the provider keeps no messages in memory instead", async () => {
    await using program = shop(["--only", "orders"]);
    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/messages: messages are kept while it runs/);
  });
});
