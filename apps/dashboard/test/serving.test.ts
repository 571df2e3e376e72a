import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { RunningApp, stopped } from "./start-app.ts";

const main = "../main.ts";
const soon = { timeout: 15_000, interval: 50 };

interface Page {
  readonly figures: { readonly orders: number; readonly revenueCents: number; readonly rssBytes: number };
  readonly latestOrders: readonly { readonly id: string; readonly state: string }[];
}

describe("the dashboard", () => {
  test("shows its figures as JSON, and as a page to a browser", async () => {
    await using app = new RunningApp(main);
    const page = (await app.json("/dashboard")) as Page;
    expect(page.figures.orders).toBe(0);
    expect(page.figures.rssBytes).toBeGreaterThan(10_000_000);
    expect(page.latestOrders).toEqual([]);

    const answer = await fetch(await app.url("/"), { headers: { accept: "text/html" } });
    expect(answer.redirected).toBe(true);
    expect(answer.url).toBe(await app.url("/dashboard"));
    expect(answer.headers.get("content-type")).toMatch(/^text\/html/);
    const html = await answer.text();
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toContain("<title>Dashboard</title>");
    expect(html).toMatch(/<dt>Orders<\/dt><dd>0<\/dd>/);
    expect(html).toMatch(/<\/html>\s*$/);
  });

  test("takes an order, completes it, counts it and confirms it by e-mail", async () => {
    await using app = new RunningApp(main);
    const answer = await app.order({ quantity: 2 });
    expect(answer.status).toBe(201);
    const order = (await answer.json()) as { id: string };
    expect(order).toMatchObject({ email: "ada@example.com", quantity: 2, totalCents: 980, state: "packing" });
    expect(answer.headers.get("location")).toBe(`/orders/${order.id}`);

    await vi.waitFor(async () => {
      expect(await app.json(`/orders/${order.id}`)).toMatchObject({ state: "completed" });
      expect(await app.json("/dashboard")).toMatchObject({
        figures: { orders: 1, packing: 0, revenueCents: 980 },
        latestOrders: [{ id: order.id, state: "completed" }],
      });
      expect(await readdir(app.outbox)).toEqual([`${order.id}.eml`]);
    }, soon);

    const mail = await readFile(`${app.outbox}/${order.id}.eml`, "utf8");
    expect(mail).toMatch(/^To: ada@example\.com\r$/m);
    expect(mail).toContain(order.id);

    const page = await fetch(await app.url(`/orders/${order.id}`), { headers: { accept: "text/html" } });
    expect(await page.text()).toContain("€9.80");
  });

  test("takes an order from a form, and sends a browser on to its page", async () => {
    await using app = new RunningApp(main);
    const body = () => new URLSearchParams({ email: "ada@example.com", product: "clutch", quantity: "3" });
    const answer = await fetch(await app.url("/orders"), { method: "POST", body: body() });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({ product: "clutch", quantity: 3, totalCents: 26_700 });

    const browser = { method: "POST", body: body(), headers: { accept: "text/html" }, redirect: "manual" } as const;
    const sentOn = await fetch(await app.url("/orders"), browser);
    expect(sentOn.status).toBe(303);
    const { orders } = (await app.json("/orders")) as { orders: { id: string }[] };
    expect(orders).toHaveLength(2);
    expect(sentOn.headers.get("location")).toBe(`/orders/${orders[0]?.id}`);
  });

  test("answers a wrong order with every issue of it", async () => {
    await using app = new RunningApp(main);
    const answer = await app.order({ email: "ada", product: "gear", quantity: 0 });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    expect(await answer.json()).toMatchObject({
      status: 400,
      issues: [
        { field: "email", message: "an e-mail address is needed for the confirmation" },
        { field: "product", message: "one of pawl, ratchet, clutch" },
        { field: "quantity", message: "at least 1" },
      ],
    });

    const headers = { "content-type": "application/json" };
    const broken = await fetch(await app.url("/orders"), { method: "POST", headers, body: '{"email":' });
    expect(broken.status).toBe(400);
    expect((await fetch(await app.url("/orders/nobody"))).status).toBe(404);
    expect((await app.json("/dashboard")) as Page).toMatchObject({ figures: { orders: 0 }, latestOrders: [] });
  });

  test("escapes what a customer writes", async () => {
    await using app = new RunningApp(main);
    const answer = await app.order({ email: "o'hara+tag@example.com" });
    expect(answer.status).toBe(201);
    const html = await (await fetch(await app.url("/dashboard"), { headers: { accept: "text/html" } })).text();
    expect(html).toContain("o&#39;hara+tag@example.com");
  });
});

describe("its settings", () => {
  test("are told together where they do not fit", async () => {
    await using app = new RunningApp(main, { PORT: "many", EMAIL_SMTP_URL: "http://example.com" });
    const { code, stderr } = await app.program.ended;
    expect(stderr).toContain('  http.port: it must be a whole number from 0 to 65535 (PORT is "many")\n');
    // It may have a password in it.
    expect(stderr).toContain("  email.smtpUrl: it does not fit its schema (EMAIL_SMTP_URL)\n");
    expect(code).toBe(2);
  });

  test("name the port where it is taken, and what had started is stopped", async () => {
    await using first = new RunningApp(main);
    const { port } = new URL(await first.url());
    await using second = new RunningApp(main, { PORT: port });
    const ended = await second.program.ended;
    const { code, stderr } = ended;
    expect(stderr).toContain(`port ${port} is taken`);
    expect(stopped(ended)).toEqual([
      "prometheusMetrics",
      "inspector",
      "orderPage",
      "orderDesk",
      "dashboard",
      "home",
      "orders",
      "email",
      "metrics",
      "watchdog",
    ]);
    // Nothing of the app has failed: there is nothing to look up.
    expect(stderr).not.toContain("flight.jsonl");
    expect(code).toBe(1);
  });

  test("name the folder where messages cannot be written", async () => {
    await using app = new RunningApp(main, { EMAIL_OUTBOX: "/dev/null/outbox" });
    const { code, stderr } = await app.program.ended;
    expect(stderr).toContain("email could not start: ENOTDIR");
    expect(code).toBe(1);
  });
});
