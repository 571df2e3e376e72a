import { rmSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { SmtpServer } from "./smtp-server.ts";
import { RunningApp } from "./start-app.ts";

const main = "../main.ts";
const soon = { timeout: 15_000, interval: 50 };

/** The values of the metrics, by name and labels. */
async function metricsOf(app: RunningApp): Promise<Record<string, number>> {
  const text = await (await fetch(await app.url("/metrics"))).text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => [line.replace(/ \S+$/, ""), Number(/\S+$/.exec(line)?.[0])]));
}

async function emailIn(app: RunningApp): Promise<unknown> {
  const { services } = (await app.json("/readyz")) as { readonly services: { readonly email: unknown } };
  return services.email;
}

describe("what the dashboard tells of itself", () => {
  test("are the orders it took, how long each was packed, and the mails it sent, as metrics", async () => {
    await using app = new RunningApp(main);
    await app.order();
    await app.order({ product: "clutch" });
    await vi.waitFor(async () => {
      expect(await metricsOf(app)).toMatchObject({
        'orders_total{service="orders",product="pawl"}': 1,
        'orders_total{service="orders",product="clutch"}': 1,
        'order_packing_duration_seconds_count{service="orders"}': 2,
        'mails_sent_total{service="email"}': 2,
        'pawl_service_healthy{service="watchdog"}': 1,
      });
    }, soon);
    const seconds = (await metricsOf(app))['order_packing_duration_seconds_sum{service="orders"}'];
    // A timer of Node may fire up to a millisecond before its time.
    expect(seconds).toBeGreaterThan(1.99);
  });

  test("is where it is looked at, from the first lines on", async () => {
    await using app = new RunningApp(main);
    const line = await app.program.errorLine(/inspector at http/);
    const page = /http:[^"]+/.exec(line)?.[0] as string;
    expect(page).toMatch(/^http:\/\/localhost:\d+\/_pawl$/);
    expect(await (await fetch(page)).text()).toContain("<title>");
    const html = await (await fetch(await app.url("/dashboard"), { headers: { accept: "text/html" } })).text();
    for (const path of ["/_pawl", "/metrics", "/readyz", "/openapi.json"]) {
      expect(html).toContain(`href="${path}"`);
      expect((await fetch(await app.url(path))).status).toBe(200);
    }
  });

  test("is a mail service that is not well, while the shop stays ready", async () => {
    await using app = new RunningApp(main);
    expect(await emailIn(app)).toMatchObject({ ok: true, required: false });
    rmSync(app.outbox, { recursive: true });
    const answer = await fetch(await app.url("/readyz"));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ status: "warning", services: { email: { ok: false } } });
  });

  test("is a warning from a confirmation that could not be sent until the next one that could", async () => {
    const port = await (async () => {
      await using smtp = await SmtpServer.open();
      return Number(new URL(smtp.url).port);
    })();
    await using app = new RunningApp(main, { EMAIL_SMTP_URL: `smtp://127.0.0.1:${port}` });
    await app.order();
    await app.program.errorLine(/"level":40.*"service":"email".*"msg":"a confirmation could not be sent"/);
    expect(await emailIn(app)).toMatchObject({ ok: false });
    await using smtp = await SmtpServer.open(port);
    await app.order();
    await app.program.errorLine(/"service":"email".*"msg":"no longer: a confirmation could not be sent"/);
    expect(smtp.messages).toHaveLength(1);
    expect(await emailIn(app)).toMatchObject({ ok: true });
  });
});
