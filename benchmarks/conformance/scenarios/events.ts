import type { Probe } from "../probe.ts";
import { NotAsked, type Observed, type Scenario } from "../scenario.ts";
import type { Announcement, Listener, System } from "../system.ts";
import { isTold } from "./three-services.ts";

const failure = "the second listener failed";

/** Emits once to three services that listen, of which the second one fails, and waits long enough for all to be seen. */
async function emitToThree(system: System, probe: Probe, second: () => void | Promise<void>): Promise<void> {
  if (!system.bus) throw new Error(`${system.title} has no events`);
  const listener = (name: string): Listener => ({ name, called: () => probe.record(`${name} called`) });
  const failing: Listener = {
    name: "second",
    called: () => {
      probe.record("second called");
      return second();
    },
  };
  const bus = await system.bus([listener("first"), failing, listener("third")]);
  await probe.outcome("start", bus.start());
  try {
    bus.emit();
  } catch (error) {
    probe.caught(error);
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  probe.record("still there");
}

function siblings(observed: Observed): string {
  const { events } = observed;
  if (!events.includes("second called")) throw new NotAsked("the second listener is not called");
  const told = isTold(observed, failure) ? "the error is told" : "the error is lost";
  const both = events.includes("first called") && events.includes("third called");
  const alive = events.includes("still there");
  return `${both ? "the others run" : "the others are silenced"}, ${told}${alive ? "" : ", the process dies"}`;
}

export const listenerThrows: Scenario = {
  title: "A listener throws",
  does: "Three services listen to one event; the listener of the second one throws; the emitter waits for nobody.",
  right: ["the others run, the error is told"],
  why: "Those who listen do not know of each other: none may take an event from another, and no error may vanish.",
  boundMs: 15_000,
  part: "bus",
  run: (system, probe) =>
    emitToThree(system, probe, () => {
      throw new Error(failure);
    }),
  judge: siblings,
};

export const listenerRejects: Scenario = {
  title: "An async listener rejects",
  does: "The same, with a second listener that is async and rejects 20 ms later.",
  right: ["the others run, the error is told"],
  why: "That a listener is async changes nothing of what its failure means; above all it must not end the process as an unhandled rejection.",
  boundMs: 15_000,
  part: "bus",
  run: (system, probe) =>
    emitToThree(system, probe, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      throw new Error(failure);
    }),
  judge: siblings,
};

async function announce(system: System, probe: Probe, when: Announcement["when"]): Promise<void> {
  if (!system.announcement) throw new Error(`${system.title} has no events`);
  const app = await system.announcement({
    when,
    // How many were called, or whether anybody was.
    emitted: (result) => probe.record(result === 0 || result === false ? "emitted to nobody" : "emitted"),
    heard: () => probe.record("heard"),
  });
  await probe.outcome("start", app.start());
  await new Promise((resolve) => setTimeout(resolve, 500));
}

function delivery({ events }: Observed): string {
  if (!events.some((event) => event.startsWith("emitted"))) throw new NotAsked("nothing is emitted");
  if (events.includes("heard")) return "delivered";
  return events.includes("emitted to nobody") ? "lost, the emitter can see it" : "lost without a trace";
}

export const emitTooEarly: Scenario = {
  title: "An event before its listener exists",
  does: "A service emits while it starts; the one that listens is listed after it.",
  right: ["delivered", "lost, the emitter can see it"],
  why: "Either it is kept for the listener, or the result of the emit says that nobody heard: an event must not vanish without a trace.",
  boundMs: 15_000,
  part: "announcement",
  run: (system, probe) => announce(system, probe, "start"),
  judge: delivery,
};

export const emitWhenReady: Scenario = {
  title: "An event at the moment for announcing",
  does: "The same, at the moment that the system has for what all others should hear.",
  right: ["delivered"],
  why: "There must be a moment from which on every listener exists.",
  boundMs: 15_000,
  part: "announcement",
  run: (system, probe) => announce(system, probe, "ready"),
  judge: delivery,
};
