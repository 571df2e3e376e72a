import { expect, test } from "vitest";

test("loads", async () => {
  await expect(import("@pawl/background")).resolves.toBeDefined();
});
