import { provide } from "@pawl/kernel";
import { createTestApp, testApp } from "@pawl/testing";
import { describe, expect, it } from "vitest";
import { actor, errorOf, gate, noted } from "../lifecycle/actor.ts";

describe("B2 Stop order is the exact reverse of the order in which things started", () => {
  it("services and plain values alike", async () => {
    const journal: string[] = [];
    const value = (name: string) => () => {
      journal.push(`+${name}`);
      return { close: () => journal.push(`-${name}`) };
    };
    await using app = await testApp({
      providers: {
        pool: value("pool"),
        one: noted(journal, "one"),
        client: async () => value("client")(),
        two: () => noted(journal, "two"),
        cache: provide(() => journal.push("+cache"), { release: () => journal.push("-cache") }),
      },
    });
    await app.stop();
    expect(journal).toEqual([
      "+pool",
      "+one",
      "+client",
      "+two",
      "+cache",
      "-cache",
      "-two",
      "-client",
      "-one",
      "-pool",
    ]);
  });

  it("of a stage: the reverse of the order in which its members had started, not of that in which they are listed", async () => {
    const journal: string[] = [];
    const works = { a: gate(), b: gate(), c: gate() };
    const part = (name: "a" | "b" | "c") => noted(journal, name, { onStart: () => works[name].opened });
    await using app = createTestApp({ providers: [{ a: part("a"), b: part("b"), c: part("c") }] });
    const started = app.start();
    for (const name of ["c", "a", "b"] as const) {
      await app.clock.settle();
      works[name].open();
    }
    await started;
    journal.length = 0;
    await app.stop();
    expect(journal).toEqual(["-b", "-a", "-c"]);
  });

  it("one at a time: each is awaited before the next", async () => {
    const journal: string[] = [];
    const slow = (name: string) =>
      actor({
        async onStop() {
          journal.push(`${name} begins`);
          await this.sleep("1s");
          journal.push(`${name} ends`);
        },
      });
    await using app = await testApp({
      providers: {
        pool: () => ({
          close: async () => {
            journal.push("pool begins");
            await Promise.resolve();
            journal.push("pool ends");
          },
        }),
        one: slow("one"),
        two: slow("two"),
      },
    });
    const stopping = app.stop();
    await app.clock.advance("2s");
    await stopping;
    expect(journal).toEqual(["two begins", "two ends", "one begins", "one ends", "pool begins", "pool ends"]);
  });

  it("in the undoing of a failed start", async () => {
    const journal: string[] = [];
    await using app = createTestApp({
      providers: {
        pool: () => ({ close: () => journal.push("-pool") }),
        one: noted(journal, "one"),
        client: () => ({ close: () => journal.push("-client") }),
        broken: actor({ onStart: () => Promise.reject(new Error("boom")) }),
      },
    });
    await errorOf(app.start());
    expect(journal).toEqual(["+one", "-client", "-one", "-pool"]);
  });

  it("after a provider has stopped by itself, and another was adopted elsewhere", async () => {
    const journal: string[] = [];
    const [one, two, three] = [noted(journal, "one"), noted(journal, "two"), noted(journal, "three")];
    await using app = await testApp({ providers: { one, two, three } });
    await two.stop();
    await one.adopt(noted(journal, "child"));
    journal.length = 0;
    await app.stop();
    expect(journal).toEqual(["-three", "-one", "-child"]);
  });
});
