import { hostname } from "node:os";
import { PawlError } from "@pawl/kernel";
import { describe, expect, expectTypeOf, test } from "vitest";
import { type AppLogger, createLogger, type LoggerOptions, type LogLevel, logLevels } from "../../src/index.ts";
import { atNoon, memory, noon } from "./memory.ts";

function pretty(options: LoggerOptions = {}) {
  const { lines, stream } = memory({ colours: false });
  return { lines, logger: createLogger({ clock: atNoon, stream, ...options }) };
}

function json(options: LoggerOptions = {}) {
  const { lines, stream } = memory();
  const records = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { lines, records, logger: createLogger({ clock: atNoon, stream, ...options }) };
}

describe("on a terminal a line", () => {
  test("has the time, the level, the service, the message with its values, and the data", () => {
    const { lines, logger } = pretty();
    logger.child({ service: "shop/metrics" }).info({ orders: 3 }, "collected %s", "twice");
    logger.warn("slow");
    expect(lines).toEqual([
      "12:15:03.042 info  shop/metrics collected twice { orders: 3 }\n",
      "12:15:03.042 warn  slow\n",
    ]);
  });

  test("keeps data whose names are those of a line's own parts", () => {
    const { lines, logger } = pretty({ name: "shop" });
    logger.child({ requestId: 7 }).info({ level: "high", time: "noon", pid: 5, name: "Ada", msg: 1 }, "measured");
    expect(lines).toEqual([
      "12:15:03.042 info  measured { requestId: 7, level: 'high', time: 'noon', pid: 5, name: 'Ada', msg: 1 }\n",
    ]);
  });

  test("is followed by the stack of an error, with its causes, its figures and the errors that it holds", () => {
    const { lines, logger } = pretty();
    const cause = new Error("connection refused");
    logger.error({ err: Object.assign(new Error("no stock", { cause }), { code: "E_STOCK" }) }, "GET /orders");
    logger.error(new AggregateError([new Error("first"), new Error("second")], "both"));
    const [single, several] = lines as [string, string];
    expect(single).toMatch(
      /^12:15:03\.042 error GET \/orders\n {4}Error: no stock\n {8}at .*\n[\s\S]*\n {4}caused by: Error: connection refused\n {8}at [\s\S]* \{ code: 'E_STOCK' \}\n$/,
    );
    expect(several).toMatch(/^12:15:03\.042 error both\n {4}AggregateError: both\n/);
    expect(several).toMatch(/\n {8}- Error: first\n {12}at .*\n[\s\S]*\n {8}- Error: second\n/);
  });

  test("shows what was thrown where it is no error", () => {
    const { lines, logger } = pretty();
    logger.error({ err: "just a text" }, "failed");
    expect(lines).toEqual(["12:15:03.042 error failed\n    'just a text'\n"]);
  });

  test("lets no text move the cursor, turn around, or pass for a line of its own", () => {
    const { lines, logger } = pretty();
    const forged = "ok\n12:15:03.042 info  paid\r\u001b[2J\u009b1m\u202egnp";
    logger.child({ service: "a\u001b[1m" }).info({ text: forged }, forged);
    logger.error(new Error(forged));
    const [line, error] = lines as [string, string];
    expect(line).toBe(
      "12:15:03.042 info  a\\x1b[1m ok\n    12:15:03.042 info  paid\\x0d\\x1b[2J\\x9b1m\\u202egnp" +
        " { text: 'ok\\n12:15:03.042 info  paid\\r\\x1B[2J\\x9B1m\\u202egnp' }\n",
    );
    for (const [at, text] of error.trimEnd().split("\n").entries()) if (at > 0) expect(text).toMatch(/^ {4}/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be left
    expect(lines.join("")).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  test("indents a service with a line break and data that is nested deep, and turns no text by hidden marks", () => {
    const { lines, logger } = pretty();
    logger.child({ service: "a\n12:15:03.042 info  paid" }).info("x\u200e\u200f\u061cy");
    logger.info(
      { a: { b: { c: { d: { e: { f: 1 } } } } }, list: Array.from({ length: 60 }, (_, i) => ({ i })) },
      "deep",
    );
    const coloured = memory({ colours: true });
    createLogger({ clock: atNoon, stream: coloured.stream }).info({ text: "a\u202eb\u200e" }, "turned");
    expect(coloured.lines.join("")).toContain("'a\\u202eb\\u200e'");
    const [line, deep] = lines as [string, string];
    expect(line).toBe("12:15:03.042 info  a\n    12:15:03.042 info  paid x\\u200e\\u200f\\u061cy\n");
    const [, ...further] = deep.trimEnd().split("\n");
    expect(further.length).toBeGreaterThan(0);
    for (const text of further) expect(text).toMatch(/^ {4}/);
  });

  test("is coloured where the terminal has colours, and its text is the same", () => {
    const { lines, stream } = memory({ colours: true });
    const logger = createLogger({ clock: atNoon, stream });
    logger.child({ service: "shop" }).warn({ ms: 5 }, "slow");
    const [line = ""] = lines;
    expect(line).toContain("\u001b[33mwarn \u001b[39m");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such
    expect(line.replace(/\u001b\[\d+m/g, "")).toBe("12:15:03.042 warn  shop slow { ms: 5 }\n");
  });
});

describe("elsewhere a line is JSON", () => {
  test("as pino writes it: level, time in milliseconds, process, host, name, service, data and message", () => {
    const { lines, records, logger } = json({ name: "shop" });
    logger.child({ service: "shop/metrics" }).info({ orders: 3 }, "collected %s", "twice");
    expect(lines[0]?.endsWith("}\n")).toBe(true);
    expect(records()).toEqual([
      {
        level: 30,
        time: noon.getTime(),
        pid: process.pid,
        hostname: hostname(),
        name: "shop",
        service: "shop/metrics",
        orders: 3,
        msg: "collected twice",
      },
    ]);
  });

  test("an error whose message tells its cause has that once, and one that does not has it added, as by pino", () => {
    const { records, logger } = json();
    const cause = new Error("refused");
    logger.error({ err: new Error("no stock: refused", { cause }) }, "failed");
    logger.error({ err: new Error("no stock", { cause }) }, "failed");
    expect(records()).toMatchObject([
      { err: { message: "no stock: refused" } },
      { err: { message: "no stock: refused" } },
    ]);
  });

  test("an error has its type, its message, and a stack with its causes", () => {
    const { records, logger } = json();
    logger.error({ err: new TypeError("no stock", { cause: new Error("refused") }) }, "failed");
    expect(records()[0]).toMatchObject({
      level: 50,
      msg: "failed",
      err: { type: "TypeError", message: "no stock: refused" },
    });
    expect(records()[0]).toHaveProperty(
      "err.stack",
      expect.stringMatching(/TypeError: no stock\n[\s\S]*caused by: Error: refused\n/),
    );
  });

  test("what is circular or deep is cut, not thrown", () => {
    const { records, logger } = json();
    const circle: Record<string, unknown> = { name: "circle" };
    circle["self"] = circle;
    logger.info({ circle }, "round");
    expect(records()[0]).toMatchObject({ circle: { name: "circle", self: "[Circular]" } });
  });

  test("the format can be chosen on either", () => {
    const onTerminal = pretty({ format: "json" });
    onTerminal.logger.info("a");
    expect(JSON.parse(onTerminal.lines[0] as string)).toMatchObject({ msg: "a" });
    const piped = json({ format: "pretty" });
    piped.logger.info("b");
    expect(piped.lines).toEqual(["12:15:03.042 info  b\n"]);
  });
});

describe.each(["pretty", "json"] as const)("%s: what redact names", (format) => {
  test("is not written, of data and of bindings", () => {
    const { lines, logger } = json({ format, redact: ["password", "*.token"] });
    logger.child({ user: { token: "t-1" } }).info({ password: "p-1", request: { token: "t-2", path: "/" } }, "asked");
    expect(lines.join("")).not.toMatch(/[tp]-[12]/);
    expect(lines[0]?.match(/\[Redacted\]/g)?.length).toBe(3);
    expect(lines[0]).toContain("/");
  });
});

describe("the level", () => {
  const write = (logger: AppLogger, lines: string[]) => {
    lines.length = 0;
    for (const method of ["error", "warn", "info", "debug", "trace"] as const) logger[method](method);
    return lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  };

  test.each([
    ["silent", 0],
    ["fatal", 0],
    ["error", 1],
    ["warn", 2],
    ["info", 3],
    ["debug", 4],
    ["trace", 5],
  ] as const)("%s writes %i of the methods", (level, count) => {
    const { lines, logger } = json({ level });
    expect(write(logger, lines)).toHaveLength(count);
  });

  test("is info, and changes for children at once, those that were made before included", () => {
    const { lines, logger } = json();
    const child = logger.child({ service: "shop" });
    const grandchild = child.child({ request: 1 });
    expect(logger.level).toBe("info");
    grandchild.debug("not yet");
    logger.level = "debug";
    expect(logger.level).toBe("debug");
    grandchild.debug("now");
    logger.level = "warn";
    grandchild.info("no more");
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ service: "shop", request: 1, msg: "now" }),
    ]);
  });

  test("of one logger is not that of another", () => {
    const one = json();
    const two = json();
    one.logger.level = "silent";
    one.logger.error("a");
    two.logger.info("b");
    expect([one.lines.length, two.lines.length]).toEqual([0, 1]);
  });
});

