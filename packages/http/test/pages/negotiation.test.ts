import { describe, expect, test } from "vitest";
import { Controller } from "../../src/index.ts";
import { browser, webApp } from "../web-app.ts";

class Stats extends Controller {
  static override route = "/stats";
  load() {
    return { orders: 3 };
  }
}

async function typeFor(accept: string | undefined): Promise<string> {
  await using app = await webApp({ routes: [Stats] });
  const response = await app.fetch("/stats", accept === undefined ? {} : { headers: { accept } });
  expect(response.status).toBe(200);
  expect(response.headers.get("vary")).toBe("Accept");
  return (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
}

describe("H2 Accept chooses", () => {
  test.each([
    ["nothing", undefined],
    ["curl", "*/*"],
    ["fetch for JSON", "application/json"],
    ["axios", "application/json, text/plain, */*"],
    ["jQuery", "application/json, text/javascript, */*; q=0.01"],
    ["whoever takes any application type", "application/*"],
    ["whoever prefers JSON", "text/html;q=0.5, application/json;q=0.9"],
    ["whoever takes both alike and names JSON first", "application/json, text/html"],
    ["whoever refuses HTML", "text/html;q=0, */*"],
    ["whoever takes neither: JSON is better than an error", "image/png"],
    ["whoever sends no header that can be read", ";;,,q=;"],
  ])("%s gets JSON", async (_, accept) => {
    expect(await typeFor(accept)).toBe("application/json");
  });

  test.each([
    ["a browser", browser],
    ["Firefox of late", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
    ["htmx", "text/html, */*"],
    ["whoever takes any text", "text/*"],
    ["whoever writes it otherwise", "TEXT/HTML ; q=0.8 , application/json;q=0.7"],
    ["whoever refuses JSON", "application/json;q=0, text/html;q=0.1"],
    ["whoever refuses JSON and takes anything else", "application/json;q=0, */*;q=0.1"],
    ["whoever takes both alike and names HTML first", "text/html, application/json"],
  ])("%s gets HTML", async (_, accept) => {
    expect(await typeFor(accept)).toBe("text/html");
  });

  test("the choice of one header is the same the second time, and of a thousand different ones", async () => {
    await using app = await webApp({ routes: [Stats] });
    const ask = async (accept: string) =>
      (await app.fetch("/stats", { headers: { accept } })).headers.get("content-type");
    for (let i = 0; i < 1_000; i++) {
      expect(await ask(`text/html;q=0.${i}, application/json;q=0.05`)).toMatch(
        i > 50 || `0.${i}` > "0.05" ? "html" : "json",
      );
    }
    expect(await ask(browser)).toMatch("html");
    expect(await ask(browser)).toMatch("html");
  });
});
