import { queue } from "@pawl/background";
import { client } from "@pawl/http/client";
import { testApp } from "@pawl/testing";
import { App, Controller, Service } from "pawl";
import { expect, test } from "vitest";
import { Program } from "../../../kernel/test/process/program.ts";
import { Tracing, traceHeaders } from "../../src/index.ts";
import { RecordedSpans, registerContext } from "../recorded-spans.ts";
import type { Stock } from "./fixtures/stock.ts";

registerContext();

class Order extends Controller {
  static override route = "/orders/:id";
  load(c: { req: { param(name: string): string } }) {
    this.emit("order:completed", { id: c.req.param("id") });
    return {};
  }
}

interface OtherSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string;
}

test("one trace goes from a request over an event, a task and a queue item to an action in another process", async () => {
  await using program = new Program(new URL("fixtures/stock.ts", import.meta.url));
  const line = await program.errorLine(/listens on http/);
  const url = /http:\/\/[^\s"]+/.exec(line)?.[0] ?? expect.unreachable(line);
  const stock = client<{ stock: Stock }>(url, { headers: traceHeaders });
  const answered = Promise.withResolvers<unknown>();

  class Shipping extends Service {
    override onStart() {
      const reserving = queue(this, async function reserve(id: string) {
        answered.resolve(await stock.stock.reserve({ id }));
      });
      this.listen("order:completed", async ({ id }: { id: string }) => {
        await Promise.resolve();
        this.spawn(async function pack() {
          await reserving.push(id);
        });
      });
    }
  }

  const spans = new RecordedSpans();
  const providers = { tracing: new Tracing(spans), shipping: new Shipping() };
  await using app = await testApp(
    (base) => new App({ ...base, providers, routes: [Order], http: { port: 0, host: "127.0.0.1" } }),
  );
  expect((await fetch(new URL("/orders/1", app.url))).status).toBe(200);
  const fields = await answered.promise;
  await expect.poll(() => spans.names).toContain("task pack");
  program.signal("SIGTERM");
  const { lines } = await program.ended;

  expect(spans.line("queue reserve")).toEqual([
    "queue reserve",
    "task pack",
    "listener of order:completed",
    "emit order:completed",
    "GET /orders/:id",
  ]);
  const last = spans.named("queue reserve").spanContext();
  const others = lines
    .filter((text) => text.startsWith("{"))
    .map((text) => JSON.parse(text) as OtherSpan)
    .filter(({ traceId }) => traceId === last.traceId);
  const found = (name: string) => others.find((span) => span.name === name) ?? expect.unreachable(name);
  expect(others).toHaveLength(3);
  const [request, action, emit] = ["POST /stock/reserve", "stock.reserve", "emit stock:reserved"].map(found);
  expect(request?.parentId).toBe(last.spanId);
  expect(action?.parentId).toBe(request?.spanId);
  expect(emit?.parentId).toBe(action?.spanId);
  expect(fields).toEqual({ trace_id: last.traceId, span_id: action?.spanId });
}, 30_000);
