import { worker } from "@pawl/background";
import type { Service } from "@pawl/kernel";
import { describe, expectTypeOf, test } from "vitest";

declare const service: Service;
const url = new URL("./fixtures/work.ts", import.meta.url);

describe("worker", () => {
  test("types the functions of the module, each with a promise", async () => {
    const { call } = await worker<typeof import("./fixtures/work.ts")>(service, url);
    expectTypeOf(call.add).toEqualTypeOf<(a: number, b?: number) => Promise<number>>();
    expectTypeOf(call.where).toEqualTypeOf<() => Promise<{ threadId: number; data: unknown }>>();
    // What a function has for `this` is not its caller's.
    expectTypeOf(call.untilCancelled).toEqualTypeOf<(folder: string) => Promise<void>>();
  });

  test("refuses unknown functions, wrong arguments and what is no function", async () => {
    const handle = await worker<typeof import("./fixtures/work.ts")>(service, url);
    // @ts-expect-error there is no such function
    void handle.call.nope();
    // @ts-expect-error a string is no number
    void handle.call.add("1");
    // @ts-expect-error a constant is no function
    void handle.call.version;
    // @ts-expect-error neither is a class
    void handle.call.OddError;
    // @ts-expect-error the same functions with options
    void handle.with({ timeout: "5s" }).add("1");
    expectTypeOf(handle.with({ timeout: "5s" })).toEqualTypeOf(handle.call);
  });

  test("knows its options", () => {
    // @ts-expect-error no such option
    void worker(service, url, { workers: 3 });
    // @ts-expect-error a policy of OTP
    void worker(service, url, { restart: "sometimes" });
  });
});
