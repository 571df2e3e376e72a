import { observe } from "./observe.ts";
import { NotAsked, type Outcome, type Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";
import type { System } from "./system.ts";

/** Whether a system has what a scenario is about. */
export const isOffered = (system: System, name: string, { part }: Scenario): boolean =>
  system[part] !== undefined && system.lacks?.[name] === undefined;

/**
 * Runs one scenario with the system of a file in a process of its own, and judges what was seen. One that did not take
 * place, as on a machine that is too busy, is run once more.
 *
 * @throws Error with everything that was seen when the scenario did not take place twice: there is nothing to judge
 */
export async function ask(file: string, name: string): Promise<Outcome> {
  const scenario = scenarios[name];
  if (!scenario) throw new Error(`There is no scenario "${name}". There are: ${Object.keys(scenarios).join(", ")}`);
  for (let attempt = 1; ; attempt++) {
    const observed = await observe(file, name, scenario);
    try {
      const answer = scenario.judge(observed);
      return { answer, right: scenario.right.includes(answer) };
    } catch (error) {
      if (!(error instanceof NotAsked)) throw error;
      const seen = JSON.stringify(observed, null, 2);
      if (attempt === 2) throw new Error(`${file}, "${name}" did not take place: ${error.message}\n${seen}`);
    }
  }
}
