import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { WebApp, webApp } from "../web-app.ts";

// Below this folder, so that the modules find the packages.
const base = mkdtempSync(join(import.meta.dirname, ".directory-"));
afterAll(() => rmSync(base, { recursive: true }));
let folders = 0;

/** A folder with these files. */
function folder(files: Readonly<Record<string, string>>): string {
  const top = join(base, `routes-${++folders}`);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(top, file)), { recursive: true });
    writeFileSync(join(top, file), text);
  }
  return top;
}

const source = new URL("../../src/index.ts", import.meta.url).href;
const controller = (tell: string, name = "") =>
  `import { Controller } from ${JSON.stringify(source)};
export default class ${name} extends Controller { load(c) { return { at: ${JSON.stringify(tell)}, ...c.req.param() }; } }`;

describe("H4 a directory of modules", () => {
  const files = {
    "index.ts": controller("top"),
    "blog/index.ts": controller("blog"),
    "blog/[slug].ts": controller("post"),
    "blog/new.ts": controller("new", "NewPost"),
    "docs/[...rest].ts": controller("docs"),
    "docs/api.ts": controller("api"),
    "hooks.ts": `import { Hono } from "hono"; export default new Hono().get("/", (c) => c.json({ at: "hooks" })).post("/:id", (c) => c.json({ at: "hook", id: c.req.param("id") }));`,
    "own.ts": `import { Controller } from ${JSON.stringify(source)};
export class Own extends Controller { static route = "/said/itself"; load() { return { at: "own" }; } }
export class Other extends Controller { static route = "/other"; load() { return { at: "other" }; } }
export const helper = 1;`,
    "_helpers.ts": "throw new Error('no route, not imported')",
    "_private/x.ts": "throw new Error('no route, not imported')",
    "blog/[slug].test.ts": "throw new Error('no route, not imported')",
    "types.d.ts": "export {}",
    "readme.md": "# routes",
  };
  const expected = {
    "/": { at: "top" },
    "/blog": { at: "blog" },
    "/blog/new": { at: "new" },
    "/blog/some": { at: "post", slug: "some" },
    "/docs/a/b": { at: "docs", rest: "a/b" },
    "/docs/api": { at: "api" },
    "/hooks": { at: "hooks" },
    "/said/itself": { at: "own" },
    "/other": { at: "other" },
  };

  test.each(["path", "URL"])(
    "given as a %s: the file says the route, static before parameters before the rest",
    async (how) => {
      const top = folder(files);
      await using app = await webApp({ routes: how === "URL" ? pathToFileURL(`${top}/`) : top });
      for (const [path, data] of Object.entries(expected)) {
        expect(await (await app.fetch(path)).json()).toEqual(data);
      }
      expect(await (await app.fetch("/hooks/7", { method: "POST" })).json()).toEqual({ at: "hook", id: "7" });
      expect((await app.fetch("/docs")).status).toBe(404);
      const names = app.inspect().services.map(({ name }) => name);
      expect(names.toSorted()).toEqual([
        "blog",
        "blogSlug",
        "docsApi",
        "docsRest",
        "http",
        "newPost",
        "other",
        "own",
        "root",
      ]);
    },
  );

  test("a relative path counts from the working directory", async () => {
    const top = folder({ "x.ts": controller("x") });
    const relative = `./${top.slice(process.cwd().length + 1)}`;
    await using app = await webApp({ routes: relative });
    expect((await app.fetch("/x")).status).toBe(200);
  });

  const wrong: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    [
      "exports nothing that answers",
      { "empty.ts": "export const x = 1;" },
      "empty.ts: it exports no route; export default a class that extends Controller or a Hono app, or begin its name with _ if it is none",
    ],
    [
      "exports a function",
      { "f.ts": "export default () => ({})" },
      "f.ts: it exports no route; export default a class",
    ],
    [
      "exports a controller under a name, without a route",
      {
        "n.ts": `import { Controller } from ${JSON.stringify(source)}; export class N extends Controller { load() {} }`,
      },
      "n.ts: it exports no route",
    ],
    ["cannot be imported", { "broken.ts": "import './nowhere.ts';" }, "broken.ts: it cannot be imported: "],
    ["throws", { "throws.ts": "throw new Error('no config')" }, "throws.ts: it cannot be imported: no config"],
    [
      "has a name that is no path",
      { "[a-b].ts": controller("x") },
      '[a-b].ts: "[a-b]" can be no part of a path; a parameter is a whole name: [slug], the rest [...rest]',
    ],
    [
      "has something below the rest",
      { "[...rest]/x.ts": controller("x") },
      "[...rest]/x.ts: [...rest] takes the rest of the path: nothing can come below it",
    ],
  ];

  test.each(wrong)("a module that %s fails the start, naming the file", async (_, content, message) => {
    const app = new WebApp({ routes: folder(content), http: false });
    const file = Object.keys(content)[0] as string;
    await expect(app.start()).rejects.toMatchObject({
      code: "PAWL_HTTP_BAD_ROUTE",
      message: expect.stringContaining(message),
      path: expect.stringMatching(new RegExp(`${file.replaceAll(/[.[\]]/g, "\\$&")}$`)),
    });
  });

  test("two files of one path fail the start, naming both", async () => {
    const app = new WebApp({
      routes: folder({ "a/[x].ts": controller("x"), "a/[y].ts": controller("y") }),
      http: false,
    });
    await expect(app.start()).rejects.toMatchObject({
      code: "PAWL_HTTP_ROUTE_TAKEN",
      message: expect.stringMatching(
        /GET \/a\/:y of .*\/a\/\[y\]\.ts: GET \/a\/:x of .*\/a\/\[x\]\.ts answers there already/,
      ),
    });
  });

  test("a directory that is not there fails the start, and says from where it was looked for", async () => {
    const app = new WebApp({ routes: "no/such/routes", http: false });
    await expect(app.start()).rejects.toMatchObject({
      code: "PAWL_HTTP_BAD_ROUTE",
      message: expect.stringContaining(`${process.cwd()}/no/such/routes cannot be read (ENOENT)`),
    });
  });

  test("a failed import leaves nothing behind: the app can be started again when it is mended", async () => {
    const top = folder({ "a.ts": "throw new Error('not yet')" });
    const app = new WebApp({ routes: top, http: false });
    await expect(app.start()).rejects.toThrow("not yet");
    rmSync(join(top, "a.ts"));
    writeFileSync(join(top, "b.ts"), controller("b"));
    await app.start();
    expect((await app.fetch("/b")).status).toBe(200);
    await app.stop();
  });
});
