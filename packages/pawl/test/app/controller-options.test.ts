import { App, Controller, OptionsError, silentLogger } from "pawl";
import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";

test("C1 a controller with options has the defaults of its schema", async () => {
  class Home extends Controller.with({ options: z.object({ title: z.string().default("Shop") }) }) {
    static override route = "/";
    load() {
      expectTypeOf(this.options.title).toEqualTypeOf<string>();
      return { title: this.options.title };
    }
  }
  await using app = new App({ routes: [Home], http: false, logger: silentLogger });
  await app.start();
  expect(await (await app.fetch("/")).json()).toEqual({ title: "Shop" });
});

test("C1 a controller whose options have no default fails the start", async () => {
  class Home extends Controller.with({ options: z.object({ title: z.string() }) }) {
    static override route = "/";
    load() {
      return {};
    }
  }
  const app = new App({ routes: [Home], http: false, logger: silentLogger });
  const error: unknown = await app.start().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OptionsError);
  expect(error).toMatchObject({ issues: [{ path: "home", key: "title", source: "default" }] });
});
