import type { Scenario } from "../scenario.ts";
import { appOf, expectStarted, precedes, threeServices } from "./three-services.ts";

export const startOrder: Scenario = {
  title: "Start order",
  does: "Three services, of which billing needs the mailer and the mailer the storage, are listed the wrong way round; what needs what is said in the way that the system has for it.",
  right: ["needs first"],
  why: "A service that starts before what it needs uses something that is not there yet, and an order kept by hand breaks with the next change.",
  boundMs: 15_000,
  part: "app",
  async run(system, probe) {
    const app = await appOf(system, threeServices(probe).toReversed(), { orderByNeeds: true });
    await probe.outcome("start", app.start());
  },
  judge(observed) {
    const { events } = observed;
    if (!events.some((event) => event.endsWith(" starting")))
      return /mailer|storage/.test(observed.caught) ? "refuses, naming what is missing" : "refuses";
    if (
      precedes(observed, "storage started", "mailer starting") &&
      precedes(observed, "mailer started", "billing starting")
    )
      return "needs first";
    const order = events.filter((event) => event.endsWith(" starting")).map((event) => event.split(" ")[0]);
    return `${order.join(", then ")}`;
  },
};

export const stopOrder: Scenario = {
  title: "Stop order",
  does: "The three services, listed in the order of their needs, have started and are stopped.",
  right: ["the reverse, one after another"],
  why: "Whoever is still stopping may use what it needs until it has stopped.",
  boundMs: 15_000,
  part: "app",
  async run(system, probe) {
    const app = await appOf(system, threeServices(probe));
    if (await probe.outcome("start", app.start())) await probe.outcome("stop", app.stop());
  },
  judge(observed) {
    expectStarted(observed);
    const stopped = ["storage", "mailer", "billing"].filter((name) => observed.events.includes(`${name} stopped`));
    if (stopped.length < 3) return `stops ${stopped.join(" and ") || "none"}`;
    const goes = (...order: string[]) =>
      order.slice(1).every((name, i) => precedes(observed, `${order[i]} stopped`, `${name} stopping`));
    if (goes("billing", "mailer", "storage")) return "the reverse, one after another";
    if (goes("storage", "mailer", "billing")) return "as they started";
    return "all at once";
  },
};
