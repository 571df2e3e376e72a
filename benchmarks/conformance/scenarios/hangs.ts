import { NotAsked, type Observed, type Scenario } from "../scenario.ts";
import { appOf, expectStarted, namesMailer, othersStop, threeServices } from "./three-services.ts";

/** Several times what a healthy start of all three takes, also on a busy machine. */
const timeoutMs = 1000;
const boundMs = 4000;

/** Whether the call has ended, or the whole process by itself. */
const hasEnded = ({ events, exit }: Observed, what: string): boolean =>
  exit !== undefined || events.some((event) => event.startsWith(`${what} re`));

export const startHangs: Scenario = {
  title: "A start never settles",
  does: `The start of the mailer never settles; where the system has a time-out for starts it is set to ${timeoutMs / 1000} s, and the start has ${boundMs / 1000} s to end.`,
  right: ["ends, the culprit is named"],
  why: "A process that hangs while it starts is restarted for ever without a word of why: the wait must end, and say who was late.",
  boundMs,
  part: "app",
  async run(system, probe) {
    const app = await appOf(system, threeServices(probe, { in: "start", how: "hangs" }), { timeoutMs });
    await probe.outcome("start", app.start());
  },
  judge(observed) {
    if (!observed.events.includes("mailer starting")) throw new NotAsked("the mailer is not started");
    if (!hasEnded(observed, "start")) return "never ends";
    return namesMailer(observed) ? "ends, the culprit is named" : "ends, nobody is named";
  },
};

export const stopHangs: Scenario = {
  title: "A stop never settles",
  does: `All three have started; the stop of the mailer never settles; time-outs for stops are set to ${timeoutMs / 1000} s, and start and stop have ${boundMs / 1000} s to end.`,
  right: ["ends, the others stop, the culprit is named"],
  why: "The supervisor kills what does not stop in time: the others must get their turn before that, and the log must say who was late.",
  boundMs,
  part: "app",
  async run(system, probe) {
    const app = await appOf(system, threeServices(probe, { in: "stop", how: "hangs" }), { timeoutMs });
    if (await probe.outcome("start", app.start())) await probe.outcome("stop", app.stop());
  },
  judge(observed) {
    expectStarted(observed);
    if (!hasEnded(observed, "stop")) return "never ends";
    return `ends, ${othersStop(observed)}, ${namesMailer(observed) ? "the culprit is named" : "nobody is named"}`;
  },
};
