import { readFileSync } from "node:fs";
import { table } from "../harness/report.ts";
import { type Answers, countRight } from "./conformance.ts";
import { scenarios } from "./scenarios.ts";

const packages = `${import.meta.dirname}/../node_modules`;

function versionOf(name: string): string {
  const { version } = JSON.parse(readFileSync(`${packages}/${name}/package.json`, "utf8")) as { version: string };
  return version;
}

/** The answers as a section of markdown: the table, what each scenario does, and how each system was set up. */
export function conformanceSection(all: readonly Answers[]): string {
  return [
    "## Lifecycle conformance",
    "`pnpm bench conformance`. The same scenarios, written for each system as its own documentation would have it: one file for each in `benchmarks/conformance/systems`. Each scenario runs in a process of its own, and its answer is judged by the program from what that process did: the order of the recorded calls, the errors that reached the caller, its output, its exit code, and what an HTTP client saw. No answer is written by hand, and none hangs on a few milliseconds: what is waited for has bounds of seconds.",
    "✓ is the right answer, ✗ another one, — that the system has no notion of what is asked, which counts neither way. The questions are those of a process that must come up and go down in order, and they are what Pawl was made for; a library that never meant to answer them is not a worse one for that.",
    answersTable(all),
    "What each scenario does, which answer is right, and why:",
    Object.values(scenarios)
      .map(({ title, does, right, why }) => `- **${title}.** ${does} Right: ${right.join("; or ")}. ${why}`)
      .join("\n"),
    "How the systems were set up; what is not mentioned is the default:",
    all.map(setUp).join("\n"),
  ].join("\n\n");
}

function answersTable(all: readonly Answers[]): string {
  const titles = all.map(({ system }) => `${system.title} ${versionOf(system.packages[0] as string)}`);
  const rows = Object.entries(scenarios).map(([name, { title }]) => [
    title,
    ...all.map(({ outcomes }) => {
      const outcome = outcomes.get(name);
      return outcome ? `${outcome.right ? "✓" : "✗"} ${outcome.answer}` : "—";
    }),
  ]);
  const counts = all.map((answers) => `**${countRight(answers)} of ${answers.outcomes.size}**`);
  return table(["", ...titles], [...rows, ["**right of offered**", ...counts]]);
}

function setUp({ system }: Answers): string {
  const { all = "", ...others } = { ...system.configuration, ...system.lacks };
  const versions = system.packages.map((name) => `${name} ${versionOf(name)}`).join(", ");
  const special = Object.entries(others).map(([name, text]) => `${scenarios[name]?.title ?? name}: ${text}.`);
  return [`- **${system.title}** (${versions}): ${all}.`, ...special].join(" ");
}
