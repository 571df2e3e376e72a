import { Kernel, Service } from "@pawl/kernel";
import { publish, subscribe } from "@pawl/messages";
import { virtualClock } from "@pawl/testing";
import { expect, test } from "vitest";

test("a message reaches every group once, and is tried again until it is handled", async () => {
  const clock = virtualClock();
  const seen: unknown[] = [];
  class Billing extends Service {
    override onStart() {
      subscribe(this, "order:*", (order, { event, attempt }) => {
        seen.push([event, order, attempt]);
        if (attempt < 3) throw new Error("not yet");
      });
      subscribe(this, "order:placed", (order) => void seen.push(order), { group: "audit" });
    }
  }
  class Orders extends Service {
    place = () => publish(this, "order:placed", { id: 1 });
  }
  const kernel = new Kernel({ clock, name: "shop", providers: { billing: new Billing(), orders: new Orders() } });
  await kernel.start();
  await (kernel.service("orders") as Orders).place();
  await clock.advance("10s");
  expect(seen).toEqual([
    ["order:placed", { id: 1 }, 1],
    { id: 1 },
    ["order:placed", { id: 1 }, 2],
    ["order:placed", { id: 1 }, 3],
  ]);
  await kernel.stop();
});
