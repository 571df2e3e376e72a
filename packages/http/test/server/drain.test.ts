import { Service } from "@pawl/kernel";
import { Hono } from "hono";
import { stream, streamSSE } from "hono/streaming";
import { describe, expect, test } from "vitest";
import { type Context, Controller, type HttpEnv } from "../../src/index.ts";
import { gate } from "../gate.ts";
import { anyPort, webApp } from "../web-app.ts";
import { Wire } from "../wire.ts";

/** A controller that waits at a gate, and a provider that says when it stops. */
function slowly() {
  const waiting = gate();
  const told: string[] = [];
  class Slow extends Controller {
    static override route = "/slow";
    async load() {
      told.push("asked");
      await waiting.pass();
      told.push("answered");
      return { done: true };
    }
  }
  class Db extends Service {
    override onStop() {
      told.push("db stops");
    }
  }
  return { waiting, told, routes: [Slow], providers: { db: Db } };
}

const status = (answer: string) => Number(answer.slice(9, 12));

describe("H5 a stop", () => {
  test("lets requests in flight finish, then the first provider stops", async () => {
    const { waiting, told, ...config } = slowly();
    const app = await webApp({ ...config, http: anyPort });
    await using wire = await Wire.open(app.port);
    wire.get("/slow");
    await waiting.reached;
    const stopped = app.stop();
    await app.clock.settle();
    expect(app.http.server?.isReady).toBe(false);
    expect(told).toEqual(["asked"]);
    waiting.open();
    const answer = await wire.end();
    await stopped;
    expect(status(answer)).toBe(200);
    expect(answer).toContain("Connection: close");
    expect(answer).toMatch(/\{"done":true\}$/);
    expect(told).toEqual(["asked", "answered", "db stops"]);
  });

  test("takes no more connections, and ends those that are idle at once", async () => {
    const { waiting, told: _, ...config } = slowly();
    const app = await webApp({ ...config, http: anyPort });
    const { port } = app;
    await using never = await Wire.open(port);
    await using idle = await Wire.open(port);
    idle.get("/nowhere");
    await idle.until((received) => received.includes('"status":404'));
    await using busy = await Wire.open(port);
    busy.get("/slow");
    await waiting.reached;
    const stopped = app.stop();
    await Promise.all([never.end(), idle.end()]);
    await expect(Wire.open(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(busy.closed).toBe(false);
    waiting.open();
    expect(status(await busy.end())).toBe(200);
    await stopped;
  });

  test("serves on for drainDelay, though it is ready no more", async () => {
    const { waiting, told, ...config } = slowly();
    const app = await webApp({ ...config, http: { ...anyPort, drainDelay: "3s" } });
    const { port } = app;
    const stopped = app.stop();
    await app.clock.advance("2999ms");
    expect(app.http.server?.isReady).toBe(false);
    await using late = await Wire.open(port);
    late.get("/slow");
    await waiting.reached;
    await using lateIdle = await Wire.open(port);
    lateIdle.get("/nowhere");
    expect(await lateIdle.until((received) => received.includes('"status":404'))).toContain("Connection: keep-alive");
    await app.clock.advance("1ms");
    await lateIdle.end();
    await expect(Wire.open(port)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    waiting.open();
    expect(status(await late.end())).toBe(200);
    await stopped;
    expect(told.at(-1)).toBe("db stops");
  });

  test("turns away what comes on a connection that is still open", async () => {
    const { waiting, told: _, ...config } = slowly();
    const app = await webApp({ ...config, http: anyPort });
    await using busy = await Wire.open(app.port);
    busy.get("/slow");
    await using half = await Wire.open(app.port);
    half.send("GET /slow HTTP/1.1\r\nHost: local");
    await waiting.reached;
    // The half of a request has arrived when the whole one on a later connection is answered.
    await using later = await Wire.open(app.port);
    later.get("/nowhere");
    await later.until((received) => received.includes("404"));
    const stopped = app.stop();
    await later.end();
    half.send("host\r\nAccept: application/json\r\n\r\n");
    const answer = await half.end();
    expect(status(answer)).toBe(503);
    expect(answer).toMatch(/^Connection: close/im);
    expect(answer).toMatch(/^Retry-After: 5/im);
    expect(answer).toMatch(/\{"type":"about:blank","title":"Service Unavailable","status":503.*\}$/);
    waiting.open();
    await busy.end();
    await stopped;
  });

  test("counts a body as in flight until it is sent in full", async () => {
    const size = 32 * 1024 * 1024;
    const sentParts = gate();
    const app = await webApp({
      routes: new Hono().get("/big", (c) => {
        void sentParts.pass();
        return c.body("x".repeat(size));
      }),
      http: anyPort,
    });
    const response = await fetch(new URL("/big", app.url), { headers: { connection: "close" } });
    const stopped = app.stop();
    await app.clock.settle();
    expect(app.state).toBe("stopping");
    expect((await response.text()).length).toBe(size);
    await stopped;
  });

  test("lets a stream with an end come to it", async () => {
    const parts = [gate(), gate()];
    const app = await webApp({
      routes: new Hono<HttpEnv>().get("/export", (c) =>
        stream(c, async (out) => {
          await out.write("first,");
          await parts[0]?.pass();
          await out.write(c.env.signal.aborted ? "aborted" : "second");
          void parts[1]?.pass();
        }),
      ),
      http: anyPort,
    });
    await using wire = await Wire.open(app.port);
    wire.get("/export");
    await wire.until((received) => received.includes("first,"));
    const stopped = app.stop();
    await app.clock.settle();
    parts[0]?.open();
    expect(await wire.end()).toContain("second");
    await stopped;
  });

  test("gives event streams their signal at once, and waits for their last words", async () => {
    class Events extends Controller {
      static override route = "/events";
      load(c: Context) {
        const { signal } = c.env;
        return streamSSE(c, async (out) => {
          await out.writeSSE({ data: "hello" });
          await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
          await out.writeSSE({ data: (signal.reason as Error).name });
        });
      }
    }
    const app = await webApp({ routes: [Events], http: anyPort });
    await using wire = await Wire.open(app.port);
    wire.get("/events");
    await wire.until((received) => received.includes("hello"));
    await app.stop();
    expect(await wire.end()).toMatch(/data: hello[\s\S]*data: AbortError[\s\S]*\r\n0\r\n\r\n$/);
  });

  test("ends event streams that took no signal, and their producer hears of it", async () => {
    const heard = gate();
    const app = await webApp({
      routes: new Hono().get("/ticks", (c) =>
        streamSSE(c, async (out) => {
          out.onAbort(() => heard.open());
          await out.writeSSE({ data: "tick" });
          await heard.opened;
        }),
      ),
      http: anyPort,
    });
    await using wire = await Wire.open(app.port);
    wire.get("/ticks");
    await wire.until((received) => received.includes("tick"));
    await app.stop();
    await heard.opened;
    expect(await wire.end()).toMatch(/\r\n0\r\n\r\n$/);
  });

  test("aborts the signal of what is in flight after stopTimeout; what heeds it can still answer", async () => {
    const waiting = gate();
    class Patient extends Controller {
      static override route = "/patient";
      async load(c: Context) {
        const { signal } = c.env;
        void waiting.pass();
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        return { told: (signal.reason as Error).name };
      }
    }
    const app = await webApp({ routes: [Patient], http: anyPort, stopTimeout: "4s" });
    await using wire = await Wire.open(app.port);
    wire.get("/patient");
    await waiting.reached;
    const stopped = app.stop();
    await app.clock.advance("3999ms");
    expect(wire.received).toBe("");
    await app.clock.advance("1ms");
    expect(await wire.end()).toMatch(/\{"told":"AbortError"\}$/);
    await stopped;
  });

  test("cuts what is left after stopTimeout once more, and names it", async () => {
    const { waiting, told, ...config } = slowly();
    const app = await webApp({ ...config, http: anyPort, stopTimeout: "4s" });
    await using wire = await Wire.open(app.port);
    wire.get("/slow");
    await waiting.reached;
    const stopped = app.stop();
    stopped.catch(() => {});
    await app.clock.advance("8s");
    expect(await wire.end()).toBe("");
    await app.clock.advance("8s");
    await expect(stopped).rejects.toMatchObject({
      code: "PAWL_STOP_FAILED",
      errors: [
        { message: 'http: the answer to "GET /slow" was still running after 4s; it was left behind' },
        { message: 'slow: request "GET /slow" was still running after 4s; it was left behind' },
      ],
    });
    expect(told).toEqual(["asked", "db stops"]);
    waiting.open();
  });

  test("waits for nobody who only holds a connection or half of a request", async () => {
    const app = await webApp({ routes: [], http: anyPort });
    await using silent = await Wire.open(app.port);
    await using half = await Wire.open(app.port);
    half.send("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Le");
    await using third = await Wire.open(app.port);
    third.get("/x");
    await third.until((received) => received.includes("404"));
    await app.stop();
    await Promise.all([silent.end(), half.end(), third.end()]);
  });

  test("leaves the port free: a restart takes it again", async () => {
    const first = await webApp({ routes: [], http: anyPort });
    const { port } = first;
    await first.stop();
    await using app = await webApp({ routes: [], http: { ...anyPort, port } });
    await using wire = await Wire.open(port);
    wire.get("/x");
    await wire.until((received) => received.includes("404"));
    await app.restart();
    expect(app.port).toBe(port);
    await using again = await Wire.open(port);
    again.get("/x");
    expect(status(await again.until((received) => received.includes("404")))).toBe(404);
  });

  test("a handler that restarts the app answers first, and the port comes back", async () => {
    class Again extends Controller {
      static override route = "/again";
      async load() {
        await this.app.restart();
        return { state: this.app.state };
      }
    }
    const { port } = await freePort();
    await using app = await webApp({ routes: [Again], http: { ...anyPort, port } });
    await using wire = await Wire.open(port);
    wire.get("/again");
    expect(await wire.end()).toMatch(/\{"state":"stopping"\}$/);
    await app.start();
    await using second = await Wire.open(port);
    second.get("/x");
    expect(status(await second.until((received) => received.includes("404")))).toBe(404);
  });
});

async function freePort(): Promise<{ port: number }> {
  const app = await webApp({ routes: [], http: anyPort });
  const { port } = app;
  await app.stop();
  return { port };
}
