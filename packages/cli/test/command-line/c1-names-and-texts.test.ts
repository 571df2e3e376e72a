import { describe, expect, test } from "vitest";
import { environmentName, flagName } from "../../src/command-line/option-names.ts";
import { optionType } from "../../src/command-line/option-type.ts";
import { readValue, readValues } from "../../src/command-line/read-value.ts";
import { splitArguments } from "../../src/command-line/split-arguments.ts";

describe("C1 names", () => {
  test.each([
    [["clock", "every"], "clock-every", "CLOCK_EVERY"],
    [["orderStore", "maxAge"], "order-store-max-age", "ORDER_STORE_MAX_AGE"],
    [["clock", "http", "port"], "clock-http-port", "CLOCK_HTTP_PORT"],
    [["my-db", "baseURL"], "my-db-base-url", "MY_DB_BASE_URL"],
    [["mail", "HTTPProxy"], "mail-http-proxy", "MAIL_HTTP_PROXY"],
    [["s3", "v2Keys"], "s3-v2-keys", "S3_V2_KEYS"],
    [["snake_case", "a_b"], "snake-case-a-b", "SNAKE_CASE_A_B"],
  ])("%j is --%s and %s", (path, flag, variable) => {
    expect([flagName(path), environmentName(path)]).toEqual([flag, variable]);
  });
});

describe("C1 a text is read by the type of its option", () => {
  const number = { type: "number" };
  const boolean = { type: "boolean" };
  const numberOrText = { anyOf: [number, { type: "string" }] };
  const choice = { enum: ["low", 2, true, null] };
  const list = { type: "array", items: number };
  const objects = { type: "array", items: { type: "object" } };

  test.each([
    [number, "1.5", 1.5],
    [number, "-1e3", -1000],
    [number, " ", " "],
    [number, "12x", "12x"],
    [{ type: ["integer", "null"] }, "12", 12],
    [boolean, "Yes", true],
    [boolean, "0", false],
    [boolean, "maybe", "maybe"],
    [numberOrText, "250", 250],
    [numberOrText, "250ms", "250ms"],
    [numberOrText, "007", "007"],
    [numberOrText, "1e3", "1e3"],
    [number, "007", 7],
    [{ type: "string" }, "250", "250"],
    [{}, "250", "250"],
    [choice, "low", "low"],
    [choice, "2", 2],
    [choice, "true", true],
    [choice, "high", "high"],
    [{ const: 5 }, "5", 5],
    [list, "1, 2,x", [1, 2, "x"]],
    [list, "", []],
    [list, "[1, 2]", [1, 2]],
    [list, "[1,", "[1,"],
    [objects, '{"a":1}', [{ a: 1 }]],
    [objects, '[{"a":1},{"b":2}]', [{ a: 1 }, { b: 2 }]],
    [{ type: "object" }, '{"a":[1]}', { a: [1] }],
    [{ type: "object" }, "a=1", "a=1"],
    [{ type: "object" }, '{"a":{"__proto__":1}}', '{"a":{"__proto__":1}}'],
  ])("%j %j is %j", (schema, text, value) => {
    expect(readValue(text, optionType(schema))).toEqual(value);
  });

  test("lists that are written more than once are put together, of anything else the last counts", () => {
    expect(readValues(["1,2", "[3]", "4"], optionType(list))).toEqual([1, 2, 3, 4]);
    expect(readValues(["1", "2"], optionType(number))).toBe(2);
  });

  test.each([
    [number, "number"],
    [{ type: ["integer", "null"] }, "integer"],
    [numberOrText, "number|text"],
    [{ anyOf: [{ type: "integer" }, { type: "string", const: "none" }] }, "integer|none"],
    [{ type: "string", format: "uri" }, "uri"],
    [choice, "low|2|true|null"],
    [list, "number,…"],
    [{ type: "array", items: { enum: ["a", "b"] } }, "a|b,…"],
    [{ type: "object" }, "json"],
    [{}, "value"],
  ])("%j is called <%s>", (schema, label) => {
    expect(optionType(schema).label).toBe(label);
  });
});

describe("C1 a command line is taken apart", () => {
  const known = { valued: ["every", "only"], plain: ["loud", "no-loud", "help"], short: { h: "help" } };
  const split = (...argv: string[]) => {
    const { flags, others } = splitArguments(argv, known);
    return { flags: flags.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)), others };
  };

  test("into flags and their values, in the order in which they are written", () => {
    expect(split("--every", "5", "--loud", "--every=6", "-h")).toEqual({
      flags: ["every=5", "loud", "every=6", "help"],
      others: [],
    });
    expect(split("--every", "-5")).toEqual({ flags: ["every=-5"], others: [] });
    expect(split("--every=--x=y")).toEqual({ flags: ["every=--x=y"], others: [] });
  });

  test("where a value is missing, the next flag is not taken for it", () => {
    expect(split("--every", "--loud")).toEqual({ flags: ["every", "loud"], others: [] });
    expect(split("--only")).toEqual({ flags: ["only"], others: [] });
    expect(split("--every", "--", "5")).toEqual({ flags: ["every"], others: ["5"] });
  });

  test("what belongs to no flag is left over, but for what stands behind an unknown one", () => {
    expect(split("a", "--loud", "b", "--", "--every", "5")).toEqual({
      flags: ["loud"],
      others: ["a", "b", "--every", "5"],
    });
    expect(split("--evry", "5", "6")).toEqual({ flags: ["evry"], others: ["6"] });
  });

  test("a flag named as something of every object is unknown as any other", () => {
    expect(split("--constructor", "--to-string=1", "--__proto__", "x")).toEqual({
      flags: ["constructor", "to-string=1", "__proto__"],
      others: [],
    });
  });
});
