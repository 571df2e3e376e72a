import { html, raw } from "hono/html";
import { describe, expect, test } from "vitest";
import { type Context, Controller, jsonScript, type PageData, type ShellProps } from "../../src/index.ts";
import { webApp } from "../web-app.ts";

const shell = ({ title, body, data }: ShellProps) =>
  html`<!doctype html><title>${title}</title><body>${body}</body>${jsonScript(data)}`;

class Post extends Controller {
  static override route = "/blog/:slug";
  async load(c: Context<"/blog/:slug">) {
    return { slug: c.req.param("slug"), tags: ["<b>"] };
  }
  override view(post: PageData<this>) {
    return html`<h1>${post.slug}</h1>${post.tags.map((tag) => html`<i>${tag}</i>`)}`;
  }
}

describe("H2 pages", () => {
  test("are what view gives, inside the shell, escaped once", async () => {
    await using app = await webApp({ routes: [Post], shell });
    const response = await app.page("/blog/a%20%26%20b");
    expect(response.headers.get("content-type")).toBe("text/html; charset=UTF-8");
    expect(await response.text()).toBe(
      '<!doctype html><title>Post</title><body><h1>a &amp; b</h1><i>&lt;b&gt;</i></body><script type="application/json" id="data">{"slug":"a \\u0026 b","tags":["\\u003cb\\u003e"]}</script>',
    );
  });

  test("the same address gives the data as JSON", async () => {
    await using app = await webApp({ routes: [Post], shell });
    expect(await (await app.fetch("/blog/x")).json()).toEqual({ slug: "x", tags: ["<b>"] });
  });

  test("a view and a shell may be strings, promises and templates that hold promises", async () => {
    class Text extends Controller {
      static override route = "/text";
      load() {
        return 1;
      }
      override view() {
        return "<p>as it stands</p>";
      }
    }
    class Later extends Controller {
      static override route = "/later";
      load() {
        return Promise.resolve(2);
      }
      override async view(data: number) {
        return html`<p>${Promise.resolve(data)}</p>`;
      }
    }
    await using app = await webApp({
      routes: [Text, Later],
      shell: async ({ body }: ShellProps) => `<main>${String(body)}</main>`,
    });
    expect(await (await app.page("/text")).text()).toBe("<main><p>as it stands</p></main>");
    expect(await (await app.page("/later")).text()).toBe("<main><p>2</p></main>");
  });

  test("nodes of hono/jsx are views too", async () => {
    const { jsx } = await import("hono/jsx");
    const Greeting = async ({ name }: { name: string }) => jsx("h1", {}, "Hello ", name);
    class Hello extends Controller {
      static override route = "/hello";
      load() {
        return { name: "<Ada>" };
      }
      override view({ name }: PageData<this>) {
        return jsx(Greeting as never, { name }) as unknown as string;
      }
    }
    await using app = await webApp({ routes: [Hello], shell: ({ body }) => html`<main>${body}</main>` });
    expect(await (await app.page("/hello")).text()).toBe("<main><h1>Hello &lt;Ada&gt;</h1></main>");
  });

  test("the title is the one that the request said, else the class's, else its name in words", async () => {
    class OrderHistory extends Controller {
      static override route = "/history";
      load(): unknown {
        return {};
      }
    }
    class Named extends OrderHistory {
      static override route = "/named";
      static override title = "All orders";
    }
    class Said extends Named {
      static override route = "/said";
      override view(_: unknown, c: Context) {
        c.set("title", "Order 7");
        return "";
      }
    }
    await using app = await webApp({ routes: [OrderHistory, Named, Said], shell: ({ title }) => title });
    const titles = ["/history", "/named", "/said"].map(async (path) => (await app.page(path)).text());
    expect(await Promise.all(titles)).toEqual(["Order history", "All orders", "Order 7"]);
  });

  test("without a view they show the data readably and escaped", async () => {
    class Raw extends Controller {
      static override route = "/raw";
      load() {
        return { name: "</pre><script>alert(1)</script>", list: [1, 2] };
      }
    }
    await using app = await webApp({ routes: [Raw], shell: ({ body }) => body });
    expect(await (await app.page("/raw")).text()).toBe(`<h1>Raw</h1>
<pre>{
  &quot;name&quot;: &quot;&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;,
  &quot;list&quot;: [
    1,
    2
  ]
}</pre>`);
  });

  test("without a shell they are a whole document with the data in it", async () => {
    await using app = await webApp({ routes: [Post] });
    const page = await (await app.page("/blog/x")).text();
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toContain("<title>Post</title>");
    expect(page).toContain("<h1>x</h1><i>&lt;b&gt;</i>");
    expect(page).toContain(
      '<script type="application/json" id="data">{"slug":"x","tags":["\\u003cb\\u003e"]}</script>',
    );
  });

  test("data that is nothing is null as JSON and an empty page", async () => {
    class Nothing extends Controller {
      static override route = "/nothing";
      load() {}
    }
    await using app = await webApp({
      routes: [Nothing],
      shell: ({ body, data }) => html`${body}${data === undefined}`,
    });
    expect(await (await app.fetch("/nothing")).json()).toBeNull();
    expect(await (await app.page("/nothing")).text()).toBe("<h1>Nothing</h1>\n<pre></pre>");
  });

  test("what only can be awaited, as the query of a library, is awaited", async () => {
    class Query extends Controller {
      static override route = "/query";
      load() {
        // biome-ignore lint/suspicious/noThenProperty: that is what such queries are
        return { then: (resolve: (rows: unknown) => void) => resolve([{ id: 1 }]), sql: "select 1" };
      }
    }
    await using app = await webApp({ routes: [Query] });
    expect(await (await app.fetch("/query")).json()).toEqual([{ id: 1 }]);
  });

  test("what load says by c goes out: status and headers, with JSON and with HTML", async () => {
    class Made extends Controller {
      static override route = "/made";
      load(c: Context) {
        c.status(201);
        c.header("Location", "/made/1");
        c.header("Vary", "Cookie");
        return { made: 1 };
      }
    }
    await using app = await webApp({ routes: [Made] });
    for (const response of [await app.fetch("/made"), await app.page("/made")]) {
      expect(response.status).toBe(201);
      expect(response.headers.get("location")).toBe("/made/1");
      expect(response.headers.get("vary")).toBe("Cookie, Accept");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    }
  });

  test("a response of load goes out as it is", async () => {
    class Own extends Controller {
      static override route = "/own";
      load(c: Context): unknown {
        if (c.req.query("to")) return c.redirect("/elsewhere", 303);
        if (c.req.query("fetched")) return fetch("data:text/plain,fetched");
        return new Response("own", { headers: { "X-Frame-Options": "DENY" } });
      }
      override view() {
        return "never";
      }
    }
    await using app = await webApp({ routes: [Own] });
    const redirect = await app.page("/own?to=1");
    expect([redirect.status, redirect.headers.get("location")]).toEqual([303, "/elsewhere"]);
    const own = await app.page("/own");
    expect([await own.text(), own.headers.get("x-frame-options")]).toEqual(["own", "DENY"]);
    const fetched = await app.page("/own?fetched=1");
    expect([await fetched.text(), fetched.headers.get("x-content-type-options")]).toEqual(["fetched", "nosniff"]);
  });
});

describe("H2 data embedded in a page", () => {
  const textOf = (element: unknown) =>
    /^<script type="application\/json" id="[^"]*">(.*)<\/script>$/s.exec(String(element))?.[1] ?? "";

  test("comes out as it went in, and nothing in it ends its element", () => {
    const parts = [
      "</script>",
      "<!--",
      "<script",
      "]]>",
      "-->",
      "\u2028",
      "\u2029",
      "&lt;",
      "\\",
      '"',
      "'",
      "/",
      "\0",
      "é",
      "😀",
      "\ud800",
    ];
    for (const first of parts) {
      for (const second of parts) {
        const data = { [first + second]: [second + first, { nested: first }], n: 1.5, no: null };
        const text = textOf(jsonScript(data));
        expect(text).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(text)).toEqual(data);
      }
    }
  });

  test("its id can be no markup, and what is not JSON is null", () => {
    expect(String(jsonScript(undefined, 'x" onload="y'))).toBe(
      '<script type="application/json" id="x--onload--y">null</script>',
    );
  });

  test("it is put into a template as it is", async () => {
    expect(String(await html`${jsonScript([1])}${raw("<hr>")}`)).toBe(
      '<script type="application/json" id="data">[1]</script><hr>',
    );
  });
});
