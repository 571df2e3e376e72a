import { ActionTimeoutError } from "@pawl/kernel";
import { describe, expect, test, vi } from "vitest";
import { anyPort, webApp } from "../web-app.ts";
import { Wire } from "../wire.ts";
import { json, Shop } from "./shop.ts";

const served = async () => {
  const shop = new Shop();
  const app = await webApp({ providers: { shop }, http: anyPort });
  return { app, shop };
};
const timeout = (ms: string) => ({ ...json, "pawl-timeout-ms": ms });

describe("A2 time", () => {
  test("the time of the caller reaches the action's signal, and the answer is 504", async () => {
    const { app, shop } = await served();
    await using _ = app;
    const asked = app.fetch("/shop/wait", { method: "POST", headers: timeout("2000") });
    await shop.gate.reached;
    await app.clock.advance("1999ms");
    expect(shop.signal_?.aborted).toBe(false);
    await app.clock.advance("1ms");
    const response = await asked;
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ code: "PAWL_ACTION_TIMEOUT" });
    expect(shop.signal_?.reason).toBeInstanceOf(ActionTimeoutError);
    expect(app.errors).toEqual([]);
  });

  test("an action that does not look at its signal keeps nobody waiting either", async () => {
    const { app, shop } = await served();
    await using _ = app;
    const asked = fetch(new URL("/shop/stubborn", app.url), { method: "POST", headers: timeout("500") });
    await shop.gate.reached;
    await app.clock.advance("500ms");
    expect((await asked).status).toBe(504);
    shop.gate.open();
  });

  test.each(["0", "-1", "1.5", "1s", "", "99999999999", "1e3", "0x10"])("%j is no time, 400", async (ms) => {
    const { app } = await served();
    await using _ = app;
    const response = await app.fetch("/shop/nothing", { method: "POST", headers: timeout(ms) });
    expect(response.status).toBe(400);
  });

  test("a client that goes aborts the signal, and nothing is reported", async () => {
    const { app, shop } = await served();
    await using _ = app;
    {
      await using wire = await Wire.open(app.port);
      wire.send("POST /shop/wait HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
      await shop.gate.reached;
      expect(shop.signal_?.aborted).toBe(false);
    }
    await vi.waitFor(() => expect(shop.signal_?.aborted).toBe(true));
    await vi.waitFor(() => expect(app.facts.of("request.ended").at(-1)?.status).toBe(499));
    expect(app.errors).toEqual([]);
  });

  test("a client that goes while it sends its body calls nobody", async () => {
    const { app, shop } = await served();
    await using _ = app;
    {
      await using wire = await Wire.open(app.port);
      wire.send(
        "POST /shop/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[1,",
      );
      await vi.waitFor(() => expect(app.facts.of("request.started")).toHaveLength(1));
    }
    await vi.waitFor(() => expect(app.facts.of("request.ended")).toHaveLength(1));
    expect(shop.seen).toEqual([]);
    expect(app.errors).toEqual([]);
  });

  test("H5 a stop lets a call in flight end, and answers it", async () => {
    const { app, shop } = await served();
    const asked = fetch(new URL("/shop/wait", app.url), { method: "POST" });
    await shop.gate.reached;
    const stopped = app.stop();
    await app.clock.settle();
    expect(shop.signal_?.aborted).toBe(false);
    shop.gate.open();
    expect(await (await asked).json()).toBe("waited");
    await stopped;
  });

  test("facts tell the request and the call", async () => {
    const { app } = await served();
    await using _ = app;
    await app.fetch("/shop/nothing", { method: "POST" });
    expect(app.facts.of("action.ended")).toMatchObject([{ path: "shop", action: "nothing", transport: "http" }]);
    expect(app.facts.of("request.ended")).toMatchObject([{ path: "shop", route: "/shop/nothing", status: 204 }]);
  });
});
