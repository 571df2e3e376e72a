import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NotRunningError, Service } from "@pawl/kernel";
import { startOnly } from "@pawl/kernel/extend";
import { afterAll, describe, expect, test } from "vitest";
import { perform } from "../../src/client/index.ts";
import { Controller } from "../../src/index.ts";
import { WebApp } from "../web-app.ts";
import { Wire } from "../wire.ts";

const folder = mkdtempSync(join(tmpdir(), "pawl-left-out-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

class Stock extends Service {
  count = this.action(() => 2);
}
class Shop extends Service {
  sell = this.action(() => (this.service as (name: string) => Stock)("stock").count());
}
class Report extends Controller {
  static override route = "/report";
  load() {
    return (this.service as (name: string) => Stock)("stock").count();
  }
}

async function started() {
  const errors: unknown[] = [];
  const app = new WebApp({
    providers: { stock: Stock, shop: Shop },
    routes: [Report],
    http: false,
    onError: (error) => errors.push(error),
  });
  const control = join(folder, "control.sock");
  app.http.administer({ control: { path: () => control, required: true } });
  startOnly(app as never, ["shop"]);
  await app.start();
  return { app, errors, control };
}

describe("what the start was told to leave out (--only)", () => {
  test("fails the request that needs it with 503, which does not say to come again", async () => {
    const { app, errors } = await started();
    await using _ = app;
    for (const [method, path] of [
      ["GET", "/report"],
      ["POST", "/shop/sell"],
    ] as const) {
      const response = await app.fetch(path, { method });
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, null]);
      expect(await response.json()).toMatchObject({
        detail: "This app was started without something that it needs.",
        id: expect.any(String),
      });
    }
    expect(errors).toEqual([
      expect.objectContaining({ message: expect.stringContaining("it was left out of this start") }),
      expect.objectContaining({ isLeftOut: true }),
    ]);
  });

  test("cannot be called by the control socket, which says why", async () => {
    const { app, errors, control } = await started();
    await using _ = app;
    await using wire = await Wire.open(control);
    wire.send("POST /stock/count HTTP/1.1\r\nHost: pawl\r\nConnection: close\r\n\r\n");
    const answer = await wire.end();
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).not.toMatch(/retry-after/i);
    expect(answer).toContain('"reason":"left-out","detail":"This app was started without it."');
    expect(errors).toEqual([]);
  });

  test("is told to the client as an error that waiting does not mend", async () => {
    const { app } = await started();
    await using _ = app;
    const toApp = (input: Request | URL | string, init?: RequestInit) => app.http.fetch(new Request(input, init));
    const error = await perform("http://localhost/", "shop.sell", undefined, { fetch: toApp as typeof fetch }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(NotRunningError);
    expect(error).toMatchObject({
      isLeftOut: true,
      message: "shop.sell: the app there was started without it, or without what it needs",
    });
  });
});
