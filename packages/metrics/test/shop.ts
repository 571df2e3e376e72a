import { Service } from "@pawl/kernel";
import { counter, gauge, histogram } from "../src/index.ts";

/** A service with one metric of each kind. */
export class Shop extends Service {
  readonly orders = counter(this, "orders", { description: "Orders that were taken" });
  readonly stock = gauge(this, "stock", { unit: "ratio" });
  readonly latency = histogram(this, "latency", { unit: "seconds", buckets: [0.1, 1] });
}
