import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kernel, Service, silentLogger } from "@pawl/kernel";
import { giveOptions, optionSpecs, validateOptions } from "@pawl/kernel/extend";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { readCommandLine } from "../../src/command-line/command-line.ts";

const folder = mkdtempSync(join(tmpdir(), "pawl-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

const options = z.object({
  size: z.number().default(0),
  isLoud: z.boolean().default(false),
  name: z.string().default(""),
  list: z.array(z.int()).default([]),
  deep: z.object({ er: z.enum(["a", "b", "c"]).default("a") }).prefault({}),
});

class Thing extends Service.with({ options }) {}

// As a person would write them; quotes and line ends are the business of the shell and of .env.
const word = fc.stringMatching(/^[\w./:@+ -]*[\w.]$/);
const values = fc.record(
  {
    // A negative zero is written as 0.
    size: fc.double({ noNaN: true, noDefaultInfinity: true }).map((size) => size + 0),
    isLoud: fc.boolean(),
    name: word,
    list: fc.array(fc.integer(), { minLength: 1 }),
    er: fc.constantFrom("a", "b", "c"),
  },
  { requiredKeys: [] },
);
type Values = { size?: number; isLoud?: boolean; name?: string; list?: number[]; er?: string };

const variables = {
  size: "MY_THING_SIZE",
  isLoud: "MY_THING_IS_LOUD",
  name: "MY_THING_NAME",
  list: "MY_THING_LIST",
  er: "MY_THING_DEEP_ER",
};
const asVariables = (given: Values) =>
  Object.fromEntries(Object.entries(given).map(([key, value]) => [variables[key as keyof Values], String(value)]));
const asFlags = ({ isLoud, list, ...rest }: Values) => [
  ...Object.entries(rest).map(([key, value]) => `--my-thing-${key === "er" ? "deep-er" : key}=${value}`),
  ...(isLoud === undefined ? [] : [isLoud ? "--my-thing-is-loud" : "--no-my-thing-is-loud"]),
  ...(list ?? []).flatMap((item) => ["--my-thing-list", String(item)]),
];

describe("C1 whatever is set by whichever sources", () => {
  it("each option has the value of the strongest one", async () => {
    await fc.assert(
      fc.asyncProperty(values, values, values, async (file: Values, environment: Values, flags: Values) => {
        const text = Object.entries(asVariables(file)).map(([name, value]) => `${name}="${value}"\n`);
        writeFileSync(join(folder, ".env"), text.join(""));
        const kernel = new Kernel({ providers: { myThing: Thing } });
        const offer = { specs: optionSpecs(kernel), names: ["myThing"], logger: silentLogger, face: {} };
        const line = readCommandLine(offer, { argv: asFlags(flags), environment: asVariables(environment), folder });
        expect(line).toMatchObject({ action: "run", mistakes: [] });
        giveOptions(kernel, line.given);
        await validateOptions(kernel);
        await kernel.start();
        const { er = "a", ...rest } = { ...file, ...environment, ...flags };
        const expected = { size: 0, isLoud: false, name: "", list: [], deep: { er }, ...rest };
        expect(kernel.service("myThing").options).toEqual(expected);
        await kernel.stop();
      }),
      { numRuns: 300 },
    );
  });
});
