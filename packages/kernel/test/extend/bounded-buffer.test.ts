import { BoundedBuffer, type Overflow } from "@pawl/kernel/extend";
import { describe, expect, it, test } from "vitest";

const filled = (overflow: Overflow) => {
  const buffer = new BoundedBuffer<number>(2, overflow, "test");
  buffer.push(1);
  buffer.push(2);
  return buffer;
};

describe("BoundedBuffer", () => {
  it("gives items back first in, first out, over many more than it holds at once", () => {
    const buffer = new BoundedBuffer<number>(10, "error", "test");
    const given: (number | undefined)[] = [];
    for (let i = 0; i < 5_000; i++) {
      buffer.push(i);
      if (i >= 5) given.push(buffer.shift());
    }
    expect(given).toEqual(Array.from({ length: 4_995 }, (_, i) => i));
    expect(buffer.clear()).toEqual([4_995, 4_996, 4_997, 4_998, 4_999]);
    expect([buffer.size, buffer.shift()]).toEqual([0, undefined]);
  });

  it.each<[Overflow, unknown, number[]]>([
    ["error", { taken: false }, [1, 2]],
    ["drop-newest", { taken: false }, [1, 2]],
    ["drop-oldest", { taken: true, dropped: 1 }, [2, 3]],
  ])("where it is full, %s decides, and it counts", (overflow, result, left) => {
    const buffer = filled(overflow);
    expect(buffer.push(3)).toEqual(result);
    expect(buffer.dropped).toBe(1);
    expect(buffer.clear()).toEqual(left);
  });

  test.each([0, -1, 1.5, Number.NaN, "10"])("refuses to hold %s", (capacity) => {
    expect(() => new BoundedBuffer(capacity as number, "error", "listen()")).toThrow(/^listen\(\): how many it holds/);
  });

  test("refuses a policy that it does not know", () => {
    expect(() => new BoundedBuffer(1, "wait" as never, "listen()")).toThrow(
      'listen(): overflow must be "error", "drop-oldest" or "drop-newest", not "wait"',
    );
  });
});
