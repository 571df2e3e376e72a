import { AsyncLocalStorage } from "node:async_hooks";
import { queue } from "@pawl/background";
import { expect, it } from "vitest";
import { appWithOne } from "../one-service.ts";

it("T7 an item runs in the async context of its push, also when it comes late or is tried again", async () => {
  const { app, one } = await appWithOne();
  await using _ = app;
  const request = new AsyncLocalStorage<string>();
  const seen: string[] = [];
  const jobs = queue(
    one,
    async (item: string, { attempt }) => {
      seen.push(`${item}${attempt} in ${request.getStore()}`);
      await one.sleep("1s");
      if (attempt === 1) throw new Error("no");
    },
    { attempts: 2, backoff: "5s" },
  );
  request.run("first", () => jobs.push("a"));
  request.run("second", () => jobs.push("b"));
  jobs.push("c");
  await app.clock.advance("20s");
  expect(seen).toEqual([
    "a1 in first",
    "b1 in second",
    "c1 in undefined",
    "a2 in first",
    "b2 in second",
    "c2 in undefined",
  ]);
});
