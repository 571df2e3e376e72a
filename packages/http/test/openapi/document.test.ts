import { Kernel, Service } from "@pawl/kernel";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Hono } from "hono";
import { html } from "hono/html";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Controller, HttpParts, type Router } from "../../src/index.ts";
import { Desk, Shop } from "../actions/shop.ts";
import { anyPort, webApp } from "../web-app.ts";

class Post extends Controller {
  static override route = "/blog/:slug{[a-z]+}";
  static override title = "A post";
  load() {
    return {};
  }
  override view() {
    return html`<p></p>`;
  }
  override routes(router: Router) {
    router.use(async (_, next) => next());
    router.put("/", (c) => c.text("put"));
    router.get("/comments/:id?", (c) => c.text("comments"));
    router.all("/any", (c) => c.text("any"));
  }
}

interface Tree {
  readonly label: string;
  readonly children: readonly Tree[];
}
const Tree: z.ZodType<Tree> = z.lazy(() => z.object({ label: z.string(), children: z.array(Tree) }));

class Forest extends Service {
  cut = this.action(() => ({ label: "oak", children: [] }), { output: Tree });
  planted = this.action(() => new Date(0), { output: z.date() });
  count = this.action(() => 1, { output: z.number().describe("How many trees there are") });
  grow = this.action(Tree, ({ label }) => label, { description: "Grows a tree." });
  at = this.action(z.date(), (at) => at);
  bare = this.action({ "~standard": { version: 1, vendor: "bare", validate: (value) => ({ value }) } }, () => 1);
}

const routes = [
  Desk,
  Post,
  new Hono()
    .get("/plain", (c) => c.text("plain"))
    .post("/blog/:id", (c) => c.text("posted"))
    .get("/files/*", (c) => c.text("file"))
    .on("PROPFIND", "/plain", (c) => c.text("dav")),
];

interface Document {
  readonly info: unknown;
  readonly paths: Record<string, Record<string, { readonly [key: string]: unknown }>>;
  readonly components: { readonly schemas: Record<string, object> };
}
const documentOf = async (http: object = {}): Promise<Document> => {
  await using app = await webApp({
    name: "shop",
    providers: { shop: new Shop(), forest: Forest },
    routes,
    http: { ...http, port: 0, host: "127.0.0.1" },
  });
  const response = await app.fetch("/openapi.json");
  expect(response.headers.get("content-type")).toBe("application/json");
  return (await response.json()) as Document;
};

