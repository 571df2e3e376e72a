import { App, type Context, Controller } from "pawl";
import { expect, test } from "vitest";

class Download extends Controller {
  static override route = "/download";
  load(c: Context) {
    return c.body("data", 200, { "Content-Disposition": `attachment; filename="${c.req.query("name")}"` });
  }
}
class Later extends Controller {
  static override route = "/later";
  async load() {
    await Promise.resolve();
    return new Response("text", { headers: { "X-Name": "日" } });
  }
}
class Broken extends Controller {
  static override route = "/broken";
  async load() {
    await Promise.resolve();
    return Response.error();
  }
}
class Odd extends Controller {
  static override route = "/odd";
  load(c: Context) {
    c.status(99 as 200);
    return {};
  }
}

test.each(["/download?name=%E6%97%A5", "/download?name=%0d%0aX:1", "/later", "/broken", "/odd"])(
  "what cannot be sent is 500 and told with its controller, and the server goes on: %s",
  async (path) => {
    const told: string[] = [];
    await using app = new App({
      routes: [Download, Later, Broken, Odd],
      http: { port: 0, host: "127.0.0.1" },
      onError: (_error, origin) => told.push(origin.path),
    });
    await app.start();
    const response = await fetch(new URL(path, app.url));
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).toContain('"id"');
    expect(text).not.toContain("Invalid");
    expect(told).toEqual([/[a-z]+/.exec(path)?.[0]]);
    expect((await fetch(new URL("/download?name=a", app.url))).status).toBe(200);
  },
);
