import { JobNotStoredError, Jobs, job } from "@pawl/jobs";
import { MemoryStore } from "@pawl/jobs/extend";
import { Kernel, Service } from "@pawl/kernel";
import { virtualClock } from "@pawl/testing";
import { expect, test } from "vitest";
import { z } from "zod";

class Reports extends Service {
  readonly seen: unknown[] = [];
  readonly nightly = job(
    this,
    "report.nightly",
    z.object({ of: z.string() }),
    (input, { id }) => void this.seen.push([id, input]),
    {
      cron: { pattern: "30 3 * * *", timezone: "Europe/Berlin", input: { of: "shop" } },
    },
  );
}

test("a cron enqueues its input at the times of its pattern, under the time as its id", async () => {
  const clock = virtualClock({ wallTime: new Date("2030-06-01T12:00:00Z") });
  const reports = new Reports();
  const kernel = new Kernel({ clock, providers: { jobs: new Jobs(), reports } });
  await kernel.start();
  await clock.advance("2d");
  expect(reports.seen).toEqual([
    ["report.nightly@2030-06-02T01:30:00.000Z", { of: "shop" }],
    ["report.nightly@2030-06-03T01:30:00.000Z", { of: "shop" }],
  ]);
  await kernel.stop();
});

test("a time whose job could not be stored is tried again, under the same id, and is told when that is in vain", async () => {
  const clock = virtualClock({ wallTime: new Date("2030-06-02T01:00:00Z") });
  let isAway = true;
  class Away extends MemoryStore {
    override async add(...args: Parameters<MemoryStore["add"]>): Promise<boolean> {
      if (isAway) throw new Error("no route to host");
      return super.add(...args);
    }
  }
  const errors: unknown[] = [];
  const reports = new Reports();
  const kernel = new Kernel({
    clock,
    onError: (error) => void errors.push(error),
    providers: { jobs: new Jobs({ store: () => new Away() }), reports },
  });
  await kernel.start();
  await clock.advance("1h");
  expect(errors).toEqual([expect.any(JobNotStoredError)]);
  await clock.advance("23h");
  await clock.advance("30m");
  await clock.advance("7s");
  isAway = false;
  await clock.advance("5s");
  expect(reports.seen).toEqual([["report.nightly@2030-06-03T01:30:00.000Z", { of: "shop" }]]);
  await kernel.stop();
});
