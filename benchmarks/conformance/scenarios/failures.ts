import type { Scenario } from "../scenario.ts";
import { appOf, expectStarted, isTold, message, othersStop, precedes, threeServices } from "./three-services.ts";

export const startFails: Scenario = {
  title: "A start fails in the middle",
  does: "The storage has started when the start of the mailer fails; the caller catches the error and then stops the app, as one does to be sure.",
  right: ["undone"],
  why: "Whoever is told that the start has failed has nothing in hand that it could stop; what had started would hold its connections until the process ends.",
  boundMs: 15_000,
  part: "app",
  async run(system, probe) {
    const app = await appOf(system, threeServices(probe, { in: "start", how: "fails" }));
    if (!(await probe.outcome("start", app.start()))) await probe.outcome("stop", app.stop());
  },
  judge(observed) {
    if (observed.events.includes("start resolved")) return "the start counts as done";
    const told = isTold(observed, message.start) ? "" : ", the error is lost";
    if (precedes(observed, "storage stopped", "start rejected")) return `undone${told}`;
    if (observed.events.includes("storage stopped")) return `undone only by a stop of one's own${told}`;
    return `not undone, not even by a stop${told}`;
  },
};

export const stopFails: Scenario = {
  title: "A stop fails",
  does: "All three have started; stopping the mailer, the one in the middle, throws.",
  right: ["the others stop, the error is told"],
  why: "One bad cleanup must neither leave the others undone, nor let stop() end before they have, nor be hidden; told is what stop() rejects with or what is in the log.",
  boundMs: 15_000,
  part: "app",
  async run(system, probe) {
    const app = await appOf(system, threeServices(probe, { in: "stop", how: "fails" }));
    if (await probe.outcome("start", app.start())) await probe.outcome("stop", app.stop());
    // Those that a stop did not wait for may still be at it.
    await new Promise((resolve) => setTimeout(resolve, 300));
  },
  judge(observed) {
    expectStarted(observed);
    return `${othersStop(observed)}, ${isTold(observed, message.stop) ? "the error is told" : "the error is lost"}`;
  },
};
