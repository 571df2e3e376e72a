import { Service } from "@pawl/kernel";
import { describe, expect, test } from "vitest";
import { counter, gauge, histogram } from "../../src/index.ts";
import { Shop } from "../shop.ts";

describe("names for Prometheus", () => {
  test.each([
    ["counter", "orders", undefined, "orders_total"],
    ["counter", "orders_total", undefined, "orders_total"],
    ["counter", "sent", "bytes", "sent_bytes_total"],
    ["counter", "sent_bytes", "bytes", "sent_bytes_total"],
    ["counter", "sent_bytes_total", "bytes", "sent_bytes_total"],
    ["counter", "megabytes", "bytes", "megabytes_bytes_total"],
    ["gauge", "queue_size", undefined, "queue_size"],
    ["gauge", "load", "ratio", "load_ratio"],
    ["histogram", "latency", "seconds", "latency_seconds"],
    ["histogram", "latency_seconds", "seconds", "latency_seconds"],
    ["histogram", "seconds", "seconds", "seconds"],
  ] as const)("the %s %s in %s is %s", (kind, name, unit, exported) => {
    const options = unit === undefined ? {} : { unit };
    const metric = { counter, gauge, histogram }[kind];
    expect(metric(bare(), name, options).exportedName).toBe(exported);
  });

  test.each(["", "Orders", "orders-taken", "1st", "a__b", "_a", "a_", "a b", "bestellungen_für", "a:b", 7])(
    "refuses %j",
    (name) => {
      expect(() => counter(bare(), name as string)).toThrow(
        expect.objectContaining({ code: "PAWL_METRIC_BAD_NAME", name: "TypeError" }),
      );
    },
  );

  test.each(["wait_count", "wait_sum", "wait_bucket", "wait_created", "build_info"])(
    "refuses %s, whose end belongs to the text format",
    (name) => {
      expect(() => gauge(bare(), name)).toThrow(/belongs to the text format/);
    },
  );

  test("refuses a gauge or histogram that looks like a counter", () => {
    expect(() => gauge(bare(), "size_total")).toThrow(/only counters end with "_total"/);
    expect(() => histogram(bare(), "size_total")).toThrow(/only counters end with "_total"/);
  });

  test("refuses units that are scaled, and says which is the base", () => {
    expect(() => histogram(bare(), "wait", { unit: "milliseconds" })).toThrow(/"seconds" instead of "milliseconds"/);
    expect(() => gauge(bare(), "size", { unit: "megabytes" })).toThrow(/"bytes" instead of "megabytes"/);
    expect(() => gauge(bare(), "size", { unit: "By" })).toThrow(/a word such as "seconds"/);
    expect(gauge(bare(), "size", { unit: "constructor" }).exportedName).toBe("size_constructor");
  });
});

describe("labels", () => {
  test.each(["Method", "a-b", "service", "le", "__name__", ""])("refuses one that is called %j", (name) => {
    const shop = new Shop();
    expect(() => shop.orders.add(1, { [name]: "x" })).toThrow(
      expect.objectContaining({ code: "PAWL_METRIC_BAD_NAME" }),
    );
    expect(shop.orders.value).toBe(0);
  });
});

class Bare extends Service {}

/** A service without metrics. */
function bare(): Service {
  return new Bare();
}
