import { createTestApp } from "@pawl/testing";
import { App, Controller } from "pawl";
import { expect, test } from "vitest";

class Page extends Controller {
  static override route = "/";
  override load() {
    return "hello";
  }
}

// The first app of this process: what a start loads is not there yet.
test("virtual time does not run away from the code that a start loads", async () => {
  await using app = createTestApp((base) => new App({ ...base, routes: [Page], http: false }));
  const started = app.start();
  await app.clock.advance("31s");
  await started;
  const page = await app.fetch(new Request("http://localhost/"));
  expect(await page.text()).toContain("hello");
});
