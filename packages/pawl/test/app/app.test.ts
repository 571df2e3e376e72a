import { createTestApp, testApp } from "@pawl/testing";
import { Hono } from "hono";
import { App, Controller, Kernel, NotRunningError, Service, silentLogger } from "pawl";
import { describe, expect, test } from "vitest";

class Greeter extends Service {
  greet(name: string) {
    return `hello ${name}`;
  }
}

class Hello extends Controller {
  static override route = "/hello/:name";
  load(c: import("pawl").Context<"/hello/:name">) {
    const greeter = this.service("greeter") as Greeter;
    return { text: greeter.greet(c.req.param("name")) };
  }
}

const config = { providers: { greeter: Greeter }, routes: [Hello] };

describe("an App", () => {
  test("is a kernel that serves its routes by the port and by fetch", async () => {
    await using app = await testApp((base) => new App({ ...config, ...base, http: { port: 0, host: "127.0.0.1" } }));
    expect(app).toBeInstanceOf(Kernel);
    expect(app.isReady).toBe(true);
    const expected = { text: "hello ada" };
    expect(await (await fetch(new URL("/hello/ada", app.url))).json()).toEqual(expected);
    expect(await (await app.fetch("/hello/ada")).json()).toEqual(expected);
    expect(await (await app.fetch(new URL("http://localhost/hello/ada"))).json()).toEqual(expected);
    expect(await (await app.fetch(new Request("http://localhost/hello/ada"))).json()).toEqual(expected);
    const page = await app.fetch("/hello/ada", { headers: { accept: "text/html" } });
    expect(await page.text()).toContain("<title>Hello</title>");
  });

  test("H7 serves without a port, and says so where it is asked for its address", async () => {
    await using app = await testApp((base) => new App({ ...config, ...base, http: false }));
    expect((await app.fetch("/hello/x")).status).toBe(200);
    expect(() => app.url).toThrow(NotRunningError);
    expect(() => app.url).toThrow(
      "app: it listens on no port while it is running; it does when start() has resolved, unless it has no routes, only a socket, or http is false. app.fetch() serves without a port",
    );
  });

  test("answers 503 while it does not run", async () => {
    await using app = createTestApp((base) => new App({ ...config, ...base, http: false }));
    expect((await app.fetch("/hello/x")).status).toBe(503);
    expect(app.isReady).toBe(false);
    await app.start();
    expect((await app.fetch("/hello/x")).status).toBe(200);
    await app.stop();
    expect((await app.fetch("/hello/x")).status).toBe(503);
  });

  test("without routes is a kernel with a face: it listens nowhere and answers 404", async () => {
    await using app = await testApp((base) => new App({ providers: { greeter: Greeter }, ...base }));
    expect(app.inspect().services.map(({ name }) => name)).toEqual(["greeter"]);
    expect(app.isReady).toBe(false);
  });

  test("hands its logger to its services, and every option to its kernel", async () => {
    const lines: unknown[] = [];
    const logger = {
      ...silentLogger,
      child: (bindings: object) => ({ ...silentLogger, info: (text: unknown) => void lines.push({ bindings, text }) }),
    };
    class Telling extends Service {
      override onStart() {
        this.log.info("I am here");
      }
    }
    await using app = await testApp(
      (base) => new App({ name: "shop", providers: { telling: Telling }, logger: logger as never, ...base }),
    );
    expect(app.name).toBe("shop");
    expect(lines).toEqual([{ bindings: { service: "telling" }, text: "I am here" }]);
  });

  test("refuses at once what can never be right", () => {
    expect(() => new App({ routes: [class {} as never] })).toThrow(TypeError);
    expect(() => new App({ http: { port: -1 } })).toThrow(RangeError);
    expect(() => new App({ stopTimeout: "never" as never })).toThrow(TypeError);
  });

  test("a failed start names the route, and can be mended", async () => {
    const twice = new Hono().get("/hello/:who", (c) => c.text(""));
    await using app = createTestApp((base) => new App({ ...config, routes: [Hello, twice], ...base, http: false }));
    await expect(app.start()).rejects.toMatchObject({ code: "PAWL_HTTP_ROUTE_TAKEN" });
    expect(app.state).toBe("failed");
  });

  test("two apps in one process never meet", async () => {
    const named = (name: string) =>
      testApp((base) => new App({ ...base, name, routes: new Hono().get("/", (c) => c.text(name)), http: false }));
    await using one = await named("one");
    await using two = await named("two");
    expect(await (await one.fetch("/")).text()).toBe("one");
    await one.stop();
    expect(await (await two.fetch("/")).text()).toBe("two");
  });
});