test("the format changes for children too, while it is in use", () => {
  const { lines, logger } = json();
  const child = logger.child({ service: "shop" });
  child.info("a");
  logger.configure({ format: "pretty" });
  child.info("b");
  expect(JSON.parse(lines[0] as string)).toMatchObject({ service: "shop", msg: "a" });
  expect(lines[1]).toBe("12:15:03.042 info  shop b\n");
});

test.each([
  [{ level: "loud" }, 'logger: { level: "loud" }: it must be one of silent, fatal, error, warn, info, debug, trace'],
  [{ format: "xml" }, 'logger: { format: "xml" }: it must be one of pretty, json'],
  [{ file: "" }, 'logger: { file }: it must be a path, such as "logs/app.log"'],
  [{ redact: "password" }, 'logger: { redact }: it must be a list of paths, such as ["*.token"]'],
])("refuses %j at once", (options, message) => {
  const caught = (fn: () => unknown) => {
    try {
      fn();
    } catch (error) {
      return error;
    }
    return expect.unreachable("it is refused");
  };
  const error = caught(() => createLogger(options as never));
  expect(PawlError.is(error) && [error.code, error.message]).toEqual(["PAWL_BAD_OPTION", message]);
});

test("a level that does not exist is refused when it is set, and the old one stays", () => {
  const { logger } = json();
  expect(() => {
    logger.level = "loud" as never;
  }).toThrow(RangeError);
  expect(logger.level).toBe("info");
});

test("its types are exact", () => {
  const logger = createLogger();
  expectTypeOf(logger.level).toEqualTypeOf<LogLevel>();
  expectTypeOf(logLevels[0]).toEqualTypeOf<"silent">();
  // @ts-expect-error there is no such level
  expect(() => createLogger({ level: "loud" })).toThrow();
});
