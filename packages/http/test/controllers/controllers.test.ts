import { Kernel, NotRunningError, type PawlErrorShape, Service } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { type Context, Controller, HttpParts } from "../../src/index.ts";
import { gate } from "../gate.ts";
import { WebApp, webApp } from "../web-app.ts";

describe("H1 a controller is a service", () => {
  test("starts after all providers and stops before any, in listed order and back", async () => {
    const told: string[] = [];
    const telling = (name: string) =>
      class extends Service {
        override onStart() {
          told.push(`${name} starts`);
        }
        override onStop() {
          told.push(`${name} stops`);
        }
      };
    class First extends Controller {
      static override route = "/first";
      load() {}
      override onStart() {
        told.push(`${this.path} starts`);
      }
      override onReady() {
        told.push(`${this.path} ready`);
      }
      override onStop() {
        told.push(`${this.path} stops`);
      }
    }
    class SecondOne extends First {
      static override route = "/second";
    }
    const app = await webApp({
      providers: { db: telling("db"), metrics: telling("metrics") },
      routes: [First, SecondOne],
    });
    expect(app.inspect().services.map(({ path }) => path)).toEqual(["db", "metrics", "first", "secondOne", "http"]);
    await app.stop();
    expect(told).toEqual([
      "db starts",
      "metrics starts",
      "first starts",
      "secondOne starts",
      "first ready",
      "secondOne ready",
      "secondOne stops",
      "first stops",
      "metrics stops",
      "db stops",
    ]);
  });

  test("is one instance per app, made anew at each start", async () => {
    const made: Counter[] = [];
    class Counter extends Controller {
      static override route = "/count";
      #count = 0;
      override onStart() {
        made.push(this);
      }
      load() {
        return { count: ++this.#count };
      }
    }
    await using one = await webApp({ routes: [Counter] });
    await using other = await webApp({ routes: [Counter] });
    await one.fetch("/count");
    expect(await (await one.fetch("/count")).json()).toEqual({ count: 2 });
    expect(await (await other.fetch("/count")).json()).toEqual({ count: 1 });
    await one.restart();
    expect(await (await one.fetch("/count")).json()).toEqual({ count: 1 });
    expect(new Set(made).size).toBe(3);
  });

  test("its constructor gets the providers that it reads, and only while it runs", async () => {
    let late: () => unknown = () => {};
    class Clock extends Service {
      time() {
        return 42;
      }
    }
    class Time extends Controller {
      static override route = "/time";
      readonly #clock: Clock;
      constructor(deps: { readonly clock: Clock }) {
        super();
        this.#clock = deps.clock;
        late = () => deps.clock;
      }
      load() {
        return { time: this.#clock.time() };
      }
    }
    await using app = await webApp({ providers: { clock: Clock }, routes: [Time] });
    expect(await (await app.fetch("/time")).json()).toEqual({ time: 42 });
    expect(late).toThrow(expect.objectContaining({ code: "PAWL_LATE_NEED", path: "time" }));
  });

  test("fails the start where its constructor reads what nobody provides, or fails itself", async () => {
    class Lost extends Controller {
      static override route = "/lost";
      constructor(deps: { readonly clok: Service }) {
        super();
        void deps.clok;
      }
      load() {}
    }
    class Broken extends Controller {
      static override route = "/broken";
      readonly #size = JSON.parse("{") as number;
      load() {
        return this.#size;
      }
    }
    class Clock extends Service {}
    const lost = new WebApp({ providers: { clock: Clock }, routes: [Lost as never] });
    await expect(lost.start()).rejects.toThrow(/there is no provider of that name; did you mean "clock"\?/);
    const broken = new WebApp({ routes: [Broken] });
    await expect(broken.start()).rejects.toMatchObject({
      code: "PAWL_HTTP_BAD_ROUTE",
      path: "broken",
      message: expect.stringContaining("Broken (routes[0]): its constructor failed"),
      cause: expect.any(SyntaxError),
    });
    expect(broken.state).toBe("failed");
  });

  test("is found by no name: only providers are", async () => {
    class Page extends Controller {
      static override route = "/page";
      load() {}
    }
    await using app = await webApp({ routes: [Page] });
    expect(() => (app as Kernel).service("page")).toThrow(/no provider of that name/);
  });

  test("is named after its class, and where it has none after its route", async () => {
    const classes = [
      class HTTPStatus extends Controller {
        static override route = "/status";
        load() {}
      },
      class extends Controller {
        static override route = "/blog/:slug/comments{.+}";
        load() {}
      },
      class extends Controller {
        static override route = "/";
        load() {}
      },
    ];
    await using app = await webApp({ routes: classes });
    expect(app.inspect().services.map(({ name }) => name)).toEqual(["httpStatus", "blogSlugComments", "root", "http"]);
  });

  test("requests side by side share no state but the controller's own", async () => {
    const both = [gate(), gate()];
    class Echo extends Controller {
      static override route = "/echo/:i";
      async load(c: Context<"/echo/:i">) {
        const i = Number(c.req.param("i"));
        c.set("title", `title ${i}`);
        await both[i]?.pass();
        return { i: c.req.param("i"), q: c.req.query("q"), title: c.get("title") };
      }
    }
    await using app = await webApp({ routes: [Echo] });
    const answers = [app.fetch("/echo/0?q=a"), app.fetch("/echo/1?q=b")];
    await Promise.all(both.map(({ reached }) => reached));
    for (const { open } of both.toReversed()) open();
    expect(await Promise.all(answers.map(async (answer) => (await answer).json()))).toEqual([
      { i: "0", q: "a", title: "title 0" },
      { i: "1", q: "b", title: "title 1" },
    ]);
  });

  test("adds plain Hono routes below its own", async () => {
    class Orders extends Controller {
      static override route = "/orders";
      readonly #orders = ["first"];
      load() {
        return this.#orders;
      }
      override routes(router: Hono) {
        router.post("/", async (c) => {
          this.#orders.push(await c.req.text());
          return c.json(this.#orders.length, 201);
        });
        router.get("/:i", (c) => c.text(this.#orders[Number(c.req.param("i"))] ?? "none"));
      }
    }
    await using app = await webApp({ routes: [Orders] });
    expect((await app.fetch("/orders", { method: "POST", body: "second" })).status).toBe(201);
    expect(await (await app.fetch("/orders/1")).text()).toBe("second");
    expect(await (await app.fetch("/orders")).json()).toEqual(["first", "second"]);
  });

  test("its start fails the app's where routes(router) fails", async () => {
    class Orders extends Controller {
      static override route = "/orders";
      load() {}
      override routes() {
        throw new Error("no router today");
      }
    }
    await expect(new WebApp({ routes: [Orders], http: false }).start()).rejects.toMatchObject({
      code: "PAWL_HTTP_BAD_ROUTE",
      path: "orders",
      message: "orders: routes(router) of Orders (routes[0]) failed: no router today",
    });
  });
});

describe("H1 requests are owned", () => {
  class Slow extends Controller {
    static override route = "/slow";
    readonly gate = slowGate;
    async load() {
      await this.gate.pass();
      return { aborted: this.signal.aborted, path: this.path };
    }
  }
  let slowGate = gate();

  test("a request is an in-flight call of its controller, awaited before the signals of the stop", async () => {
    slowGate = gate();
    const app = await webApp({ routes: [Slow] });
    const answer = app.fetch("/slow");
    await slowGate.reached;
    const slow = app.inspect().services.find(({ name }) => name === "slow");
    expect(slow?.inFlight.map(({ what }) => what)).toEqual(['request "GET /slow"']);
    const stopped = app.stop();
    await app.clock.settle();
    expect(app.state).toBe("stopping");
    slowGate.open();
    expect(await (await answer).json()).toEqual({ aborted: false, path: "slow" });
    await stopped;
  });

  test("one that hangs is left behind after the stop timeout, and named", async () => {
    slowGate = gate();
    const app = await webApp({ routes: [Slow], stopTimeout: "3s" });
    const answer = app.fetch("/slow");
    await slowGate.reached;
    const stopped = app.stop();
    stopped.catch(() => {});
    await app.clock.advance("6s");
    await expect(stopped).rejects.toThrow('slow: request "GET /slow" was still running after 3s');
    const { status, headers } = await answer;
    expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
    slowGate.open();
  });

  test.each(["stop", "restart"] as const)("load may await app.%s(): the answer still goes out", async (what) => {
    const ends: string[] = [];
    class Leave extends Controller {
      static override route = "/leave";
      async load() {
        await this.app[what]();
        return { state: this.app.state };
      }
      override onStop() {
        ends.push("controller stops");
      }
    }
    const app = await webApp({ routes: [Leave] });
    const response = await app.fetch("/leave");
    expect(await response.json()).toEqual({ state: "stopping" });
    if (what === "restart") await app.start();
    else await app.wait();
    expect(ends).toEqual(["controller stops"]);
    await app.stop();
  });

  test("a controller that stopped itself turns requests away with 503, the others go on", async () => {
    class Shy extends Controller {
      static override route = "/shy";
      async load(): Promise<unknown> {
        await this.stop();
        return { last: true };
      }
    }
    class Steady extends Controller {
      static override route = "/steady";
      load() {
        return { here: true };
      }
    }
    await using app = await webApp({ routes: [Shy, Steady] });
    expect(await (await app.fetch("/shy")).json()).toEqual({ last: true });
    const turnedAway = await app.fetch("/shy");
    expect(turnedAway.status).toBe(503);
    expect(turnedAway.headers.get("retry-after")).toBe("5");
    expect(turnedAway.headers.get("content-type")).toBe("application/problem+json");
    expect(await (await app.fetch("/steady")).json()).toEqual({ here: true });
  });

  test("requests to a Hono app are the server's, and may stop the app too", async () => {
    const seen: unknown[] = [];
    const hono = new Hono().get("/bye", async (c) => {
      await null;
      const http = app.inspect().services.find(({ name }) => name === "http");
      seen.push(...(http?.inFlight.map(({ what }) => what) ?? []));
      await app.stop();
      return c.text("bye");
    });
    const app = await webApp({ routes: hono });
    expect(await (await app.fetch("/bye")).text()).toBe("bye");
    await app.wait();
    expect(seen).toEqual(['request "GET /bye"']);
  });

  test("load may start work of its own, which the stop ends", async () => {
    class Busy extends Controller {
      static override route = "/busy";
      load() {
        this.interval(() => {}, "1s", { label: "after a request" });
        return {};
      }
    }
    await using app = await webApp({ routes: [Busy] });
    await app.fetch("/busy");
    const { activities } = app.inspect().services[0] ?? {};
    expect(activities?.map(({ label }) => label)).toEqual(["after a request"]);
  });

  test("a controller has no kernel in its constructor, and says so", async () => {
    class Hasty extends Controller {
      static override route = "/hasty";
      constructor() {
        super();
        this.interval(() => {}, "1s");
      }
      load() {}
    }
    const error: PawlErrorShape = (await new WebApp({ routes: [Hasty] })
      .start()
      .catch((e: PawlErrorShape) => e)) as never;
    expect(error).toMatchObject({ code: "PAWL_START_FAILED", cause: expect.any(NotRunningError) });
    expect(error.message).toContain("move it to onStart()");
  });
});

test("HttpParts makes a kernel serve", async () => {
  class Hello extends Controller {
    static override route = "/hello";
    load() {
      return "hello";
    }
  }
  const http = new HttpParts({ routes: [Hello], http: false });
  await using kernel = await testApp((base) => new Kernel(base, http.parts));
  http.serve(kernel);
  const response = await http.fetch(new Request("http://localhost/hello"));
  expect(await response.json()).toBe("hello");
});