describe("the OpenAPI document", () => {
  test("is a valid one of OpenAPI 3.1, as a published validator has it", async () => {
    const validator = new Validator();
    const document = await documentOf();
    const { valid, errors } = await validator.validate(structuredClone(document) as never);
    expect(errors ?? []).toEqual([]);
    expect([valid, validator.version]).toEqual([true, "3.1"]);
    expect((await validator.validate({ ...document, paths: { shop: {} } } as never)).valid).toBe(false);
  });

  test("tells every action that is served, with its input", async () => {
    const { paths, components } = await documentOf();
    const find = paths["/shop/find"]?.post;
    expect(find).toMatchObject({
      operationId: "shop.find",
      tags: ["shop"],
      requestBody: {
        required: true,
        content: { "application/json": { schema: { $ref: "#/components/schemas/shop.find.input" } } },
      },
      responses: { "200": {}, "204": {}, "4XX": {}, "5XX": {} },
    });
    expect(components.schemas["shop.find.input"]).toEqual({
      type: "object",
      properties: {
        id: { type: "string" },
        limit: { type: "integer", default: 10, minimum: expect.any(Number), maximum: expect.any(Number) },
      },
      required: ["id"],
    });
    expect(paths["/shop/wait"]?.post).toMatchObject({ summary: "Waits." });
    expect(paths["/shop/wait"]?.post).not.toHaveProperty("requestBody");
    expect(paths["/desk/close"]?.post).toMatchObject({ operationId: "desk.close" });
    expect(paths).not.toHaveProperty("/shop/wipe");
  });

  test("tells what an action gives where that is declared, else that it may be anything", async () => {
    const { paths, components } = await documentOf();
    const responsesOf = (path: string) => paths[path]?.post?.responses;
    expect(responsesOf("/forest/count")).toMatchObject({
      "200": { content: { "application/json": { schema: { $ref: "#/components/schemas/forest.count.output" } } } },
    });
    expect(responsesOf("/forest/count")).not.toHaveProperty("204");
    expect(components.schemas["forest.count.output"]).toEqual({
      type: "number",
      description: "How many trees there are",
    });
    expect(components.schemas["forest.planted.output"]).toEqual({});
    expect(components.schemas["forest.cut.output"]).toMatchObject({ $id: "/schemas/forest.cut.output" });
    expect(responsesOf("/shop/find")).toMatchObject({
      "200": { content: { "application/json": { schema: {} } } },
      "204": {},
    });
  });

  test("a schema that refers to itself does so within itself, one that says nothing takes something", async () => {
    const { paths, components } = await documentOf();
    expect(components.schemas["forest.grow.input"]).toMatchObject({ $id: "/schemas/forest.grow.input" });
    expect([components.schemas["forest.at.input"], components.schemas["forest.bare.input"]]).toEqual([{ not: {} }, {}]);
    expect(paths["/forest/bare"]?.post?.requestBody).toMatchObject({ required: false });
  });

  test("tells controllers and other routes, with parameters as OpenAPI writes them", async () => {
    const { paths } = await documentOf();
    expect(
      Object.keys(paths)
        .filter((path) => !/^\/(shop|forest)\//.test(path))
        .sort(),
    ).toEqual([
      "/blog/{slug}",
      "/blog/{slug}/any",
      "/blog/{slug}/comments",
      "/blog/{slug}/comments/{id}",
      "/desk",
      "/desk/close",
      "/files/{rest1}",
      "/plain",
    ]);
    expect(Object.keys(paths["/blog/{slug}"] ?? {}).sort()).toEqual(["get", "parameters", "post", "put"]);
    expect(paths["/blog/{slug}"]).toMatchObject({
      parameters: [{ name: "slug", in: "path", required: true, schema: { type: "string", pattern: "^[a-z]+$" } }],
      get: { operationId: "post.load", summary: "A post" },
    });
    expect(Object.keys(paths["/blog/{slug}/any"] ?? {})).toEqual([
      "parameters",
      "get",
      "put",
      "post",
      "delete",
      "patch",
    ]);
    expect(Object.keys(paths["/plain"] ?? {})).toEqual(["get"]);
  });

  test("has an operation of its own for either form of an optional end, and the actions below the shorter one", async () => {
    class Blog extends Controller {
      static override route = "/blog/:slug?";
      load() {
        return {};
      }
      like = this.action(() => "liked");
    }
    await using app = await webApp({ routes: [Blog] });
    const { paths } = (await (await app.fetch("/openapi.json")).json()) as Document;
    expect(Object.keys(paths).sort()).toEqual(["/blog", "/blog/like", "/blog/{slug}"]);
    const ids = Object.values(paths).flatMap((item) => [item.get?.operationId, item.post?.operationId]);
    expect(ids.filter((id) => id !== undefined).sort()).toEqual(["blog.like", "blog.load", "blog.load.2"]);
    const liked = await app.fetch("/blog/like", { method: "POST" });
    expect([liked.status, await liked.json()]).toEqual([200, "liked"]);
  });

  test("has both forms of what a controller adds below an optional end, as they are served", async () => {
    class Blog extends Controller {
      static override route = "/blog/:slug?";
      load() {
        return {};
      }
      override routes(router: Router) {
        router.get("/comments", (c) => c.json(c.req.param()));
        router.put("/", (c) => c.json(c.req.param()));
        router.get("/at/:day?", (c) => c.json(c.req.param()));
      }
    }
    await using app = await webApp({ routes: [Blog] });
    const document = (await (await app.fetch("/openapi.json")).json()) as Document;
    expect(Object.keys(document.paths).sort()).toEqual([
      "/blog",
      "/blog/at",
      "/blog/at/{day}",
      "/blog/comments",
      "/blog/{slug}",
      "/blog/{slug}/at",
      "/blog/{slug}/at/{day}",
      "/blog/{slug}/comments",
    ]);
    expect(document.paths["/blog/{slug}/comments"]?.["parameters"]).toEqual([
      { name: "slug", in: "path", required: true, schema: { type: "string" } },
    ]);
    expect(document.paths["/blog/comments"]?.["parameters"]).toBeUndefined();
    expect(await new Validator().validate(structuredClone(document) as never)).toMatchObject({ valid: true });
    const answer = async (path: string, method = "GET") => await (await app.fetch(path, { method })).json();
    expect(await answer("/blog/comments")).toEqual({});
    expect(await answer("/blog/a/comments")).toEqual({ slug: "a" });
    expect(await answer("/blog", "PUT")).toEqual({});
    expect(await answer("/blog/a", "PUT")).toEqual({ slug: "a" });
    expect(await answer("/blog/at/1")).toEqual({ day: "1" });
    expect(await answer("/blog/a/at")).toEqual({ slug: "a" });
    expect(await answer("/blog/a/at/1")).toEqual({ slug: "a", day: "1" });
  });

  test("has the version of the program, as a face tells it, unless it says its own", async () => {
    const versionOf = async (http: object) => {
      const parts = new HttpParts({ routes, http }, { version: () => "1.4.0" });
      await using kernel = new Kernel({ name: "shop" }, parts.parts);
      parts.serve(kernel as Kernel);
      await kernel.start();
      const { info } = (await (await parts.fetch(new Request("http://localhost/openapi.json"))).json()) as Document;
      return info;
    };
    expect(await versionOf(anyPort)).toEqual({ title: "shop", version: "1.4.0" });
    expect(await versionOf({ ...anyPort, openapi: { version: "2.1.0" } })).toEqual({ title: "shop", version: "2.1.0" });
  });

  test("is called as the app, unless it says otherwise", async () => {
    expect((await documentOf()).info).toEqual({ title: "shop", version: "0.0.0" });
    expect((await documentOf({ openapi: { title: "The shop", version: "2.1.0" } })).info).toEqual({
      title: "The shop",
      version: "2.1.0",
    });
  });

  test("leaves out a controller that says so, with all its routes", async () => {
    class Hidden extends Controller {
      static override route = "/hidden";
      static override openapi = false;
      load() {
        return {};
      }
      override routes(router: Router) {
        router.get("/more", (c) => c.text(""));
      }
    }
    await using app = await webApp({ routes: [Desk, Hidden] });
    const { paths } = (await (await app.fetch("/openapi.json")).json()) as Document;
    expect(Object.keys(paths).filter((path) => path.startsWith("/hidden"))).toEqual([]);
    expect(Object.keys(paths)).not.toEqual([]);
  });

  test("gives way to a route of the app, and can be turned off", async () => {
    const mine = new Hono().get("/openapi.json", (c) => c.text("mine"));
    await using app = await webApp({ routes: [mine] });
    expect(await (await app.fetch("/openapi.json")).text()).toBe("mine");
    await using off = await webApp({ routes: [Desk], http: { port: 0, host: "127.0.0.1", openapi: false } });
    expect((await off.fetch("/openapi.json")).status).toBe(404);
    await expect(webApp({ routes: [Desk], http: { ...{ port: 0 }, openapi: "x" as never } })).rejects.toThrow(
      "http: { openapi }",
    );
  });
});
