import { conformance, conformanceTargets } from "./conformance/conformance.ts";
import { conformanceSection } from "./conformance/section.ts";
import type { Comparison } from "./harness/benchmark.ts";

/** What starts, stops and fails how, in Pawl and in its peers: questions with answers instead of figures. */
export const comparison: Comparison = async () => {
  const answers = await conformance();
  return { section: conformanceSection(answers), targets: conformanceTargets(answers) };
};
