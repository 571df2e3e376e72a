import { Kernel, OwnedError, PawlError } from "@pawl/kernel";
import { describe, expect, test } from "vitest";
import "@pawl/testing/vitest";

const owned = new OwnedError("shop already has an owner", "shop");

describe("toBePawlError", () => {
  test("compares the code, and the path and the message where they are given", () => {
    expect(owned).toBePawlError("PAWL_OWNED");
    expect(owned).toBePawlError("PAWL_OWNED", { path: "shop" });
    expect(owned).toBePawlError("PAWL_OWNED", { message: "already has" });
    expect(owned).toBePawlError("PAWL_OWNED", { path: "shop", message: /^shop .* owner$/ });
    expect(owned).not.toBePawlError("PAWL_CYCLE");
    expect(owned).not.toBePawlError("PAWL_OWNED", { path: "mail" });
    expect(owned).not.toBePawlError("PAWL_OWNED", { message: "no such words" });
    expect(new Error("plain")).not.toBePawlError("PAWL_OWNED");
    expect(undefined).not.toBePawlError("PAWL_OWNED");
  });

  test("says what it found and what it wanted", () => {
    expect(() => expect(owned).toBePawlError("PAWL_CYCLE", { path: "mail" })).toThrow(
      /expected .*"code": "PAWL_OWNED".*"path": "shop".* to be .*"code": "PAWL_CYCLE".*"path": "mail"/s,
    );
    expect(() => expect(owned).not.toBePawlError("PAWL_OWNED")).toThrow(/ not to be /);
  });

  test("works on rejections and on what is thrown", async () => {
    await expect(new Kernel({ providers: { a: () => Promise.reject(owned) } }).start()).rejects.toBePawlError(
      "PAWL_OWNED",
    );
    await expect(Promise.reject(new PawlError("PAWL_CYCLE", "a → b → a"))).rejects.toBePawlError("PAWL_CYCLE");
  });
});
