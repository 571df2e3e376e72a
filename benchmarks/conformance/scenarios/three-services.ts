import type { Probe } from "../probe.ts";
import { NotAsked, type Observed } from "../scenario.ts";
import type { AppOptions, Part, Running, System } from "../system.ts";

// What most scenarios start and stop: billing needs the mailer, which needs the storage. In the order of the alphabet,
// which a system might fall back on, each would come before what it needs.

const names = ["storage", "mailer", "billing"] as const;
type Name = (typeof names)[number];

/** What goes wrong with the mailer, the one in the middle. */
export interface Fault {
  readonly in: "start" | "stop";
  readonly how: "fails" | "hangs";
}

export const message = { start: "the mailer could not start", stop: "the mailer could not stop" };

/** The services in the order of their needs. Each takes 50 ms to start and to stop, and records both ends of it. */
export function threeServices(probe: Probe, fault?: Fault): readonly Part[] {
  const step = async (name: Name, what: "start" | "stop"): Promise<void> => {
    const verb = what === "start" ? "start" : "stopp";
    probe.record(`${name} ${verb}ing`);
    const faulty = name === "mailer" && fault?.in === what;
    // Well before the others have ended, so that it shows who waits for whom.
    await new Promise((resolve) => setTimeout(resolve, faulty ? 10 : 50));
    if (faulty && fault.how === "fails") throw new Error(message[what]);
    if (faulty) await new Promise(() => {});
    probe.record(`${name} ${verb}ed`);
  };
  return names.map((name, i) => {
    const needs = names[i - 1];
    return { name, ...(needs && { needs }), start: () => step(name, "start"), stop: () => step(name, "stop") };
  });
}

/** An app of the three; a system that has none is not asked for one. */
export function appOf(system: System, parts: readonly Part[], options: AppOptions = {}): Running | Promise<Running> {
  if (!system.app) throw new Error(`${system.title} has no app`);
  return system.app(parts, options);
}

/** Whether both happened, and the first one before the other. */
export function precedes({ events }: Observed, earlier: string, later: string): boolean {
  const [first, second] = [events.indexOf(earlier), events.indexOf(later)];
  return first >= 0 && second >= 0 && first < second;
}

/** @throws NotAsked unless all three had started, so that a stop has something to stop */
export function expectStarted({ events }: Observed): void {
  if (!events.includes("start resolved") || !events.includes("billing started"))
    throw new NotAsked("the app does not start");
}

/** What becomes of the two others when the stop of the mailer goes wrong. */
export function othersStop(observed: Observed): string {
  const { events } = observed;
  const left = ["billing", "storage"].filter((name) => !events.includes(`${name} stopped`));
  if (left.length > 0) return `${left.join(" and ")} never ${left.length > 1 ? "stop" : "stops"}`;
  const ended = events.find((event) => event.startsWith("stop re"));
  const unawaited =
    ended && (precedes(observed, ended, "billing stopped") || precedes(observed, ended, "storage stopped"));
  return unawaited ? "the others stop but are not awaited" : "the others stop";
}

/** Whether a text is in what the caller caught or in what the process wrote. */
export const isTold = ({ caught, output }: Observed, text: string): boolean =>
  caught.includes(text) || output.includes(text);

/**
 * Whether the mailer is named as the one who is late: in an error that was caught, or in an entry of the log, that says a
 * time is up; the name may be in its stack. That a system wrote its name for another reason does not count.
 */
export function namesMailer({ caught, output }: Observed): boolean {
  return [caught, ...output.split(/\n(?!\s|})/)].some((entry) => /mailer/i.test(entry) && saysTimeIsUp(entry));
}

/** In words: neither a timestamp says so, nor a frame of a stack, where every timer of Node is called `Timeout`. */
function saysTimeIsUp(entry: string): boolean {
  const words = entry.replaceAll(/(?:\n|\\n)\s+at [^\n\\"]*/g, "");
  return /\btimed?[ -]?out|\bin time\b|\bwithin \d|\bstill running\b|\blate\b|\bexceeded\b|\btook too long\b/i.test(
    words,
  );
}
