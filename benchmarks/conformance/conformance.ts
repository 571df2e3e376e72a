import type { Target } from "../harness/benchmark.ts";
import { ask, isOffered } from "./ask.ts";
import type { Outcome } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";
import type { System } from "./system.ts";

/** In the order of the report: Pawl, and its peers. */
const files = ["pawl", "nest", "moleculer", "adonis", "fastify", "avvio", "effect", "awilix", "awilix-manager"];

/** How many processes run at once. They mostly sleep. */
const atOnce = 3;

/** A system with its answers; a scenario without one is not offered. */
export interface Answers {
  readonly system: System;
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

/** Asks every system every question that it offers. It takes some 80 s. */
export async function conformance(): Promise<readonly Answers[]> {
  const systems: { readonly file: string; readonly system: System; readonly outcomes: Map<string, Outcome> }[] = [];
  for (const name of files) {
    const file = `${import.meta.dirname}/systems/${name}.ts`;
    systems.push({ file, outcomes: new Map(), ...((await import(file)) as { readonly system: System }) });
  }
  const questions = systems.flatMap(({ file, system, outcomes }) =>
    Object.entries(scenarios)
      .filter(([name, scenario]) => isOffered(system, name, scenario))
      .map(([name]) => ({ file, name, outcomes })),
  );
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let next = questions.shift(); next; next = questions.shift())
        next.outcomes.set(next.name, await ask(next.file, next.name));
    }),
  );
  return systems;
}

export const countRight = ({ outcomes }: Answers): number => [...outcomes.values()].filter(({ right }) => right).length;

/** What must be true of the answers: the first system has all right, and none of the others has. */
export function conformanceTargets([first, ...peers]: readonly Answers[]): readonly Target[] {
  const all = Object.keys(scenarios).length;
  const best = peers.toSorted((a, b) => countRight(b) - countRight(a))[0];
  const unit = `of ${all}`;
  return [
    ...(first
      ? [{ what: `conformance: ${first.system.title} is right`, measured: countRight(first), atLeast: all, unit }]
      : []),
    ...(best
      ? [
          {
            what: `conformance: the best peer, ${best.system.title}, is right`,
            measured: countRight(best),
            atMost: all - 1,
            unit,
          },
        ]
      : []),
  ];
}
