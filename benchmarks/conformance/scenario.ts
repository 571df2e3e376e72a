import type { SystemProcess } from "./observe.ts";
import type { Probe } from "./probe.ts";
import type { System } from "./system.ts";

/** What the program saw of one system in one scenario. No answer is written by hand: each is judged from this. */
export interface Observed {
  /** What the scenario recorded in the process of the system, in order. */
  readonly events: readonly string[];
  /** Every error that reached the code which called the system, with its causes, as Node shows it. */
  readonly caught: string;
  /** What the process wrote to stdout and stderr. */
  readonly output: string;
  /** How the process ended. @default it had not, when its time was up or the scenario was over */
  readonly exit?: { readonly code: number | null; readonly signal: string | null };
  /** What was seen from outside the process: of requests and signals. */
  readonly outside: readonly string[];
}

/** The same piece of work for every system, and how its outcome is judged. */
export interface Scenario {
  /** A question: `Does a start that fails undo what had started?` */
  readonly title: string;
  /** What happens, in a sentence. */
  readonly does: string;
  /** The answers that are right. */
  readonly right: readonly string[];
  /** Why they are, in a sentence. */
  readonly why: string;
  /** How long it may take once the system is loaded; then its process is killed. */
  readonly boundMs: number;
  /** The part of a system that it is about; one that has none does not offer it. */
  readonly part: keyof System;
  /** In the process of the system. When it resolves the scenario is over, unless there is a `drive`. */
  readonly run: (system: System, probe: Probe) => Promise<void>;
  /** Outside of it, once `run` has resolved: sends requests and signals. When it resolves the scenario is over. */
  readonly drive?: (process: SystemProcess) => Promise<void>;
  /** The answer, in words; the same words mean the same for every system. @throws NotAsked */
  readonly judge: (observed: Observed) => string;
}

/** The scenario did not take place, so that there is nothing to judge: the program is wrong, not the system. */
export class NotAsked extends Error {}

/** How a question was answered. */
export interface Outcome {
  readonly answer: string;
  readonly right: boolean;
}
