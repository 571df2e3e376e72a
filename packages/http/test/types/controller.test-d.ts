import type { Service, StartError } from "@pawl/kernel";
import { Hono } from "hono";
import { html } from "hono/html";
import { describe, expectTypeOf, test } from "vitest";
import {
  type Context,
  Controller,
  type ControllerClass,
  type Html,
  type HttpConfig,
  type HttpEnv,
  type HttpServer,
  jsonScript,
  type ListenError,
  type PageData,
  type RouteError,
  type Router,
  type Routes,
  type Shell,
  type ShellProps,
} from "../../src/index.ts";

class Post extends Controller {
  static override route = "/blog/:slug";
  async load(c: Context<"/blog/:slug">) {
    if (c.req.query("old")) return c.redirect("/");
    return { slug: c.req.param("slug"), at: new Date(0) };
  }
  override view(post: PageData<this>, c: Context) {
    expectTypeOf(post.slug).toEqualTypeOf<string>();
    expectTypeOf(post.at).toEqualTypeOf<Date>();
    expectTypeOf(c.env.signal).toEqualTypeOf<AbortSignal>();
    return html`${post.slug}`;
  }
}

describe("a controller", () => {
  test("is a service and, with a route, an entry of routes", () => {
    expectTypeOf<Post>().toExtend<Service>();
    expectTypeOf<typeof Post>().toExtend<ControllerClass>();
    expectTypeOf([Post]).toExtend<Routes>();
    expectTypeOf<typeof Controller>().not.toExtend<ControllerClass>();
  });

  test("its view gets what load gives, awaited and without responses", () => {
    expectTypeOf<PageData<Post>>().toEqualTypeOf<{ slug: string; at: Date }>();
    class Sync extends Controller {
      load() {
        return [1];
      }
    }
    expectTypeOf<PageData<Sync>>().toEqualTypeOf<number[]>();
    class Never extends Controller {
      load(c: Context) {
        return c.redirect("/");
      }
    }
    expectTypeOf<PageData<Never>>().toEqualTypeOf<never>();
  });

  test("may declare its router as Hono does, or as Pawl does", () => {
    class A extends Controller {
      static override route = "/a";
      load() {}
      override routes(router: Router) {
        router.get("/:id", (c) => {
          expectTypeOf(c.req.param("id")).toEqualTypeOf<string>();
          expectTypeOf(c.env.signal).toEqualTypeOf<AbortSignal>();
          return c.body(null);
        });
      }
    }
    class B extends Controller {
      static override route = "/b";
      load() {}
      override routes(router: Hono) {
        router.get("/", (c) => c.body(null));
      }
    }
    expectTypeOf([A, B]).toExtend<Routes>();
  });
});

describe("routes", () => {
  test("are controllers, Hono apps of any environment, or a directory", () => {
    const other = new Hono<{ Bindings: { KV: string }; Variables: { n: number } }>();
    expectTypeOf(other).toExtend<Routes>();
    expectTypeOf([Post, new Hono(), new Hono<HttpEnv>(), other.get("/x", (c) => c.json(c.var.n))]).toExtend<Routes>();
    expectTypeOf("app/routes").toExtend<Routes>();
    expectTypeOf(new URL("file:///routes/")).toExtend<Routes>();
    expectTypeOf([new Date()]).not.toExtend<Routes>();
    expectTypeOf([() => new Response()]).not.toExtend<Routes>();
  });
});

describe("a shell", () => {
  test("takes title, body, data and c, and gives HTML", () => {
    expectTypeOf<Parameters<Shell>[0]>().toEqualTypeOf<ShellProps>();
    const shell = ({ title, body, data, c }: ShellProps) => html`${title}${body}${jsonScript(data)}${c.req.path}`;
    expectTypeOf(shell).toExtend<Shell>();
    expectTypeOf(async () => "text").toExtend<Shell>();
    expectTypeOf(() => 3).not.toExtend<Shell>();
    expectTypeOf<string>().toExtend<Html>();
  });
});

test("http: false takes no port, and options say only what there is", () => {
  expectTypeOf({ http: false } as const).toExtend<HttpConfig>();
  expectTypeOf({ http: { port: 0, host: "::1", bodyLimit: 3, drainDelay: "2s" } } as const).toExtend<HttpConfig>();
  // @ts-expect-error there is no such option
  const wrong: HttpConfig = { http: { prot: 3 } };
  void wrong;
  expectTypeOf<HttpServer["isReady"]>().toEqualTypeOf<boolean>();
  expectTypeOf<RouteError | ListenError>().toExtend<StartError>();
});
