import { Service } from "@pawl/kernel";
import { testApp } from "@pawl/testing";
import { expect, test } from "vitest";
import { counter, gauge } from "../../src/index.ts";

class Api extends Service {
  readonly calls = counter(this, "calls", { maxSeries: 3 });
  readonly defaults = counter(this, "visits");
}

/** A logger that keeps its warnings. */
function warnings() {
  const told: unknown[] = [];
  const silent = () => {};
  const logger = {
    trace: silent,
    debug: silent,
    info: silent,
    warn: (text: unknown) => void told.push(text),
    error: silent,
  };
  return { told, logger: { ...logger, child: () => logger } as never };
}

test("sets of labels that are too many are one series, counted and told once", async () => {
  const { told, logger } = warnings();
  const api = new Api();
  await using app = await testApp({ providers: { api }, logger });
  for (let user = 0; user < 1000; user++) api.calls.add(1, { user, path: "/" });
  api.calls.add(1, { user: 1, path: "/" });
  api.calls.add(1, { ["other_name"]: 7 });
  expect(api.calls.overflowed).toBe(998);
  expect(api.calls.value).toBe(1002);
  const figures = app.inspect().services[0]?.figures?.["metrics"] as { name: string }[];
  expect(figures.filter(({ name }) => name === "calls")).toMatchObject([
    { value: 1, labels: { user: "0", path: "/" } },
    { value: 2, labels: { user: "1", path: "/" } },
    { value: 1, labels: { user: "2", path: "/" } },
    { value: 998, labels: { user: "other", path: "other" } },
  ]);
  expect(told).toEqual([expect.stringMatching(/counter\(service, "calls"\) has more than 3 sets of labels/)]);
});

test("what is over joins a series that has the value other already: no two have the same labels", () => {
  const api = new Api();
  for (const kind of ["card", "other", "cash", "cheque", "barter"]) api.calls.add(1, { kind });
  const series = () => api.calls.figures().map(({ labels, value }) => [labels, value]);
  expect(series()).toEqual([
    [{ kind: "card" }, 1],
    [{ kind: "other" }, 3],
    [{ kind: "cash" }, 1],
  ]);
  api.calls.add(1, { kind: "other" });
  expect(series()[1]).toEqual([{ kind: "other" }, 4]);
});

test("labels without a name are the series without labels", () => {
  const api = new Api();
  api.calls.add(1);
  api.calls.add(2, {});
  api.calls.add(4, { user: 1 });
  expect(api.calls.figures().map(({ labels, value }) => [labels, value])).toEqual([
    [undefined, 3],
    [{ user: "1" }, 4],
  ]);
  expect(api.calls.window("60s", {})).toMatchObject({ count: 2, sum: 3 });
});

test("there are 100 by default", () => {
  const api = new Api();
  for (let id = 0; id < 150; id++) api.defaults.add(1, { id });
  expect([...api.defaults.all()]).toHaveLength(101);
});

test("looking at labels that were never recorded makes no series", () => {
  const api = new Api();
  for (let user = 0; user < 10; user++) api.calls.window("60s", { user });
  expect([...api.calls.all()]).toHaveLength(1);
  expect(api.calls.overflowed).toBe(0);
});

test("a gauge over the bound has what was set last", () => {
  const size = gauge(new Api(), "size", { maxSeries: 1 });
  for (const shard of [1, 2, 3]) size.set(shard * 10, { shard });
  expect(size.figures().map(({ labels, value }) => [labels, value])).toEqual([
    [{ shard: "1" }, 10],
    [{ shard: "other" }, 30],
  ]);
});
