import { Kernel, type KernelConfig, silentLogger, systemClock } from "@pawl/kernel";
import { describe, expect, test } from "vitest";

const { child: _child, ...childless } = silentLogger;

describe("a kernel refuses when it is made", () => {
  test.each([
    [{ logger: true }, "Kernel({ logger }): it must be a logger such as pino(), not a value of type boolean"],
    [{ logger: null }, "Kernel({ logger }): it must be a logger such as pino(), not null"],
    [
      { logger: console },
      "Kernel({ logger }): it must be a logger such as pino(), not a value of type object, which has no child()",
    ],
    [
      { logger: childless },
      "Kernel({ logger }): it must be a logger such as pino(), not a value of type object, which has no child()",
    ],
    [
      { clock: Date },
      "Kernel({ clock }): it must be a clock such as systemClock, not a value of type function, which has no wallTime(), setTimer(), defer()",
    ],
    [{ clock: 5 }, "Kernel({ clock }): it must be a clock such as systemClock, not a value of type number"],
    [{ events: [] }, "Kernel({ events }): it must be an object of schemas by event name, not an array"],
    [
      { events: "order:*" },
      "Kernel({ events }): it must be an object of schemas by event name, not a value of type string",
    ],
    [{ events: null }, "Kernel({ events }): it must be an object of schemas by event name, not null"],
  ])("%o", (config, message) => {
    const make = () => new Kernel(config as unknown as KernelConfig);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(expect.objectContaining({ code: "PAWL_BAD_OPTION", message }));
  });
});

test("a kernel takes any logger and clock that have the methods", () => {
  const logger = { ...silentLogger };
  expect(new Kernel({ logger, clock: { ...systemClock }, events: {} }).log).toBe(logger);
});
