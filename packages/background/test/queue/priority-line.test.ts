import fc from "fast-check";
import { expect, it } from "vitest";
import { type Place, PriorityLine } from "../../src/queue/priority-line.ts";

interface Standing {
  readonly value: number;
  readonly priority: number;
  readonly place: Place<number>;
}

/** The first of the highest or lowest priority, by looking at all. */
function first(standing: readonly Standing[], of: "highest" | "lowest"): Standing | undefined {
  const priorities = standing.map(({ priority }) => priority);
  const wanted = of === "highest" ? Math.max(...priorities) : Math.min(...priorities);
  return standing.find(({ priority }) => priority === wanted);
}

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("add" as const), priority: fc.integer({ min: -2, max: 2 }) }) },
    fc.record({ do: fc.constant("shift" as const) }),
    fc.record({ do: fc.constant("shiftLowest" as const) }),
    fc.record({ do: fc.constant("remove" as const), which: fc.nat() }),
  ),
  { maxLength: 60 },
);

it("a priority line does what looking at everybody in it would", () => {
  fc.assert(
    fc.property(steps, (plan) => {
      const line = new PriorityLine<number>();
      let standing: Standing[] = [];
      const leaves = (who: Standing | undefined) => {
        standing = standing.filter((other) => other !== who);
        return who?.value;
      };
      for (const [value, step] of plan.entries()) {
        if (step.do === "add") {
          const place = line.add(value, step.priority);
          standing.push({ value, priority: step.priority, place });
        } else if (step.do === "shift") expect(line.shift()).toBe(leaves(first(standing, "highest")));
        else if (step.do === "shiftLowest") expect(line.shiftLowest()).toBe(leaves(first(standing, "lowest")));
        else {
          const who = standing[step.which % Math.max(1, standing.length)];
          if (who) line.remove(who.place);
          leaves(who);
        }
        expect(line.size).toBe(standing.length);
        expect(line.lowest).toBe(first(standing, "lowest")?.priority);
      }
      const rest: (number | undefined)[] = [];
      while (line.size > 0) rest.push(line.shift());
      const inOrder = standing.toSorted((a, b) => b.priority - a.priority || a.value - b.value);
      expect(rest).toEqual(inOrder.map(({ value }) => value));
    }),
    { seed: 1, numRuns: 500 },
  );
});
