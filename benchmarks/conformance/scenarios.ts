import type { Scenario } from "./scenario.ts";
import { taskFails } from "./scenarios/background-task.ts";
import { emitTooEarly, emitWhenReady, listenerRejects, listenerThrows } from "./scenarios/events.ts";
import { startFails, stopFails } from "./scenarios/failures.ts";
import { startHangs, stopHangs } from "./scenarios/hangs.ts";
import { intervalAtStop, intervalOverlaps } from "./scenarios/intervals.ts";
import { startOrder, stopOrder } from "./scenarios/order.ts";
import { sigterm } from "./scenarios/termination.ts";

/** Every scenario, in the order of the report. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  startOrder,
  stopOrder,
  startFails,
  stopFails,
  startHangs,
  stopHangs,
  intervalOverlaps,
  intervalAtStop,
  listenerThrows,
  listenerRejects,
  emitTooEarly,
  emitWhenReady,
  taskFails,
  sigterm,
};
