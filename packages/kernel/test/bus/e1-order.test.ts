import { describe, expect, it } from "vitest";
import { testBus, ways } from "./test-bus.ts";

describe.each(ways)("E1 emit calls listeners synchronously, in the order in which they subscribed (%s)", (way) => {
  it("has called every listener when it returns", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    app.one.listen("paid", () => heard.push("one"));
    app.two.listen("paid", () => heard.push("two"));
    app.bus.on("paid", () => heard.push("bus"));
    app.bus.emit("paid");
    heard.push("emit returned");
    expect(heard).toEqual(["one", "two", "bus", "emit returned"]);
  });

  it("gives how many listeners it called", async () => {
    await using app = await testBus(way);
    expect(app.bus.emit("paid")).toBe(0);
    app.one.listen("paid", () => {});
    app.one.listen("*", () => {});
    app.two.listen("paid", () => {
      throw new Error("counted all the same");
    });
    expect(app.one.emit("paid")).toBe(3);
    expect(app.bus.emit("other")).toBe(1);
  });

  it("gives each listener of a name exactly one argument, also where there is no payload", async () => {
    await using app = await testBus(way);
    const seen: unknown[][] = [];
    app.one.listen("paid", (...args: unknown[]) => seen.push(args));
    app.bus.on("paid", (...args: unknown[]) => seen.push(args));
    app.bus.emit("paid", { total: 3 });
    app.bus.emit("paid");
    expect(seen).toEqual([[{ total: 3 }], [{ total: 3 }], [undefined], [undefined]]);
  });

  it("gives each listener of a pattern the payload and the name of the event", async () => {
    await using app = await testBus(way);
    const seen: unknown[][] = [];
    app.one.listen("order:*", (...args: unknown[]) => seen.push(args));
    // The second call of a listener is not made as the first one.
    app.bus.emit("order:paid", 1);
    app.bus.emit("order:sent", 2);
    app.bus.emit("order:sent");
    expect(seen).toEqual([
      [1, "order:paid"],
      [2, "order:sent"],
      [undefined, "order:sent"],
    ]);
  });

  it("hands the payload over as it is, the same object to everyone", async () => {
    await using app = await testBus(way);
    const payload = Object.freeze({ total: 3 });
    const seen: unknown[] = [];
    app.one.listen("paid", (p) => seen.push(p));
    app.two.listen("**", (p) => seen.push(p));
    app.bus.emit("paid", payload);
    expect(seen[0]).toBe(payload);
    expect(seen[1]).toBe(payload);
  });

  it.each([
    ["a pattern first", ["order:*", "order:paid", "**", "order:paid"]],
    ["a pattern last", ["order:paid", "order:paid", "order:**", "*:paid"]],
    ["patterns between", ["**", "order:paid", "*:*", "order:paid", "order:*"]],
    ["patterns only", ["order:**", "*:paid", "**", "order:*"]],
  ])("keeps one order for names and patterns: %s", async (_, subscribed) => {
    await using app = await testBus(way);
    const heard: string[] = [];
    for (const [i, event] of subscribed.entries()) {
      (i % 2 ? app.one : app.two).listen(event, () => heard.push(`${i} ${event}`));
    }
    app.bus.emit("order:paid");
    app.bus.emit("order:paid");
    const once = subscribed.map((event, i) => `${i} ${event}`);
    expect(heard).toEqual([...once, ...once]);
  });

  it("keeps that order when the name loses its last exact listener and gets a new one", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    const first = app.one.listen("paid", () => heard.push("exact 1"));
    app.one.listen("*", () => heard.push("pattern 2"));
    first.cancel();
    app.one.listen("**", () => heard.push("pattern 3"));
    app.one.listen("paid", () => heard.push("exact 4"));
    app.one.listen("*", () => heard.push("pattern 5"));
    app.bus.emit("paid");
    expect(heard).toEqual(["pattern 2", "pattern 3", "exact 4", "pattern 5"]);
  });

  it("calls listeners of a service with the service as `this`, and those of the bus without one", async () => {
    await using app = await testBus(way);
    const selves: unknown[] = [];
    app.one.listen("paid", function () {
      selves.push(this);
    });
    app.one.listen("*", function () {
      selves.push(this);
    });
    app.bus.on("paid", function (this: unknown) {
      selves.push(this);
    });
    app.bus.emit("paid");
    app.bus.emit("paid");
    expect(selves).toEqual([app.one, app.one, undefined, app.one, app.one, undefined]);
  });

  it("takes names that objects have by themselves for plain names", async () => {
    await using app = await testBus(way);
    for (const event of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
      expect(app.bus.emit(event)).toBe(0);
      const off = app.bus.on(event, () => {});
      expect(app.bus.emit(event)).toBe(1);
      off();
      expect(app.bus.emit(event)).toBe(0);
    }
  });

  it("takes `:` and `.` in names apart: only patterns treat them as the same", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    app.one.listen("order:paid", () => heard.push("colon"));
    app.one.listen("order.paid", () => heard.push("dot"));
    app.bus.emit("order.paid");
    expect(heard).toEqual(["dot"]);
  });
});
