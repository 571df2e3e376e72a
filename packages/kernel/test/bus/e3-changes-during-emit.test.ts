import type { Subscription } from "@pawl/kernel";
import { describe, expect, it } from "vitest";
import { testBus, ways } from "./test-bus.ts";

describe.each(ways)("E3 Listeners that come and go during an emit (%s)", (way) => {
  it.each(["paid", "*", "**"])("calls a listener of %s that was added meanwhile on the next emit", async (event) => {
    await using app = await testBus(way);
    const heard: string[] = [];
    let emits = 0;
    app.one.listen("paid", () => {
      const n = ++emits;
      app.two.listen(event, () => heard.push(`added by ${n}`));
    });
    app.bus.emit("paid");
    expect(heard).toEqual([]);
    app.bus.emit("paid");
    expect(heard).toEqual(["added by 1"]);
  });

  it("calls a listener added by a pattern's listener on the next emit, where nobody listened to the name before", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    app.one.listen("*", () => {
      if (heard.length === 0) app.two.listen("paid", () => heard.push("exact"));
      heard.push("pattern");
    });
    expect(app.bus.emit("paid")).toBe(1);
    expect(app.bus.emit("paid")).toBe(2);
    expect(heard).toEqual(["pattern", "pattern", "exact"]);
  });

  it("calls one that was added meanwhile in an emit nested after it: that is a next one", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    app.one.listen("paid", () => {
      if (heard.length > 0) return;
      heard.push("outer");
      app.two.listen("paid", () => heard.push("added"));
      app.bus.emit("paid");
      heard.push("nested emit returned");
    });
    app.bus.emit("paid");
    expect(heard).toEqual(["outer", "added", "nested emit returned"]);
  });

  it.each(["paid", "*", "**"])("calls a listener of %s that was removed meanwhile no more", async (event) => {
    await using app = await testBus(way);
    const heard: string[] = [];
    let later: Subscription | undefined;
    app.one.listen("paid", () => later?.cancel());
    later = app.two.listen(event, () => heard.push("removed"));
    app.two.listen("paid", () => heard.push("last"));
    expect(app.bus.emit("paid")).toBe(2);
    expect(heard).toEqual(["last"]);
  });

  it("lets a listener remove itself, those before it and all others, and calls none twice and none left out", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    const subscriptions: Subscription[] = [];
    for (const name of ["a", "b", "c", "d", "e", "f"]) {
      subscriptions.push(
        app.one.listen("paid", () => {
          heard.push(name);
          if (name === "b") subscriptions[0]?.cancel();
          if (name === "c") subscriptions[2]?.cancel();
          if (name === "d") subscriptions[4]?.cancel();
        }),
      );
    }
    app.bus.emit("paid");
    expect(heard.join("")).toBe("abcdf");
    heard.length = 0;
    app.bus.emit("paid");
    expect(heard.join("")).toBe("bdf");
  });

  it("calls nobody more where the first listener removes all, and those who come after that in their turn", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    const subscriptions: Subscription[] = [];
    subscriptions.push(
      app.one.listen("paid", () => {
        for (const subscription of subscriptions) subscription();
        app.two.listen("paid", () => heard.push("new"));
      }),
    );
    for (let i = 0; i < 50; i++) subscriptions.push(app.one.listen("paid", () => heard.push("removed")));
    expect(app.bus.emit("paid")).toBe(1);
    expect(app.bus.emit("paid")).toBe(1);
    expect(heard).toEqual(["new"]);
  });

  it("keeps its place where a nested emit removes most of the listeners", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    const doomed: Subscription[] = [];
    app.one.listen("clear", () => {
      for (const subscription of doomed) subscription();
    });
    for (let i = 0; i < 100; i++) doomed.push(app.one.listen("paid", () => heard.push("early")));
    app.one.listen("paid", () => {
      heard.length = 0;
      app.bus.emit("clear");
      app.bus.emit("nobody");
    });
    for (let i = 0; i < 100; i++) doomed.push(app.one.listen("paid", () => heard.push("late")));
    app.one.listen("paid", () => heard.push("last"));
    expect(app.bus.emit("paid")).toBe(102);
    expect(heard).toEqual(["last"]);
    expect(app.bus.emit("paid")).toBe(2);
  });

  it("calls the listeners of a service that stops meanwhile no more", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    let stopped: Promise<void> | undefined;
    app.one.listen("paid", () => {
      stopped = app.two.stop();
    });
    app.two.listen("paid", () => heard.push("while two stops"));
    app.bus.emit("paid");
    // Live until step 2: onStop comes first, and what is emitted there is still heard.
    await stopped;
    heard.length = 0;
    expect(app.bus.emit("paid")).toBe(1);
    expect(heard).toEqual([]);
  });

  it("calls the listeners of a service that crashes meanwhile no more", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    app.one.listen("paid", () => app.two.fail(new Error("boom")));
    app.two.listen("paid", () => heard.push("two"));
    app.one.listen("paid", () => heard.push("one"));
    app.bus.emit("paid");
    expect(heard).toEqual(["one"]);
    await app.kernel.stop();
  });
});
