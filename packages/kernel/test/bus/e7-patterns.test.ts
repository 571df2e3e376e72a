import { describe, expect, it } from "vitest";
import { compilePattern } from "../../src/bus/pattern.ts";
import { testBus, ways } from "./test-bus.ts";

const matching: readonly (readonly [pattern: string, matches: readonly string[], passesOver: readonly string[]])[] = [
  ["order:*", ["order:paid", "order:x", "order.paid"], ["order", "order:paid:late", "orders:paid", "a:order:paid"]],
  ["*:paid", ["order:paid", "x.paid"], ["paid", "order:paid:late", "order:unpaid"]],
  ["*", ["order", "x"], ["order:paid", "order.paid"]],
  ["order:*:late", ["order:paid:late", "order.paid.late", "order:paid.late"], ["order:late", "order:a:b:late"]],
  ["order:**", ["order:paid", "order:paid:late", "order.a.b.c.d"], ["order", "orders:paid"]],
  ["**", ["order", "order:paid", "a.b.c.d.e"], []],
  ["*:**", ["a:b", "a:b:c"], ["a"]],
  ["*:*:**", ["a:b:c", "a.b.c.d"], ["a:b"]],
  ["order.*", ["order:paid", "order.paid"], ["order"]],
  ["order.**", ["order:paid:late"], ["order"]],
];

it("E7 matches as one does who compares segment by segment, for every short name and pattern", () => {
  const combined = (segments: readonly string[], length: number): readonly string[][] =>
    length === 0
      ? [[]]
      : combined(segments, length - 1).flatMap((tail) => segments.map((segment) => [segment, ...tail]));
  const upTo3 = (segments: readonly string[]) => [1, 2, 3].flatMap((length) => combined(segments, length));
  const names = upTo3(["", "a", "ab", "b"]);
  const patterns = upTo3(["", "a", "ab", "*", "**"]).filter((wanted) => !wanted.slice(0, -1).includes("**"));
  const wrong: string[] = [];
  for (const wanted of patterns) {
    const open = wanted.at(-1) === "**";
    const matches = compilePattern(wanted.join(":"));
    for (const name of names) {
      const fits = open ? name.length >= wanted.length : name.length === wanted.length;
      const expected = fits && wanted.every((segment, i) => segment.includes("*") || segment === name[i]);
      for (const separator of [":", "."]) {
        if (matches(name.join(separator)) !== expected) wrong.push(`${wanted.join(":")} of ${name.join(separator)}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

describe.each(ways)("E7 Patterns (%s)", (way) => {
  it.each(matching)("%s is called for what it matches and for nothing else", async (pattern, matches, passesOver) => {
    await using app = await testBus(way);
    const heard: unknown[] = [];
    app.one.listen(pattern, (_, event) => heard.push(event));
    // Also through a name that has an exact listener: it keeps a list of its own.
    for (const event of [...matches, ...passesOver]) app.bus.emit(event);
    expect(heard).toEqual(matches);
    heard.length = 0;
    for (const event of [...matches, ...passesOver]) app.two.listen(event, () => {});
    for (const event of [...matches, ...passesOver]) app.bus.emit(event);
    expect(heard).toEqual(matches);
  });

  it("hears a name again as those who match it come and go, also while it is delivered", async () => {
    await using app = await testBus(way);
    const heard: string[] = [];
    const emitted = () => {
      heard.length = 0;
      app.bus.emit("order:paid");
      return [...heard];
    };
    const first = app.one.listen("order:*", () => heard.push("first"));
    expect(emitted()).toEqual(["first"]);
    const second = app.two.listen("**", () => heard.push("second"));
    expect([emitted(), emitted()]).toEqual([
      ["first", "second"],
      ["first", "second"],
    ]);
    first.cancel();
    expect([emitted(), emitted()]).toEqual([["second"], ["second"]]);
    app.one.listen("*:paid", () => {
      heard.push("third");
      second.cancel();
      app.one.listen("*:paid", () => heard.push("fourth"), { once: true });
    });
    expect(emitted()).toEqual(["second", "third"]);
    expect(emitted()).toEqual(["third", "fourth"]);
    app.two.listen("order:paid", () => heard.push("exact"));
    expect(emitted()).toEqual(["third", "fourth", "exact"]);
  });

  it.each(["ord*", "order:pa*", "*order", "a*b", "***", "**:paid", "order:**:late", "order:x**", "a:*b:c", "**.**"])(
    "refuses to listen to %j: a * is a whole segment, ** the last one",
    async (pattern) => {
      await using app = await testBus(way);
      for (const listen of [() => app.one.listen(pattern, () => {}), () => app.bus.on(pattern, () => {})]) {
        expect(listen).toThrow(TypeError);
        expect(listen).toThrow(`"${pattern}" is no pattern: "*" stands for one whole segment`);
        expect(listen).toThrow(expect.objectContaining({ code: "PAWL_BAD_EVENT" }));
      }
      expect(app.kernel.inspect().services[0]?.activities).toEqual([]);
    },
  );

  it.each(["order:*", "*", "**", "a*b"])("refuses to emit %j", async (event) => {
    await using app = await testBus(way);
    app.one.listen("**", () => {});
    expect(() => app.bus.emit(event)).toThrow(TypeError);
    expect(() => app.one.emit(event)).toThrow(expect.objectContaining({ code: "PAWL_BAD_EVENT" }));
    expect(() => app.one.emit(event)).toThrow("patterns can be listened to, but only plain names can be emitted");
  });

  it.each([[""], [undefined], [null], [3], [Symbol("s")], [{}]])("refuses %s as a name", async (name) => {
    await using app = await testBus(way);
    const event = name as string;
    for (const call of [() => app.bus.emit(event), () => app.one.emit(event), () => app.one.listen(event, () => {})]) {
      expect(call).toThrow(TypeError);
      expect(call).toThrow(expect.objectContaining({ code: "PAWL_BAD_EVENT" }));
    }
  });

  it("remembers no more than a few hundred names that have no exact listener", async () => {
    await using app = await testBus(way);
    let heard = 0;
    app.one.listen("made-up:*", () => heard++);
    const { gc } = globalThis;
    if (!gc) throw new Error("the tests run with --expose-gc");
    gc();
    const before = process.memoryUsage().heapUsed;
    const n = 50_000;
    // Each name takes 2 kB: remembered, they would be 100 MB.
    for (let i = 0; i < n; i++) app.bus.emit(`made-up:${"x".repeat(2_000)}${i}`.replace("y", "z"));
    gc();
    const grown = process.memoryUsage().heapUsed - before;
    expect(heard).toBe(n);
    expect(grown).toBeLessThan(20_000_000);
    expect(app.kernel.inspect().events).toEqual([]);
  });

  it("forgets a name with its last exact listener", async () => {
    await using app = await testBus(way);
    app.one.listen("order:*", () => {});
    const offs = ["order:paid", "order:sent", "order:paid"].map((event) => app.one.listen(event, () => {}));
    expect(app.kernel.inspect().events).toEqual(["order:paid", "order:sent"]);
    offs[0]?.();
    expect(app.kernel.inspect().events).toEqual(["order:paid", "order:sent"]);
    offs[2]?.();
    expect(app.kernel.inspect().events).toEqual(["order:sent"]);
    offs[1]?.();
    expect(app.kernel.inspect().events).toEqual([]);
    expect(app.bus.emit("order:paid")).toBe(1);
  });
});
