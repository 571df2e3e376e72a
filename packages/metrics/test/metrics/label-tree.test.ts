import { describe, expect, test } from "vitest";
import { LabelTree } from "../../src/label-tree.ts";
import { SeriesSet } from "../../src/series-set.ts";

describe("series by their labels", () => {
  test("are the same whether they are found at hand or by their key", () => {
    const set = new SeriesSet({ make: () => ({ n: 0 }), max: 3, onOverflow() {} });
    set.of({}).n++;
    for (let round = 0; round < 3; round++) {
      set.of({ method: "GET", code: 200 }).n++;
      set.of({ code: 200, method: "GET" }).n++;
      set.of({ method: "GET", code: "200" }).n++;
      set.of({ method: "GET" }).n++;
      set.of({ method: "PUT", code: 200 }).n++; // one too many
    }
    expect([...set].map(({ labels, series }) => [labels, series.n])).toEqual([
      // With what was one too many, which has the names of the first set.
      [{}, 4],
      [{ method: "GET", code: "200" }, 9],
      [{ method: "GET" }, 3],
    ]);
    expect(set.overflowed).toBe(3);
  });

  test("are kept at hand up to a bound, in one order of their names", () => {
    const tree = new LabelTree<object>(2);
    const [one, two] = [{}, {}];
    tree.set({}, one);
    expect(tree.get({})).toBeUndefined();
    tree.set({ a: 1, b: 2 }, one);
    tree.set({ b: 2, a: 1 }, two);
    tree.set({ a: 1 }, two);
    tree.set({ a: 1, b: 3 }, two);
    tree.set({ a: 1, b: 4 }, two);
    expect(tree.get({ a: 1, b: 2 })).toBe(one);
    expect(tree.get({ a: 1, b: 3 })).toBe(two);
    expect(tree.get({ a: 1, b: 4 })).toBeUndefined();
    expect(tree.get({ b: 2, a: 1 })).toBeUndefined();
    expect(tree.get({ a: 1 })).toBeUndefined();
    expect(tree.get({ a: 1, b: 2, c: 3 })).toBeUndefined();
  });
});
