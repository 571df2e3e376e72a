import { describe, expect, test } from "vitest";
import { inspector } from "../../src/index.ts";
import { webApp } from "../web-app.ts";

describe("the page", () => {
  test("is served below its route, where its files find each other", async () => {
    await using app = await webApp({ routes: [inspector()] });
    const at = await app.fetch("/_pawl");
    expect([at.status, at.headers.get("location")]).toEqual([302, "_pawl/"]);
    const page = await app.fetch("/_pawl/");
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=UTF-8"]);
    expect(await page.text()).toMatch(/^<!doctype html>/i);
  });

  test("has another place where it is given one", async () => {
    await using app = await webApp({ routes: [inspector({ route: "/debug/live" })] });
    expect((await app.fetch("/debug/live")).headers.get("location")).toBe("live/");
    expect((await app.fetch("/debug/live/")).status).toBe(200);
    expect((await app.fetch("/_pawl/")).status).toBe(404);
  });

  test.each([
    "package.json",
    "tsconfig.json",
    "..%2fpackage.json",
    "..%2fsrc%2findex.ts",
    "%2e%2e%2fpackage.json",
    "..%5cpackage.json",
    "%2fetc%2fpasswd",
    "index.html%00",
    "index.html/x",
    "nothing.js",
    "INDEX.HTML",
    ".html",
  ])("gives nothing for %s", async (name) => {
    await using app = await webApp({ routes: [inspector()] });
    expect((await app.fetch(`/_pawl/${name}`)).status).toBe(404);
  });
});
