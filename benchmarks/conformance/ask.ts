import { observe } from "./observe.ts";
import { NotAsked, type Observed, type Outcome, type Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";
import type { System } from "./system.ts";

/** Whether a system has what a scenario is about. */
export const isOffered = (system: System, name: string, { part }: Scenario): boolean =>
  system[part] !== undefined && system.lacks?.[name] === undefined;

/**
 * Runs one scenario with the system of a file in a process of its own, and judges what was seen.
 *
 * @throws Error with everything that was seen when the scenario did not take place: there is nothing to judge
 */
export async function ask(file: string, name: string): Promise<Outcome> {
  const scenario = scenarios[name];
  if (!scenario) throw new Error(`There is no scenario "${name}". There are: ${Object.keys(scenarios).join(", ")}`);
  const observed = await observe(file, name, scenario);
  const answer = judged(scenario, observed, `${file}, "${name}"`);
  return { answer, right: scenario.right.includes(answer) };
}

function judged(scenario: Scenario, observed: Observed, what: string): string {
  try {
    return scenario.judge(observed);
  } catch (error) {
    if (!(error instanceof NotAsked)) throw error;
    throw new Error(`${what} did not take place: ${error.message}\n${JSON.stringify(observed, null, 2)}`);
  }
}
