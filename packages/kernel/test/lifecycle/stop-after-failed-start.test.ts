import { Service } from "@pawl/kernel";
import { createTestApp } from "@pawl/testing";
import { describe, expect, test } from "vitest";

describe("S4 stop() after a failed start", () => {
  test("does nothing: the failed start has undone itself, and the kernel can start again", async () => {
    class Flaky extends Service {
      attempts = 0;
      override onStart() {
        this.attempts += 1;
        if (this.attempts === 1) throw new Error("no database");
      }
    }
    const flaky = new Flaky();
    const app = createTestApp({ providers: { flaky } });
    await expect(app.start()).rejects.toThrow("no database");
    await app.stop();
    expect(app.state).toBe("failed");
    await app.start();
    expect(app.state).toBe("running");
    await app.stop();
    expect(app.state).toBe("stopped");
  });
});
